"""What the layout of a timeline is made of, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from uprez.selection import Candidate
from uprez.times import FrameRange
from uprez_otio.clips import Reading
from uprez_otio.convert import Number, Span
from uprez_otio.dialects import PREMIERE, UNKNOWN
from uprez_otio.footing import Footing
from uprez_otio.played import PLAIN, Played

Window = tuple[Number, Number] | None


@dataclass(slots=True)
class Header:
    """Hold what a timeline says of itself; `pointer` leads from the file's JSON to its stack."""

    name: str
    rate: Fraction
    start: int
    dialect: tuple[str, ...]
    pointer: tuple[str | int, ...]

    @property
    def reading(self) -> Reading:
        """Return how the length of a retimed clip is meant; "either" where nobody says who wrote it."""
        if PREMIERE in self.dialect:
            return "media"
        return "either" if UNKNOWN in self.dialect else "timeline"


@dataclass(slots=True)
class Placed:
    """Hold one clip of the timeline: what was found, where it is in the tree, and how its numbers stand.

    `at` is its place on its own track, `start` in the cut, seen or not, in frames of the timeline; `ours` a
    track of earlier renders. `grown` is how much more of it the transitions before and after it show, in its
    own rate.
    """

    candidate: Candidate
    path: str
    footing: Footing | None = None
    source: Span | None = None
    at: Number = 0
    ours: bool = False
    covers: int = 0
    start: Number = 0
    grown: tuple[Number, Number] = (0, 0)
    played: Played = PLAIN

    @property
    def empty(self) -> bool:
        """Tell whether it is a gap, which takes up `covers` children of its track."""
        return self.covers > 0


@dataclass(slots=True)
class Space:
    """Hold an empty place of a track: where it is, and what it is called where a slug stands there.

    `at` is its place on its own track, `start` and `end` in the cut, in frames of the timeline; `covers` how
    many children of the track it takes up.
    """

    path: str
    name: str
    track: str
    aliases: tuple[str, ...]
    start: Number
    end: Number
    cut: Span
    at: Number
    window: Window
    covers: int = 1
    problem: str | None = None

    @property
    def after(self) -> str:
        """Return the path of what comes next on the track."""
        return self.beside(self.covers)

    def beside(self, steps: int) -> str:
        """Return the path of what lies so many children further on the track."""
        track, _, index = self.path.rpartition("/")
        return f"{track}/{int(index) + steps}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Say that the clip at `path` shows a render; `at` is its place on a track that uprez made."""

    path: str
    url: str
    at: Number | None = None


@dataclass(slots=True)
class Level:
    """Hold a stack being laid out, in frames of the timeline; `window` is the part of it that is seen."""

    path: str
    origin: Number
    window: tuple[Number, Number] | None
    enabled: bool
    problem: str | None
    length: Number | None = None
    longest: Number = 0


@dataclass(slots=True)
class Track:
    """Hold a track being laid out; `cursor` is how far it is, from its own start."""

    origin: Number
    window: tuple[Number, Number] | None
    enabled: bool
    problem: str | None
    cursor: Number = 0


def common(one: Window, other: tuple[Number, Number]) -> tuple[Number, Number]:
    """Return what two windows have in common."""
    return other if one is None else (max(one[0], other[0]), min(one[1], other[1]))


def record_of(start: Number, end: Number, window: Window) -> FrameRange | None:
    """Return the part of a clip that is seen, in whole frames; None where nothing is."""
    if window is not None:
        start, end = max(start, window[0]), min(end, window[1])
        if start >= end:
            return None
    return FrameRange.between(round(start), round(end))
