"""`uprez sync`: bring the renders of an earlier cut to a later one, and buy only what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli import progress as p
from uprez.cli import show, words
from uprez.cli.run import DryRun, manner_from
from uprez.errors import BudgetError, PlanError

if TYPE_CHECKING:
    from uprez.model import Selection
    from uprez.orders import Quote
    from uprez.outcome import Charge, Outcome
    from uprez.plan import Plan
    from uprez.request import Request
    from uprez.session import Session
    from uprez.settings import Settings

Old = Annotated[str, typer.Argument(help="The timeline that was run, or its workspace.", metavar="OLD")]
New = Annotated[str, typer.Argument(help="The timeline as it is now; may be OLD itself.", metavar="NEW")]
Home = Annotated[
    Path | None,
    typer.Option("--workspace", help="The workspace that OLD was run in [beside OLD].", metavar="DIR"),
]


def sync(
    old: Old,
    new: New,
    choice: o.Choice,
    wish: o.Wish,
    output: o.Output = None,
    manner: o.As = None,
    match_size: o.MatchSize = False,
    max_cost: o.MaxCost = None,
    yes: o.Yes = False,
    dry_run: DryRun = False,
    force: o.Force = False,
    accept_unsure: o.Unsure = False,
    workspace: Home = None,
    json: o.AsJson = False,
    progress: o.ProgressKind = "auto",
) -> None:
    """Relink a cut that was edited again; buy what is missing. Only frames that no render of OLD holds.

    Renders are known by source file and frames, so clips may be trimmed, slipped, moved, retimed, renamed.
    A clip that got longer costs what is missing and 8 frames of context, joined with what is there; where
    the join shows, the whole clip is bought, for which you are asked again unless you give --yes. What is
    extended gets no new handles. NEW works in OLD's workspace, with its ledger and caps, so that
    `uprez resume OLD` goes on with it. The recipe is the one that OLD was run with, unless an option says
    otherwise.
    """
    from uprez.cli.opening import opened, workspace_of
    from uprez.request import Request

    p.check(progress)
    home = (workspace or workspace_of(old)).absolute()
    if not (home / "ledger.db").exists():
        raise PlanError(f"{old}: was not run in {home}; run it first, or name its --workspace")
    before = _before(home)
    session, settings = opened(new, home, (*(choice.media or ()), *(before.media if before else ())))
    cap = words.cap_from(max_cost)
    request = Request(
        address=words.address_from(new),
        selection=choice.selection(),
        recipe=wish.recipe(_usual(settings, before), session.plugins),
        manner=manner_from(session, manner, output, force, choice.retimed()).model_copy(
            update={"match_size": match_size}
        ),
        cap=settings.max_cost if cap is None else cap,
        accept_unsure=accept_unsure,
        delta=True,
    )
    if before and _narrow(before.selection) and not _narrow(request.selection):
        show.say(
            "OLD was run for some of its clips, NEW is done whole; choose by --track, --clip …", err=True
        )
    if dry_run:
        _preview(session, request, json=json)
    else:
        _carried_out(session, request, yes=yes, json=json, progress=progress)


def _before(home: Path) -> Request | None:
    """Return what OLD was run with, as far as that is known; folders that are gone are not searched again."""
    from uprez.request import remembered

    try:
        before = remembered(home)
    except PlanError:
        return None
    return before.model_copy(update={"media": tuple(folder for folder in before.media if folder.is_dir())})


def _narrow(selection: Selection) -> bool:
    """Tell whether a selection chooses among clips."""
    from uprez.model import Selection

    everything = Selection(
        include_disabled=selection.include_disabled, via_host=selection.via_host, retime=selection.retime
    )
    return selection != everything


def _usual(settings: Settings, before: Request | None) -> Settings:
    """Return the settings with what OLD was run with in the place of their recipe."""
    from uprez.settings import RecipeDefaults

    if before is None:
        return settings
    recipe, size = before.recipe, before.recipe.size
    raster = f"{size.width}x{size.height}" if size.width else f"{size.height}p"
    usual = RecipeDefaults(
        provider=recipe.provider,
        model=recipe.model,
        scale=None if size.scale is None else str(size.scale),
        to=raster if size.scale is None else None,
        handles=recipe.handles,
        render=recipe.render,
        options=recipe.options,
    )
    return settings.model_copy(update={"recipe": usual})


def _preview(session: Session, request: Request, *, json: bool) -> None:
    """Print the plan, its prices and what they save; nothing is bought."""
    from uprez.cli.agreeing import keep_caps
    from uprez.cli.run import priced
    from uprez.cli.show_plan import plan_json, plan_text
    from uprez.cli.show_quote import Priced, priced_json, quotes_text
    from uprez.cli.show_saved import saved_json, saved_text
    from uprez.syncing import saved

    planned, quote = priced(session, request)
    keep_caps(session, planned, quote)
    model = session.plugins.model(planned.recipe.provider, planned.recipe.model)
    kept = saved(session, planned, quote)
    if json:
        told = {"quote": priced_json(Priced(planned, quote)), "saved": saved_json(kept)}
        show.as_json({**plan_json(planned, model), **told})
    else:
        plan_text(planned, model)
        quotes_text([Priced(planned, quote)], left_out=planned.left_out)
        show.say(saved_text(kept))


def _carried_out(session: Session, request: Request, *, yes: bool, json: bool, progress: str) -> None:
    """Plan, ask where it costs, run; buy whole what then shows its join; print the outcome, with its code."""
    from uprez.cli.agreeing import agree, say_plan
    from uprez.cli.run import priced, watched
    from uprez.cli.show_outcome import outcome
    from uprez.cli.show_saved import ended_json, ended_lines, saved_text
    from uprez.owning import standings
    from uprez.syncing import frames_since, saved

    planned, quote = priced(session, request)
    kept = saved(session, planned, quote)
    say_plan(session, planned)
    show.say(saved_text(kept), err=True)
    agree(session, planned, quote, yes=yes, resuming=False)
    before = standings(session.workspace)
    ended = watched(session, planned, quote, request, progress)
    again = _whole_instead(session, planned, request, ended, yes=yes)
    if again is not None:
        planned, quote, request = again
        kept = saved(session, planned, quote)
        ended = _summed(ended.charged, watched(session, planned, quote, request, progress))
    kept = kept.done(frames_since(before, standings(session.workspace)))
    outcome(ended, json=json, more=ended_json(planned, kept), last=ended_lines(planned, kept, ended))
    raise typer.Exit(ended.exit_code)


def _whole_instead(
    session: Session, planned: Plan, request: Request, ended: Outcome, *, yes: bool
) -> tuple[Plan, Quote, Request] | None:
    """Plan and agree anew where a join shows; None where none does, or where nobody pays for the rest."""
    from uprez.cli.agreeing import agree
    from uprez.cli.run import priced

    seen = session.seamed(planned, request.accept_unsure)
    for why in seen.values():
        show.say(why, err=True)
    if not seen:
        return None
    request = request.model_copy(update={"cap": _left(request.cap, ended.charged)})
    try:
        again, quote = priced(session, request)
        agree(session, again, quote, yes=yes, resuming=False)
    except (PlanError, BudgetError) as refused:
        show.say(refused, err=True)
        return None
    return again, quote, request


def _left(cap: Decimal | None, charged: Iterable[Charge]) -> Decimal | None:
    """Return what is left of a cap once something was charged under it."""
    return None if cap is None else max(Decimal(0), cap - sum((one.amount for one in charged), Decimal(0)))


def _summed(before: Iterable[Charge], ended: Outcome) -> Outcome:
    """Return an outcome with what was charged before it as well."""
    sums: dict[tuple[str, str], Charge] = {}
    for one in (*before, *ended.charged):
        known = sums.get((one.provider, one.unit))
        amount = one.amount + (known.amount if known else 0)
        sums[one.provider, one.unit] = one.model_copy(update={"amount": amount})
    return ended.model_copy(update={"charged": tuple(sums.values())})
