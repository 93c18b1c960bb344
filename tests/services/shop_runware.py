"""Runware as a crash test sees it."""

from __future__ import annotations

from pathlib import Path

from services.runware import Runware
from services.shop_base import Shop

from uprez.orders import Order, Recipe
from uprez_runware.provider import RunwareProvider


class RunwareShop(Shop):
    """Sell clips by the task that our own UUID names."""

    name, kind, slow = "runware", RunwareProvider, 2.0
    recipe = Recipe(
        provider="runware",
        model="topazlabs:starlight-precise@2.5",
        options={"format": "MP4", "quality": 95},
        render="ffv1",
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server: Runware = Runware(folder / "runware", "a-key-for-runware")
        self.storage = self.server.storage

    @property
    def url(self) -> str:
        return f"{self.server.url}/v1"

    def charges(self, order: Order) -> int:
        return self.server.charges(order.plate.path)
