"""`uprez run`: export, upscale, verify, relink."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.cli.progress import ProgressKind, shown
from uprez.errors import BudgetError, PlanError
from uprez.model import Manner, MannerKind

if TYPE_CHECKING:
    from uprez.orders import Quote
    from uprez.plan import Plan
    from uprez.session import Request, Session

Output = Annotated[Path | None, typer.Option("-o", "--output", help="The timeline to write.")]
As = Annotated[str | None, typer.Option("--as", help="reference, replace, track, timeline or take.")]
MaxCost = Annotated[
    str | None, typer.Option("--max-cost", help="Refuse to spend more, in the provider's unit.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Buy without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Plan and quote only.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an output that exists; never the input.")]
Unsure = Annotated[bool, typer.Option("--accept-unsure", help="Relink what could not be proved either way.")]


def run(
    timeline: o.Timeline,
    output: Output = None,
    track: o.Tracks = None,
    clip: o.Clips = None,
    color: o.Colors = None,
    flag: o.Flags = None,
    marker: o.Markers = None,
    selected: o.Selected = False,
    between: o.Between = None,
    below: o.Below = None,
    include_disabled: o.Disabled = False,
    provider: o.ProviderName = None,
    model: o.ModelName = None,
    scale: o.Scale = None,
    to: o.To = None,
    handles: o.Handles = None,
    option: o.Options = None,
    render: o.Render = None,
    workspace: o.Workspace = None,
    manner: As = None,
    max_cost: MaxCost = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    force: Force = False,
    accept_unsure: Unsure = False,
    json: o.AsJson = False,
    progress: ProgressKind = "auto",
) -> None:
    """Export what the cut uses, upscale it, verify it and relink it. The same run twice buys nothing."""
    from uprez.cli.opening import opened
    from uprez.session import Request

    selection = o.selection_from(track, clip, color, flag, marker, selected, between, below, include_disabled)
    session, settings = opened(timeline, workspace)
    recipe = o.recipe_from(settings, provider, model, scale, to, handles, option, render)
    cap = o.cap_from(max_cost)
    request = Request(
        address=str(Path(timeline).absolute()) if Path(timeline).exists() else timeline,
        selection=selection,
        recipe=recipe,
        manner=Manner(
            kind=kind_of(manner, session),
            output=output.absolute() if output else None,
            force=force,
        ),
        cap=settings.max_cost if cap is None else cap,
        accept_unsure=accept_unsure,
    )
    carried_out(session, request, yes=yes, dry_run=dry_run, json=json, progress=progress)


def carried_out(
    session: Session, request: Request, *, yes: bool, dry_run: bool, json: bool, progress: str
) -> None:
    """Plan, ask where it costs, run, and print the outcome; ends with its exit code."""
    planned = session.plan(request.selection, request.recipe)
    session.refuse(planned, request)
    quote = session.quote(planned)
    if dry_run:
        _preview(planned, quote, json)
        return
    _agree(quote, request, yes)
    names = {order.id: _names(planned, pull) for pull, order in session.orders(planned).items()}
    with shown(progress, names) as watch:
        session.watch = watch
        outcome = session.run(planned, quote, request)
    if json:
        show.as_json(show.outcome_json(outcome))
    else:
        show.outcome_text(outcome)
    raise typer.Exit(outcome.exit_code)


def kind_of(manner: str | None, session: Session) -> MannerKind:
    """Return the manner asked for, the host's default for None. Raises PlanError."""
    if manner is None:
        return session.host.manners[0]
    found = next((kind for kind in session.host.manners if kind == manner), None)
    if found is None:
        known = ", ".join(session.host.manners)
        raise PlanError(f"--as {manner}: host {session.host.name} relinks as {known}; choose one of them")
    return found


def _preview(planned: Plan, quote: Quote, json: bool) -> None:
    if json:
        show.as_json(
            {**show.plan_json(planned), "totals_price": {u: str(a) for u, a in quote.totals.items()}}
        )
    else:
        show.plan_text(planned)
        show.quote_text([quote])


def _agree(quote: Quote, request: Request, yes: bool) -> None:
    """Hold the quote against the cap, and ask once before money moves."""
    cap = request.cap
    for unit, amount in quote.totals.items():
        if cap is not None and amount > cap:
            raise BudgetError(
                f"it would cost {amount} {unit}, the cap is {cap}; raise --max-cost or choose fewer clips"
            )
    costs = any(quote.totals.values()) or quote.unknown
    if not costs or yes:
        return
    show.quote_text([quote], err=True)
    if not sys.stdin.isatty():
        raise PlanError(
            "this run costs money and nobody is there to agree; give --yes, or --max-cost and --yes"
        )
    typer.confirm("Buy this?", abort=True, err=True)


def _names(planned: Plan, pull: str) -> str:
    shots = {shot.id: shot.name for shot in planned.shots}
    used = next(one.shots for one in planned.pulls if one.id == pull)
    return ", ".join(dict.fromkeys(shots[shot] for shot in used))
