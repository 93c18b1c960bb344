"""The ledger itself: every change is one transaction, checked against the state it was decided on."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from uprez.errors import BudgetError
from uprez.ledger import money, reading, spending
from uprez.ledger.attempts import Attempt, AttemptState, from_row
from uprez.ledger.spending import Cap
from uprez.ledger.writing import Writing
from uprez.model import Info, Plate, Render
from uprez.orders import Estimate, Event, Order, Ticket
from uprez.outcome import OrderState, Standing
from uprez.redaction import masked

UNKNOWN = Estimate(amount=None)


class Ledger(Writing):
    """Keep the orders of a workspace in the file `path`; several processes may do so at once.

    `patience` is how many seconds to wait for another process's write. `listeners` hear every event that
    this object wrote, once it is on disk; `gate` is held while an order is taken. Every method raises
    LedgerError.
    """

    # what is asked for

    def add(self, order: Order, estimate: Estimate | None = None) -> None:
        """Queue an order, once however often it is asked for."""
        self.add_all([(order, estimate)])

    def add_all(self, priced: Iterable[tuple[Order, Estimate | None]]) -> None:
        """Queue orders; one that ended without being charged is queued again, all others stay as they are."""
        with self._writing() as database:
            for order, estimate in priced:
                row = database.execute("SELECT * FROM orders WHERE id=?", (order.id,)).fetchone()
                if row is None:
                    self._insert(order, estimate or UNKNOWN)
                elif row["state"] == "queued" or self._may_retry(order.id, row["state"]):
                    self._requeue(
                        order, estimate or Estimate.model_validate_json(row["estimate"]), row["state"]
                    )

    def ask_cancel(self, order: str) -> None:
        """Cancel an order that nothing was done for; of one under way, write for its driver to see.

        One in doubt is given up, and its money counts as spent.
        """
        with self._writing() as database:
            database.execute("UPDATE orders SET cancel_wanted=1 WHERE id=? AND state='active'", (order,))
            queued = database.execute(
                "UPDATE orders SET state='cancelled' WHERE id=? AND state='queued'", (order,)
            )
            if queued.rowcount:
                self._tell(order, None, "cancelled")
            doubted = self._doubted(order)
            if doubted is not None:
                self._move(doubted, "failed", {}, charged=doubted.reserved, ended="cancelled")

    def settle(self, order: str, ticket: Ticket | None) -> None:
        """Answer for an order that needs a person: here is its ticket, or None for surely not placed."""
        with self._writing():
            doubted = self._doubted(order)
            if doubted is not None:
                self._move(doubted, "acked" if ticket else "void", {"ticket": ticket} if ticket else {})

    # what is done about it

    def take(self, order: str) -> Attempt | None:
        """Claim a queued order with its money reserved, or adopt what a dead process left.

        None where nothing is left to do, or a living process is at it. Raises BudgetError where it does
        not fit under a cap; it stays queued then.
        """
        with self.gate():
            return self._take(order)

    def _take(self, order: str) -> Attempt | None:
        refused: BudgetError | None = None
        with self._writing() as database:
            live = reading.live_attempt(database, order)
            if live is not None and not self._is_free(live):
                return None
            if live is not None and live.state == "prepared" and live.owner != self._me:
                self._move(self._own(live), "void", {})  # nothing was sent: reserve it afresh
                live = None
            if live is not None:
                return self._own(live) if live.state != "placed" else None
            try:
                return self._claim(order)
            except BudgetError as over:
                refused = over
                self._note(order, str(over), "over-cap")
        raise refused

    def move(
        self,
        attempt: Attempt,
        to: AttemptState,
        *,
        error: str | None = None,
        charged: Decimal | None = None,
        render: Render | None = None,
        cancelled: bool = False,
        **facts: Any,
    ) -> Attempt:
        """Write that an attempt went on; an ended one settles its money, by default at its price.

        Raises LostRace where another process moved it.
        """
        ended: OrderState | None = "cancelled" if cancelled else None
        with self._writing():
            return self._move(attempt, to, facts, error=error, charged=charged, render=render, ended=ended)

    def reopen(self, order: str, *, fetched: bool) -> None:
        """Bring a done order back, since its file is gone: from what was `fetched`, or from the provider.

        One that cost nothing is queued again; one that did is never bought twice.
        """
        with self._writing() as database:
            live = reading.live_attempt(database, order)
            if live is not None and live.state == "placed":
                again: AttemptState = "downloaded" if fetched else "acked" if live.charged else "void"
                self._move(self._own(live), again, {})

    def finish_anew(self, order: Order) -> None:
        """Have a done order finished again, as its recipe says now, from what was fetched and is kept."""
        with self._writing() as database:
            live = reading.live_attempt(database, order.id)
            if live is not None and live.state == "placed":
                body = reading.order_body(order, self.folder)
                database.execute("UPDATE orders SET body=? WHERE id=?", (body, order.id))
                self._move(self._own(live), "downloaded", {})

    def refuse(self, order: str, error: str) -> None:
        """Fail a queued order before anything is done for it."""
        error = masked(error)
        with self._writing() as database:
            refused = database.execute(
                "UPDATE orders SET state='failed', error=? WHERE id=? AND state='queued'", (error, order)
            )
            if refused.rowcount:
                self._tell(order, None, "failed", error=error)

    def note(self, order: str, error: str) -> None:
        """Write what keeps an order from going on, without changing its state."""
        with self._writing():
            self._note(order, error, "trouble")

    def cancel_wanted(self, order: str) -> bool:
        """Tell whether somebody asked to cancel an order under way."""
        with self._reading() as database:
            row = database.execute("SELECT cancel_wanted FROM orders WHERE id=?", (order,)).fetchone()
            return bool(row and row[0])

    # money

    def set_cap(self, scope: str, unit: str, amount: Decimal, *, anew: bool = False) -> None:
        """Cap what may be reserved and spent: "run", "day/2026-11-24" or "day/2026-11-24/NAME".

        What is under way counts against a new cap. `anew` forgets what was spent under the old one.
        """
        with self._writing() as database:
            money.set_cap(database, scope, unit, money.to_micro(amount), anew)
            self._adopt(database, scope, unit)

    def renew_caps(self, caps: Iterable[Cap]) -> None:
        """Put these caps in the place of all but that of the run; what was spent is counted anew."""
        with self._writing() as database:
            money.lift_all_but(database, "run")
            for cap in caps:
                here = spending.settled_since(database, cap.unit, cap.since, cap.provider)
                spent = here + money.to_micro(cap.elsewhere)
                money.begin(database, cap.scope, cap.unit, money.to_micro(cap.amount), spent)
                self._adopt(database, cap.scope, cap.unit)

    def lift_cap(self, scope: str) -> None:
        """Remove the caps of a scope."""
        with self._writing() as database:
            money.lift(database, scope)

    # plates

    def keep_plate(self, plate: Plate, size: int) -> None:
        """Remember what an exported plate holds; `size` is in bytes."""
        if plate.info is not None:
            with self._writing() as database:
                database.execute(
                    "INSERT OR REPLACE INTO plate VALUES(?,?,?)",
                    (str(reading.inward(plate.path, self.folder)), size, plate.info.model_dump_json()),
                )

    def plate_info(self, path: Path, size: int) -> Info | None:
        """Return what the plate at `path` holds, None where no plate of `size` bytes was exported there."""
        with self._reading() as database:
            row = database.execute(
                "SELECT info FROM plate WHERE name=? AND bytes=?",
                (str(reading.inward(path, self.folder)), size),
            ).fetchone()
            return Info.model_validate_json(row["info"]) if row else None

    # reading

    def standings(self) -> tuple[Standing, ...]:
        """Return where every order stands, the oldest first."""
        with self._reading() as database:
            return reading.standings(database, self.folder)

    def standing(self, order: str) -> Standing:
        """Return where one order stands. Raises KeyError for one that was never added."""
        with self._reading() as database:
            found = reading.standings(database, self.folder, order)
        if not found:
            raise KeyError(order)
        return found[0]

    def renders(self) -> tuple[tuple[Order, Render], ...]:
        """Return the done orders with what they brought."""
        done = (standing for standing in self.standings() if standing.state == "done")
        return tuple((standing.order, standing.render) for standing in done if standing.render)

    def estimate(self, order: str) -> Estimate:
        """Return the estimate that an order is bought at."""
        with self._reading() as database:
            row = database.execute("SELECT estimate FROM orders WHERE id=?", (order,)).fetchone()
            return Estimate.model_validate_json(row["estimate"])

    def attempts(self, order: str) -> tuple[Attempt, ...]:
        """Return every try at an order, the first one first."""
        with self._reading() as database:
            rows = database.execute("SELECT * FROM attempt WHERE order_id=? ORDER BY n", (order,))
            return tuple(map(from_row, rows))

    def events(self, after: int = 0) -> tuple[Event, ...]:
        """Return the events numbered above `after`, in order."""
        with self._reading() as database:
            return reading.events(database, after)
