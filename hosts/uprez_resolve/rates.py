"""Read the rates, timecodes and counts of Resolve: numbers in one build, text in the next."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from uprez.errors import HostError, PlanError
from uprez.times import from_timecode, may_drop, snap_rate


def rate_of(written: Any) -> tuple[Fraction, bool]:
    """Return the rate (frames per second) and whether timecode drops: 29.97, "29.97", "29.97 DF".

    Raises HostError for what is no rate. (facts: 5.7, 5.8)
    """
    text = str(written).strip().upper()
    drop = text.endswith("DF")
    try:
        rate = snap_rate(Fraction(text.removesuffix("DF").strip()))
    except (ValueError, ZeroDivisionError, PlanError):
        raise HostError(
            f"DaVinci Resolve: has a frame rate {written!r}, which is none; open the timeline and try again"
        ) from None
    return rate, drop and may_drop(rate)


def clip_rate(written: Any) -> Fraction | None:
    """Return a clip's rate, None where it has none."""
    try:
        return rate_of(written)[0]
    except HostError:
        return None


def whole(written: Any) -> int | None:
    """Return a number of frames that came as int, float or text; None for what is no whole number."""
    try:
        number = Fraction(str(written).strip())
    except (ValueError, ZeroDivisionError):
        return None
    return int(number) if number.denominator == 1 else None


def frame_of(timecode: Any, rate: Fraction) -> int | None:
    """Return a timecode's frame number; None for what is no timecode at `rate`."""
    try:
        return from_timecode(str(timecode), rate)
    except PlanError:
        return None
