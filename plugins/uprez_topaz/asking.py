"""Put an order into the service's own words, strictly: what it doubts it answers with 400, or fails later."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from uprez.errors import PlanError, Rejected
from uprez.frozen import Frozen
from uprez.model import PlatePreset, Pull
from uprez.orders import Limits, Model, Order, Recipe
from uprez.plan import plate_preset, raster
from uprez_topaz.models import BY_NAME
from uprez_topaz.options import VideoOptions

CONTAINERS: dict[PlatePreset, str] = {"mp4": "mp4", "prores": "mov"}
KINDS = {"mp4": "video/mp4", "mov": "video/quicktime"}
"""The media types of what is uploaded (facts: T-SPEC examples)."""
_PROFILES = {"H265": "Main10", "ProRes": "422 HQ", "H264": "High", "AV1": "10-bit"}
_BITS_A_PIXEL = {"mp4": 2, "mov": 8}


class Film(Frozen):
    """Describe the file that is, or will be, uploaded; `size` is in bytes."""

    container: str
    size: int
    frames: int
    rate: Fraction
    width: int
    height: int


def model_of(recipe: Recipe) -> Model:
    """Return the model that a recipe names; raises Rejected."""
    if recipe.model not in BY_NAME:
        raise Rejected(
            f"topaz: there is no model {recipe.model!r}; `uprez providers topaz` lists them", provider="topaz"
        )
    return BY_NAME[recipe.model]


def foreseen(pull: Pull, recipe: Recipe) -> Film:
    """Describe the plate of a pull before it is exported: all but its size is exact."""
    model, info, frames = model_of(recipe), pull.media.info, pull.frames.count
    limits = limits_of(model, recipe)
    container = CONTAINERS[plate_preset(model, info)]
    size = max(1, info.width * info.height * frames * _BITS_A_PIXEL[container] // 8)
    rate = limits.carrier(pull.media.rate) or pull.media.rate
    return Film(
        container=container, size=size, frames=frames, rate=rate, width=info.width, height=info.height
    )


def film(order: Order) -> Film:
    """Describe an exported plate."""
    plate = order.plate
    source = plate.pull.media
    info = plate.info or source.info
    return Film(
        container=CONTAINERS[plate.preset],
        size=plate.path.stat().st_size,
        frames=plate.pull.frames.count,
        rate=plate.carrier or source.rate,
        width=info.width,
        height=info.height,
    )


def limits_of(model: Model, recipe: Recipe) -> Limits:
    """Return what the model takes with a recipe's options; raises Rejected naming what is out of range."""
    try:
        return model.limits_for(recipe.options)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(map(str, first["loc"])) or "its options"
        raise Rejected(
            f"topaz: {model.name} can't take {name} ({first['msg']}); change -O {name}=…", provider="topaz"
        ) from None


def size_of(pull: Pull, recipe: Recipe) -> tuple[int, int]:
    """Return the render's raster; raises Rejected."""
    try:
        return raster(recipe.size, pull.media.info)
    except PlanError as wrong:
        raise Rejected(str(wrong), provider="topaz") from None


def check(recipe: Recipe, frames: int, width: int, height: int) -> None:
    """Raise Rejected, naming the limit, for what the model can't do."""
    model = model_of(recipe)
    limits = limits_of(model, recipe)
    for what, asked, most in (
        ("frames", frames, limits.max_frames),
        ("pixels of width", width, limits.max_width),
        ("pixels of height", height, limits.max_height),
    ):
        if most is not None and asked > most:
            raise Rejected(
                f"topaz: {model.name} takes {most} {what} at most and {asked} are asked for; ask for fewer",
                provider="topaz",
            )


def body(source: Film, recipe: Recipe, width: int, height: int) -> dict[str, Any]:
    """Return what is posted to create a request (facts: T-SPEC; integers stay integers)."""
    options = model_of(recipe).options.model_validate(recipe.options)
    assert isinstance(options, VideoOptions)
    rate = int(source.rate) if source.rate.denominator == 1 else float(source.rate)
    return {
        "source": {
            "container": source.container,
            "size": source.size,
            "duration": round(float(source.frames / source.rate), 6),
            "frameCount": source.frames,
            "frameRate": rate,
            "resolution": {"width": source.width, "height": source.height},
        },
        "filters": [{"model": recipe.model, **options.fields()}],
        "output": {
            "resolution": {"width": width, "height": height},
            "frameRate": rate,
            "audioTransfer": "None",
            "audioCodec": "AAC",  # the schema requires it, the prose does not: with None it says nothing
            "videoEncoder": options.encoder,
            "videoProfile": _PROFILES[options.encoder],
            "dynamicCompressionLevel": options.quality,
            "container": "mov" if options.encoder == "ProRes" else "mp4",
        },
    }
