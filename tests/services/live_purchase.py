"""The smallest purchase at a service: the same one at the true service and at ours."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from pathlib import Path

from uprez.engine import Engine
from uprez.ledger import Ledger
from uprez.orders import Estimate, Order, Recipe
from uprez.outcome import Standing
from uprez.provider import Provider
from uprez.testing.clips import make_clip
from uprez.testing.workshop import Workshop

FRAMES = 6


def buy(provider: Provider, recipe: Recipe, folder: Path, cap: Decimal, unit: Decimal) -> Standing:
    """Buy six small frames if that costs no more than `cap` USD, where a unit of the quote costs `unit`."""
    clip = make_clip(folder / "clip.mkv", frames=FRAMES, size=(320, 180))
    shop = Workshop(folder, clip, recipe, type(provider))
    return asyncio.run(_bought(provider, shop, shop.order(0, FRAMES), cap / unit))


async def _bought(provider: Provider, shop: Workshop, order: Order, most: Decimal) -> Standing:
    price: Estimate = await provider.estimate(order.plate.pull, order.recipe)
    assert price.reserved is not None, "what has no price is not bought"
    assert price.reserved <= most, f"{price.reserved} {price.unit} is more than the cap allows, {most}"
    with contextlib.closing(Ledger(shop.workspace / "ledger.db")) as ledger:
        engine = Engine(ledger, shop.workspace, {provider.name: provider})
        (standing,) = await engine.run([(order, price)])
    assert standing.charged <= most
    return standing
