"""`uprez orders` and `uprez cancel`: the ledger for people."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError

if TYPE_CHECKING:
    from decimal import Decimal

    from uprez.outcome import Standing

_HEAD = (
    "order", "shots", "source frames", "model", "state", "money", "quoted", "reserved", "charged", "refunded",
    "render or why not",
)  # fmt: skip


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
        typer.Argument(help="settle ORDER found ID, or settle ORDER absent.", metavar="[settle …]"),
    ] = None,
    needs_you: Annotated[bool, typer.Option("--needs-you", help="Only those a person must settle.")] = False,
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", help="Write what a refund claim for an order needs.", metavar="ORDER"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to [WORKSPACE/evidence/ORDER.json].", metavar="FILE"),
    ] = None,
    workspace: o.Workspace = None,
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

    with settling.opened(workspace) as ledger:
        found = [one for one in ledger.standings() if not needs_you or one.state == "needs-you"]
        questions = list(settling.questions(ledger, found, workspace))
    names = _names(workspace)
    if json:
        show.as_json({"workspace": str(workspace), "orders": [_shape(one, names) for one in found]})
        return
    if not found:
        show.say("no order needs you" if needs_you else "no orders")
        return
    show.table(_HEAD, [_row(one, names) for one in found])
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


def _names(workspace: Path) -> Mapping[str, str]:
    """Return the names of shots by id, as far as the workspace's last report knows them."""
    from uprez.report.files import read_report

    with contextlib.suppress(PlanError):
        return {row.shot: row.name for row in read_report(workspace).rows}
    return {}


def _shots(standing: Standing, names: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(names.get(shot, shot) for shot in standing.order.plate.pull.shots))


def _row(standing: Standing, names: Mapping[str, str]) -> tuple[object, ...]:
    order = standing.order
    pull = order.plate.pull
    render = standing.render.path if standing.render else ""
    return (
        order.id,
        ", ".join(_shots(standing, names)),
        f"{pull.media.path.name} {pull.frames.start}-{pull.frames.end - 1}",
        f"{order.recipe.provider} {order.recipe.model}",
        standing.state,
        _stands(standing),
        "unknown" if standing.quoted is None else _amount(standing.quoted, standing.unit),
        _amount(standing.reserved, standing.unit),
        _amount(standing.charged, standing.unit),
        _amount(standing.refunded, standing.unit),
        standing.error or render,
    )


def _amount(amount: Decimal, unit: str) -> str:
    return f"{amount:f} {unit}" if amount else "-"


def _stands(standing: Standing) -> str:
    """Say in a word where the money of an order is."""
    if standing.state == "needs-you":
        return "needs you"
    if standing.reserved:
        return "reserved"
    if standing.charged:
        return "charged"
    if standing.refunded:
        return "refunded"
    return "quoted" if standing.state == "queued" else "-"


def _shape(standing: Standing, names: Mapping[str, str]) -> dict[str, Any]:
    order = standing.order
    return {
        "order": order.id,
        "state": standing.state,
        "provider": order.recipe.provider,
        "model": order.recipe.model,
        "media": order.plate.pull.media.url,
        "frames": show.frames(order.plate.pull.frames),
        "shots": list(order.plate.pull.shots),
        "names": _shots(standing, names),
        "money": _stands(standing),
        "quoted": None if standing.quoted is None else f"{standing.quoted:f}",
        "reserved": f"{standing.reserved:f}",
        "charged": f"{standing.charged:f}",
        "refunded": f"{standing.refunded:f}",
        "unit": standing.unit,
        "error": standing.error,
        "render": str(standing.render.path) if standing.render else None,
        "verdict": standing.render.verdict.call.value if standing.render else None,
    }
