"""From a pull to its order: the plate's preset, the rate it travels at, and the file it will be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from uprez.media.presets import suffix
from uprez.model import Plate, PlatePreset, Pull
from uprez.orders import Model, Order, Recipe
from uprez.plan import Plan, plate_preset, raster

_PLATES: dict[str, PlatePreset] = {"animate": "still", "bridge": "still", "generate": "none"}


def plate_of(
    pull: Pull, recipe: Recipe, model: Model, workspace: Path, preset: PlatePreset | None = None
) -> Plate:
    """Return the plate that a model is sent for a pull; nothing is exported yet."""
    preset = preset or plate_preset(model, pull.media.info)
    moving = preset not in ("still", "none")
    ending = pull.media.path.suffix if pull.media.info.still else suffix(preset)
    carrier = None if not moving else model.limits_for(recipe.options).carrier(pull.media.rate)
    stamped = f"_at{carrier}" if carrier else ""
    path = workspace / "plates" / f"{pull.id}_{preset}{stamped}{ending}"
    return Plate(pull=pull, preset=preset, path=path, carrier=carrier)


def orders_of(planned: Plan, pulls: Iterable[Pull], model: Model, workspace: Path) -> dict[str, Order]:
    """Return what is bought for pulls of a plan, by pull id."""
    return {pull.id: order_of(pull, planned, model, workspace) for pull in pulls}


def order_of(pull: Pull, planned: Plan, model: Model, workspace: Path) -> Order:
    """Return what is bought for a pull; a new picture gets the pull's length, and its stills beside it."""
    recipe, making, last = planned.recipe, planned.making, planned.lasts.get(pull.id)
    plate = plate_of(pull, recipe, model, workspace, _PLATES.get(making.kind) if making else None)
    width, height = raster(recipe.size, pull.media.info)
    order = Order(plate=plate, recipe=recipe, width=width, height=height)
    if making is None:
        return order
    extra = {"reference": making.reference} if making.reference else {}
    if last is not None:
        extra["last"] = last.still(workspace)
    length = {"frames": pull.frames.count, "rate": pull.media.rate}
    return order.model_copy(update={**length, "extra": extra})
