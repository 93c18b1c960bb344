"""Read from an AAF effect how it plays what it is fed with. Only ever runs in the child process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_open import number, operation_name, value_of

_BAKED, _POSITION, _SPEED, _RATIO = (
    "PARAM_SPEED_OFFSET_MAP_U",
    "PARAM_OFFSET_MAP_U",
    "PARAM_SPEED_MAP_U",
    "SpeedRatio",
)
_OFF = Fraction(1, 1000)  # of a frame; Avid writes a speed of 1/3 with nine digits
_CURVE = "its speed changes along a curve"
_LONGEST = 1_000_000
Point = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Warp:
    """Say that frame t of an effect shows frame `offset` + t * `speed` of what it is fed with.

    Where that changes, `curve` has the frame that each one shows instead.
    """

    speed: Fraction
    offset: Fraction = Fraction(0)
    problem: str | None = None
    curve: tuple[float, ...] = ()

    def told(self, trim: int, count: int, low: float, high: float) -> float | dict[str, Any] | None:
        """Return the speed as rows have it, for `count` frames from frame `trim` on.

        The media has the frames from `low` to `high`: where a curve leads beyond, its last one stands still.
        """
        if self.curve:
            shown = [min(max(each, low), high) for each in self.curve[trim : trim + count]]
            return {"curve": [[each, each] for each in shown]}
        return None if self.speed == 1 else float(self.speed)

    def lowest(self, trim: int, count: int) -> Fraction:
        """Return the lowest frame that is shown from frame `trim` on, `count` frames long.

        That of a curve is its first: its frames count from there.
        """
        if self.curve:
            return Fraction(0)
        first = self.offset + self.speed * trim
        return first + self.speed * (count - 1) if self.speed < 0 and count > 0 else first


def warp_of(group: Any, length: int) -> Warp:
    """Read how a time warp plays its input of `length` frames."""
    name = operation_name(group)
    known = {each.name: each for each in group.parameters or ()}
    if _POSITION in known:
        return Warp(Fraction(1), problem=f"{_CURVE} ({name})")
    constant = _constant(known[_SPEED]) if _SPEED in known else None
    points = _points(known[_BAKED]) if _BAKED in known else []
    if len(points) > 1:
        return _along(points, constant, name) or _curve(points, number(group.length, "effect's length"), name)
    if _SPEED in known:
        if constant is None:
            return Warp(Fraction(1), problem=f"{_CURVE} ({name})")
        return Warp(constant, _from_end(constant, length))
    return _by_ratio(group, known.get(_RATIO), length, name)


def _along(points: list[Point], constant: Fraction | None, name: str) -> Warp | None:
    """Take the positions that Avid bakes beside the speed: its other numbers are rounded to whole frames.

    None where they lie on no line.
    """
    (start, first), (end, last) = points[0], points[-1]
    if end <= start:
        return Warp(Fraction(1), problem=f"{_CURVE} ({name})")
    speed = _simple((last - first) / (end - start))
    offset = _simple(first - speed * start)
    if any(abs(offset + speed * at - value) > _OFF for at, value in points):
        return None
    if constant is not None and abs(constant - speed) > _OFF:
        return Warp(Fraction(1), problem=f"its effect {name} tells two speeds; bake it in your editor")
    return Warp(speed, offset)


def _curve(points: list[Point], count: int, name: str) -> Warp:
    """Read a curve off its baked positions, at which it is straight from one to the next."""
    times = [at for at, _ in points]
    if times != sorted(set(times)) or times[0] > 0 or times[-1] < count - 1 or count > _LONGEST:
        return Warp(Fraction(1), problem=f"{_CURVE} ({name})")
    shown, index = [], 0
    for frame in range(count):
        while index < len(points) - 2 and points[index + 1][0] <= frame:
            index += 1
        (start, first), (end, last) = points[index], points[index + 1]
        shown.append(float(first + (frame - start) * (last - first) / (end - start)))
    return Warp(Fraction(1), curve=tuple(shown))


def _by_ratio(group: Any, ratio: Any, length: int, name: str) -> Warp:
    """Take the length of the result by that of the input, the one number that writers but Avid give."""
    value = _fraction(getattr(ratio, "value", None))
    count = number(group.length, "effect's length")
    if value is None or count <= 0 or length <= 0:
        problem = (
            f"its effect {name} changes time in a way that the file doesn't tell; bake it in your editor"
        )
        return Warp(Fraction(1), problem=problem)
    if length == 1 and value == count:
        return Warp(Fraction(0))
    if not value or abs(Fraction(count, length) - abs(value)) * length > 1:
        problem = f"its effect {name} tells a speed that its lengths don't fit; bake it in your editor"
        return Warp(Fraction(1), problem=problem)
    speed = 1 / value
    return Warp(speed, _from_end(speed, length))


def _from_end(speed: Fraction, length: int) -> Fraction:
    return Fraction(length - 1) if speed < 0 else Fraction(0)


def _points(parameter: Any) -> list[Point]:
    found = getattr(parameter, "pointlist", None)
    pairs = [(_fraction(value_of(each, "Time")), _fraction(value_of(each, "Value"))) for each in found or ()]
    return [(at, value) for at, value in pairs if at is not None and value is not None]


def _constant(parameter: Any) -> Fraction | None:
    """Return the one speed of a speed map, None where it changes."""
    values = {value for _, value in _points(parameter)}
    if hasattr(parameter, "value") and not hasattr(parameter, "pointlist"):
        only = _fraction(parameter.value)
        values = set() if only is None else {only}
    return _simple(values.pop()) if len(values) == 1 else None


def _fraction(value: Any) -> Fraction | None:
    if isinstance(value, Fraction):
        return Fraction(value.numerator, value.denominator)
    return Fraction(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _simple(exact: Fraction) -> Fraction:
    """Return the simplest fraction within the accuracy of Avid's nine digits."""
    for most in (100, 1000, 100_000):
        simple = exact.limit_denominator(most)
        if abs(simple - exact) <= abs(exact) * Fraction(1, 10**7):
            return simple
    return exact.limit_denominator(1_000_000)
