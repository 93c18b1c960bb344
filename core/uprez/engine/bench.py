"""What the steps of all orders share: the ledger, the providers, and how much may go on at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from uprez.engine.clock import Clock
from uprez.engine.retries import keep_asking
from uprez.errors import PluginError, ProviderError
from uprez.ledger import Ledger
from uprez.orders import Order
from uprez.outcome import Progress, Stage
from uprez.provider import Provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")
EXPORTS = max(1, (os.cpu_count() or 1) // 2)
FINISHES = 1


@dataclass
class Bench:
    """Hold what every step needs; `patience` is in seconds, `stopped` says why a provider gets no more."""

    ledger: Ledger
    workspace: Path
    providers: Mapping[str, Provider]
    watch: Callable[[Progress], None]
    clock: Clock
    patience: float
    stopped: dict[str, str] = field(default_factory=dict)
    exporting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EXPORTS))
    finishing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FINISHES))
    _slots: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _locks: dict[str | Path, tuple[asyncio.Lock, int]] = field(default_factory=dict)

    def provider(self, order: Order) -> Provider:
        """Return the provider of an order; raises PluginError where its plugin is not loaded."""
        name = order.recipe.provider
        if name not in self.providers:
            raise PluginError(f"provider {name!r} is not loaded; install its plugin, then run `uprez resume`")
        return self.providers[name]

    def slot(self, order: Order) -> asyncio.Semaphore:
        """Return what lets only so many orders be at a provider at once."""
        name = order.recipe.provider
        if name not in self._slots:
            self._slots[name] = asyncio.Semaphore(self.provider(order).at_once)
        return self._slots[name]

    @asynccontextmanager
    async def alone(self, what: str | Path) -> AsyncIterator[None]:
        """Let one at a time work on an order, or export a plate; the others wait."""
        lock, users = self._locks.get(what) or (asyncio.Lock(), 0)
        self._locks[what] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(what)
            if users > 1:
                self._locks[what] = lock, users - 1

    def say(self, order: Order, stage: Stage, done: int = 0, total: int | None = None) -> None:
        """Report how far an order is; `total` is its number of frames where not given."""
        total = order.plate.pull.frames.count if total is None else total
        self.watch(Progress(order=order.id, stage=stage, done=done, total=total))

    def stop(self, refused: ProviderError, order: Order) -> None:
        """Give a provider nothing more; what runs there is kept."""
        self.stopped.setdefault(order.recipe.provider, str(refused))

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a free call, again and again while the service can't answer."""
        return await keep_asking(call, self.clock, self.patience)
