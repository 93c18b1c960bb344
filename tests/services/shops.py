"""Every service whose purchases a test kills at each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from services.shop_astria import AstriaClipsShop, AstriaShop
from services.shop_base import Shop
from services.shop_oxen import OxenOldShop, OxenPiecesShop, OxenShop, OxenWaitingShop
from services.shop_runware import RunwareShop
from services.shop_topaz import TopazShop, TopazStillsShop

SHOPS: dict[str, Callable[[Path], Shop]] = {
    "astria": AstriaShop,
    "astria-clips": AstriaClipsShop,
    "oxen": OxenShop,
    "oxen-old": OxenOldShop,
    "oxen-pieces": OxenPiecesShop,
    "oxen-waiting": OxenWaitingShop,
    "runware": RunwareShop,
    "topaz": TopazShop,
    "topaz-stills": TopazStillsShop,
}
