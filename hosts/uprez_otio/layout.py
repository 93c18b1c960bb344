"""Lay out the rows of a timeline: where each clip lies in the cut, and which media frames it consumes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from zlib import crc32

from uprez.errors import HostError
from uprez.model import LeftOut, Shot
from uprez.selection import Candidate
from uprez.times import FrameRange
from uprez_otio.clips import NO_LENGTH, consumed, note_of, why_not
from uprez_otio.convert import Number, Span, at_rate, rate_of, span, time
from uprez_otio.footing import Footing, Library
from uprez_otio.placed import Header, Level, Placed, Rendered, Space, Track, common, record_of
from uprez_otio.played import Played, told_speed

Row = list[Any]


@dataclass
class Layout:
    """Turn rows into placed clips, in order; `header` is there once the first row is read."""

    library: Library
    whole: bool = False
    """Whether a clip whose speed curve is unknown is wanted with all of its media."""
    header: Header = field(init=False)
    lengths: dict[str, tuple[float, float]] = field(default_factory=dict)
    """How long, in frames and rate, is what says so itself nowhere; by its place in the tree."""
    renders: list[Rendered] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)
    """Where the tracks are that earlier relinks put in."""
    spaces: list[Space] = field(default_factory=list)
    """The empty places of the tracks, in order; what lies in nested stacks is not among them."""
    transitions: set[str] = field(default_factory=set)
    _levels: list[Level] = field(default_factory=list)
    _tracks: list[Track] = field(default_factory=list)
    _label: str = ""
    _aliases: tuple[str, ...] = ()
    _labels: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)

    def placed(self, rows: Iterable[Row]) -> Iterator[Placed]:
        """Yield every clip of the timeline, and a line for each track that has no picture."""
        for row in rows:
            match row[0]:
                case "clip":
                    yield self._clip(row)
                case "media":
                    self.library.add(*row[1:])
                case "gap":
                    self._gap(row)
                case "transition":
                    self.transitions.add(row[1])
                case "track":
                    self._begin_track(row)
                case "track end":
                    level, track = self._levels[-1], self._tracks.pop()
                    level.longest = max(level.longest, track.cursor)
                case "stack":
                    self._begin_stack(row)
                case "stack end":
                    self._end_stack()
                case "render":
                    at = time(row[4], self.header.rate) if row[4] else None
                    self.renders.append(Rendered(row[1], row[2], at))
                case "timeline":
                    self._begin(row)
                case "sound" | "ours":
                    yield from self._unseen(row)

    def _begin(self, row: Row) -> None:
        _, name, rate, start, dialect, pointer = row
        exact = rate_of(rate) if rate is not None else Fraction(24)
        if exact is None:
            name = name or "timeline"
            raise HostError(f"{name}: its frame rate is {rate}; give the timeline a rate and export it again")
        first = round(time(start, exact))
        self.header = Header(name, exact, first, tuple(dialect), tuple(pointer))

    def _begin_stack(self, row: Row) -> None:
        _, path, source, enabled, speed, problem, head, tail = row
        if speed is not None:
            problem = f"it lies in a stack played {told_speed(speed)}; retime the clips themselves"
        elif problem is not None:
            problem = f"it lies in a stack, and {problem}"
        rate, cut = self.header.rate, span(source)
        first, length = _at(cut, rate)
        if not self._tracks:
            begin: Number = self.header.start
            whole = (begin, begin + length) if cut else None
            self._levels.append(Level(path, begin - first, whole, enabled, problem))
            return
        track = self._tracks[-1]
        start = track.origin + track.cursor
        window = track.window
        if cut:
            grown = start - time(head, rate), start + length + time(tail, rate)
            window = common(window, grown)
        seen, why = enabled and track.enabled, track.problem or problem
        self._levels.append(Level(path, start - first, window, seen, why, length if cut else None))

    def _gap(self, row: Row) -> None:
        self._space(row[1], "", span([0.0, row[2][1], *row[2]]))
        self._tracks[-1].cursor += time(row[2], self.header.rate)

    def _space(self, path: str, name: str, cut: Span | None) -> None:
        """Take a place of a track for empty: a gap, or a slug that stands for one."""
        track = self._tracks[-1]
        if cut is not None and cut.count > 0 and len(self._levels) == 1 and path.count("/") == 1:
            start = track.origin + track.cursor
            end = start + at_rate(cut.count, cut.rate, self.header.rate)
            self.spaces.append(
                Space(path, name, self._label, self._aliases, start, end, cut, track.cursor, track.window)
            )

    def _end_stack(self) -> None:
        level = self._levels.pop()
        if self._tracks:
            length = level.longest if level.length is None else level.length
            self._tracks[-1].cursor += length
            self.lengths[level.path] = float(length), float(self.header.rate)

    def _begin_track(self, row: Row) -> None:
        _, _, name, source, enabled, speed, problem = row
        level = self._levels[-1]
        if speed is not None:
            problem = f"it lies on a track played {told_speed(speed)}; retime the clips themselves"
        if len(self._levels) == 1:
            self._name_track("V", name)
        origin, window = level.origin, level.window
        cut = span(source)
        if cut:
            first, length = _at(cut, self.header.rate)
            window = common(window, (origin, origin + length))
            origin -= first
        self._tracks.append(Track(origin, window, enabled and level.enabled, level.problem or problem))

    def _name_track(self, letter: str, name: str) -> None:
        number = self._numbers[letter] = self._numbers.get(letter, 0) + 1
        place = f"{letter}{number}"
        label = name or place
        self._label = f"{label} ({place})" if label in self._labels else label
        self._aliases = (self._label, name or place, place)
        self._labels.add(self._label)

    def _unseen(self, row: Row) -> Iterator[Placed]:
        """List a track without picture once, and not clip by clip."""
        if row[0] == "ours":
            _, path, name, count = row
            self._aliases, label = (name,), name
            self.ours.append(path)
            reason = f"{_clips(count)} on it are renders of an earlier run; their sources lie below"
        else:
            _, path, name, kind, count = row
            label = name
            if len(self._levels) == 1:
                self._name_track(kind[:1] or "?", name)
                label = self._label
            where = "in another sequence" if kind == "Sequence" else f"on a track of kind {kind}"
            reason = f"{_clips(count)} {where}; it stays as it is"
        if count:
            found = LeftOut(name=label, track=label, reason=reason)
            yield Placed(Candidate(found, (*self._aliases, label)), path, ours=row[0] == "ours")

    def _advanced(self, track: Track, cut: Span | None) -> bool:
        """Move past a clip; tells whether it has a length at all."""
        if cut is None or cut.count <= 0:
            return False
        track.cursor += at_rate(cut.count, cut.rate, self.header.rate)
        return True

    def _clip(self, row: Row) -> Placed:
        _, path, name, source, number, speed, problem, head, tail, enabled, color, markers = row
        track, library = self._tracks[-1], self.library
        reference = library.references[number]
        own = span(source)
        footing = library.footing(number, own, name)
        cut = own if source is not None else _whole(reference.available, footing)
        start, at = track.origin + track.cursor, track.cursor
        if reference.kind == "generator" and enabled:
            self._space(path, name, cut)
        if not self._advanced(track, cut):
            problem = problem or (footing if type(footing) is str else NO_LENGTH)
        elif cut is not None and source is None:
            self.lengths[path] = float(cut.count), float(cut.rate)
        record = record_of(start, track.origin + track.cursor, track.window)
        label = name or reference.url.rpartition("/")[2] or path
        enabled, marked = enabled and track.enabled, tuple(markers)
        standing = footing if type(footing) is Footing else None
        played = Played.of(speed, problem, whole=self.whole)
        if standing and standing.headfast:
            played = played.headfast()
        if standing and not standing.is_whole(reference.available):
            played = played.of_part()
        found: FrameRange | str | None = why_not(
            reference.kind, footing, track.problem, played.problem, record is not None
        )
        if found is None and standing and cut:
            found = consumed(cut, standing, played, head, tail, self.header.reading)
        shot: Shot | LeftOut
        if type(found) is FrameRange and standing and cut and record is not None:
            shot = Shot(
                id=_id(path, name, reference.url, cut, speed),
                name=label,
                track=self._label,
                media=standing.media,
                source=found,
                record=record,
                retime=played.retime,
                enabled=enabled,
                color=color,
                markers=marked,
                note=note_of(standing, played, self.header.reading),
            )
        else:
            shot = LeftOut(name=label, track=self._label, reason=str(found))
        candidate = Candidate(shot, self._aliases, color, (), marked, False, record, enabled)
        grown = (time(head, cut.rate), time(tail, cut.rate)) if cut else (0, 0)
        return Placed(candidate, path, standing, cut, at, start=start, grown=grown, played=played)


def _id(path: str, name: str, url: str, cut: Span, speed: Any) -> str:
    """Name a clip by its place in the tree, and by enough else to notice that another stands there."""
    told = f"{name}\0{url}\0{cut.start}\0{cut.count}\0{speed}"
    return f"{path}@{crc32(told.encode('utf-8', 'surrogatepass')):08x}"


def _whole(available: Span | None, footing: Footing | str) -> Span | None:
    """Return the range of a clip that has none: all that its media is said, or else found, to have."""
    if available is not None or isinstance(footing, str) or footing.media.info.still:
        return available
    return Span(footing.base, footing.media.available.count, footing.rate)


def _at(cut: Span | None, rate: Fraction) -> tuple[Number, Number]:
    if cut is None:
        return 0, 0
    return at_rate(cut.start, cut.rate, rate), at_rate(cut.count, cut.rate, rate)


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count} clips"
