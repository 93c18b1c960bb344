"""Snap and compare frame rates without anything heavy: for readers, which run in a process of their own."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

NTSC = Fraction(1000, 1001)
_SNAP = Fraction(1, 4000)
_ALIKE = Fraction(11, 10_000)


@lru_cache(maxsize=256)
def snapped(rate: Fraction) -> Fraction:
    """Return the exact rate that a positive one stands for, as `uprez.times.snap_rate` does."""
    known = Fraction(round(rate)), round(rate / NTSC) * NTSC
    nearest = min(known, key=lambda each: abs(each - rate))
    return nearest if abs(nearest - rate) <= _SNAP * rate else rate.limit_denominator(100_000)


@lru_cache(maxsize=256)
def alike(one: Fraction, other: Fraction) -> bool:
    """Tell whether `layout` counts frames of the two rates one for one, as those of 24 and 23.976."""
    return abs(one - other) <= _ALIKE * other


def nominal(rate: Fraction) -> int:
    """Return the whole number of frames that one second of timecode counts."""
    return -(-rate.numerator // rate.denominator)
