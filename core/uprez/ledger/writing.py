"""What every change of the ledger is made of: a transaction, the events it writes, the steps it takes."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

from uprez.ledger import money, reading
from uprez.ledger.attempts import (
    ENDED,
    NEXT,
    ORDER_STATE,
    Attempt,
    AttemptState,
    LostRace,
    from_row,
    to_columns,
)
from uprez.ledger.owners import Owner, is_alive
from uprez.ledger.schema import connect, transaction, translated
from uprez.model import Render
from uprez.orders import Estimate, Event, Order
from uprez.outcome import OrderState
from uprez.redaction import masked


class Writing:
    """Hold the open database and the private steps; `Ledger` is what others call."""

    def __init__(self, path: Path, *, patience: float = 30.0) -> None:
        self.path = path.absolute()
        self.folder = self.path.parent
        self.listeners: list[Callable[[Event], None]] = []
        self.gate: Callable[[], AbstractContextManager[None]] = nullcontext
        self._database = connect(self.path, patience)
        self._lock = threading.RLock()
        self._fresh: list[Event] = []
        self._owner: Owner | None = None

    def close(self) -> None:
        """Let go of the file and of what this object was at work on."""
        with self._lock:
            self._database.close()
            if self._owner is not None:
                self._owner.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._fresh = []
            with translated(self.path), transaction(self._database) as database:
                yield database
            for event in self._fresh:
                for listener in self.listeners:
                    listener(event)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self.path):
            yield self._database

    def _tell(self, order: str, attempt: str | None, kind: str, **detail: Any) -> None:
        at = time.time()
        seq = self._database.execute(
            "INSERT INTO event(order_id,attempt,at,kind,detail) VALUES(?,?,?,?,?)",
            (order, attempt, at, kind, json.dumps(detail)),
        ).lastrowid
        assert seq is not None
        self._fresh.append(Event(seq=seq, order=order, attempt=attempt, at=at, kind=kind, detail=detail))

    def _note(self, order: str, error: str, kind: str) -> None:
        error = masked(error)
        changed = self._database.execute(
            "UPDATE orders SET error=? WHERE id=? AND error IS NOT ?", (error, order, error)
        )
        if changed.rowcount:
            self._tell(order, None, kind, error=error)

    def _insert(self, order: Order, estimate: Estimate) -> None:
        self._database.execute(
            """INSERT INTO orders(id,provider,body,state,unit,amount,estimate,created)
               VALUES(?,?,?,'queued',?,?,?,?)""",
            (
                order.id,
                order.recipe.provider,
                reading.order_body(order, self.folder),
                estimate.unit,
                None if estimate.reserved is None else money.to_micro(estimate.reserved),
                estimate.model_dump_json(),
                time.time(),
            ),
        )
        self._tell(order.id, None, "queued")

    def _requeue(self, order: Order, estimate: Estimate, state: OrderState) -> None:
        self._database.execute(
            """UPDATE orders SET body=?, unit=?, amount=?, estimate=?, state='queued', error=NULL,
                 render=NULL, cancel_wanted=0 WHERE id=?""",
            (
                reading.order_body(order, self.folder),
                estimate.unit,
                None if estimate.reserved is None else money.to_micro(estimate.reserved),
                estimate.model_dump_json(),
                order.id,
            ),
        )
        if state != "queued":
            self._tell(order.id, None, "queued", again=True)

    def _may_retry(self, order: str, state: OrderState) -> bool:
        """Tell whether an ended order may be bought anew: only if it never cost anything."""
        charged = self._database.execute("SELECT total(charged) FROM attempt WHERE order_id=?", (order,))
        return state in ("failed", "cancelled") and charged.fetchone()[0] == 0

    def _claim(self, order: str) -> Attempt | None:
        """Reserve a queued order's money and begin an attempt, or write which cap it would pass."""
        row = self._database.execute(
            "SELECT * FROM orders WHERE id=? AND state='queued'", (order,)
        ).fetchone()
        if row is None:
            return None
        within = money.scopes(row["provider"], time.time())
        reason = money.refusal(self._database, within, row["amount"], row["unit"])
        if reason is not None:
            raise money.over(order, reason)
        me, attempt, amount = self._me, uuid.uuid4().hex, row["amount"] or 0
        n = (
            self._database.execute("SELECT count(*) FROM attempt WHERE order_id=?", (order,)).fetchone()[0]
            + 1
        )
        self._database.execute(
            """INSERT INTO attempt(id,order_id,n,state,owner,unit,reserved,updated)
               VALUES(?,?,?,'prepared',?,?,?,?)""",
            (attempt, order, n, me, row["unit"], amount, time.time()),
        )
        money.reserve(self._database, attempt, within, amount, row["unit"])
        self._database.execute("UPDATE orders SET state='active', error=NULL WHERE id=?", (order,))
        self._tell(order, attempt, "prepared", reserved=str(money.from_micro(amount)), unit=row["unit"])
        return self._attempt(attempt)

    def _adopt(self, database: sqlite3.Connection, scope: str, unit: str) -> None:
        """Count what is under way against a cap that is younger than it."""
        live = database.execute(
            """SELECT attempt.*, orders.provider FROM attempt JOIN orders ON orders.id=order_id
               WHERE attempt.unit=? AND charged IS NULL""",
            (unit,),
        ).fetchall()
        falls = [row for row in live if scope in money.scopes(row["provider"], time.time())]
        money.adopt(database, scope, unit, falls)

    def _move(
        self,
        attempt: Attempt,
        to: AttemptState,
        facts: dict[str, Any],
        *,
        error: str | None = None,
        charged: Decimal | None = None,
        render: Render | None = None,
        ended: OrderState | None = None,
    ) -> Attempt:
        if to not in NEXT[attempt.state]:
            raise ValueError(f"an attempt does not go from {attempt.state} to {to}")
        columns, error = to_columns(facts), masked(error) if error else None
        if to in ENDED:
            columns["charged"] = self._settle(attempt, to, charged)
        sets = "".join(f", {column}=?" for column in columns)
        moved = self._database.execute(
            f"UPDATE attempt SET state=?, updated=?{sets} WHERE id=? AND state=? AND owner=?",
            (to, time.time(), *columns.values(), attempt.id, attempt.state, attempt.owner),
        )
        if moved.rowcount != 1:
            raise LostRace(f"order {attempt.order}: another process went on from {attempt.state}")
        self._end(attempt.order, ended or ORDER_STATE.get(to, "active"), error, render)
        self._tell(attempt.order, attempt.id, to, **_told(columns, attempt.unit, error))
        return self._attempt(attempt.id)

    def _settle(self, attempt: Attempt, to: AttemptState, charged: Decimal | None) -> int:
        if attempt.charged is not None:  # settled before, and brought back since its file was gone
            return money.to_micro(attempt.charged)
        amount = attempt.price if charged is None and to == "placed" else charged or Decimal(0)
        micro = money.to_micro(amount)
        money.settle(self._database, attempt.id, micro)
        return micro

    def _end(self, order: str, state: OrderState, error: str | None, render: Render | None) -> None:
        body = reading.render_body(render, self.folder) if render else None
        self._database.execute(
            "UPDATE orders SET state=?, error=?, render=coalesce(?, render) WHERE id=?",
            (state, error, body, order),
        )

    def _attempt(self, attempt: str) -> Attempt:
        return from_row(self._database.execute("SELECT * FROM attempt WHERE id=?", (attempt,)).fetchone())

    def _doubted(self, order: str) -> Attempt | None:
        row = self._database.execute(
            "SELECT * FROM attempt WHERE order_id=? AND state='unknown'", (order,)
        ).fetchone()
        return self._own(from_row(row)) if row else None

    def _is_free(self, attempt: Attempt) -> bool:
        return attempt.owner == self._me or not is_alive(self.folder, attempt.owner)

    def _own(self, attempt: Attempt) -> Attempt:
        if attempt.owner == self._me:
            return attempt
        self._database.execute("UPDATE attempt SET owner=? WHERE id=?", (self._me, attempt.id))
        self._tell(attempt.order, attempt.id, "adopted", state=attempt.state)
        return self._attempt(attempt.id)

    @property
    def _me(self) -> str:
        """Return this owner's name; its row is written in the transaction that needs it."""
        if self._owner is None:
            self._owner = Owner(self.folder)
        self._database.execute(
            "INSERT INTO owner VALUES(?,?,?,?) ON CONFLICT DO NOTHING",
            (self._owner.name, self._owner.host, self._owner.pid, time.time()),
        )
        return self._owner.name


def _told(columns: dict[str, Any], unit: str, error: str | None) -> dict[str, Any]:
    """Choose what of a step goes into the audit trail: no addresses, which may carry signatures."""
    told: dict[str, Any] = {}
    if columns.get("charged") is not None:
        told |= {"charged": str(money.from_micro(columns["charged"])), "unit": unit}
    if columns.get("ticket"):
        told["ticket"] = json.loads(columns["ticket"])["id"]
    if columns.get("verdict"):
        told["verdict"] = json.loads(columns["verdict"])["call"]
    told |= {key: columns[key] for key in ("sha256", "name") if columns.get(key)}
    return told | ({"error": error} if error else {})
