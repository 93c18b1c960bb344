"""Walk an FCPXML once: the rows of what it shows, and which element each of them stands for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from uprez_otio.formats.fcpx_angles import seen_angle
from uprez_otio.formats.fcpx_assets import address_of, available
from uprez_otio.formats.fcpx_counted import Counted, counted
from uprez_otio.formats.fcpx_curve import CURVE, Bent, Line
from uprez_otio.formats.fcpx_pieces import Piece, pieces
from uprez_otio.formats.fcpx_shown import Shown, own_clock, shown
from uprez_otio.formats.fcpx_time import seconds
from uprez_otio.formats.fcpx_tree import CONTAINERS, Story, need_rate
from uprez_otio.formats.fcpx_uses import Use, hear_whole, overheard, share
from uprez_otio.formats.light import alike
from uprez_otio.limits import NESTING, BadTimeline
from uprez_otio.xmltext import Element

Row = list[Any]
_UNFOLDED = 500_000
_TOO_DEEP = f"its compound clips are nested more than {NESTING} deep, or in themselves; flatten them"


@dataclass(slots=True)
class _Place:
    """Hold a timeline being walked: where its rows begin, in its own seconds, and at which rate."""

    path: str
    rate: Fraction
    origin: Fraction
    depth: int
    prefix: str = ""


@dataclass
class Walk:
    """Walk a document; after `rows`, `uses` holds what every clip with an asset needs of it."""

    story: Story
    uses: list[Use] = field(default_factory=list)
    _media: dict[Element | str, int] = field(default_factory=dict)
    _rate: Fraction = Fraction(24)

    def rows(self) -> list[Row]:
        """Return the rows of the document, as `walking` has them."""
        if self.story.size(self.story.root) > _UNFOLDED:
            raise BadTimeline(f"its compound clips unfold to more than {_UNFOLDED} clips; export less of it")
        timelines = [(name, self._sequence(found)) for name, found in self.story.timelines()]
        name = timelines[0][0] if len(timelines) == 1 else ""
        if not timelines:
            timelines, name = [("", self._loose())], ""
        starts = [origin for _, (_, _, origin) in timelines]
        self._rate = rate = timelines[0][1][1]
        origin = min(starts)
        dialect = f"FCPXML {self.story.root.attributes.get('version', '')}"
        rows: list[Row] = [["timeline", name, float(rate), _time(round(origin * rate), rate), [dialect], []]]
        rows.append(["stack", "", None, True, None, None, None, None])
        for index, (title, (found, own, _)) in enumerate(timelines):
            prefix = f"{title}: " if len(timelines) > 1 else ""
            path = str(index) if len(timelines) > 1 else ""
            rows += self._timeline(found, _Place(path, own, origin, 0, prefix))
        share(self.uses)
        return [*rows, ["stack end"]]

    def _sequence(self, sequence: Element) -> tuple[list[Piece], Fraction, Fraction]:
        """Return what a sequence holds, its rate, and the second that it begins with."""
        rate = need_rate(self.story.rate(sequence))
        spine = sequence.find("spine")
        found = list(pieces(self.story, spine, rate)) if spine is not None else []
        starts = seconds(sequence.attributes.get("tcStart")) or Fraction(0)
        return found, rate, min([starts, *(piece.at for piece in found)])

    def _loose(self) -> tuple[list[Piece], Fraction, Fraction]:
        """Lay the clips of an event one after the other."""
        clips = [each for each in map(self.story.picked, self.story.loose()) if each is not None]
        if not clips:
            raise BadTimeline("it holds no project and no clip; export a project from Final Cut as XML")
        rate = need_rate(next(filter(None, map(self.story.source_rate, clips)), None))
        at, found = Fraction(0), []
        for clip in clips:
            found.append(Piece(clip, at, self.story.length(clip)))
            at = found[-1].end
        return found, rate, Fraction(0)

    def _timeline(self, found: Iterable[Piece], place: _Place) -> Iterator[Row]:
        """Yield the tracks of a timeline, from the lowest lane up, and what else it holds in a line each."""
        seen, others = [], Counter[str]()
        for piece in found:
            if self.story.shows(piece.element):
                seen.append(piece)
            elif piece.element.tag != "gap":
                others["Audio"] += 1
            if captions := len(list(piece.element.all("caption"))):
                others["Caption"] += captions
        for index, (lanes, track) in enumerate(_tracks(seen)):
            path = f"{place.path}/{index}" if place.path else str(index)
            yield ["track", path, place.prefix + _named(lanes), None, True, None, None]
            yield from self._track(track, _Place(path, place.rate, place.origin, place.depth))
            yield ["track end"]
        for kind, count in sorted(others.items()):
            yield ["sound", f"{place.path}/{kind}", f"{place.prefix}{kind}", kind, count]

    def _track(self, track: list[Piece], place: _Place) -> Iterator[Row]:
        cursor = index = 0
        for piece in track:
            start, end = (round((at - place.origin) * place.rate) for at in (piece.at, piece.end))
            if start > cursor:
                yield ["gap", f"{place.path}/{index}", _time(start - cursor, place.rate)]
                index += 1
            inner = _Place(f"{place.path}/{index}", place.rate, place.origin, place.depth)
            yield from self._piece(piece, max(end - start, 0), inner)
            cursor, index = max(start, cursor) + max(end - start, 0), index + 1

    def _piece(self, piece: Piece, frames: int, place: _Place) -> Iterator[Row]:
        found = shown(self.story, piece, place.rate)
        if found is None:
            yield from self._stack(piece, frames, place)
        else:
            yield from self._clip(piece, found, frames, place)

    def _clip(self, piece: Piece, found: Shown, frames: int, place: _Place) -> Iterator[Row]:
        leaf, asset = found.leaf, self.story.asset(found.leaf)
        media = self.story.rate(asset)
        told = counted(found, asset, piece, frames, place.rate, media, self._rate)
        number, fresh = self._number(leaf, asset, media)
        if fresh is not None:
            yield fresh
        name = piece.element.attributes.get("name") or leaf.attributes.get("name")
        name = name or (asset.attributes.get("name") if asset is not None else None) or ""
        head, tail = (_more(each, place.rate) for each in told.more)
        row = ["clip", place.path, name, told.source, number, told.speed, found.problem, head, tail]
        row += [found.enabled, None, found.markers]
        if asset is not None:
            self.uses.append(self._use(piece, found, told, asset, row))
        if piece.element.tag == "mc-clip":
            self.uses += overheard(self.story, piece, place.rate)
        yield row

    def _use(self, piece: Piece, found: Shown, told: Counted, asset: Element, row: Row) -> Use:
        seen = found.line.span(-piece.head, piece.length + piece.tail)
        return Use(row[1], found.chain, asset, seen, found.heard, told.pace, row)

    def _number(self, leaf: Element, asset: Element | None, media: Fraction | None) -> tuple[int, Row | None]:
        """Return the number of a clip's media, and its row where it is new."""
        effect = self.story.resource("effect", leaf.attributes.get("ref"))
        key: Element | str = asset or effect or ""
        known = self._media.get(key)
        if known is not None:
            return known, None
        number = self._media[key] = len(self._media)
        if asset is not None:
            return number, ["media", "file", address_of(asset), available(asset, media)]
        if effect is not None:
            return number, ["media", "generator", effect.attributes.get("name", ""), None]
        return number, ["media", "missing", "", None]

    def _stack(self, piece: Piece, frames: int, place: _Place) -> Iterator[Row]:
        """Yield a nested timeline; only the part of it that its clip shows is seen."""
        if place.depth >= NESTING:
            raise BadTimeline(_TOO_DEEP)
        element = piece.element
        inner, rate, origin = self._inside(element, place.rate)
        clock, inside = own_clock(self.story, piece, place.rate)
        line = inside.after(clock) or clock
        first = line.span(piece.at, piece.end)[0] - origin
        speed = None if isinstance(line, Bent) or _as_is(line, rate, place.rate) else float(line.slope)
        problem = CURVE if isinstance(line, Bent) else None
        cut = [float(first * rate), float(rate), float(frames), float(place.rate)]
        head, tail = (_more(each * place.rate, place.rate) for each in (piece.head, piece.tail))
        enabled = element.attributes.get("enabled", "1") != "0"
        yield ["stack", place.path, cut, enabled, speed, problem, head, tail]
        before = len(self.uses)
        yield from self._timeline(inner, _Place(place.path, rate, origin, place.depth + 1))
        yield ["stack end"]
        if {"audioStart", "audioDuration"} & set(element.attributes):
            hear_whole(self.uses[before:])
        if element.tag == "mc-clip":
            self.uses += overheard(self.story, piece, place.rate)

    def _inside(self, element: Element, rate: Fraction) -> tuple[list[Piece], Fraction, Fraction]:
        """Return what a nested timeline holds, its rate, and the second that it begins with."""
        story = self.story
        media = story.resource("media", element.attributes.get("ref"))
        sequence = media.find("sequence") if media is not None else None
        if sequence is not None:
            return self._sequence(sequence)
        holder: Element | None = element if element.tag in CONTAINERS else seen_angle(story, element)
        own = (story.source_rate(element) if media is not None else story.rate(element)) or rate
        found = list(pieces(story, holder, own)) if holder is not None else []
        return found, own, min((piece.at for piece in found), default=Fraction(0))


