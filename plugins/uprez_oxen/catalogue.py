"""What the service's own catalogue says of a model when it is asked: its request, its route, its price."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from uprez.frozen import Frozen
from uprez.prices import prices
from uprez_oxen.api import Api, object_of
from uprez_oxen.shape import Shape

_HIGH = ("2k", "4k")  # what is billed at `cost_per_second_high_res` (facts: S001, the same at both)


class Offer(Frozen):
    """Hold an entry of the catalogue; prices are USD for a second, a second above 1080p, a picture."""

    shape: Shape = Shape()
    route: str
    second: Decimal | None = None
    second_high: Decimal | None = None
    picture: Decimal | None = None


class Catalogue:
    """Ask for each model once; `overrides` is the table `[provider.oxen.prices]`."""

    def __init__(self, api: Api, overrides: Mapping[str, Any]) -> None:
        self._api, self._overrides, self._published = api, overrides, prices("uprez_oxen")
        self._known: dict[str, Offer] = {}

    async def offer(self, model: str, still: bool) -> Offer:
        """Return what is said of a model; free. Raises Rejected, Unavailable, Unauthorized."""
        if model not in self._known:
            self._known[model] = _read(await self._api.model(model), still)
        return self._known[model]

    def price(self, offer: Offer, model: str, word: str) -> Decimal | None:
        """Return USD for a second of the render, or for a still: what the settings say, else the catalogue.

        What is published in a file here is the last resort.
        """
        for table in (self._overrides, None, self._published):
            if table is None:
                found = offer.picture or (offer.second_high if word in _HIGH else None) or offer.second
            else:
                found = _money(object_of(table.get(model)).get(word or "each"))
            if found is not None:
                return found
        return None


def _read(found: Mapping[str, Any], still: bool) -> Offer:
    pricing = object_of(found.get("pricing"))
    route = str(found.get("endpoint") or "").strip("/").removeprefix("api/").removeprefix("ai/")
    return Offer(
        shape=Shape.read(found.get("request_schema")),
        route=f"/ai/{route or ('images/edit' if still else 'videos/generate')}",
        second=None if still else _money(pricing.get("cost_per_second")),
        second_high=None if still else _money(pricing.get("cost_per_second_high_res")),
        picture=_money(pricing.get("cost_per_image")) if still else None,
    )


def _money(found: Any) -> Decimal | None:
    if isinstance(found, bool) or found is None:
        return None
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
