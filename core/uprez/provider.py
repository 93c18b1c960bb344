"""The interface of a provider: eight facts and seven methods. This page is all that an author needs.

A whole provider, in one file, lives in `examples/`; `uprez.testing.ProviderContract` proves one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from uprez.errors import InDoubt
from uprez.frozen import Frozen
from uprez.keys import Key
from uprez.model import Pull
from uprez.orders import Estimate, Model, Order, Recipe, Staged, Status, Succeeded, Ticket
from uprez.stager import Stager


class Context(Frozen):
    """Give a provider its surroundings: a folder of its own in the workspace, its key, its address.

    `settings` is the table `[provider.NAME]` of `uprez.toml`; `stager` puts plates at a URL, where the
    person chose one.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    scratch: Path
    key: Key | None = None
    base_url: str = ""
    settings: dict[str, Any] = {}
    stager: Stager | None = None


class Provider(ABC):
    """Turn plates into renders.

    One object serves one workspace, and its methods are called from one event loop, several orders at a
    time. What takes long runs in a thread or at the service, never in the loop.
    """

    name: ClassVar[str]
    models: ClassVar[tuple[Model, ...]]
    base_url: ClassVar[str] = ""
    key_env: ClassVar[str | None] = None
    at_once: ClassVar[int] = 4
    """How many orders may be between submit and fetch together."""
    poll_every: ClassVar[float] = 5.0
    """Seconds between two polls of one ticket, before backoff."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Say what a pull would cost and take, before anything is exported.

        Called once a pull for `quote` and `run`; free; may be called again. Raises Rejected for what the
        model can't do, naming the limit; Unauthorized; Unavailable.
        """

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        """Put the plate where the service can read it.

        Called once the plate is exported, and again after any failure or crash before submit; free.
        Raises StagingError, Unauthorized, Unavailable.
        """
        return Staged()

    @abstractmethod
    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Place the order: the only method that spends or reserves money.

        Called at most once an attempt, after the ledger has written that it will be; never called again
        after an error. Raises Rejected or OutOfCredit only where the service says that nothing was
        charged, NotPlaced where it can't have taken the order; any other error means that the order may
        stand, and `find` is asked.
        """

    @abstractmethod
    async def poll(self, ticket: Ticket) -> Status:
        """Ask how an order stands; free; called until it has ended, also by a later process.

        Raises Unavailable to be asked again later.
        """

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Look for an order whose submit gave no answer; None says that it is surely not there.

        Called after a crash or a lost reply with what `submit` was given; `staged.sent` says when. Free;
        may be called again. Where the service refuses a token it has seen, sending the same one again is a
        way to look. Raises Unavailable(retry_after=…) while it is too early to be sure. The default can't
        tell and raises InDoubt, so that a person decides.
        """
        raise InDoubt(
            f"{self.name} can't say whether order {order.id} was placed; look at the service and settle it",
            provider=self.name,
            order=order.id,
        )

    @abstractmethod
    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Bring the render to `to`: the whole file, or no file.

        Called once the order has succeeded, and again after a crash; free. Raises Unavailable; raises
        MediaError where what came can't be the render.
        """

    async def cancel(self, ticket: Ticket) -> bool:
        """Ask to stop an order; True only if the service says that it is stopped. Free; repeatable."""
        return False

    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:  # noqa: B027 - most keep nothing
        """Remove what an order left at the service: its plate and its render.

        Called once the render is at home and proved, and where an order ended without one; free; may be
        called again. What it raises is logged and changes nothing.
        """

    def ticket(self, name: str) -> Ticket:
        """Return the ticket of an order that a person found at the service, by its id there.

        Called for `uprez orders settle`. Raises PlanError for what can't be an id of this service.
        """
        return Ticket(id=name)

    async def check(self) -> str:
        """Say in a sentence what the service answers to the key; free. Raises Unauthorized, Unavailable."""
        return f"{self.name} has no free call to check a key with"
