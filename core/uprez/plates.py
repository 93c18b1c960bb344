"""Name the plate of a pull: its preset, the rate it travels at, and the file it will be."""

from __future__ import annotations

from pathlib import Path

from uprez.media.presets import suffix
from uprez.model import Plate, Pull
from uprez.orders import Model, Recipe
from uprez.plan import plate_preset


def plate_of(pull: Pull, recipe: Recipe, model: Model, workspace: Path) -> Plate:
    """Return the plate that a model is sent for a pull; nothing is exported yet."""
    preset = plate_preset(model, pull.media.info)
    still = preset == "still"
    ending = pull.media.path.suffix if still else suffix(preset)
    carrier = None if still else model.limits_for(recipe.options).carrier(pull.media.rate)
    stamped = f"_at{carrier}" if carrier else ""
    path = workspace / "plates" / f"{pull.id}_{preset}{stamped}{ending}"
    return Plate(pull=pull, preset=preset, path=path, carrier=carrier)
