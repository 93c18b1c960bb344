"""Astria as a crash test sees it: it lists an order late, and there is nothing else to find one by."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from services.astria import KEY, Astria
from services.common import Storage, digest
from services.shop_base import Shop

from uprez.orders import Estimate, Order, Recipe
from uprez.recipes import settled
from uprez_astria.provider import AstriaProvider

LAG = 60.0  # seconds; an order that isn't listed after 120 is taken to be absent


def _recipe(name: str, **options: str) -> Recipe:
    model = next(one for one in AstriaProvider.models if one.name == name)
    return settled(Recipe(provider="astria", model=name, options=dict(options), render="ffv1"), model)


class AstriaShop(Shop):
    """Sell stills made larger."""

    name, kind = "astria", AstriaProvider
    stills = True
    recipe = _recipe("only-upscale")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.storage = Storage(folder / "storage")
        self.server: Astria = Astria(folder / "astria", self.storage, KEY)
        self.server.lag = LAG

    def __enter__(self) -> AstriaShop:
        self.storage.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        super().__exit__(*failure)
        self.storage.__exit__(*failure)

    def charges(self, order: Order) -> int:
        return self.server.charges(digest(order.plate.pull.media.path))


class AstriaClipsShop(AstriaShop):
    """Sell clips made from a still."""

    recipe = _recipe("wan25_720p", prompt="a slow push in")

    def order(self, folder: Path) -> tuple[Order, Estimate]:
        order, estimate = super().order(folder)
        return order.model_copy(update={"frames": 30, "rate": Fraction(24)}), estimate
