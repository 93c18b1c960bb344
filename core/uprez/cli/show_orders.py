"""Print orders for people and for programs: what each is for, and where its money is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uprez.cli import show
from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.outcome import Standing

_HEAD = (
    "order", "shots", "source frames", "model", "state", "money", "quoted", "reserved", "charged", "refunded",
    "render or why not",
)  # fmt: skip


def orders_text(found: Sequence[Standing], names: Mapping[str, str]) -> None:
    """Print a row for each order, and what several come to."""
    show.table(_HEAD, [_row(one, names) for one in found])
    if len(found) > 1:
        for line in _sums(found):
            show.say(line)


def names_in(workspace: Path) -> Mapping[str, str]:
    """Return the names of shots by id, as far as the workspace's last run and its report know them."""
    from uprez.report.files import read_report
    from uprez.request import remembered

    names: dict[str, str] = {}
    with contextlib.suppress(PlanError):
        names |= {row.shot: row.name for row in read_report(workspace).rows}
    with contextlib.suppress(PlanError):
        names |= remembered(workspace).names
    return names


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


def _sums(found: Sequence[Standing]) -> Iterator[str]:
    """Yield for each unit what all orders together come to."""
    for unit in dict.fromkeys(one.unit for one in found):
        its = [one for one in found if one.unit == unit]
        sums = {
            word: sum((amount for one in its if (amount := getattr(one, word))), Decimal(0))
            for word in ("quoted", "reserved", "charged", "refunded")
        }
        sums["needs you"] = sum((one.reserved for one in its if one.state == "needs-you"), Decimal(0))
        told = [f"{word} {amount:f}" for word, amount in sums.items() if amount]
        if told:
            yield f"in all, in {unit}: {', '.join(told)}"


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


def order_json(standing: Standing, names: Mapping[str, str]) -> dict[str, Any]:
    """Return where an order and its money stand."""
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
