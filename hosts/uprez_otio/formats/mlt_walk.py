"""Walk the timeline of an MLT project in the one order that its reader and its writer share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from uprez_otio.formats.mlt_clip import Spot, is_silent
from uprez_otio.formats.mlt_time import frames_of
from uprez_otio.formats.mlt_tree import LEAVES, Document, Layer, value
from uprez_otio.limits import NESTING, BadTimeline
from uprez_otio.xmltext import Element

Row = list[Any]
_MOST = 100_000
"""Tractors and playlists, each counted as often as it is shown."""
_GROUND = ("color", "colour", "")


class Walk:
    """Yield the rows of `walking`, and a `Spot` in the place of each clip's."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._rate = float(document.rate)
        self._left = _MOST
        self._walked: set[int] = set()

    def timeline(self) -> Iterator[Row | Spot]:
        """Yield what the timeline holds, and each sequence of the project that is no part of it."""
        yield from self._stack(self._document.timeline, "", 0, None, bare=0)
        for each in self._document.root.all("tractor"):
            if value(each, "kdenlive:uuid") and each.start not in self._walked:
                yield ["sound", each.attributes.get("id", ""), _name(each), "Sequence", self._clips_in(each)]

    def _clips_in(self, sequence: Element) -> int:
        """Return how many clips with a picture lie on the tracks of a sequence."""
        shown = (layer.service for layer in self._document.layers(sequence) if not layer.hidden)
        return sum(len(list(self._entries_below(each))) for each in shown)

    def _stack(
        self, service: Element, path: str, depth: int, shown: list[int] | None, *, bare: float
    ) -> Iterator[Row | Spot]:
        self._left -= 1
        if depth > NESTING or self._left < 0:
            raise BadTimeline(f"its tracks are nested more than {NESTING} deep or too often; flatten them")
        source = [float(shown[0]), self._rate, float(shown[1]), self._rate] if shown else None
        self._walked.add(service.start)
        yield ["stack", path, source, True, None, None, None, None]
        if service.tag == "tractor":
            for layer in self._document.layers(service):
                yield from self._layer(layer, path, depth, bare=bare)
        else:
            yield ["track", _beside(path, 0), _name(service), None, True, None, None]
            yield from self._playlist(service, _beside(path, 0), depth, bare=bare)
            yield ["track end"]
        yield ["stack end"]

    def _layer(self, layer: Layer, path: str, depth: int, *, bare: float) -> Iterator[Row | Spot]:
        service, at = layer.service, _beside(path, layer.number)
        if layer.number == 0 and service.tag in LEAVES and value(service, "mlt_service") in _GROUND:
            return  # what lies below all tracks is no clip of anybody's
        if layer.hidden:
            clips = list(service.every("entry")) or list(self._entries_below(service))
            yield ["sound", at, _name(service), "Audio", len(clips)]
            return
        yield ["track", at, _name(service), None, True, None, None]
        bare = max(bare, layer.bare)
        if service.tag == "playlist":
            yield from self._playlist(service, at, depth, bare=bare)
        else:
            yield from self._use(layer.holder, service, f"{at}/0", depth, bare=bare)
        yield ["track end"]

    def _entries_below(self, service: Element) -> Iterator[Element]:
        for each in service.all("track"):
            target = self._document.target(each)
            if target is not None and target.tag == "playlist":
                yield from target.all("entry")

    def _playlist(self, playlist: Element, path: str, depth: int, *, bare: float) -> Iterator[Row | Spot]:
        number, above = 0, tuple(playlist.all("filter"))
        for each in playlist.children:
            if each.tag == "blank":
                length = frames_of(each.attributes.get("length", ""), self._document.rate)
                if length is None:
                    raise BadTimeline("the length of a gap in it is no time; open and save it in the editor")
                yield ["gap", f"{path}/{number}", [float(length), self._rate]]
            elif each.tag == "entry":
                service = self._document.target(each)
                if service is None:
                    raise BadTimeline("a clip in it names a producer that is not there; save it again")
                yield from self._use(each, service, f"{path}/{number}", depth, bare=bare, above=above)
            else:
                continue
            number += 1

    def _use(
        self,
        holder: Element,
        service: Element,
        path: str,
        depth: int,
        *,
        bare: float,
        above: tuple[Element, ...] = (),
    ) -> Iterator[Row | Spot]:
        """Yield what an entry or a track shows: a clip, or what is nested in it."""
        first, count = self._cut(holder, service)
        if service.tag not in LEAVES:
            shown = None if count is None else [first, count]
            yield from self._stack(service, path, depth + 1, shown, bare=bare)
        elif is_silent(service) and count is not None:
            yield ["gap", path, [float(count), self._rate]]
        else:
            yield Spot(path, holder, service, first, count, bare, above)

    def _cut(self, holder: Element, service: Element) -> tuple[int, int | None]:
        """Return the frames of a producer that are shown: they count from its own first."""
        begin = self._document.time(service, "in") or 0
        if holder is service:
            return begin, self._document.length(service)
        first, last = self._point(holder, "in") or 0, self._point(holder, "out")
        length = self._document.length(service)
        if length is not None and (service.tag in LEAVES or last is None):
            last = length - 1 if last is None else min(last, length - 1)
        return begin + first, None if last is None else max(0, last - first + 1)

    def _point(self, holder: Element, name: str) -> int | None:
        """Return an in or out point, None where there is none; MLT takes one below nought for none."""
        frames, written = self._document.time(holder, name), holder.attributes.get(name, "").strip()
        if frames is None and written and not written.startswith("-"):
            raise BadTimeline("an in or out point in it is no time; open and save it in the editor")
        return frames


def _beside(path: str, number: int) -> str:
    return f"{path}/{number}" if path else str(number)


def _name(service: Element) -> str:
    names = "shotcut:name", "kdenlive:track_name", "kdenlive:clipname"
    return next((value(service, name) for name in names if value(service, name)), "")
