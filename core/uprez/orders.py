"""What is bought: models, recipes, orders, prices, and where an order stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from uprez.frozen import Amount, Frozen
from uprez.model import Plate, PlatePreset, RenderPreset, Size

Option = str | int | float | bool
Does = Literal["upscale-video", "upscale-image", "image-to-video", "text-to-video", "restyle-video", "bridge"]
Basis = Literal["quoted", "published", "unknown"]


class NoOptions(BaseModel):
    """Stand for a model that has nothing to choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(Frozen):
    """Say what a model takes; None means no limit. Sizes are of the render, in pixels.

    `max_frames` is per order. `max_bits` is what the model works in, however deep its plate. `rates` are what
    plates may travel at; empty, they travel at their own.
    """

    max_frames: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    min_rate: Fraction | None = None
    max_rate: Fraction | None = None
    rates: tuple[int, ...] = ()
    max_bits: int = 16
    alpha: bool = False

    def carrier(self, rate: Fraction) -> Fraction | None:
        """Return the rate that a plate of `rate` travels at, None for its own: the next one not slower."""
        if not self.rates:
            return None
        return Fraction(next((one for one in sorted(self.rates) if one >= rate), max(self.rates)))


class Model(Frozen):
    """Describe a model of a provider.

    `plates` are the export presets it reads, best first. A model that makes a new picture has
    `keeps_picture=False`: its render is never a conform. With `keeps_rate=False` the rate that a returned
    file says counts for nothing; its frames are the plate's all the same. A model whose Options has a field
    `render` writes the render preset itself, so finishing needs no second encode.
    """

    name: str
    does: tuple[Does, ...]
    summary: str
    keeps_picture: bool = True
    keeps_rate: bool = True
    limits: Limits = Limits()
    price: str = "unknown"
    plates: tuple[PlatePreset, ...] = ("h264",)
    options: type[BaseModel] = NoOptions

    def limits_for(self, options: Mapping[str, Any]) -> Limits:
        """Return what the model takes with these options: an Options class may narrow it.

        It does so by a method `narrowed(limits) -> Limits`. Raises pydantic's ValidationError.
        """
        narrowed = getattr(self.options.model_validate(options), "narrowed", None)
        return narrowed(self.limits) if narrowed else self.limits


class Recipe(Frozen):
    """Say what to buy; `handles` are frames asked for at each end, `render` the finished file's codec."""

    provider: str = "local"
    model: str = ""
    size: Size = Size(scale=Fraction(2))
    handles: NonNegativeInt = 24
    options: dict[str, Option] = {}
    render: RenderPreset = "prores"


class Order(Frozen):
    """Ask a provider for one render of one plate.

    `frames` at `rate` are the length that a new picture gets, None where the plate's own is made larger.
    `extra` are stills beside the plate, "last" and "reference", each in a file named by what is in it.
    """

    plate: Plate
    recipe: Recipe
    width: int
    height: int
    frames: PositiveInt | None = None
    rate: Fraction | None = None
    extra: dict[str, Path] = {}

    @property
    def id(self) -> str:
        """Return a digest of what is bought: the same cut twice is the same id and costs nothing.

        The plate's bytes, the handles asked for and what happens after delivery are not part of it.
        """
        pull, recipe = self.plate.pull, self.recipe
        bought = {
            "media": pull.media.fingerprint,
            "rate": str(pull.media.rate),
            "first": pull.frames.start - pull.media.available.start,
            "count": pull.frames.count,
            "preset": self.plate.preset,
            "provider": recipe.provider,
            "model": recipe.model,
            "raster": [self.width, self.height],
            "options": recipe.options,
        }
        if self.plate.carrier is not None:
            bought["carrier"] = str(self.plate.carrier)
        if self.frames is not None:
            bought["length"] = [self.frames, str(self.rate)]
        if self.extra:
            bought["extra"] = {role: still.stem for role, still in self.extra.items()}
        return hashlib.sha256(json.dumps(bought, sort_keys=True).encode()).hexdigest()[:24]


class Estimate(Frozen):
    """Say what one pull would cost; `amount` None means that the service does not tell.

    `at_most` is where a quote that is a range ends: it is reserved, and caps count it. `token` is what
    `submit` buys at it with. `seconds` says how long it takes; `frames` and `billed` (seconds) are charged.
    """

    amount: Amount | None
    unit: str = "USD"
    basis: Basis = "unknown"
    at_most: Amount | None = None
    token: str | None = None
    seconds: float | None = None
    frames: int | None = None
    billed: Decimal | None = None

    @property
    def reserved(self) -> Decimal | None:
        """Return what a purchase at this price sets aside."""
        return self.amount if self.at_most is None else self.at_most


class Quote(Frozen):
    """Hold the estimates of a plan's pulls, by pull id; `refused` says why a pull got none."""

    provider: str
    model: str
    estimates: dict[str, Estimate]
    refused: dict[str, str] = {}

    @property
    def totals(self) -> dict[str, Decimal]:
        """Return the known sum of each unit; credits and dollars are never added to each other."""
        return self._sums(lambda one: one.amount)

    @property
    def at_most(self) -> dict[str, Decimal]:
        """Return what would be reserved in each unit: where a price is a range, its end."""
        return self._sums(lambda one: one.reserved)

    def _sums(self, of: Callable[[Estimate], Decimal | None]) -> dict[str, Decimal]:
        known = [(one.unit, amount) for one in self.estimates.values() if (amount := of(one)) is not None]
        return {unit: sum((amount for its, amount in known if its == unit), Decimal(0)) for unit, _ in known}

    @property
    def unknown(self) -> int:
        """Return how many pulls have no known price."""
        return sum(estimate.amount is None for estimate in self.estimates.values())


class Staged(Frozen):
    """Say where a provider can read a plate; only who made it reads `data`.

    It is in the ledger before `submit` is called, so a token that `find` will look for belongs in `data`.
    The engine writes `sent` when it calls `submit`: seconds since 1970.
    """

    url: str | None = None
    data: dict[str, Any] = {}
    sent: float | None = None


class Ticket(Frozen):
    """Hold the provider's name for an order; only the provider reads `data`, and it outlives the process."""

    id: str
    data: dict[str, Any] = {}


class Queued(Frozen):
    """The provider has the order and has not begun."""

    kind: Literal["queued"] = "queued"


class Running(Frozen):
    """The provider is at work; `done` of `total` frames, where it tells."""

    kind: Literal["running"] = "running"
    done: int | None = None
    total: int | None = None


class Succeeded(Frozen):
    """The render can be fetched; `charged` is what it cost, where the service tells."""

    kind: Literal["succeeded"] = "succeeded"
    data: dict[str, Any] = {}
    charged: Decimal | None = None


class Failed(Frozen):
    """The order ended without a render; `charged` is what was kept all the same."""

    kind: Literal["failed"] = "failed"
    reason: str
    charged: Decimal = Decimal(0)


Status = Annotated[Queued | Running | Succeeded | Failed, Field(discriminator="kind")]


class Event(Frozen):
    """Tell one step of an order as the ledger wrote it; `at` is seconds since 1970, UTC."""

    seq: int
    order: str
    attempt: str | None
    at: float
    kind: str
    detail: dict[str, Any] = {}


class Objection(Frozen):
    """Say why a plan should not be bought; a `blocking` one stops the run before any money moves."""

    reason: str
    blocking: bool = True
