"""Follow the speed curve of a clip, MLT's timeremap: for each of its frames a time of its file in seconds."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from uprez_otio.edits import Edit
from uprez_otio.formats.mlt_time import frames_of
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.xmltext import Element, put_text

CURVE = "its speed changes along a curve (timeremap)"
MAPS = ("time_map", "map")
"""The property of the curve, and what MLT before 7.14 called it."""
_KEY = re.compile(r"(\s*([\d:.,]+)\s*([|~]?)=\s*)(-?\d{1,7}(?:\.\d{1,30})?)\s*")
_HAIRS = (1e-6, -1e-6)
"""What is added to moved times, in seconds: one that was a frame's own must not fall short of it."""
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Key:
    """Hold a key: the file's time at a frame, and how it goes on from there: "" straight, "|" not, "~" round.

    `written` is what stands before its time.
    """

    frame: int
    time: float
    kind: str
    written: str


@dataclass(frozen=True, slots=True)
class Ramp:
    """Hold a curve whose frames count from `begin`; a blended one shows several media frames at once."""

    keys: tuple[Key, ...]
    begin: int
    blended: bool

    def pairs(self, places: range, rate: Fraction, media: Fraction) -> list[Pair]:
        """Return the first and the last media frame that each frame of a producer shows."""
        own, frames = float(rate), float(media)
        times = [self._time(place) + self.begin / own for place in (*places, places.stop)]
        shown = []
        for time, after in pairwise(times):
            low = high = math.floor(time * frames)
            if self.blended:
                high = max(low, math.ceil((time + abs(after - time)) * frames) - 1)
            shown.append((low, high))
        return shown

    def is_steady(self, places: range, rate: Fraction, media: Fraction) -> bool:
        """Tell whether the file can begin later: else MLT's rounding decides on frames, and would anew."""
        shown = self.pairs(places, rate, media)
        return any(each.pairs(places, rate, media) == shown for each in self.earlier(Fraction(0)))

    def earlier(self, head: Fraction) -> Iterator[Ramp]:
        """Yield curves of a file that begins `head` seconds later, as they can be written."""
        for hair in _HAIRS:
            late = float(head) - hair
            keys = (replace(key, time=float(f"{key.time - late:.9f}")) for key in self.keys)
            yield replace(self, keys=tuple(keys))

    def _time(self, place: int) -> float:
        keys, at = self.keys, place - self.begin
        index = bisect_right(keys, at, key=lambda key: key.frame) - 1
        if index < 0 or index == len(keys) - 1:
            return keys[max(index, 0)].time
        one, other = keys[index], keys[index + 1]
        part = (at - one.frame) / (other.frame - one.frame)
        if one.kind == "~":
            return _round(keys[max(index - 1, 0)], one, other, keys[min(index + 2, len(keys) - 1)], part)
        return one.time if one.kind == "|" else one.time + (other.time - one.time) * part


def ramp_of(document: Document, service: Element) -> Ramp | str | None:
    """Return the curve along which a producer is played, None where it is none, or why nobody can tell."""
    links = [each for each in service.all("link") if value(each, "mlt_service") == "timeremap"]
    if not links and not any(value(each, "mlt_service") == "timeremap" for each in service.all("filter")):
        return None
    told = {value(each, name) for each in links for name in MAPS} - {""}
    plain = len(links) == 1 and service.tag == "chain" and value(service, "mlt_service") != "timewarp"
    if not plain or len(told) != 1 or value(links[0], "speed_map") or value(links[0], "disable") == "1":
        return CURVE
    keys: dict[int, Key] = {}
    for part in told.pop().rstrip("; \n").split(";"):
        match = _KEY.fullmatch(part)
        frame = frames_of(match[2], document.rate) if match else None
        if match is None or frame is None:
            return CURVE
        keys[frame] = Key(frame, float(match[4]), match[3], match[1])
    blended = value(links[0], "image_mode") not in ("", "nearest")
    ordered = tuple(keys[frame] for frame in sorted(keys))
    return Ramp(ordered, document.time(links[0], "in") or 0, blended)


def ramped(service: Element, ramp: Ramp) -> Iterator[Edit]:
    """Yield the edits that give a producer's curve other times; its frames stay as they are written."""
    for link in service.all("link"):
        for told in (named(link, name) for name in MAPS):
            if told is not None and told.text.strip():
                yield put_text(told, ";".join(f"{key.written}{key.time:.9f}" for key in ramp.keys))


def _round(before: Key, one: Key, other: Key, after: Key, part: float) -> float:
    """Return a time on MLT's smooth curve, a spline through all keys."""
    y0, y1, y2, y3 = (key.time for key in (before, one, other, after))
    cubic = -0.5 * y0 + 1.5 * y1 - 1.5 * y2 + 0.5 * y3
    square = y0 - 2.5 * y1 + 2 * y2 - 0.5 * y3
    return cubic * part**3 + square * part**2 + (0.5 * y2 - 0.5 * y0) * part + y1
