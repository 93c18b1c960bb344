"""A model of the ledger beside an adversary: replies get lost, processes die, writers come too late."""

import contextlib
import shutil
import sqlite3
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from uprez.errors import BudgetError
from uprez.ledger import Attempt, Ledger, LostRace
from uprez.model import Call, Render, Verdict
from uprez.orders import Estimate, Staged, Succeeded, Ticket
from uprez.testing.samples import sample_media, sample_order

CAP, PRICE = Decimal(6), Decimal(1)
MATCH = Verdict(call=Call.MATCH)
RESERVED = ("prepared", "sending", "acked", "remote-done", "downloaded", "verified", "unknown")


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = Ledger(self.folder / "ledger.db")
        self.ledger.set_cap("run", "USD", CAP)
        media = sample_media(self.folder / "a.mov", frames=900)
        self.orders = [sample_order(media, self.folder, first=100 * n) for n in range(8)]
        self.at_service: dict[str, str] = {}
        self.charges: Counter[str] = Counter()
        self.stale: list[Attempt] = []

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def attempts(self, *states: str) -> list[Attempt]:
        found = [attempt for order in self.orders for attempt in self.ledger.attempts(order.id)]
        return [attempt for attempt in found if attempt.state in states]

    def move(self, attempt: Attempt, *args: object, **facts: object) -> Attempt:
        self.stale = [*self.stale[-4:], attempt]
        return self.ledger.move(attempt, *args, **facts)  # type: ignore[arg-type]

    @rule(n=st.integers(0, 7))
    def is_asked_for(self, n: int) -> None:
        self.ledger.add(self.orders[n], Estimate(amount=PRICE))

    @rule(n=st.integers(0, 7))
    def is_taken(self, n: int) -> None:
        with contextlib.suppress(BudgetError):
            self.ledger.take(self.orders[n].id)

    @rule(dies=st.booleans(), reply_is_lost=st.booleans())
    def is_sent(self, dies: bool, reply_is_lost: bool) -> None:
        for attempt in self.attempts("prepared")[:1]:
            if attempt.owner != self.ledger._me:
                return
            attempt = self.move(attempt, "sending", staged=Staged())
            if dies:
                return
            self.charges[attempt.order] += 1
            self.at_service[attempt.order] = f"ticket of {attempt.order}"
            if not reply_is_lost:
                self.move(attempt, "acked", ticket=Ticket(id=self.at_service[attempt.order]))

    @rule()
    def process_is_killed_and_another_one_looks(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.db")
        for order in self.orders:
            with contextlib.suppress(BudgetError):
                attempt = self.ledger.take(order.id)
                if attempt is not None and attempt.state == "sending":
                    ticket = self.at_service.get(order.id)
                    if ticket:
                        self.move(attempt, "acked", ticket=Ticket(id=ticket))
                    else:
                        self.move(attempt, "void")

    @rule(told=st.sampled_from([None, PRICE, Decimal("0.25")]))
    def is_brought_home(self, told: Decimal | None) -> None:
        for attempt in self.attempts("acked")[:1]:
            order = next(order for order in self.orders if order.id == attempt.order)
            info = order.plate.pull.media.info
            attempt = self.move(attempt, "remote-done", succeeded=Succeeded(charged=told))
            attempt = self.move(attempt, "downloaded", sha256="00")
            attempt = self.move(attempt, "verified", verdict=MATCH, info=info, name="r", bytes=1)
            render = Render(order=order.id, path=self.folder / "r", info=info, verdict=MATCH)
            self.move(attempt, "placed", render=render)

    @rule()
    def a_writer_comes_too_late(self) -> None:
        for attempt in self.stale:
            now = next(a for a in self.ledger.attempts(attempt.order) if a.id == attempt.id)
            if now.state != attempt.state and attempt.state == "sending":
                with contextlib.suppress(LostRace):
                    self.ledger.move(attempt, "acked", ticket=Ticket(id="late"))
                    raise AssertionError("a stale writer was let through")

    @invariant()
    def nothing_is_charged_twice(self) -> None:
        assert all(count <= 1 for count in self.charges.values())

    @invariant()
    def the_books_agree(self) -> None:
        with sqlite3.connect(self.folder / "ledger.db") as reader:
            reserved, spent = reader.execute("SELECT reserved, spent FROM budget").fetchone()
        live = self.attempts(*RESERVED)
        assert Decimal(reserved) / 1_000_000 == sum(attempt.reserved for attempt in live)
        assert Decimal(spent) / 1_000_000 == sum(standing.charged for standing in self.ledger.standings())
        assert Decimal(reserved + spent) / 1_000_000 <= CAP
        assert len({attempt.order for attempt in live}) == len(live)


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
