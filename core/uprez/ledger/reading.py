"""From rows to values."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from uprez.ledger.attempts import Attempt, from_row
from uprez.ledger.money import from_micro, to_micro
from uprez.model import Plate, Render
from uprez.orders import Estimate, Event, Order
from uprez.outcome import Standing

T = TypeVar("T", Plate, Render)
_STANDINGS = """
SELECT orders.*,
  (SELECT total(charged) FROM attempt WHERE order_id=orders.id) AS charged,
  (SELECT total(reserved) FROM attempt WHERE order_id=orders.id AND charged IS NULL) AS reserved,
  (SELECT total(reserved - charged) FROM attempt
     WHERE order_id=orders.id AND state='failed' AND ticket IS NOT NULL AND charged < reserved) AS refunded
FROM orders"""


def standings(database: sqlite3.Connection, folder: Path, order: str | None = None) -> tuple[Standing, ...]:
    """Read where the orders stand, or one of them."""
    which, values = (" WHERE id=?", (order,)) if order else ("", ())
    rows = database.execute(f"{_STANDINGS}{which} ORDER BY n", values)
    return tuple(_standing(row, folder) for row in rows)


def live_attempt(database: sqlite3.Connection, order: str) -> Attempt | None:
    """Read the one attempt of an order that has not been given up."""
    row = database.execute(
        "SELECT * FROM attempt WHERE order_id=? AND state NOT IN('void','failed')", (order,)
    ).fetchone()
    return from_row(row) if row else None


def events(database: sqlite3.Connection, after: int) -> tuple[Event, ...]:
    """Read the events numbered above `after`."""
    rows = database.execute("SELECT * FROM event WHERE seq>? ORDER BY seq", (after,))
    return tuple(
        Event(
            seq=row["seq"],
            order=row["order_id"],
            attempt=row["attempt"],
            at=row["at"],
            kind=row["kind"],
            detail=json.loads(row["detail"]),
        )
        for row in rows
    )


def inward(path: Path, folder: Path) -> Path:
    """Name a file of the workspace by where it lies in it, so that the workspace can be moved."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def order_body(order: Order, folder: Path) -> str:
    """Write an order so that it can be read in a workspace that was moved."""
    plate = _replaced(order.plate, inward(order.plate.path, folder))
    extra = {role: inward(still, folder) for role, still in order.extra.items()}
    return order.model_copy(update={"plate": plate, "extra": extra}).model_dump_json()


def render_body(render: Render, folder: Path) -> str:
    """Write a render so that it can be read in a workspace that was moved."""
    return _replaced(render, inward(render.path, folder)).model_dump_json()


def _standing(row: sqlite3.Row, folder: Path) -> Standing:
    order = Order.model_validate_json(row["body"])
    render = Render.model_validate_json(row["render"]) if row["render"] else None
    return Standing(
        order=_outward(order, folder),
        state=row["state"],
        render=_replaced(render, folder / render.path) if render else None,
        error=row["error"],
        unit=row["unit"],
        reserved=from_micro(int(row["reserved"])),
        charged=from_micro(int(row["charged"])),
        quoted=_quoted(row["estimate"]),
        refunded=from_micro(int(row["refunded"])),
    )


def _quoted(estimate: str) -> Decimal | None:
    """Return what an order was quoted at; what is set aside for it may be more."""
    amount = Estimate.model_validate_json(estimate).amount
    return None if amount is None else from_micro(to_micro(amount))


def _outward(order: Order, folder: Path) -> Order:
    """Return an order with its files where the workspace lies now."""
    extra = {role: folder / still for role, still in order.extra.items()}
    plate = _replaced(order.plate, folder / order.plate.path)
    return order.model_copy(update={"plate": plate, "extra": extra})


def _replaced(value: T, path: Path) -> T:
    return value.model_copy(update={"path": path})
