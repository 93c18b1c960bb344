"""`uprez run`: export, upscale, verify, relink."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli import progress as p
from uprez.cli import show, words
from uprez.cli.ending import Stopped
from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.model import Manner, RetimeKind
    from uprez.orders import Quote
    from uprez.outcome import Outcome
    from uprez.plan import Plan
    from uprez.request import Request
    from uprez.session import Session

DryRun = Annotated[bool, typer.Option("--dry-run", help="Plan and quote, hold against all caps, stop there.")]


def run(
    timeline: o.Timeline,
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
    workspace: o.Workspace = None,
    json: o.AsJson = False,
    progress: o.ProgressKind = "auto",
) -> None:
    """Export what the cut uses, upscale it, verify it and relink it. The same run twice buys nothing.

    Caps over runs are in uprez.toml: [caps.day] and [caps.provider.NAME] hold amounts by unit (USD = 20),
    each for a day in UTC over all workspaces. What would pass one stays queued for `uprez resume`.
    """
    from uprez.cli.opening import opened
    from uprez.request import Request

    p.check(progress)
    session, settings = opened(timeline, workspace, choice.media)
    cap = words.cap_from(max_cost)
    request = Request(
        address=words.address_from(timeline),
        selection=choice.selection(),
        recipe=wish.recipe(settings, session.plugins),
        manner=manner_from(session, manner, output, force, choice.retimed()).model_copy(
            update={"match_size": match_size}
        ),
        cap=settings.max_cost if cap is None else cap,
        accept_unsure=accept_unsure,
    )
    if dry_run:
        preview(session, request, json=json)
    else:
        carried_out(session, request, yes=yes, json=json, progress=progress)


def carried_out(
    session: Session, request: Request, *, yes: bool, json: bool, progress: str, resuming: bool = False
) -> None:
    """Plan, ask where it costs, run, and print the outcome; ends with its exit code."""
    from uprez.cli.agreeing import agree, say_plan
    from uprez.cli.show_outcome import outcome

    planned, quote = priced(session, request)
    say_plan(session, planned)
    agree(session, planned, quote, yes=yes, resuming=resuming)
    ended = watched(session, planned, quote, request, progress)
    outcome(ended, json=json)
    raise typer.Exit(ended.exit_code)


def manner_from(
    session: Session,
    manner: str | None,
    output: Path | None,
    force: bool,
    retime: RetimeKind = "keep",
) -> Manner:
    """Return how to relink: as asked, or in the host's first manner. Raises PlanError."""
    from uprez.model import Manner

    known = session.host.manners
    kind = known[0] if manner is None else next((kind for kind in known if kind == manner), None)
    if kind is None:
        raise PlanError(
            f"--as {manner}: host {session.host.name} relinks as {', '.join(known)}; choose one of them"
        )
    return Manner(kind=kind, retime=retime, output=output.absolute() if output else None, force=force)


def priced(session: Session, request: Request) -> tuple[Plan, Quote]:
    """Plan and quote, and refuse what can't be done or may not be spent."""
    from uprez.cli.agreeing import keep_cap
    from uprez.quoting import without

    planned = session.plan(
        request.selection,
        request.recipe,
        request.making,
        request.manner,
        delta=request.delta,
        accept_unsure=request.accept_unsure,
    )
    session.refuse(planned, request)
    quote = session.quote(planned)
    planned = without(planned, quote.refused)
    session.refuse(planned, request)
    keep_cap(planned, quote, request.cap)
    return planned, quote


def preview(session: Session, request: Request, *, json: bool) -> None:
    """Print the plan and its prices; nothing is bought."""
    from uprez.cli.agreeing import keep_caps
    from uprez.cli.show_plan import plan_json, plan_text
    from uprez.cli.show_quote import Priced, priced_json, quotes_text

    planned, quote = priced(session, request)
    keep_caps(session, planned, quote)
    model = session.plugins.model(planned.recipe.provider, planned.recipe.model)
    if json:
        show.as_json({**plan_json(planned, model), "quote": priced_json(Priced(planned, quote))})
    else:
        plan_text(planned, model)
        quotes_text([Priced(planned, quote)], left_out=planned.left_out)


def watched(session: Session, planned: Plan, quote: Quote, request: Request, kind: str) -> Outcome:
    """Run and show how it goes; Ctrl-C leaves a workspace that can be resumed."""
    with p.shown(kind, _labels(session, planned, quote)) as watcher:
        session.watch = watcher
        try:
            return session.run(planned, quote, request)
        except KeyboardInterrupt:
            where = shlex.quote(str(session.workspace))
            raise Stopped(
                f"stopped; nothing is lost, and `uprez resume {where}` goes on where it was"
            ) from None


def _labels(session: Session, planned: Plan, quote: Quote) -> dict[str, p.Label]:
    """Say of each order which shots it is for, how long it is and what it costs."""
    from uprez.cli.show_plan import money, part

    names = {shot.id: shot.name for shot in planned.shots}
    labels = {}
    orders = session.orders(planned)
    for pull in planned.pulls:
        estimate = quote.estimates.get(pull.id)
        price = money(estimate.amount, estimate.unit) if estimate and estimate.amount else ""
        shots = ", ".join(dict.fromkeys(names[shot] for shot in pull.shots))
        labels[orders[pull.id].id] = p.Label(shots + part(planned, pull), pull.frames.count, price)
    for join, whole in zip(planned.joins, session.stretches(planned).values(), strict=True):
        shots = ", ".join(dict.fromkeys(names[shot] for shot in join.whole.shots))
        labels[whole.id] = p.Label(f"{shots} joined", join.whole.frames.count)
    return labels
