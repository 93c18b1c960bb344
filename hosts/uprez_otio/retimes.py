"""Read from an OTIO clip's effects how it is played. Only ever runs in the child process."""

from __future__ import annotations

import math
import re
from typing import Any

import opentimelineio as otio

from uprez_otio.references_read import available_of
from uprez_otio.resolve_ramps import Key, keys_of, ramped

Speed = float | dict[str, Any] | None
_TIME_NAME = re.compile(
    r"time.?(re)?.?(map|warp)|retim|speed|freeze|reverse|posterize.?time|strobe|echo", re.IGNORECASE
)
_KEEPS_TIME = {"retime and scaling"}  # Resolve's choice of interpolation: on every clip, moves no frame
_LONGEST = 1_000_000
_RAMPS = "its speed changes along a curve (Resolve's, whose key frames don't fit its media or other retimes)"
_CUT_OFF = (
    "its ramp's last key frames lie beyond its render, which nobody has seen Resolve take; --retime whole "
    "buys all of its media"
)


def retime(item: Any, reference: Any = None) -> tuple[Speed, str | None]:
    """Return an item's speed, None at 1, and why it can't be followed, None if it can.

    `reference` is what a clip showed before it showed a render.

    Where it changes, the speed is `{"curve": [...]}`: for each frame of the timeline how many media frames
    beyond the clip's first one it may show, lowest and highest.
    """
    effects = [effect for effect in item.effects if getattr(effect, "enabled", True)]
    if not effects:
        return None, None
    speed, lookup, ramps = 1.0, None, []
    for effect in effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= effect.time_scalar
        elif isinstance(effect, otio.schema.TimeEffect) and (keys := keys_of(effect)):
            ramps.append(keys)
        elif isinstance(effect, otio.schema.TimeEffect):
            found = _lookup(effect)
            if found is None or (lookup is not None and any(lookup) and any(found)):
                return None, f"its speed changes along a curve ({_named(effect)})"
            lookup = found if lookup is None or not any(lookup) else lookup
        elif not isinstance(effect, otio.schema.Effect):
            return None, f"its effect {_named(effect)} is unknown and may change time"
        elif _changes_time(effect):
            return None, f"its effect {_named(effect)} changes time in a way OTIO doesn't tell"
    if not math.isfinite(speed):
        return None, "its speed is not a number"
    if ramps:
        return (
            _ramp(item.source_range, reference, ramps) if speed == 1.0 and lookup is None else (None, _RAMPS)
        )
    if lookup is not None and any(lookup):
        return _curve(speed, lookup), None
    return (None if speed == 1.0 else speed), None


def _ramp(cut: Any, reference: Any, ramps: list[list[Key]]) -> tuple[Speed, str | None]:
    """Return the curve of one ramp of Resolve's, whose seconds count from its file's first frame."""
    curve = ramped(cut, available_of(reference), ramps[0]) if len(ramps) == 1 else None
    return (None, _RAMPS) if curve is None else ({"curve": curve, "from_start": True, "note": _CUT_OFF}, None)


def _lookup(effect: Any) -> list[float] | None:
    """Return Hiero's curve: how far from where it would be each frame of the timeline reads."""
    found = effect.metadata.get("lookup")
    if effect.effect_name != "TimeWarp" or found is None or not 0 < len(found) <= _LONGEST:
        return None
    offsets = [each for each in found if type(each) in (int, float) and math.isfinite(each)]
    return [float(each) for each in offsets] if len(offsets) == len(found) else None


def _curve(speed: float, lookup: list[float]) -> dict[str, Any]:
    """Take what either order of a speed and a time warp shows: Hiero does not write which comes first."""
    readings = [(at * speed + offset, (at + offset) * speed) for at, offset in enumerate(lookup)]
    return {"curve": [[min(each), max(each)] for each in readings], "from_start": False}


def _changes_time(effect: Any) -> bool:
    names = {effect.name, effect.effect_name, _resolve_name(effect)}
    return any(_TIME_NAME.search(name) for name in names if name and name.lower() not in _KEEPS_TIME)


def _resolve_name(effect: Any) -> str:
    """Return Resolve's own name of an effect; it calls all of them "Resolve Effect"."""
    if effect.effect_name != "Resolve Effect":
        return ""
    found = effect.metadata.get("Resolve_OTIO", {})
    return str(found.get("Effect Name", "")) if hasattr(found, "get") else ""


def _named(effect: Any) -> str:
    return repr(getattr(effect, "effect_name", "") or effect.name or effect.schema_name())
