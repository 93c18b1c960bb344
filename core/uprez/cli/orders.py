"""`uprez orders` and `uprez cancel`: the ledger for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.outcome import Standing


def orders(
    where: Annotated[
        str | None,
        typer.Argument(
            help="A workspace (cut.uprez) or its timeline [the one here]; or the word settle.",
            metavar="[WORKSPACE]",
        ),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="settle ORDER found ID, or settle ORDER absent.", metavar="[settle ORDER …]"),
    ] = None,
    needs_you: Annotated[bool, typer.Option("--needs-you", help="Only those a person must settle.")] = False,
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", help="Write what a refund claim for an order needs.", metavar="ORDER"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Where the evidence goes [WORKSPACE/evidence/ORDER.json].", metavar="FILE"
        ),
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="The workspace, beside `settle`.", metavar="DIR")
    ] = None,
    json: o.AsJson = False,
) -> None:
    """List a workspace's orders and their money. Quoted, reserved, charged, refunded, or needing you.

    `uprez orders settle ORDER found ID` says that an order in doubt is ID at the service, `absent` that it
    is not there; `uprez resume` then goes on.
    """
    from uprez.cli import settling
    from uprez.cli.opening import workspace_of

    words = list(words or ())
    if where == settling.SETTLE:
        where, words = None, [settling.SETTLE, *words]
    place = workspace.absolute() if workspace else workspace_of(where) if where else None
    if words[:1] == [settling.SETTLE]:
        settling.settle(place, words[1:])
        return
    if words:
        raise PlanError(f"orders {words[0]}: not understood; see `uprez orders --help`")
    place = place or settling.workspace_here()
    if evidence is not None:
        _evidence(place, evidence, output, json=json)
    else:
        _list(place, needs_you=needs_you, json=json)


def cancel(
    where: o.Where,
    order: Annotated[
        list[str] | None, typer.Argument(help="Orders, or how they begin; none: all.", metavar="[ORDER]...")
    ] = None,
) -> None:
    """Stop orders that are not done. What was done or paid stays in the ledger."""
    from uprez.cli.opening import opened, workspace_of
    from uprez.request import remembered

    workspace = workspace_of(where)
    wanted = _chosen(_standings(workspace), order or (), where)
    if not wanted:
        show.say("no order is waiting or under way")
        return
    session, _ = opened(remembered(workspace).address, workspace)
    for standing in session.cancel([standing.order.id for standing in wanted]):
        show.say(f"{standing.order.id}: {_end(standing)}")


def _list(workspace: Path, *, needs_you: bool, json: bool) -> None:
    from uprez.cli import settling
    from uprez.cli.show_orders import names_in, order_json, orders_text

    with settling.opened(workspace) as ledger:
        found = [one for one in ledger.standings() if not needs_you or one.state == "needs-you"]
        questions = list(settling.questions(ledger, found, workspace))
    names = names_in(workspace)
    if json:
        show.as_json({"workspace": str(workspace), "orders": [order_json(one, names) for one in found]})
        return
    if not found:
        show.say("no order needs you" if needs_you else "no orders")
        return
    orders_text(found, names)
    for question in questions:
        show.say(question)


def _evidence(workspace: Path, order: str, output: Path | None, *, json: bool) -> None:
    from uprez.cli import settling
    from uprez.evidence import evidence, lines, write_evidence

    with settling.opened(workspace) as ledger:
        named = settling.one_of(ledger.standings(), order, workspace).order.id
        found = evidence(ledger, named)
    written = write_evidence(found, output or workspace / "evidence" / f"{named}.json")
    if json:
        show.as_json(found)
        return
    for line in lines(found):
        show.say(line)
    show.say(f"written: {written[0]} and {written[1].name}")


def _standings(workspace: Path) -> tuple[Standing, ...]:
    from uprez.cli import settling

    with settling.opened(workspace) as ledger:
        return ledger.standings()


def _chosen(standings: Sequence[Standing], asked: Sequence[str], where: str) -> list[Standing]:
    """Return the orders to cancel: those named that can be, or all that can be. Raises PlanError."""
    from uprez.cli import settling

    for name in asked:
        if settling.one_of(standings, name, where).state == "needs-you":
            raise PlanError(f"{name}: it may have been charged, so it can't just be dropped; settle it first")
    return [
        one
        for one in standings
        if one.state in ("queued", "active") and (not asked or one.order.id.startswith(tuple(asked)))
    ]


def _end(standing: Standing) -> str:
    if standing.state == "active":
        return "asked to stop; another uprez process is at work on it and passes it on"
    if standing.state == "cancelled":
        kept = f"; {standing.charged:f} {standing.unit} was charged" if standing.charged else ""
        return f"cancelled{kept}"
    return f"could not be stopped any more, it is {standing.state}"
