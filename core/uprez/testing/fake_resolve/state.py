"""What a Resolve holds, as plain values on the far side of the process boundary."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Marks = dict[str, dict[str, int]]
KINDS = ("video", "audio", "subtitle")


@dataclass
class Facts:
    """What a file's pictures and sound are, read from the file; `first` is its first frame's own number."""

    rate: Fraction
    frames: int
    first: int = 0
    timecode: int = 0
    drop: bool = False
    size: tuple[int, int] = (0, 0)
    aspect: Fraction = Fraction(1)
    codec: str = ""
    bits: int = 8
    alpha: bool = False
    video: bool = True
    audio: int = 0
    still: bool = False


@dataclass
class Marker:
    """A marker, by the frame that it sits at."""

    color: str
    name: str
    note: str
    duration: float
    custom: str


@dataclass
class Clip:
    """A media pool item; `kind` is media, still, sequence, audio, timeline, compound, multicam or fusion.

    `holds` are the clips in a compound one, as often as they are used there.
    """

    uid: str
    name: str
    folder: str
    kind: str = "media"
    path: str | None = None
    facts: Facts | None = None
    timeline: str | None = None
    span: tuple[int, int] | None = None
    offline: bool = False
    proxy: str | None = None
    holds: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    color: str = ""
    flags: list[str] = field(default_factory=list)
    markers: dict[float, Marker] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    third_party: dict[str, str] = field(default_factory=dict)
    touched: bool = False


@dataclass
class Take:
    """One take: source frames of a clip, half-open, and the speed that they are played at."""

    clip: str
    start: Fraction
    end: Fraction
    speed: Fraction = Fraction(1)


@dataclass
class Item:
    """A timeline item.

    `kind` is clip, title, generator, adjustment, fusion or transition; `source` is its first source frame
    from the file's head, `speed` the mean one where it is a ramp; negative plays backwards.
    """

    uid: str
    kind: str
    start: int
    duration: int
    clip: str | None = None
    name: str | None = None
    source: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)
    ramp: bool = False
    takes: list[Take] = field(default_factory=list)
    selected: int = 0
    properties: dict[str, Any] = field(default_factory=dict)
    color: str = ""
    flags: list[str] = field(default_factory=list)
    markers: dict[float, Marker] = field(default_factory=dict)
    enabled: bool = True
    linked: list[str] = field(default_factory=list)
    grade: str = ""
    comps: list[str] = field(default_factory=list)
    placed_after: int = 0

    @property
    def end(self) -> int:
        """Return the first frame after the item."""
        return self.start + self.duration


@dataclass
class Track:
    """A track, its items in time order."""

    name: str
    enabled: bool = True
    locked: bool = False
    subtype: str = ""
    items: list[Item] = field(default_factory=list)


@dataclass
class Timeline:
    """A timeline; `start` is its first frame's absolute number, `playhead` absolute as well."""

    uid: str
    name: str
    rate: Fraction
    drop: bool
    start: int
    playhead: int
    settings: dict[str, str] = field(default_factory=dict)
    tracks: dict[str, list[Track]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    markers: dict[float, Marker] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    selection: list[str] = field(default_factory=list)

    def placed(self) -> Iterator[tuple[str, int, Track, Item]]:
        """Iterate over all items with their track's kind and number (from 1)."""
        for kind, tracks in self.tracks.items():
            for number, track in enumerate(tracks, 1):
                yield from ((kind, number, track, item) for item in track.items)


@dataclass
class Folder:
    """A bin of the media pool; the root has no parent."""

    uid: str
    name: str
    parent: str | None


@dataclass
class Job:
    """A render job, with the settings of the moment it was added."""

    uid: str
    timeline: str
    name: str
    settings: dict[str, Any]
    format: str
    codec: str
    mode: int
    enabled: dict[str, list[bool]]
    left: list[str] = field(default_factory=list)
    status: str = "Ready"
    error: str = ""


@dataclass
class Render:
    """The Deliver page's one state, which every script and the user share."""

    format: str = "mov"
    codec: str = "ProRes422HQ"
    mode: int = 1
    preset: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    added: int = 0


@dataclass
class Project:
    """A project with everything that a save would keep."""

    uid: str
    name: str
    pool: str
    root: str
    folder: str
    settings: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)
    clips: dict[str, Clip] = field(default_factory=dict)
    timelines: list[Timeline] = field(default_factory=list)
    current: str | None = None
    selected: list[str] = field(default_factory=list)
    render: Render = field(default_factory=Render)
    errored: int = 0
    placed: int = 0


def new_uid() -> str:
    """Return an id like Resolve's own."""
    return str(uuid.uuid4())
