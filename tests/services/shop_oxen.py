"""Oxen as a crash test sees it: by its queue, in pieces, at its old hub, by the route that waits."""

from __future__ import annotations

from pathlib import Path

from services.oxen import Oxen
from services.shop_base import Shop

from uprez.orders import Order, Recipe
from uprez_oxen.provider import OxenProvider

SETTINGS = {"repository": "editor/plates", "sizes": {"1080p": "256x144"}}


class OxenShop(Shop):
    """Sell clips by the queue."""

    name, kind = "oxen", OxenProvider
    settings = SETTINGS
    recipe = Recipe(provider="oxen", model="topazlabs-upscale-starlight-2-5-video", render="ffv1")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server: Oxen = Oxen(folder / "oxen", "a-key-for-oxen")
        self.server.sizes["1080p"] = (256, 144)
        self.server.seconds = 0.3
        self.storage = self.server.storage

    @property
    def url(self) -> str:
        return f"{self.server.url}/api"

    def charges(self, order: Order) -> int:
        return self.server.charges(order.plate.path)


class OxenPiecesShop(OxenShop):
    """Sell clips whose plates are uploaded in pieces."""

    settings = {**SETTINGS, "single_put_mb": 0}


class OxenOldShop(OxenShop):
    """Sell clips at the hub of April 2026, whose queue forgets what has ended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server.old, self.server.seconds = True, 8.0


class OxenWaitingShop(OxenShop):
    """Sell clips by the route that waits: nothing but its answer tells of an order."""

    settings = {**SETTINGS, "sync": True}
    doubt = ("intent", "acked")
