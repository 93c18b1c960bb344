"""Read and write times as MLT does: frames, clock times to the millisecond, or timecode."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from uprez_otio.formats.light import nominal

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+)[.,](\d+)")
_FRAMES = re.compile(r"(\d+)(?:[.,]\d*)?")
_TIMECODE = re.compile(r"(\d+):(\d+):(\d+)([:;])(\d+)")
_HALF = Fraction(1, 2)
MOST = 1 << 30


def frames_of(written: str, rate: Fraction) -> int | None:
    """Return the frames that a time stands for, None where it is none."""
    written = written.strip()
    if not written.isascii() or len(written) > 40:
        return None
    whole = _FRAMES.fullmatch(written)
    if whole:
        return _sane(int(whole[1]))
    clock = _CLOCK.fullmatch(written)
    if clock:
        hours, minutes, seconds, part = clock.groups()
        past = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        return _sane(nearest((past + Fraction(int(part), 10 ** len(part))) * rate))
    timecode = _TIMECODE.fullmatch(written)
    return _sane(_counted(timecode, rate)) if timecode else None


def like(written: str, frames: int, rate: Fraction) -> str:
    """Write a time as another one is written; timecode as frames, which MLT reads in its place."""
    if not _CLOCK.fullmatch(written.strip()):
        return str(frames)
    thousandths = nearest(frames * 1000 / rate)
    seconds, part = divmod(thousandths, 1000)
    comma = "," if "," in written else "."
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{comma}{part:03}"


def nearest(number: Fraction) -> int:
    """Return the nearest integer, the higher of two: as MLT rounds a place between two frames."""
    return math.floor(number + _HALF)


def _counted(timecode: re.Match[str], rate: Fraction) -> int:
    hours, minutes, seconds, frames = (int(timecode[index]) for index in (1, 2, 3, 5))
    base, total = nominal(rate), 60 * hours + minutes
    counted = (60 * total + seconds) * base + frames
    skip = base // 15 if timecode[4] == ";" and rate.denominator == 1001 else 0
    return counted - skip * (total - total // 10)


def _sane(frames: int) -> int | None:
    return frames if frames < MOST else None
