"""Say at what speed an item plays and which frames of its file it shows, from numbers that builds get wrong.

Offsets of a retimed item are divided by its speed; seconds count from timecode zero; source frames slip by
one. (facts: 9.2 to 9.5)
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from uprez_resolve.seen import SeenItem

NEAR = Fraction(1)  # how far apart two ways to count one frame may lie
_LOOSE = Fraction(2)  # the same for whole frames at both ends
_EXACT = Fraction(1, 20)
_OLD = (
    "this version of Resolve doesn't tell at what speed it plays; update to 19.0.3 or newer, or give "
    "--via-resolve"
)
_RAMP = (
    "its speed changes on the way or is no plain percentage, and Resolve doesn't tell how; bake it "
    "(right-click > Render in Place) and run again, or give --via-resolve"
)
_UNKNOWN = (
    "Resolve doesn't tell which frames of its file it shows; put the clip in anew, or give --via-resolve"
)
_ONE = Fraction(1)


class Played(NamedTuple):
    """Hold what an item shows, frames from `low` up to `high` from its file's first on, and the speed."""

    low: int
    high: int
    speed: Fraction


class Pace(NamedTuple):
    """Hold the clip's and the timeline's rates, and the frames that the clip has in Resolve's own eyes.

    `zero` is the timecode of the file's first frame as a frame number; `head` the first frame of a subclip
    in its file; None where Resolve doesn't tell them.
    """

    clip: Fraction
    timeline: Fraction
    frames: int | None
    zero: int | None
    head: int = 0

    @property
    def whole(self) -> bool:
        """Tell whether the clip has all of its file."""
        return self.head == 0


def played(item: SeenItem, pace: Pace) -> Played | str:
    """Return what an item shows, or why nobody can tell and what to do."""
    expected = item.duration * pace.clip / pace.timeline
    speed = _speed(item, pace, expected)
    if isinstance(speed, str):
        return speed
    low = _low(item, pace, speed)
    if low is None:
        return _UNKNOWN
    if speed == 0:
        return Played(math.floor(low), math.floor(low) + 1, speed)
    size = expected * abs(speed)
    return Played(math.floor(low + _EXACT), math.ceil(low + size - _EXACT), speed)


def _span(item: SeenItem, pace: Pace) -> Fraction | None:
    """Return the source frames from the first to the last in the order they are shown, exact or None."""
    if item.seconds is None:
        return None
    return (Fraction(item.seconds[1]) - Fraction(item.seconds[0])) * pace.clip


def _speed(item: SeenItem, pace: Pace, expected: Fraction) -> Fraction | str:
    span = _span(item, pace)
    if span is None:
        return _ONE if _plain_by_frames(item, pace, expected) else _OLD
    if item.seconds == (0.0, 0.0):
        return _UNKNOWN
    if abs(span) < _EXACT:
        return Fraction(0)
    told = None if item.speed is None else Fraction(round(item.speed * 100), 10_000)
    if told and abs(expected * abs(told) - abs(span)) > NEAR:
        return _RAMP
    if abs(span - expected) <= NEAR and _at_full_speed(item, span, expected):
        return _ONE
    return _linear(item, pace, span, expected) or _RAMP


def _signed(speed: Fraction, span: Fraction) -> Fraction:
    return -abs(speed) if span < 0 else abs(speed)


def _at_full_speed(item: SeenItem, span: Fraction, expected: Fraction) -> bool:
    """A speed close to 1 hides in a short item's length, and shows in the offset that is divided by it."""
    if abs(span - expected) <= _EXACT or item.left is None or item.source is None:
        return True
    return abs(item.left - item.source[0]) <= NEAR


def _plain_by_frames(item: SeenItem, pace: Pace, expected: Fraction) -> bool:
    if item.head is not None and item.tail is not None:
        return abs(item.tail - item.head - expected) <= _LOOSE
    if item.source is not None and item.source != (0, 0):
        return abs(item.source[1] - item.source[0] - expected) <= _LOOSE
    if item.left is None or item.right is None or pace.frames is None:
        return False
    return abs(item.left + item.right + expected - pace.frames) <= _LOOSE


