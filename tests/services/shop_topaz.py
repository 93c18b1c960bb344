"""Topaz as a crash test sees it: clips by the Video API in several parts, stills by the Image API."""

from __future__ import annotations

from pathlib import Path

from services.shop_base import Shop
from services.topaz import TopazService

from uprez.orders import Order, Recipe
from uprez_topaz.provider import TopazProvider

BLOCK = 4000  # bytes of a part: a plate of this test has two


class TopazShop(Shop):
    """Sell clips: create, accept, parts, complete."""

    name, kind, slow = "topaz", TopazProvider, 2.0
    settings = {"part_bytes": BLOCK}
    recipe = Recipe(provider="topaz", model="ast-2", options={"creativity": 0.2}, render="ffv1")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        key = "topaz-key-of-the-test"
        self.server: TopazService = TopazService(folder / "topaz", key, block=BLOCK, few_frames=0)
        self.storage = self.server.storage

    def charges(self, order: Order) -> int:
        return self.server.charges(1)


class TopazStillsShop(TopazShop):
    """Sell stills: one call uploads and pays, and only its answer tells the id (infra 2.5)."""

    stills = True
    doubt = ("intent", "answered")
    recipe = Recipe(provider="topaz", model="standard-v2", render="ffv1")