def _tracks(found: list[Piece]) -> Iterator[tuple[tuple[int, ...], list[Piece]]]:
    """Sort pieces into tracks, from the lowest lane up; what overlaps on a lane gets a track more."""
    lanes: dict[tuple[int, ...], list[list[Piece]]] = defaultdict(list)
    for piece in sorted(found, key=lambda each: each.at):
        tracks = lanes[piece.lanes]
        free = next((track for track in tracks if track[-1].end <= piece.at), None)
        if free is None:
            tracks.append(free := [])
        free.append(piece)
    deepest = max(map(len, lanes), default=0)
    for key in sorted(lanes, key=lambda lane: (*lane, *(0,) * (deepest - len(lane)))):
        for track in lanes[key]:
            yield key, track


def _as_is(line: Line, inner: Fraction, outer: Fraction) -> bool:
    """Tell whether a nested timeline is played frame for frame, or in its own time."""
    frames = line.slope * inner / outer
    return line.slope == 1 or (alike(frames, Fraction(1)) and alike(inner, outer))


def _named(lanes: tuple[int, ...]) -> str:
    return f"Lane {'.'.join(map(str, lanes))}" if lanes else "Storyline"


def _more(frames: Fraction, rate: Fraction) -> list[float] | None:
    return _time(frames, rate) if frames else None


def _time(frames: Fraction | int, rate: Fraction) -> list[float]:
    return [float(frames), float(rate)]
