"""A service of `tests/services` as the contract of providers wants it, and a workshop to buy at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.common import Server, Storage

from uprez.keys import Key
from uprez.orders import Order
from uprez.provider import Context, Provider
from uprez.testing import Service


class Far(Service):
    """Connect a provider to a running server; `charges` asks the server's own bill."""

    def __init__(
        self,
        server: Server,
        kind: type[Provider],
        charges: Callable[[Order], int],
        *,
        url: str | None = None,
        settings: dict[str, Any] | None = None,
        storage: Storage | None = None,
        kept: Callable[[Order], int | None] = lambda order: None,
    ) -> None:
        self.server, self.kind, self._charges, self._kept = server, kind, charges, kept
        self.key, self.url = server.key, url or server.url
        self.settings, self.storage = settings or {}, storage

    def connect(self, scratch: Path) -> Provider:
        self.kind.poll_every = 0.02
        context = Context(scratch=scratch, key=Key(self.key), base_url=self.url, settings=self.settings)
        return self.kind(context)

    def charges(self, order: Order) -> int:
        return self._charges(order)

    def kept(self, order: Order) -> int | None:
        return self._kept(order)

    def close(self) -> None:
        assert self.server.broken == []
        if self.storage is not None:
            assert self.storage.broken == []
            assert self.storage.leaks == [], "a key reached the storage host"
