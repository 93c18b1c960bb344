"""How a clip is played: at one speed, along a curve that is known, or along one that nobody knows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from uprez.model import Retime
from uprez.retime import NEVER_CUT
from uprez_otio.convert import Number, speed_of

Curve = tuple[tuple[float, float], ...]
CURVE = "its speed changes along a curve"
"""How a reader's reason begins where it can't follow a retime, but knows that it is one."""
_MOST = 1 << 31
_OF_PART = (
    "its speed curve counts from the first frame of a part of its file, which its render can't begin with; "
    "bake it in your editor"
)


@dataclass(frozen=True, slots=True)
class Played:
    """Hold how a clip is played; `curve` are, for each frame of the timeline, the media frames it may show.

    They are counted from the clip's first, in its own rate. `whole` asks for all of its media instead.
    """

    retime: Retime | None = None
    problem: str | None = None
    curve: Curve = ()
    whole: bool = False
    told: Any = None
    """The speed as the child told it, so that a baked clip can say what it had."""

    @classmethod
    def of(cls, speed: Any, problem: str | None, *, whole: bool) -> Played:
        """Read what the child tells of a clip's speed: a number, a curve, or what is wrong with it."""
        if isinstance(speed, Mapping) and "curve" not in speed:
            timed = bool(speed.get("timed"))
            locked = Retime(speed=speed_of(float(speed["speed"])), lock=int(speed["lock"]), timed=timed)
            return cls(locked, problem, told=speed)
        if isinstance(speed, Mapping):
            return cls._along(speed, problem, whole=whole and "note" in speed)
        if problem and problem.startswith(CURVE):
            ramp = Retime(speed=Fraction(1), ramp=True, from_start=True)
            advice = f"{problem}; bake it in your editor, or give --retime whole to buy all of its media"
            return cls(ramp, whole=True) if whole else cls(problem=advice)
        return cls(None if speed is None else Retime(speed=speed_of(speed)), problem, told=speed)

    @classmethod
    def _along(cls, told: Mapping[str, Any], problem: str | None, *, whole: bool) -> Played:
        curve = tuple((float(low), float(high)) for low, high in told["curve"])
        if not curve or not all(abs(each) < _MOST for pair in curve for each in pair):
            return cls(problem="its speed curve is none; bake it in your editor")
        steps = max(1, len(curve) - 1)
        mean = Fraction(curve[-1][0] - curve[0][0]).limit_denominator(1000) / steps
        retime = Retime(speed=mean, ramp=True, from_start=bool(told.get("from_start")))
        return cls(retime, problem, curve, whole, told)

    def of_part(self) -> Played:
        """Return it for a file of which the timeline has a part: what counts from there is left out."""
        return Played(problem=_OF_PART) if self.retime and self.retime.from_start else self

    def headfast(self) -> Played:
        """Return it so that no frames may be cut off the file's head."""
        retime = self.retime or Retime(speed=Fraction(1))
        return replace(self, retime=retime.model_copy(update={"lock": NEVER_CUT}))

    def frames(self, first: Number, step: Fraction) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the media frames shown, and with those that a host's blending may reach for.

        Each is the first and the one after the last, counted from the file's first; `first` is where the
        clip begins in it, and `step` how many of its frames one of the clip's own stands for.
        """
        low = first + Fraction(min(low for low, _ in self.curve)) * step
        high = first + Fraction(max(high for _, high in self.curve)) * step
        shown = math.floor(low), math.floor(high) + 1
        return shown, (shown[0] - 1, math.ceil(high) + 2)

    def note(self, frames: int) -> str:
        """Return what a person should know before it is bought."""
        if self.whole:
            return f"its speed curve is not sure, so all {frames} frames of its media are wanted"
        return str(self.told.get("note", "")) if isinstance(self.told, Mapping) else ""


PLAIN = Played()


def told_speed(speed: Any) -> str:
    """Return a speed in words."""
    return f"at speed {speed:g}" if isinstance(speed, int | float) else "along a curve"
