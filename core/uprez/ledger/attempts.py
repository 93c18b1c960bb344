"""One try at an order: what it holds, where it may go next, and how it is written as a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from uprez.frozen import Frozen
from uprez.ledger.money import from_micro
from uprez.model import Info, Verdict
from uprez.orders import Staged, Succeeded, Ticket
from uprez.outcome import OrderState

AttemptState = Literal[
    "prepared", "sending", "acked", "remote-done", "downloaded", "verified", "placed",
    "void", "failed", "unknown",
]  # fmt: skip
NEXT: Mapping[AttemptState, frozenset[AttemptState]] = {
    "prepared": frozenset({"sending", "void", "failed"}),
    "sending": frozenset({"acked", "prepared", "void", "failed", "unknown"}),
    "unknown": frozenset({"acked", "void", "failed"}),
    "acked": frozenset({"remote-done", "failed"}),
    "remote-done": frozenset({"acked", "downloaded", "failed"}),
    "downloaded": frozenset({"acked", "verified", "failed"}),
    "verified": frozenset({"downloaded", "placed", "failed"}),
    "placed": frozenset({"acked", "downloaded", "void"}),
    "void": frozenset(),
    "failed": frozenset(),
}
"""`sending` means that it may have been sent, and is left for `prepared` only where it surely was not; steps
back to `acked` fetch again what was paid already."""
ORDER_STATE: Mapping[AttemptState, OrderState] = {
    "placed": "done",
    "void": "queued",
    "failed": "failed",
    "unknown": "needs-you",
}
ENDED: frozenset[AttemptState] = frozenset({"placed", "void", "failed"})


class LostRace(Exception):
    """Another process moved this attempt on; leave it alone."""


class Attempt(Frozen):
    """Hold one try at an order as the ledger has it; `charged` is None until it is settled."""

    id: str
    order: str
    n: int
    state: AttemptState
    owner: str
    unit: str
    reserved: Decimal
    charged: Decimal | None = None
    staged: Staged | None = None
    ticket: Ticket | None = None
    succeeded: Succeeded | None = None
    sha256: str | None = None
    name: str | None = None
    bytes: int | None = None
    info: Info | None = None
    verdict: Verdict | None = None

    @property
    def price(self) -> Decimal:
        """Return what the attempt costs once its render is there: as the service said, else as quoted."""
        told = self.succeeded.charged if self.succeeded else None
        return self.reserved if told is None else told


_VALUES: Mapping[str, type[BaseModel]] = {
    "staged": Staged,
    "ticket": Ticket,
    "succeeded": Succeeded,
    "info": Info,
    "verdict": Verdict,
}
_AMOUNTS: Mapping[str, Callable[[int], Decimal]] = {"reserved": from_micro, "charged": from_micro}
FACTS = frozenset(_VALUES) | {"sha256", "name", "bytes"}
"""What a step may write beside the state."""


def from_row(row: sqlite3.Row) -> Attempt:
    """Read an attempt from its row."""
    facts: dict[str, Any] = {key: row[key] for key in row.keys() if key not in ("order_id", "updated")}  # noqa: SIM118
    for key in _AMOUNTS:
        facts[key] = None if facts[key] is None else _AMOUNTS[key](facts[key])
    for key, kind in _VALUES.items():
        facts[key] = None if facts[key] is None else kind.model_validate_json(facts[key])
    return Attempt(order=row["order_id"], **facts)


def to_columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write a step's facts as columns; refuses a fact that no column holds."""
    if strays := facts.keys() - FACTS:
        raise TypeError(f"an attempt has no {', '.join(sorted(strays))}")
    return {
        key: fact.model_dump_json() if isinstance(fact, BaseModel) else fact for key, fact in facts.items()
    }