def _linear(item: SeenItem, pace: Pace, span: Fraction, expected: Fraction) -> Fraction | None:
    """Return a speed that people set: a whole percentage, or a simple ratio; a ramp's mean is neither."""
    ratio = abs(span) / expected
    percent = Fraction(round(ratio * 100), 100)
    for speed in (percent, ratio.limit_denominator(8)):
        off = abs(expected * speed - abs(span))
        if speed and (off <= _EXACT or (off < NEAR and _warped(item, pace, speed, ratio))):
            return None if _denied(item, pace, speed, span) else _signed(speed, span)
    return None


def _denied(item: SeenItem, pace: Pace, speed: Fraction, span: Fraction) -> bool:
    """Tell whether the offset fits neither this speed nor none: then the speed is only a ramp's mean.

    It counts divided by the speed (facts: 9.5); how that goes backwards, or between rates, nobody measured.
    """
    timed = _timed(item, pace)
    if timed is None or item.left is None or item.head is not None or span < 0 or pace.clip != pace.timeline:
        return False
    fits = (item.left * speed + pace.head, item.left + pace.head, Fraction(item.left))
    return all(abs(one - timed) > _LOOSE + speed for one in fits)


def _warped(item: SeenItem, pace: Pace, speed: Fraction, ratio: Fraction) -> bool:
    """Tell whether the offset, which counts divided by the speed, proves it: a short one proves nothing."""
    timed = _timed(item, pace)
    if (
        timed is None
        or item.head is not None
        or item.left is None
        or item.left * abs(speed - ratio) < 2 * (NEAR + speed)
    ):
        return False
    return abs(item.left * speed + pace.head - timed) <= NEAR + speed


def _timed(item: SeenItem, pace: Pace) -> Fraction | None:
    """Return the lowest frame shown by its seconds, counted from the file's first."""
    if item.seconds is None or pace.zero is None:
        return None
    counts = counted(item.seconds, pace.clip, pace.zero)
    first = min(item.source) if item.source is not None and item.source != (0, 0) else None
    close = [one for one in counts if first is not None and abs(one - first) <= _LOOSE]
    exact = next((one for one in close if is_whole(one)), (close or counts)[0])
    return Fraction(round(exact)) if is_whole(exact) else exact


def counted(seconds: tuple[float, float], rate: Fraction, zero: int) -> tuple[Fraction, Fraction]:
    """Return the lowest frame that seconds name, counted from the frame `zero`, in both ways to count.

    Nobody has measured whether an NTSC timecode's second lasts its frames or as long as the clock says.
    """
    exact = Fraction(min(seconds)) * rate
    return exact - zero, exact - zero * rate / round(rate)


def is_whole(frame: Fraction) -> bool:
    """Tell whether a frame number that was computed from seconds means a whole one."""
    return abs(frame - round(frame)) <= _EXACT


def _retimed_low(item: SeenItem, pace: Pace, timed: Fraction | None) -> Fraction | None:
    """Believe the seconds where the frame numbers bear them out."""
    first = min(item.source) if item.source is not None and item.source != (0, 0) else None
    if timed is None or first is None or abs(timed - first) <= _LOOSE:
        return timed
    return Fraction(first) if pace.whole else None


def _low(item: SeenItem, pace: Pace, speed: Fraction) -> Fraction | None:
    """Return the lowest frame shown, counted from the file's first."""
    if item.head is not None:
        return Fraction(item.head)
    timed = _timed(item, pace)
    if speed != 1:
        return _retimed_low(item, pace, timed)
    left = item.left
    if pace.whole:
        if left is not None and (item.source is None or abs(left - item.source[0]) <= NEAR):
            return Fraction(left)
        agreed = timed is not None and item.source is not None and abs(timed - item.source[0]) <= NEAR
        return timed if agreed else None
    if left is None or timed is None:
        return None
    counted = (left, left + pace.head)
    return timed if any(abs(timed - one) <= NEAR for one in counted) else None
