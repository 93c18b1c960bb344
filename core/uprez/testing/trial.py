"""What every check of the contract needs: service, workshop, wire, and what must hold at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from uprez.model import Call
from uprez.orders import Estimate, Failed, Order, Staged, Succeeded, Ticket
from uprez.outcome import Standing
from uprez.provider import Provider
from uprez.testing.clips import read_numbers
from uprez.testing.clock import Wall
from uprez.testing.service import Service, ended, staged
from uprez.testing.wire import Wire
from uprez.testing.workshop import Workshop, estimate

FIRST = 3  # the order that most checks place begins at this frame
Census = Counter[tuple[str, bool]]
"""How many requests a well order sends, by method and whether they go to the service's own host."""


@dataclass
class Trial:
    """Hold a service on trial with its workshop; `paid` is what an order is charged, 1 or 0 times."""

    service: Service
    shop: Workshop
    wire: Wire
    wall: Wall
    count: int
    paid: int
    known: dict[str, Census] = field(default_factory=dict)

    @property
    def order(self) -> Order:
        """Return the order that is on trial."""
        return self.another(FIRST)

    def another(self, first: int) -> Order:
        """Return an order of as many frames from `first` on."""
        return self.shop.order(first, self.count)

    def provider(self) -> Provider:
        """Connect a new provider object, as a new process would."""
        return self.wire.watch(self.service.connect(self.shop.scratch))

    def run(self, provider: Provider | None = None) -> Standing:
        """Run the order to its end."""
        return self.shop.run(provider or self.provider(), self.order)[0]

    def charges(self, order: Order | None = None) -> int:
        """Return how many times the service charged for an order."""
        return self.service.charges(order or self.order)

    def price(self, provider: Provider) -> Estimate:
        """Ask what the order costs."""
        return asyncio.run(estimate(provider, self.order))

    def ready(self, provider: Provider) -> tuple[Order, Staged]:
        """Export and stage the order, for calling `submit` by hand."""
        ready = self.shop.exported(self.order)
        return ready, staged(provider, ready)

    def placed(self, provider: Provider) -> Ticket:
        """Place the order by hand."""
        return asyncio.run(provider.submit(*self.ready(provider)))

    def ended(self, provider: Provider, ticket: Ticket) -> Succeeded | Failed:
        """Poll the order to its end."""
        return ended(provider, ticket)

    def sends(self, method: str, *, own: bool | None = None) -> int:
        """Return how many requests a method of a well order sends; skip the check where it sends none."""
        if "census" not in self.known:
            self.known["census"] = self._counted()
        kinds = (True, False) if own is None else (own,)
        number = sum(self.known["census"][method, kind] for kind in kinds)
        if not number:
            pytest.skip(
                f"{method} sends no request over HTTP" + (" to the service's own host" if own else "")
            )
        return number

    def is_done(self, standing: Standing) -> None:
        """Hold an order against what it must be: its own frames, all of them, paid once."""
        assert standing.state == "done", standing.error
        render = standing.render
        assert render is not None
        assert render.verdict.call in (Call.MATCH, Call.UNSURE)
        assert read_numbers(render.path) == self.shop.numbers(standing.order)
        assert self.charges(standing.order) == self.paid

    def never_twice(self, standing: Standing) -> None:
        """Let an order be done, ask for a person, or have failed for nothing; but never be charged twice."""
        if standing.state == "needs-you":
            assert self.charges(standing.order) <= 1
        elif standing.state == "failed" and standing.charged == 0:
            assert self.charges(standing.order) == 0, "it was charged, and the ledger wrote it off"
        else:
            self.is_done(standing)

    def ends_whole(self) -> None:
        """Run the order until it is done, which the second run is to be at the latest."""
        standing = self.run()
        if standing.state != "done":
            standing = self.run()
        self.is_done(standing)

    def artefacts(self) -> dict[Path, bytes]:
        """Read every file that the runs left in the workspace."""
        files = (path for path in self.shop.workspace.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files}

    def _counted(self) -> Census:
        self.wire.sent.clear()
        rules, self.wire.rules = self.wire.rules, []
        (standing,) = self.shop.run(self.provider(), self.another(1))
        self.wire.rules = rules
        self.is_done(standing)
        counted = Counter((sent.during, sent.own) for sent in self.wire.sent)
        self.wire.sent.clear()
        return counted


def told(failure: pytest.ExceptionInfo[Any]) -> str:
    """Return an error's sentence."""
    return str(failure.value)
