"""`uprez orders` and `uprez cancel`: the ledger for people."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.ledger import Ledger
    from uprez.outcome import Standing

Where = Annotated[str, typer.Argument(help="A workspace (cut.uprez) or its timeline.", metavar="WORKSPACE")]


def orders(
    where: Where,
    needs_you: Annotated[bool, typer.Option("--needs-you", help="Only those a person must settle.")] = False,
    json: o.AsJson = False,
) -> None:
    """List the orders of a workspace: where each stands, what is reserved and what was charged."""
    with contextlib.closing(_ledger(where)) as ledger:
        standings = [one for one in ledger.standings() if not needs_you or one.state == "needs-you"]
    if json:
        show.as_json({"orders": [_shape(one) for one in standings]})
        return
    rows = [
        (one.order.id, one.state, f"{one.order.recipe.provider} {one.order.recipe.model}", _what(one),
         f"{one.reserved} {one.unit}", f"{one.charged} {one.unit}", one.error or _render(one))
        for one in standings
    ]  # fmt: skip
    show.table(("order", "state", "model", "media and frames", "reserved", "charged", "render"), rows)


def cancel(
    where: Where,
    order: Annotated[list[str] | None, typer.Argument(help="Orders; all that are not done, if none.")] = None,
) -> None:
    """Ask to stop orders; what was done or paid stays in the ledger."""
    with contextlib.closing(_ledger(where)) as ledger:
        open_ones = [
            one.order.id for one in ledger.standings() if one.state in ("queued", "active", "needs-you")
        ]
        known = {one.order.id for one in ledger.standings()}
        for name in order or open_ones:
            if name not in known:
                raise PlanError(f"{name}: no such order in {where}; see `uprez orders {where}`")
            ledger.ask_cancel(name)
            typer.echo(f"asked to stop {name}; `uprez resume {where}` passes it on")


def _ledger(where: str) -> Ledger:
    from uprez.cli.resume import workspace_of
    from uprez.ledger import Ledger

    workspace = workspace_of(where)
    if not (workspace / "ledger.db").exists():
        raise PlanError(f"{workspace}: no orders there; name the workspace of a run")
    return Ledger(workspace / "ledger.db")


def _what(standing: Standing) -> str:
    pull = standing.order.plate.pull
    return f"{Path(pull.media.url).name} {pull.frames.start}-{pull.frames.end - 1}"


def _render(standing: Standing) -> str:
    return str(standing.render.path) if standing.render else ""


def _shape(standing: Standing) -> dict[str, Any]:
    order = standing.order
    return {
        "order": order.id,
        "state": standing.state,
        "provider": order.recipe.provider,
        "model": order.recipe.model,
        "media": order.plate.pull.media.url,
        "frames": show.frames(order.plate.pull.frames),
        "shots": list(order.plate.pull.shots),
        "reserved": str(standing.reserved),
        "charged": str(standing.charged),
        "unit": standing.unit,
        "error": standing.error,
        "render": _render(standing) or None,
        "verdict": standing.render.verdict.call.value if standing.render else None,
    }
