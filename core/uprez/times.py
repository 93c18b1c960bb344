"""Frames, rates and timecode: integers and fractions only."""

from __future__ import annotations

from fractions import Fraction
from typing import Self

from pydantic import NonNegativeInt

from uprez.errors import PlanError
from uprez.frozen import Frozen

NTSC = Fraction(1000, 1001)
_SNAP = Fraction(1, 4000)  # 23.98 lies 1/6000 off 24000/1001; 24 lies 1/1000 off
_DROPPED = {30: 2, 60: 4, 120: 8}  # frame numbers skipped each minute, by nominal rate


class FrameRange(Frozen):
    """Name `count` frames from `start` on; half-open, in whatever frames its owner counts."""

    start: int
    count: NonNegativeInt

    @classmethod
    def between(cls, start: int, end: int) -> Self:
        """Build the range of frames from `start` up to, not including, `end`."""
        return cls(start=start, count=max(0, end - start))

    @property
    def end(self) -> int:
        """Return the first frame after the range."""
        return self.start + self.count

    def padded(self, head: int, tail: int) -> Self:
        """Return the range with `head` and `tail` more frames."""
        return self.between(self.start - head, self.end + tail)

    def moved(self, by: int) -> Self:
        """Return as many frames, `by` later."""
        return self.between(self.start + by, self.end + by)

    def clamped(self, to: FrameRange) -> Self:
        """Return the part of the range that lies in `to`."""
        start = min(max(self.start, to.start), to.end)
        return self.between(start, min(self.end, to.end))

    def within(self, other: FrameRange) -> bool:
        """Tell whether every frame of the range is in `other`."""
        return other.start <= self.start and self.end <= other.end

    def gap_to(self, other: FrameRange) -> int:
        """Return the frames that lie between the two; negative where they overlap."""
        return max(self.start, other.start) - min(self.end, other.end)

    def joined(self, other: FrameRange) -> Self:
        """Return the smallest range that holds both."""
        return self.between(min(self.start, other.start), max(self.end, other.end))


def snap_rate(rate: float | Fraction) -> Fraction:
    """Return the exact rate that `rate` (frames per second) stands for: 23.98 is 24000/1001.

    Raises PlanError for a rate that is zero, negative or not a number.
    """
    try:
        exact = Fraction(rate)
    except (OverflowError, ValueError):
        exact = Fraction(0)
    if exact <= 0:
        raise PlanError(f"rate {rate} is not a frame rate; give the media a rate above 0")
    whole = Fraction(round(exact))
    known: tuple[Fraction, Fraction] = (whole, round(exact / NTSC) * NTSC)
    nearest = min(known, key=lambda rate: abs(rate - exact))
    if abs(nearest - exact) <= _SNAP * exact:
        return nearest
    return exact.limit_denominator(100_000)


def spoken(rate: Fraction) -> str:
    """Write a rate as people say it: 24, 23.976, 59.94."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def nominal(rate: Fraction) -> int:
    """Return the whole number of frames that one second of timecode counts."""
    return -(-rate.numerator // rate.denominator)


def may_drop(rate: Fraction) -> bool:
    """Tell whether drop-frame timecode exists at `rate`."""
    return rate.denominator == 1001 and nominal(rate) in _DROPPED


def to_timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """Write a frame number as timecode; drop-frame has a semicolon before the frames."""
    base = nominal(rate)
    day = 24 * 3600 * base
    drop = drop and may_drop(rate)
    if drop:
        skip = _DROPPED[base]
        ten_minutes, minute = 600 * base - 9 * skip, 60 * base - skip
        frame %= 144 * ten_minutes
        tens, rest = divmod(frame, ten_minutes)
        frame += 9 * skip * tens + (skip * ((rest - skip) // minute) if rest >= skip else 0)
    seconds, frames = divmod(frame % day, base)
    mark = ";" if drop else ":"
    width = 3 if base > 100 else 2
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frames:0{width}}"


def from_timecode(text: str, rate: Fraction) -> int:
    """Read timecode as a frame number; a semicolon or a comma before the frames means drop-frame.

    Raises PlanError for text that is no timecode at `rate`.
    """
    base = nominal(rate)
    drop = ";" in text or "," in text
    parts = text.replace(";", ":").replace(",", ":").split(":")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise PlanError(f"timecode {text!r} is not HH:MM:SS:FF; write it like 01:00:10:12")
    hours, minutes, seconds, frames = map(int, parts)
    if minutes > 59 or seconds > 59 or frames >= base:
        raise PlanError(f"timecode {text!r} does not exist at {rate} frames per second")
    total_minutes = 60 * hours + minutes
    frame = (60 * total_minutes + seconds) * base + frames
    if not (drop and may_drop(rate)):
        return frame
    skip = _DROPPED[base]
    if minutes % 10 and not seconds and frames < skip:
        raise PlanError(f"timecode {text!r} is one of the numbers that drop-frame skips")
    return frame - skip * (total_minutes - total_minutes // 10)
