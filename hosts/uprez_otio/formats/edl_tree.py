"""Lay out an EDL's events as tracks: reader and writer find a clip by the same path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from uprez_otio.formats.edl_names import clip_name, has_both, has_picture, motion_of, named, track_name
from uprez_otio.formats.edl_rate import frame_of, is_drop
from uprez_otio.formats.edl_speed import Playing, playing
from uprez_otio.formats.edl_text import Event, Line, Sheet, Word
from uprez_otio.limits import BadTimeline

_KEYED = "it is part of a key, which shows several pictures at once; bake it in your editor"
_SPLIT = "its picture is delayed against its sound by a SPLIT line; export them as events of their own"
_OUTGOING = "it is seen in a transition only, out of a clip that the event before does not show; bake it"
_MOST = 200


@dataclass(slots=True)
class Use:
    """Hold one clip of a track: the line that shows it, and the lines that go on showing it in a transition.

    `start` and `end` are frames of the record. `outgoing` says whether its event names it as what is left.
    """

    event: Event
    line: Line
    start: int
    end: int
    playing: Playing
    source: int
    outgoing: bool
    mixed: bool = False
    tail: int = 0
    further: list[tuple[Event, Line]] = field(default_factory=list)
    problem: str | None = None

    @property
    def parts(self) -> list[tuple[Event, Line, bool]]:
        """Return every line that shows it, with whether its event names it as what is left."""
        return [
            (self.event, self.line, self.outgoing),
            *((event, line, True) for event, line in self.further),
        ]

    @property
    def name(self) -> str:
        """Return what it is called."""
        kept = named(self.event, self.outgoing, "UPREZ FROM CLIP NAME")
        given = kept or clip_name(self.event, self.outgoing)
        return given.value.told if given else self.line.reel.told


@dataclass(slots=True)
class Lane:
    """Hold a track: its name, and what lies on it in order; None for an empty place, by its length."""

    name: str
    children: list[Use | int | None] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class Tree:
    """Lay out one EDL at a nominal rate."""

    sheet: Sheet
    rate: int
    lanes: list[Lane] = field(default_factory=list)
    start: int = 0
    """The first frame of the record."""
    sounds: int = 0

    @classmethod
    def of(cls, sheet: Sheet, rate: int) -> Tree:
        """Place all events of an EDL; raises BadTimeline for a timecode that its rate does not have."""
        tree = cls(sheet, rate)
        uses = [use for event in sheet.events for use in tree._uses(event)]
        tree.start = min((use.start for use in uses), default=0)
        by_name: dict[str, list[Use]] = {}
        for use in sorted(uses, key=lambda use: use.start):
            by_name.setdefault(track_name(use.line), []).append(use)
        for name in sorted(by_name, key=_place):
            tree._lay(name, by_name[name])
        return tree

    def uses(self) -> Iterator[tuple[str, Use]]:
        """Yield every clip with its path."""
        for number, lane in enumerate(self.lanes):
            for index, child in enumerate(lane.children):
                if isinstance(child, Use):
                    yield f"{number}/{index}", child

    def record(self, word: Word) -> int:
        """Return the frame of the record that a timecode names."""
        drop = bool(self.sheet.drop)
        return frame_of(word.text, self.rate, is_drop(word.text, drop))

    def source(self, line: Line, word: Word) -> int:
        """Return the frame of a source that a timecode names."""
        return frame_of(word.text, self.rate, is_drop(word.text, line.drop))

    def _uses(self, event: Event) -> Iterator[Use]:
        keyed = any(line.kind.startswith("K") for line in event.lines)
        for index, line in enumerate(event.lines):
            if has_picture(line):
                yield self._use(event, index, line, keyed)
            else:
                self.sounds += index == len(event.lines) - 1
        self.sounds += any(map(has_both, event.lines))

    def _use(self, event: Event, index: int, line: Line, keyed: bool) -> Use:
        start, end = self.record(line.record_in), self.record(line.record_out)
        if end < start:
            raise BadTimeline(f"event {line.number} ends before it begins; correct its record times")
        source_in, source_out = self.source(line, line.source_in), self.source(line, line.source_out)
        problem = f"its M2 line can't be read ({event.odd[0][:60]}); correct it" if event.odd else None
        use = Use(
            event,
            line,
            start,
            end,
            playing(source_in, source_out, end - start, motion_of(event, line), self.rate),
            source_in,
            outgoing=line.kind == "C" or (index == 0 and event.named("TO CLIP NAME", "TO FILE") is None),
            mixed=line.kind != "C",
        )
        use.problem = _KEYED if keyed else _SPLIT if event.split else problem or use.playing.problem
        return use

    def _lay(self, name: str, uses: Iterable[Use]) -> None:
        """Put the clips of one track side by side, and on more lanes where their times overlap."""
        lanes: list[Lane] = []
        previous: Use | None = None
        pending: Use | None = None
        leaving = True
        for use in uses:
            if use.start == use.end:
                leaving = self._goes_on(previous, use)
                pending = None if leaving or use.line.black else use
                continue
            lane = next((each for each in lanes if each.end <= use.start), None)
            if lane is None:
                if len(lanes) == _MOST:
                    raise BadTimeline(
                        f"more than {_MOST} of its events lie at one time on track {name}; split it"
                    )
                lane = Lane(name, end=self.start)
                lanes.append(lane)
            _place_on(lane, use, pending)
            if use.mixed and leaving and previous is not None and previous.end == use.start:
                previous.tail = max(previous.tail, min(use.line.length, use.end - use.start))
            previous, pending, leaving = use, None, True
        self.lanes += lanes

    def _goes_on(self, previous: Use | None, use: Use) -> bool:
        """Tell whether a line without length only goes on with the clip before, into a transition."""
        if previous is None or previous.end != use.start or previous.line.reel.text != use.line.reel.text:
            return False
        after = self.source(previous.line, previous.line.source_out)
        speed = previous.playing.speed
        near = 0 if speed is None else abs(int(speed)) + 1
        if speed == 0 or (speed or 1) < 0 or abs(use.source - after) > near:
            return False
        previous.further.append((use.event, use.line))
        return True


def _place_on(lane: Lane, use: Use, pending: Use | None) -> None:
    """Put a clip on a lane; black leaves it empty, but what fades into it is a clip."""
    shows_before = pending is not None and pending.start == use.start
    if (shows_before or not use.line.black) and use.start > lane.end:
        lane.children.append(use.start - lane.end)
        lane.end = use.start
    if pending is not None and shows_before:
        pending.problem = pending.problem or _OUTGOING
        lane.children.append(pending)
    if use.line.black:
        return
    if use.mixed:
        lane.children.append(None)
    lane.children.append(use)
    lane.end = use.end


def _place(name: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, name))
    return int(digits or 1), name
