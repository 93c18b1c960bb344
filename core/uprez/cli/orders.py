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
    from uprez.outcome import Standing


def orders(
    where: o.Where,
    needs_you: Annotated[bool, typer.Option("--needs-you", help="Only those a person must settle.")] = False,
    json: o.AsJson = False,
) -> None:
    """List the orders of a workspace. Each with where it stands, what is reserved and what was charged."""
    from uprez.cli.opening import workspace_of

    workspace = workspace_of(where)
    found = [one for one in _standings(workspace) if not needs_you or one.state == "needs-you"]
    names = _names(workspace)
    if json:
        show.as_json({"workspace": str(workspace), "orders": [_shape(one, names) for one in found]})
        return
    if not found:
        show.say("no order needs you" if needs_you else "no orders")
        return
    show.table(
        ("order", "shots", "source frames", "model", "state", "reserved", "charged", "render"),
        [_row(one, names) for one in found],
    )


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


def _standings(workspace: Path) -> tuple[Standing, ...]:
    from uprez.ledger import Ledger

    if not (workspace / "ledger.db").exists():
        raise PlanError(f"{workspace}: no orders there; name the workspace of a run, or its timeline")
    with contextlib.closing(Ledger(workspace / "ledger.db")) as ledger:
        return ledger.standings()


def _chosen(standings: Sequence[Standing], asked: Sequence[str], where: str) -> list[Standing]:
    """Return the orders to cancel: those named that can be, or all that can be. Raises PlanError."""
    for name in asked:
        fitting = [one for one in standings if one.order.id.startswith(name)]
        if len(fitting) != 1:
            why = "no such order" if not fitting else "more than one order begins so"
            raise PlanError(f"{name}: {why} in {where}; see `uprez orders {where}`")
        if fitting[0].state == "needs-you":
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
        f"{standing.reserved:f} {standing.unit}" if standing.reserved else "-",
        f"{standing.charged:f} {standing.unit}" if standing.charged else "-",
        standing.error or render,
    )


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
        "reserved": f"{standing.reserved:f}",
        "charged": f"{standing.charged:f}",
        "unit": standing.unit,
        "error": standing.error,
        "render": str(standing.render.path) if standing.render else None,
        "verdict": standing.render.verdict.call.value if standing.render else None,
    }
