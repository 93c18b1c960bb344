"""The far end of a provider as its author describes it, and the calls that a test makes by hand."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from pathlib import Path

from uprez.orders import Failed, Order, Staged, Succeeded, Ticket
from uprez.provider import Provider
from uprez.testing.workshop import estimate


class Service(ABC):
    """Stand for the far end, well and willing; it outlives every provider that is connected to it."""

    key: str | None = None
    """The key that its providers are given; it must turn up nowhere but on its way to the service."""

    @abstractmethod
    def connect(self, scratch: Path) -> Provider:
        """Return a new provider object that talks to this service, as a new process would make one."""

    @abstractmethod
    def charges(self, order: Order) -> int:
        """Return how many times the service charged for an order."""

    def kept(self, order: Order) -> int | None:
        """Return how many files of an order the service still holds; None where that can't be told."""
        return None

    def left(self, provider: Provider) -> None:  # noqa: B027 - most services need nothing here
        """Hear that the process which held `provider` is dead; whatever ran inside it must end."""

    def close(self) -> None:  # noqa: B027 - most services need nothing here
        """End with the test; raise what went wrong in the service itself."""


def staged(provider: Provider, order: Order) -> Staged:
    """Stage an exported order at the price that it is quoted, and say when it is sent, as the engine does."""

    async def stage() -> Staged:
        return await provider.stage(order, await estimate(provider, order))

    return asyncio.run(stage()).model_copy(update={"sent": time.time()})


def ended(provider: Provider, ticket: Ticket) -> Succeeded | Failed:
    """Poll an order until it has ended."""

    async def wait() -> Succeeded | Failed:
        for _ in range(3000):
            status = await provider.poll(ticket)
            if isinstance(status, Succeeded | Failed):
                return status
            await asyncio.sleep(0.01)
        raise AssertionError("the order never ended")

    return asyncio.run(wait())
