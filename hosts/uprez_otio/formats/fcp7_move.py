"""Move a clip of Final Cut's XML onto a part of its file: all that counts from the file's start.

The in and out points, the keys of its effects and its markers count frames as it is played, so that they all
move by the same amount; where that is no whole number, the picture could jump by a frame, and it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.edits import Edit
from uprez_otio.formats.fcp7_clip import Clip
from uprez_otio.formats.fcp7_edits import put_number
from uprez_otio.formats.fcp7_numbers import number_of
from uprez_otio.formats.fcp7_remap import Key, effects_of, keys_of, parameter, remap_filter
from uprez_otio.xmltext import Element

TICKS = 254_016_000_000
"""How many of Premiere's ticks a second has."""
_BETWEEN = (
    "its in point would lie between two frames of its render, since its speed or rate does not divide what "
    "is cut off the file; give --retime whole, or more --handles"
)


@dataclass(frozen=True, slots=True)
class Part:
    """Say which part of its file a clip gets: frames cut off at the head and the tail, and what is left.

    Fewer than none are put back.
    """

    head: int
    tail: int
    count: int


def why_not_moved(clip: Clip, part: Part) -> str | None:
    """Return why a clip can't be moved onto a part of its file, None where it can."""
    if clip.still or clip.held or _cut(clip, part) == 0:
        return None
    if clip.blurred or _shift(clip, part).denominator > 1:
        return _BETWEEN
    if number_of(clip.spot.element, "in") is None:
        return "it has no in point; relink it in your editor"
    effect = remap_filter(clip.spot.element)
    if not clip.retimed and effect is not None and keys_of(effect):
        return "its in point and its speed graph count different frames; bake it in your editor"
    return None


def moved(clip: Clip, part: Part) -> Iterator[Edit]:
    """Yield the edits that move a clip; only for one that can be."""
    if clip.still:
        return
    element = clip.spot.element
    shift = Fraction(0) if clip.held else _shift(clip, part)
    length = _length(clip, part)
    if shift:
        yield from _points(element, shift)
        yield from _ticks(clip, shift)
        yield from _keys(element, shift)
    yield from _held(clip, part)
    duration = element.find("duration")
    if duration is not None and length is not None:
        yield from put_number(duration, length)
        yield from _filter_ends(element, duration, length)
    yield from _graph(clip, part, shift, length)


def _cut(clip: Clip, part: Part) -> int:
    return part.tail if clip.speed < 0 else part.head


def _shift(clip: Clip, part: Part) -> Fraction:
    """Return by how much the in point moves: a reversed clip counts from the file's end."""
    return _cut(clip, part) / clip.step


def _length(clip: Clip, part: Part) -> Fraction | None:
    """Return how long a clip of all of the part would be; None where it stays as it is."""
    if clip.held or not (part.head or part.tail):
        return None
    return Fraction(math.ceil(part.count / clip.step))


def _points(element: Element, shift: Fraction) -> Iterator[Edit]:
    places = [element, *element.all("marker")]
    for each in places:
        for tag in ("in", "out"):
            point = each.find(tag)
            value = number_of(each, tag)
            if point is not None and value is not None and value >= 0:
                yield from put_number(point, value - shift)


def _ticks(clip: Clip, shift: Fraction) -> Iterator[Edit]:
    seconds = shift * (abs(clip.speed) if clip.retimed else 1) / clip.rate
    for tag in ("pproTicksIn", "pproTicksOut"):
        ticks = clip.spot.element.find(tag)
        value = number_of(clip.spot.element, tag)
        if ticks is not None and value is not None:
            yield from put_number(ticks, Fraction(round(value - seconds * TICKS)))


def _keys(element: Element, shift: Fraction) -> Iterator[Edit]:
    remap = remap_filter(element)
    for _, effect in effects_of(element):
        for key in effect.every("keyframe") if effect is not remap else ():
            when, value = key.find("when"), number_of(key, "when")
            if when is not None and value is not None:
                yield from put_number(when, value - shift)


def _filter_ends(element: Element, duration: Element, length: Fraction) -> Iterator[Edit]:
    """Yield the edits of filters that last as long as the clip's file, as Resolve writes them."""
    old = number_of(element, "duration")
    for each, _ in effects_of(element):
        end = each.find("end")
        if end is not None and old is not None and number_of(each, "end") == old and duration is not end:
            yield from put_number(end, length)


def _held(clip: Clip, part: Part) -> Iterator[Edit]:
    offset = clip.spot.element.find("stillframeoffset")
    value = number_of(clip.spot.element, "stillframeoffset")
    if clip.held and offset is not None and value is not None:
        yield from put_number(offset, value - _in_clip(clip, part.head))


def _graph(clip: Clip, part: Part, shift: Fraction, length: Fraction | None) -> Iterator[Edit]:
    """Yield the edits of a speed graph, whose keys at the ends of the file stay at its ends."""
    effect = remap_filter(clip.spot.element)
    if effect is None or not (part.head or part.tail):
        return
    cut = _in_clip(clip, part.head)
    for key in keys_of(effect):
        when, value = _key(clip, key, cut, shift, length)
        for tag, new in (("when", when), ("value", value)):
            place = key.element.find(tag)
            if place is not None:
                yield from put_number(place, new)
    graph = parameter(effect, "graphdict")
    said = number_of(graph, "valuemax")
    most = graph.find("valuemax") if graph is not None else None
    if most is not None and said is not None:
        yield from put_number(most, said - _in_clip(clip, part.head + part.tail))


def _key(
    clip: Clip, key: Key, cut: Fraction, shift: Fraction, length: Fraction | None
) -> tuple[Fraction, Fraction]:
    if clip.held:
        return key.when, key.value - cut if key.value == clip.first else key.value
    if key.kind == "start":
        return key.when, key.value + clip.speed * shift - cut
    if key.kind == "end" and length is not None:
        return length, key.value + clip.speed * (length + shift - key.when) - cut
    return key.when - shift, key.value - cut


def _in_clip(clip: Clip, frames: int) -> Fraction:
    """Return frames of the file in frames of the clip's rate."""
    return frames * clip.rate / clip.media_rate
