"""Where an item's picture lies on the timeline's raster, so that a test can say "the framing is the same"."""

from __future__ import annotations

from typing import Any

from uprez.testing.fake_resolve.state import Clip, Item

_BY_SETTING = {"centerCrop": 1, "scaleToFit": 2, "scaleToCrop": 3, "stretch": 4}
CROP, FIT, FILL, STRETCH = 1, 2, 3, 4
Box = dict[str, float]


def framing(item: Item, clip: Clip | None, raster: tuple[int, int], mismatch: str, unit: str) -> Box | None:
    """Return the picture's left, top, width and height, and what is cropped off, in timeline pixels.

    Zoom, pan and tilt act after the input scaling (9.9); `unit` is the raster that crops count in.
    """
    if clip is None or clip.facts is None or not clip.facts.video or not all(clip.facts.size):
        return None
    scaling = int(item.properties.get("Scaling", 0)) or _BY_SETTING.get(mismatch, FIT)
    wide, high = float(clip.facts.size[0] * clip.facts.aspect), float(clip.facts.size[1])
    across, down = _scales(scaling, raster[0] / wide, raster[1] / high)
    across *= float(item.properties.get("ZoomX", 1.0))
    down *= float(item.properties.get("ZoomY", 1.0))
    width, height = wide * across, high * down
    left = (raster[0] - width) / 2 + float(item.properties.get("Pan", 0.0))
    top = (raster[1] - height) / 2 - float(item.properties.get("Tilt", 0.0))
    box = {"left": left, "top": top, "width": width, "height": height}
    crops = _crops(item.properties, (across, down) if unit == "source" else (1.0, 1.0))
    return {name: round(value, 3) for name, value in (box | crops).items()}


def _scales(scaling: int, across: float, down: float) -> tuple[float, float]:
    if scaling == CROP:
        return 1.0, 1.0
    if scaling == STRETCH:
        return across, down
    both = min(across, down) if scaling == FIT else max(across, down)
    return both, both


def _crops(properties: dict[str, Any], scales: tuple[float, float]) -> Box:
    sides = {"CropLeft": 0, "CropRight": 0, "CropTop": 1, "CropBottom": 1}
    return {name: float(properties.get(name, 0.0)) * scales[axis] for name, axis in sides.items()}
