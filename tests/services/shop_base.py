"""A service as a crash test sees it: where it is, what is ordered there, what it charged."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, ClassVar, Self

from services.common import Clock, Server, Storage

from uprez.keys import Key
from uprez.orders import Estimate, Order, Recipe
from uprez.provider import Context, Provider
from uprez.testing import make_clip
from uprez.testing.workshop import Workshop


class SharedClock(Clock):
    """Tell the time that a buyer's processes and the service have in common; they skip it in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("0")

    def now(self) -> float:
        return time.time() + self.ahead + float(self.path.read_text() or 0)


class Shop:
    """Run a service for a test.

    `doubt` is where a kill may leave an order to a person: from its first point up to its last, empty where
    the service can always tell. `slow` is for how many seconds a request may be on its way after its sender
    was killed: at a service that is asked by listing, less than the quiet time, which a test skips.
    """

    name: ClassVar[str]
    kind: type[Provider]
    recipe: ClassVar[Recipe]
    stills: ClassVar[bool] = False
    frames: ClassVar[int] = 4
    doubt: ClassVar[tuple[str, ...]] = ()
    slow: ClassVar[float] = 0.3
    settings: dict[str, Any] = {}
    server: Server
    storage: Storage

    def __init__(self, folder: Path) -> None:
        self.clock = SharedClock(folder / "clock")

    def __enter__(self) -> Self:
        self.server.clock = self.storage.clock = self.clock
        self.server.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.__exit__(*failure)
        if failure[0] is None:
            assert self.server.broken == []
            assert self.storage.broken == []
            assert self.storage.leaks == []

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def key(self) -> str:
        return self.server.key

    def order(self, folder: Path) -> tuple[Order, Estimate]:
        """Order the frames from 1 on, or a still; its workspace is `cut.uprez` in the folder."""
        clip = make_clip(folder / f"{folder.name}.mkv", frames=self.frames + 2, size=(128, 72))
        shop = Workshop(folder, clip, self.recipe, self.kind, stills=self.stills)
        order = shop.order(1, 1 if self.stills else self.frames)
        context = Context(
            scratch=folder / "quote", key=Key(self.key), base_url=self.url, settings=self.settings
        )
        return order, asyncio.run(self.kind(context).estimate(order.plate.pull, order.recipe))

    def charges(self, order: Order) -> int:
        """Count, by the service's own bill, what was paid for an order."""
        raise NotImplementedError
