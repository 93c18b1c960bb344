"""The services as a crash test sees them: where they are, what is ordered, what they charged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from services.runware import Runware

from uprez.keys import Key
from uprez.orders import Estimate, Order, Recipe
from uprez.provider import Context
from uprez.testing import make_clip
from uprez.testing.workshop import Workshop
from uprez_runware.provider import RunwareProvider


class Shop:
    """Run Runware's service for a test."""

    name, key = "runware", "a-key-for-runware"
    settings: dict[str, Any] = {}
    may_ask_after: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.server = Runware(folder / "runware", self.key)

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.__exit__(*failure)

    @property
    def url(self) -> str:
        return f"{self.server.url}/v1"

    def order(self, folder: Path, workspace: Path) -> tuple[Order, Estimate]:
        clip = make_clip(folder / f"{folder.name}.mkv", frames=6, size=(128, 72))
        options = {"format": "MP4", "quality": 95}
        recipe = Recipe(
            provider="runware", model="topazlabs:starlight-precise@2.5", options=options, render="ffv1"
        )
        shop = Workshop(folder, clip, recipe, RunwareProvider)
        order = shop.order(1, 4)
        order = order.model_copy(
            update={"plate": order.plate.model_copy(update={"path": workspace / "plates" / "p.mp4"})}
        )
        provider = RunwareProvider(Context(scratch=folder, key=Key(self.key), base_url=self.url))
        return order, asyncio.run(provider.estimate(order.plate.pull, recipe))

    def charges(self, order: Order) -> int:
        return self.server.charges(order.plate.path)


SHOPS: dict[str, Callable[[Path], Shop]] = {"runware": Shop}
