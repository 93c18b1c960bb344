"""Read Final Cut Pro 7's XML, as Premiere, Resolve, Hiero and others write it, as the rows of `walking`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.fcp7_clip import Clip, clip_at
from uprez_otio.formats.fcp7_nest import View, in_point
from uprez_otio.formats.fcp7_numbers import rate_of, timecode_of
from uprez_otio.formats.fcp7_remap import read_remap
from uprez_otio.formats.fcp7_tree import HIERO, Document, Spot, is_enabled, spots_on, tracks_of
from uprez_otio.limits import NESTING, BadTimeline
from uprez_otio.xmltext import Element, read

Row = list[Any]
_MOST = 10_000
"""Nested sequences, each counted as often as it is shown."""


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a timeline."""
    document = Document.of(read(path))
    sequence = document.timeline
    rate = sequence_rate(sequence)
    if rate is None:
        raise BadTimeline("its sequence has no frame rate; export it again")
    dialect = ["xmeml", document.dialect] if document.dialect else ["xmeml"]
    start = [float(timecode_of(sequence)), float(rate)]
    yield ["timeline", sequence.words("name"), float(rate), start, dialect, []]
    yield from _Walk(document).sequence(
        sequence, "", 0, [None, is_enabled(sequence), None, None, None, None], View()
    )


def sequence_rate(sequence: Element) -> Fraction | None:
    """Return the frame rate of a sequence, by what it says of itself or of its format."""
    places = (sequence, sequence.find("media/video/format/samplecharacteristics"), sequence.find("timecode"))
    return next(filter(None, map(rate_of, places)), None)


class _Walk:
    """Yield what lies in a sequence, and each media file once, before its first use."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[tuple[Any, ...], int] = {}
        self._left = _MOST

    def sequence(self, sequence: Element, path: str, depth: int, placed: Row, view: View) -> Iterator[Row]:
        if depth > NESTING:
            raise BadTimeline(f"its sequences are nested more than {NESTING} deep; flatten them")
        self._left -= 1
        if self._left < 0:
            raise BadTimeline(f"it shows more than {_MOST} nested sequences; split it")
        rate = sequence_rate(sequence)
        if rate is None:
            raise BadTimeline("a sequence nested in it has no frame rate; export it again")
        yield ["stack", path, *placed]
        number = 0
        for track in tracks_of(sequence, "video"):
            at = f"{path}/{number}" if path else str(number)
            yield ["track", at, _name(track), None, is_enabled(track), None, None]
            yield from self._track(track, at, rate, depth, view)
            yield ["track end"]
            number += 1
        for track in tracks_of(sequence, "audio"):
            at = f"{path}/{number}" if path else str(number)
            yield ["sound", at, _name(track), "Audio", sum(1 for _ in track.all("clipitem"))]
            number += 1
        yield ["stack end"]

    def _track(self, track: Element, path: str, rate: Fraction, depth: int, view: View) -> Iterator[Row]:
        reached = Fraction(0)
        for spot in spots_on(track, path):
            if spot.element.tag == "transitionitem":
                yield ["transition", spot.path]
                continue
            if view.hides(spot):
                continue
            if spot.start != reached:
                yield ["gap", f"{path}/gap", [float(spot.start - reached), float(rate)]]
            yield from self._spot(spot, rate, depth, view)
            reached = max(spot.end, spot.start)

    def _spot(self, spot: Spot, rate: Fraction, depth: int, view: View) -> Iterator[Row]:
        nested = self._document.nested_in(spot.element)
        if nested is not None and spot.end > spot.start:
            inner = view.into(self._document, spot, nested, rate, sequence_rate(nested) or rate)
            yield from self.sequence(nested, spot.path, depth + 1, self._nest(spot, rate), inner)
            return
        clip = clip_at(self._document, spot, rate)
        media = _media(spot.element, clip)
        number = self._known.get(media)
        if number is None:
            number = self._known[media] = len(self._known)
            yield ["media", media[0], media[1], list(media[2]) if media[2] else None]
        yield _clip(spot, clip, rate, number)

    def _nest(self, spot: Spot, rate: Fraction) -> Row:
        """Return how a nested sequence is shown: its frames, whether it is on, its speed and overlaps."""
        element = spot.element
        own = rate_of(element) or rate
        remap = read_remap(element, factor=self._document.dialect == HIERO, length=None)
        speed = None if remap is None or isinstance(remap, str) else float(remap.speed)
        shown = [float(in_point(spot, rate)), float(own), float(spot.end - spot.start), float(rate)]
        problem = remap if isinstance(remap, str) else None
        return [shown, is_enabled(element), speed, problem, *_overlaps(spot, rate)]


def _name(track: Element) -> str:
    return track.words("name") or track.attributes.get("MZ.TrackName", "")


def _overlaps(spot: Spot, rate: Fraction) -> Row:
    return [[float(each), float(rate)] if each else None for each in (spot.head, spot.tail)]


def _media(element: Element, clip: Clip | None) -> tuple[str, str, tuple[float, ...] | None]:
    """Return what a clip shows: its kind, its address, and the frames that its file is said to have."""
    name = element.words("name")
    if element.tag == "generatoritem":
        return "generator", element.words("effect/name") or name, None
    if clip is None:
        kind = "multiclip" if element.find("multiclip") is not None else "missing"
        return kind, name, None
    if not clip.url:
        return "generator" if clip.file.words("mediaSource") else "missing", name, None
    rate = float(clip.media_rate)
    return "file", clip.url, (0.0, rate, 1.0 if clip.still else float(clip.length or 1), rate)


def _clip(spot: Spot, clip: Clip | None, rate: Fraction, number: int) -> Row:
    element = spot.element
    shown: Row = [0.0, float(rate), float(spot.end - spot.start), float(rate)]
    speed: Any = None
    problem, overlaps = None, _overlaps(spot, rate)
    if clip is not None:
        problem = clip.problem
    if clip is not None and not clip.still:
        shown[:2] = float(clip.first), float(clip.rate)
        speed = _speed(clip)
        if isinstance(speed, dict) and "curve" in speed:
            overlaps = [None, None]
    markers = [
        " ".join(filter(None, (each.words("name"), each.words("comment")))) for each in element.all("marker")
    ]
    color = element.words("labels/label2") or None
    return [
        "clip",
        spot.path,
        element.words("name"),
        shown,
        number,
        speed,
        problem,
        *overlaps,
        is_enabled(element),
        color,
        markers,
    ]


def _speed(clip: Clip) -> Any:
    """Return how a clip is played, and what its head must be cut by where other rates play into it."""
    if clip.problem or clip.held:
        return 0.0 if clip.held else None
    if clip.blurred:
        return {"curve": clip.curve(), "from_start": True}
    if clip.lock > 1 and clip.media_rate != clip.rate:
        return {"speed": float(clip.speed), "lock": clip.lock}
    return None if clip.speed == 1 else float(clip.speed)
