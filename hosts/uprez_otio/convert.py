"""Where floats stop: OTIO's times become frames and fractions here, and nowhere after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from uprez.errors import PlanError
from uprez.times import snap_rate

Number = int | Fraction
_SNAP = 1e-3
_ALIKE = Fraction(11, 10_000)  # 24 and 24000/1001 lie 1/1001 apart: their frames are counted one by one
_MOST = 1 << 31
_FASTEST = 1_000_000  # sound counts up to 384,000 a second
_RATES: dict[Fraction, Fraction] = {}


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a start and a length in frames of one rate, exact as OTIO gave them."""

    start: Number
    count: Number
    rate: Fraction


def frames(value: float) -> Number | None:
    """Return OTIO's number of frames: a whole one where it lies within 1/1000 of it; None for no number."""
    kind = type(value)
    if (kind is not float and kind is not int) or not -_MOST < value < _MOST:
        return None
    whole = round(value)
    return whole if abs(value - whole) <= _SNAP else Fraction(value)


@lru_cache(maxsize=256)
def rate_of(value: float) -> Fraction | None:
    """Return the exact rate that OTIO's float means, None for one that is no rate."""
    try:
        return same(snap_rate(value)) if isinstance(value, int | float) and value < _FASTEST else None
    except PlanError:
        return None


def same(rate: Fraction) -> Fraction:
    """Return the one object that stands for a rate here, so that `is` can compare before arithmetic does."""
    return _RATES.setdefault(rate, rate)


@lru_cache(maxsize=256)
def alike(one: Fraction, other: Fraction) -> bool:
    """Tell whether frames of the two rates are counted one for one, as 24 and 23.976 are."""
    return abs(one - other) <= _ALIKE * other


@lru_cache(maxsize=256)
def _factor(rate: Fraction, to: Fraction) -> Fraction | None:
    return None if alike(rate, to) else to / rate


def at_rate(count: Number, rate: Fraction, to: Fraction) -> Number:
    """Convert a time in frames of one rate to frames of another; alike rates keep the number."""
    if rate is to:
        return count
    factor = _factor(rate, to)
    return count if factor is None else whole(count * factor)


def whole(number: Number) -> Number:
    """Return the integer within 1/1000 of a number, where there is one."""
    if type(number) is int:
        return number
    near = round(number)
    return near if -_SNAP <= number - near <= _SNAP else number


def span(row: list[float] | None) -> Span | None:
    """Read a range as the child prints it; None where there is none or it is no range of frames."""
    if row is None:
        return None
    start, start_rate, count, count_rate = row
    rate = rate_of(count_rate)
    first, length = frames(start), frames(count)
    if rate is None or first is None or length is None:
        return None
    if start_rate != count_rate:
        other = rate_of(start_rate)
        if other is None:
            return None
        first = at_rate(first, other, rate)
    return Span(first, length, rate)


def time(row: list[float] | None, rate: Fraction) -> Number:
    """Read a time as the child prints it, in frames of `rate`; none is 0."""
    if row is None:
        return 0
    count, own = frames(row[0]), rate_of(row[1])
    return 0 if count is None or own is None else at_rate(count, own, rate)


@lru_cache(maxsize=1024)
def speed_of(value: float) -> Fraction:
    """Return the simplest speed within a float's own accuracy: 1.7 is 17/10, 0.333333333 is 1/3."""
    exact = Fraction(value)
    for most in (100, 1000, 100_000):
        simple = exact.limit_denominator(most)
        if abs(simple - exact) <= abs(exact) * Fraction(1, 10**7):
            return simple
    return exact.limit_denominator(1_000_000)


def used(
    first: Number, count: Number, speed: Fraction, head: Number, tail: Number, mixed: bool
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the media frames consumed, each as the first and the one after the last.

    All numbers are frames of the media's rate, counted from the file's first. `head` and `tail` are how much
    more of the clip its transitions show. A reversed clip begins at its last frame, so that its head lies at
    the higher numbers. The second pair has the transitions' frames, and one more where a host's rounding may
    reach for it; the first pair has neither.
    """
    if speed == 0:
        still = math.floor(first)
        return (still, still + 1), (still, still + 1)
    size: Number = abs(speed)
    extra = int(size.denominator > 1)
    size = whole(size)
    last = whole(first + (max(count, 1) - 1) * size)
    before, after = (head, tail) if speed > 0 else (tail, head)
    guard = int(mixed)
    low = math.floor(whole(first - before * size)) - guard
    high = math.ceil(whole(last + after * size)) + 1 + guard + extra
    return (math.floor(first), math.floor(last) + 1), (low, high)
