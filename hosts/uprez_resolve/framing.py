"""Keep a clip's framing when its file gets larger: zoom, pan and crop act after the input scaling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from uprez.errors import RelinkError
from uprez_resolve.remote import Handle, failed

CROP, FIT = 1, 2
_MODES = {"centerCrop": CROP, "scaleToFit": FIT, "scaleToCrop": 3, "stretch": 4}
_CROPS = ("CropLeft", "CropRight", "CropTop", "CropBottom")
_ANCHORED = ("AnchorPointX", "AnchorPointY", "Pitch", "Yaw")
_MOVED = ("Pan", "Tilt", "RotationAngle", "Distortion")
_CLOSE = 1e-3
Size = tuple[int, int]


def kept(
    properties: Mapping[str, Any],
    mode: Any,
    raster: Size | None,
    before: Size | None,
    after: Size | None,
    *,
    superscaled: bool = False,
) -> dict[str, Any]:
    """Return the properties to set so that a file of another size looks the same in the frame.

    `mode` is the timeline's mismatched-resolution setting. Raises RelinkError where nobody can be sure.
    (facts: 9.8, 9.9)
    """
    if before is None or after is None:
        raise RelinkError("Resolve doesn't tell its size, so its framing can't be kept")
    if before == after:
        return {}
    if any(_number(properties.get(name)) for name in _CROPS):
        raise RelinkError(
            "it is cropped, and Resolve doesn't tell in the pixels of which raster; take the crop off, run "
            "again, and crop it anew"
        )
    scaling = int(_number(properties.get("Scaling"))) or _MODES.get(str(mode))
    if scaling is None:
        raise RelinkError(f"the timeline scales its clips in an unknown way ({mode}); set its Scaling to Fit")
    if scaling != CROP:
        _same_shape(before, after)
        return {}
    if superscaled:
        raise RelinkError(
            "it is shown pixel for pixel and super-scaled; set its Scaling to Fit and run again"
        )
    if raster is not None and before == raster and _shape(after, raster):
        return {"Scaling": FIT}  # it fills the frame either way, and a keyframed zoom stays as it is
    if any(_number(properties.get(name)) for name in _ANCHORED):
        raise RelinkError(
            "it is shown pixel for pixel with an anchor, pitch or yaw of its own; set its Scaling to Fit and "
            "frame it again, then run again"
        )
    across, down = before[0] / after[0], before[1] / after[1]
    return {"ZoomX": _zoom(properties, "ZoomX") * across, "ZoomY": _zoom(properties, "ZoomY") * down}


def set_properties(item: Handle, wanted: Mapping[str, Any]) -> None:
    """Set an item's properties and read them back; raises RelinkError. A zoom gang would set both zooms."""
    ganged = not {"ZoomX", "ZoomY"}.isdisjoint(wanted) and bool(item.call("GetProperty", "ZoomGang"))
    gang = wanted.get("ZoomGang", ganged)
    if ganged:
        item.call("SetProperty", "ZoomGang", False)
    for name, value in wanted.items():
        if name != "ZoomGang":
            item.call("SetProperty", name, value)
    if ganged or "ZoomGang" in wanted:
        item.call("SetProperty", "ZoomGang", bool(gang))
    for name, value in wanted.items():
        if not alike(item.call("GetProperty", name), value):
            raise RelinkError(f"its {name} can't be set; run again, or set it by hand")


def alike(one: Any, other: Any) -> bool:
    """Tell whether two values of a property are the same but for rounding."""
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return abs(one - other) <= _CLOSE * max(1, abs(other)) if numbers else bool(one == other)


def size_of(clip: Handle) -> Size | None:
    """Return a pool item's size in pixels, None where it doesn't tell."""
    return read_size(clip.call("GetClipProperty", "Resolution"))


def read_size(written: Any) -> Size | None:
    """Read a size as Resolve writes it, None for what is none."""
    found = re.fullmatch(r"(\d+)\s*x\s*(\d+)", str(written))
    return (int(found[1]), int(found[2])) if found else None


def filling(properties: Mapping[str, Any], size: Size | None, raster: Size | None) -> bool:
    """Tell whether a picture surely fills the frame: it has the frame's shape and was not moved in it."""
    moved = any(_number(properties.get(name)) for name in (*_CROPS, *_ANCHORED, *_MOVED))
    zoomed = any(not alike(_zoom(properties, name), 1.0) for name in ("ZoomX", "ZoomY"))
    return size is not None and raster is not None and _shape(size, raster) and not (moved or zoomed)


def raster_of(project: Handle, timeline: Handle) -> Size | None:
    """Return a timeline's size in pixels, None where it doesn't tell."""
    told = [setting(project, timeline, f"timelineResolution{side}") for side in ("Width", "Height")]
    return (int(told[0]), int(told[1])) if all(str(one).isdigit() for one in told) else None


def setting(project: Handle, timeline: Handle, name: str) -> Any:
    """Return a setting of a timeline, the project's where it has none of its own."""
    told = timeline.call("GetSetting", name)
    return project.call("GetSetting", name) if failed(told) else told


def superscaled(clip: Handle) -> bool:
    """Tell whether Resolve itself enlarges a pool item before it scales it."""
    return str(clip.call("GetClipProperty", "Super Scale")) not in ("1", "", "None")


def _same_shape(before: Size, after: Size) -> None:
    if not _shape(before, after):
        raise RelinkError(
            f"its render is {after[0]}x{after[1]} for {before[0]}x{before[1]}, another shape, so its framing "
            "would change; upscale it by a plain factor"
        )


def _shape(one: Size, other: Size) -> bool:
    """Allow for a side of the larger raster that was rounded by a pixel."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= min(max(one), max(other))


def _zoom(properties: Mapping[str, Any], name: str) -> float:
    told = properties.get(name)
    return float(told) if isinstance(told, int | float) else 1.0


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
