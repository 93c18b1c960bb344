"""What the layout of a timeline is made of, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from uprez.selection import Candidate
from uprez_otio.convert import Number, Span
from uprez_otio.footing import Footing

_PREMIERE = "PremierePro_OTIO"
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
    def premiere(self) -> bool:
        """Tell whether Premiere wrote it, which counts the length of a retimed clip its own way."""
        return _PREMIERE in self.dialect


@dataclass(slots=True)
class Placed:
    """Hold one clip of the timeline: what was found, where it is in the tree, and how its numbers stand.

    `at` is its place on its own track, in frames of the timeline; `ours` a track of earlier renders.
    """

    candidate: Candidate
    path: str
    footing: Footing | None = None
    source: Span | None = None
    at: Number = 0
    ours: bool = False


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
