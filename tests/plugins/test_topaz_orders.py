"""Orders through the engine at a faithful Topaz: each frame comes home, and is paid once."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from services.topaz import TopazService, topaz
from services.topaz_buying import COUNT, connect, is_done

from uprez.orders import Order, Recipe
from uprez.outcome import Standing
from uprez.testing.clips import make_clip
from uprez.testing.workshop import Workshop, estimate
from uprez_topaz.provider import TopazProvider


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TopazService]:
    with topaz(tmp_path / "topaz") as service:
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    clip = make_clip(tmp_path / "clip.mkv", frames=3 * COUNT, size=(160, 90))
    return Workshop(tmp_path, clip, recipe(), TopazProvider)


def recipe(model: str = "ast-2", **options: Any) -> Recipe:
    return Recipe(provider="topaz", model=model, options={"creativity": 0.2} | options, render="ffv1")


def bought(service: TopazService, shop: Workshop, order: Order, **settings: Any) -> Standing:
    (standing,) = shop.run(connect(service, shop, **settings), order)
    return standing


def test_an_order_is_quoted_accepted_uploaded_begun_fetched_and_cleared(
    service: TopazService, shop: Workshop
) -> None:
    order = shop.order(5, COUNT)
    standing = bought(service, shop, order)
    is_done(standing, shop, service)
    assert standing.charged == Decimal(2)  # 12 frames at 10 a credit
    (made,) = [one for one in service.requests.values() if one.state == "complete"]
    assert service.kept(made) == 0
    assert service.count("PATCH", "/accept$") == 1
    assert service.count("PATCH", "/complete-upload/$") == 1
    progress = [one.done for one in shop.shown if one.stage == "wait"]
    assert progress == sorted(progress)
    assert max(progress) == COUNT


def test_media_stays_at_the_service_where_the_settings_say_so(service: TopazService, shop: Workshop) -> None:
    is_done(bought(service, shop, shop.order(0, COUNT), keep_media=True), shop, service)
    (made,) = [one for one in service.requests.values() if one.state == "complete"]
    assert service.kept(made) == 2


def test_an_estimate_is_the_services_own_quote(service: TopazService, shop: Workshop) -> None:
    price = asyncio.run(estimate(connect(service, shop), shop.order(0, COUNT)))
    assert (price.amount, price.at_most, price.unit, price.basis) == (2, 3, "credits", "quoted")
    assert (price.frames, price.billed, price.seconds) == (COUNT, Decimal("0.5"), 60)
    assert service.bill.entries == []
