"""What the tests that buy at Topaz share: a provider that talks to the service, what a done order is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.topaz import TopazService

from uprez.keys import Key
from uprez.outcome import Standing
from uprez.provider import Context
from uprez.testing.clips import read_numbers
from uprez.testing.workshop import Workshop
from uprez_topaz.provider import TopazProvider

COUNT = 12
PRICE = Decimal(2)  # credits for 12 frames of Astra 2, at 10 frames a credit


def connect(service: TopazService, shop: Workshop, **settings: Any) -> TopazProvider:
    context = Context(scratch=shop.scratch, key=Key(service.key), base_url=service.url, settings=settings)
    return TopazProvider(context)


def is_done(standing: Standing, shop: Workshop, service: TopazService) -> None:
    """Hold that the frames are home, one request cost what was quoted, and no other holds a credit."""
    assert standing.state == "done", standing.error
    assert standing.render is not None
    assert read_numbers(standing.render.path) == shop.numbers(standing.order)
    assert len(service.paid()) == 1
    assert service.bill.taken(service.paid()[0]) == standing.charged == PRICE
