"""The smallest purchases there are, at the true services: by hand, with a key and a cap, never by chance.

`TOPAZ_API_KEY=… UPREZ_LIVE_USD=0.30 pytest -m live tests/plugins/test_live.py` buys 6 frames; without the
cap only what is free is asked. That the purchase works is proved at our own services, in the suite.
"""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from services.live_purchase import FRAMES, buy
from services.runware import Runware
from services.topaz import topaz

from uprez.keys import Key
from uprez.orders import Recipe
from uprez.outcome import Standing
from uprez.provider import Context, Provider
from uprez.testing.clips import read_numbers
from uprez_runware.provider import RunwareProvider
from uprez_topaz.provider import TopazProvider

CAP = "UPREZ_LIVE_USD"
ONE_CREDIT = Decimal("0.12")  # USD, the dearest there is (facts 1.10)
TOPAZ = Recipe(provider="topaz", model="slp-2.5", options={"encoder": "H264"}, render="ffv1")
RUNWARE = Recipe(
    provider="runware",
    model="topazlabs:starlight-precise@2.5",
    options={"format": "MP4", "quality": 95},
    render="ffv1",
)
SHOPS: Any = [
    pytest.param(TopazProvider, TOPAZ, ONE_CREDIT, id="topaz"),
    pytest.param(RunwareProvider, RUNWARE, Decimal(1), id="runware"),
]


def at(kind: type[Provider], folder: Path, key: str, base_url: str = "") -> Provider:
    where = base_url or os.environ.get(f"UPREZ_{kind.name.upper()}_BASE_URL") or kind.base_url
    return kind(Context(scratch=folder / "scratch", key=Key(key), base_url=where))


def needed(name: str) -> str:
    if not os.environ.get(name):
        pytest.skip(f"needs {name}")
    return os.environ[name]


def is_whole(standing: Standing) -> None:
    assert standing.state == "done", standing.error
    assert standing.render is not None
    assert standing.render.info.frames == FRAMES
    assert (standing.render.info.width, standing.render.info.height) == (640, 360)


@pytest.mark.live
@pytest.mark.parametrize(("kind", "recipe", "unit"), SHOPS)
def test_the_true_service_takes_the_key(
    kind: type[Provider], recipe: Recipe, unit: Decimal, tmp_path: Path
) -> None:
    key = needed(str(kind.key_env))
    assert "key" in asyncio.run(at(kind, tmp_path, key).check())


@pytest.mark.live
@pytest.mark.parametrize(("kind", "recipe", "unit"), SHOPS)
def test_the_true_service_sells_six_frames_under_the_cap(
    kind: type[Provider], recipe: Recipe, unit: Decimal, tmp_path: Path
) -> None:
    key, cap = needed(str(kind.key_env)), Decimal(needed(CAP))
    is_whole(buy(at(kind, tmp_path, key), recipe, tmp_path, cap, unit))


def test_the_smallest_purchase_at_topaz_costs_a_credit(tmp_path: Path) -> None:
    with topaz(tmp_path / "topaz") as service:
        provider = at(TopazProvider, tmp_path, service.key, service.url)
        provider.poll_every = 0.02  # type: ignore[misc]
        standing = buy(provider, TOPAZ, tmp_path, Decimal("0.30"), ONE_CREDIT)
        is_whole(standing)
        assert standing.charged == 1
        assert service.bill.taken(service.paid()[0]) == 1


def test_the_smallest_purchase_at_runware_costs_two_cents(tmp_path: Path) -> None:
    with Runware(tmp_path / "runware", "a-key") as service:
        provider = at(RunwareProvider, tmp_path, service.key, f"{service.url}/v1")
        provider.poll_every = 0.02  # type: ignore[misc]
        standing = buy(provider, RUNWARE, tmp_path, Decimal("0.03"), Decimal(1))
        is_whole(standing)
        assert standing.render is not None
        assert read_numbers(standing.render.path) == list(range(FRAMES))
        assert standing.charged == pytest.approx(Decimal("0.02"), abs=Decimal("0.0001"))
        assert len(service.bill) == 1


def test_a_purchase_beyond_the_cap_is_not_made(tmp_path: Path) -> None:
    with topaz(tmp_path / "topaz") as service:
        provider = at(TopazProvider, tmp_path, service.key, service.url)
        with pytest.raises(AssertionError, match="more than the cap"):
            buy(provider, TOPAZ, tmp_path, Decimal("0.05"), ONE_CREDIT)
        assert service.bill.entries == []
