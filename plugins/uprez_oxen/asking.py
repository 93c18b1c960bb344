"""Put an order into the service's own words, strictly: what it doubts fails only later, in the queue."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from uprez.errors import PlanError, Rejected
from uprez.frozen import Frozen
from uprez.model import Info, Pull
from uprez.orders import Limits, Model, Recipe
from uprez.plan import raster
from uprez_oxen.catalogue import Offer
from uprez_oxen.models import BY_NAME, FACTS

KINDS = {
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".png": "image/png",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
}  # fmt: skip
_RATES = ("target_fps", "fps", "frame_rate")


class Wish(Frozen):
    """Hold what is wanted of a model: the word for the raster, and the rate that the plate travels at."""

    model: str
    still: bool
    word: str
    rate: Fraction
    frames: int
    options: dict[str, Any]

    @property
    def seconds(self) -> Decimal:
        """Return how many seconds of render are billed."""
        return self.cost(Decimal(1))

    def cost(self, each: Decimal) -> Decimal:
        """Return what a render costs at a price for a second, or for a still."""
        if self.still:
            return each
        return each * (self.frames * self.rate.denominator) / self.rate.numerator


def wish(pull: Pull, recipe: Recipe, sizes: dict[str, tuple[int, int]]) -> Wish:
    """Return what is wanted; raises Rejected, naming the limit, for what the model can't do."""
    model, info = model_of(recipe), pull.media.info
    limits = _limits(model, recipe)
    frames = pull.frames.count
    if limits.max_frames is not None and frames > limits.max_frames:
        raise Rejected(
            f"oxen: {model.name} takes {limits.max_frames} frames at most and {frames} are asked for; "
            "ask for fewer",
            provider="oxen",
        )
    if info.still and pull.media.path.suffix.lower() not in KINDS:
        raise Rejected(
            f"{pull.media.path.name}: Oxen reads PNG and JPEG alone; convert it and relink it",
            provider="oxen",
        )
    return Wish(
        model=model.name,
        still=info.still,
        word=FACTS[model.name].word(info, _size(recipe, info), model.name, sizes),
        rate=limits.carrier(pull.media.rate) or pull.media.rate,
        frames=frames,
        options=_chosen(model, recipe),
    )


def body(wish: Wish, offer: Offer, source: str, target_namespace: str, plate: Path) -> dict[str, Any]:
    """Return the request, each field as the model's request_schema writes it. Raises Rejected."""
    shape, facts = offer.shape, FACTS[wish.model]
    wanted: dict[str, Any] = {_needed(shape.name(facts.source), wish, "a plate"): source}
    if wish.word:
        wanted[_needed(shape.name(facts.fields), wish, "a size")] = wish.word
    rate = None if wish.still else shape.name(_RATES)
    if rate is not None:
        wanted[rate] = int(wish.rate) if wish.rate.denominator == 1 else float(wish.rate)
    if shape.knows("interpolate_frames"):
        wanted["interpolate_frames"] = False
    if wish.still and shape.knows("output_format"):
        wanted["output_format"] = "jpg" if plate.suffix.lower() in (".jpg", ".jpeg") else "png"
    wanted |= wish.options
    fitted = {name: shape.fit(name, value, wish.model) for name, value in wanted.items()}
    shape.check(fitted, wish.model)
    namespace = {"target_namespace": target_namespace} if target_namespace else {}
    return {"model": wish.model, **fitted, **namespace}


def model_of(recipe: Recipe) -> Model:
    """Return the model that a recipe names; raises Rejected."""
    if recipe.model not in BY_NAME:
        raise Rejected(
            f"oxen: there is no model {recipe.model!r}; `uprez providers` lists them", provider="oxen"
        )
    return BY_NAME[recipe.model]


def _limits(model: Model, recipe: Recipe) -> Limits:
    try:
        return model.limits_for(recipe.options)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(map(str, first["loc"])) or "its options"
        raise Rejected(
            f"oxen: {model.name} can't take {name} ({first['msg']}); change -O {name}=…", provider="oxen"
        ) from None


def _chosen(model: Model, recipe: Recipe) -> dict[str, Any]:
    return model.options.model_validate(recipe.options).model_dump(exclude_none=True)


def _size(recipe: Recipe, info: Info) -> tuple[int, int]:
    try:
        return raster(recipe.size, info)
    except PlanError as wrong:
        raise Rejected(str(wrong), provider="oxen") from None


def _needed(name: str | None, wish: Wish, what: str) -> str:
    if name is None:
        raise Rejected(
            f"oxen: {wish.model} has no parameter for {what} that is known here; update uprez or take "
            "another model",
            provider="oxen",
        )
    return name
