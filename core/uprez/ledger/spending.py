"""Read what a ledger has spent since a moment: caps of a day count the ledgers of all workspaces."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from uprez.errors import LedgerError
from uprez.ledger.money import from_micro


class Cap(NamedTuple):
    """Hold a cap on what is spent since a moment, and what of it was spent in other ledgers."""

    scope: str
    unit: str
    amount: Decimal
    since: float
    provider: str | None = None
    elsewhere: Decimal = Decimal(0)


# an attempt counts from the moment its money was set aside, at its charge or else at what is set aside
_SPENT = """
SELECT total(coalesce(attempt.charged, attempt.reserved)) AS live,
       total(attempt.charged) AS settled
FROM attempt JOIN orders ON orders.id=attempt.order_id
WHERE attempt.unit=:unit AND (:provider IS NULL OR orders.provider=:provider)
  AND (SELECT min(at) FROM event WHERE event.attempt=attempt.id AND event.kind='prepared') >= :since"""


def spent_in(path: Path, unit: str, since: float, provider: str | None = None) -> Decimal:
    """Return what the ledger at `path` reserved or spent since a moment; nothing where there is none.

    Raises LedgerError where it can't be read, since guessing could spend too much.
    """
    if not path.exists():
        return Decimal(0)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=30.0)) as database:
            database.row_factory = sqlite3.Row
            return from_micro(int(_row(database, unit, since, provider)["live"]))
    except sqlite3.Error as broken:
        raise LedgerError(
            f"{path}: what was spent there today can't be read ({broken}), so the cap of the day can't be "
            "kept; mend it, or lift the cap in uprez.toml",
            why="damaged",
        ) from None


def settled_since(database: sqlite3.Connection, unit: str, since: float, provider: str | None) -> int:
    """Return what the open ledger was charged since a moment, in millionths of the unit."""
    return int(_row(database, unit, since, provider)["settled"])


def _row(database: sqlite3.Connection, unit: str, since: float, provider: str | None) -> sqlite3.Row:
    values = {"unit": unit, "since": since, "provider": provider}
    found: sqlite3.Row = database.execute(_SPENT, values).fetchone()
    return found
