"""What things are before anyone changes them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from uprez.testing.fake_resolve.state import Clip, Item

COLOR_DEFAULTS: Mapping[str, str] = {
    "Input Color Space": "Project",
    "IDT": "",
    "Input LUT": "",
    "Data Level": "Auto",
    "PAR": "Square",
    "Alpha mode": "None",
    "Field Dominance": "Auto",
    "Super Scale": "1",
    "SuperScale Sharpness": "0.5",
    "SuperScale Noise Reduction": "0.5",
    "Comments": "",
    "Reel Name": "",
    "Shot": "",
    "Scene": "",
    "Take": "",
}
LIMITS: Mapping[str, tuple[float, float]] = {
    "Pan": (-16000.0, 16000.0),
    "Tilt": (-16000.0, 16000.0),
    "ZoomX": (0.0, 100.0),
    "ZoomY": (0.0, 100.0),
    "RotationAngle": (-360.0, 360.0),
    "AnchorPointX": (-16000.0, 16000.0),
    "AnchorPointY": (-16000.0, 16000.0),
    "Pitch": (-1.5, 1.5),
    "Yaw": (-1.5, 1.5),
    "CropLeft": (0.0, 16000.0),
    "CropRight": (0.0, 16000.0),
    "CropTop": (0.0, 16000.0),
    "CropBottom": (0.0, 16000.0),
    "CropSoftness": (-100.0, 100.0),
    "Opacity": (0.0, 100.0),
    "Distortion": (-1.0, 1.0),
    "DynamicZoomEase": (0, 3),
    "CompositeMode": (0, 30),
    "RetimeProcess": (0, 3),
    "MotionEstimation": (0, 6),
    "Scaling": (0, 4),
    "ResizeFilter": (0, 15),
}
_FLAGS = {"ZoomGang": True, "FlipX": False, "FlipY": False, "CropRetain": False}
_ONES = {"ZoomX": 1.0, "ZoomY": 1.0, "Opacity": 100.0}
_SOURCE_ONLY = ("RetimeProcess", "MotionEstimation", "Scaling", "ResizeFilter", "CropRetain")


def item_defaults(item: Item) -> dict[str, Any]:
    """Return an item's properties as they begin: 26 of a video clip, fewer of a title, none elsewhere."""
    if item.kind == "transition":
        return {}
    plain: dict[str, Any] = {name: type(low)(0) for name, (low, _) in LIMITS.items()}
    found = plain | _ONES | _FLAGS
    if item.clip is None:
        found = {name: value for name, value in found.items() if name not in _SOURCE_ONLY}
    return found


def frames_in(clip: Clip) -> Fraction:
    """Return how many frames a clip has to give: a subclip only its own."""
    if clip.span is not None:
        return Fraction(clip.span[1] - clip.span[0])
    return Fraction(clip.facts.frames if clip.facts else 0)
