"""Follow the speed ramps that Resolve writes into an .otio. Only ever runs in the child process.

A key frame is `[played, shown, smooth, in x, in y, out x, out y]`: at the second `played` of the whole media,
retimed, the second `shown` of it is on screen. Two keys are joined by a line, or by a cubic Bézier whose
tangents hang on its ends as those four numbers say. Resolve ignores those of the first and the last key.
Source: exports of Resolve 21, and what others measured with them (davinci-resolve-mcp-free, otio-conform).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

Pair = tuple[float, float]
Cubic = tuple[float, float, float, float]
_LONGEST = 20_000  # frames of one clip: a quarter of an hour
_CLOSE = 1e-3
_SAME = 1e-6  # seconds
_HALVINGS = 24  # a ten thousandth of a frame, in a segment of a minute


@dataclass(frozen=True, slots=True)
class Key:
    """Hold a key frame, in seconds; `before` and `after` are its tangents."""

    played: float
    shown: float
    before: Pair = (0.0, 0.0)
    after: Pair = (0.0, 0.0)
    smooth: bool = False


def keys_of(effect: Any) -> list[Key] | None:
    """Return the key frames of a ramp, in order; None where an effect is no ramp of Resolve's."""
    told = effect.metadata.get("Resolve_OTIO")
    rows: Any = told.get("Key Frames") if hasattr(told, "get") else None
    if not hasattr(rows, "__len__") or not 2 <= len(rows) <= _LONGEST:
        return None
    keys = [_key(list(row)) for row in rows if hasattr(row, "__len__")]
    found = [key for key in keys if key is not None]
    if len(found) < len(rows) or any(one.played >= other.played for one, other in pairwise(found)):
        return None
    edges = found[0], found[-1]
    return [Key(key.played, key.shown) if key in edges else key for key in found]


def _key(row: list[Any]) -> Key | None:
    numbers = [each for each in row[:2] + row[3:7] if type(each) in (int, float) and math.isfinite(each)]
    if len(row) != 7 or len(numbers) != 6:
        return None
    played, shown, *tangents = map(float, numbers)
    return Key(played, shown, (tangents[0], tangents[1]), (tangents[2], tangents[3]), bool(row[2]))


def ramped(cut: Any, available: list[float] | None, keys: list[Key]) -> list[Pair] | None:
    """Return for each frame of a clip the frames beyond its first that it may show, lowest and highest.

    `cut` is the clip's range, `available` what its media has, as rows hold it. Its start may count media, as
    that of a clip of one speed, or what is played. None where the keys do not span that media as Resolve has
    them do, so that nobody knows what their seconds count.
    """
    if cut is None or available is None or not 0 < cut.duration.value <= _LONGEST:
        return None
    begin, rate, length, _ = available
    rates = (cut.start_time.rate, cut.duration.rate, available[3])
    spans = (keys[0].played, keys[0].shown) == (0, 0) and -2 <= keys[-1].shown * rate - length <= 1
    if not spans or not rate > 0 or any(abs(each - rate) > _CLOSE for each in rates):
        return None
    first = cut.start_time.value - begin
    segments = [Segment.of(one, other) for one, other in pairwise(keys)]
    ends = [key.played for key in keys[1:-1]]
    starts, curve = _starts(segments, first / rate), []
    for number in range(math.ceil(cut.duration.value)):
        moments = [start + number / rate for start in starts]
        shown = [each for at in moments for each in segments[bisect_left(ends, at)].shown(at)]
        curve.append((min(shown) * rate - first, max(shown) * rate - first))
    return curve


@dataclass(frozen=True, slots=True)
class Segment:
    """Join two keys: by a line, and by a Bézier where one has a tangent; each is held as a cubic."""

    one: Key
    other: Key
    times: Cubic | None
    values: Cubic

    @classmethod
    def of(cls, one: Key, other: Key) -> Segment:
        """Join two keys; a tangent ends within them."""
        bent = any((*one.after, *other.before))
        inner = one.played + one.after[0], other.played + other.before[0]
        first, last = (min(max(time, one.played), other.played) for time in inner)
        times = _cubic(one.played, first, last, other.played) if bent else None
        inner = one.shown + one.after[1], other.shown + other.before[1]
        return cls(one, other, times, _cubic(one.shown, *inner, other.shown))

    def shown(self, played: float) -> list[float]:
        """Return the second on screen: where one end alone is smooth, what a line and what a Bézier shows."""
        played = min(max(played, self.one.played), self.other.played)
        both = self.times is not None and not (self.one.smooth and self.other.smooth)
        return [self._curved(played), self._straight(played)] if both else [self.follow(played)]

    def follow(self, played: float) -> float:
        """Return the second on screen by the Bézier, where there is one."""
        return self._straight(played) if self.times is None else self._curved(played)

    def played(self, shown: float) -> set[float]:
        """Return when a second is on screen: at both ends of a segment that stands still."""
        low, high = self.one.shown, self.other.shown
        if low == high == shown:
            return {self.one.played, self.other.played}
        if not min(low, high) <= shown <= max(low, high):
            return set()
        return {_halved(self.follow, shown, self.one.played, self.other.played, rising=high >= low)}

    def _straight(self, played: float) -> float:
        share = (played - self.one.played) / (self.other.played - self.one.played)
        return self.one.shown + share * (self.other.shown - self.one.shown)

    def _curved(self, played: float) -> float:
        assert self.times is not None
        return _at(self.values, _halved(partial(_at, self.times), played, 0.0, 1.0))


def _starts(segments: list[Segment], start: float) -> list[float]:
    """Return when a clip may begin on the curve: where it shows its start, wherever that is, or plays it."""
    starts = [start]
    for found in sorted({each for one in segments for each in one.played(start)}):
        if all(abs(found - known) > _SAME for known in starts):
            starts.append(found)
    return starts


def _cubic(first: float, second: float, third: float, last: float) -> Cubic:
    """Return the factors of the cubic through a Bézier's four points, its highest power first."""
    linear = 3 * (second - first)
    square = 3 * (third - second) - linear
    return last - first - linear - square, square, linear, first


def _at(cubic: Cubic, place: float) -> float:
    cube, square, linear, constant = cubic
    return ((cube * place + square) * place + linear) * place + constant


def _halved(
    of: Callable[[float], float], wanted: float, low: float, high: float, *, rising: bool = True
) -> float:
    """Return where a function that rises, or falls, from `low` to `high` has a value."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (of(middle) < wanted) is rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
