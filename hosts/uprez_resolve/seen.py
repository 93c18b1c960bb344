"""What was read from Resolve in one short look: values, so that no handle has to be kept."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from uprez.frozen import Frozen


class SeenClip(Frozen):
    """Hold a media pool item: its id, its name, and every property as Resolve wrote it (keys are English).

    `original` is the file that it had before uprez replaced it, `nested` says that it is a timeline, `ours`
    that it is a render in our bin.
    """

    uid: str
    name: str
    properties: dict[str, Any] = {}
    original: str = ""
    nested: bool = False
    ours: bool = False

    @property
    def path(self) -> str:
        """Return the path of its own file, replaced or not; empty for what has no file."""
        return self.original or str(self.properties.get("File Path") or "")


class SeenItem(Frozen):
    """Hold a timeline item, in timeline frames that include the timeline's own start.

    `left` are frames before the in-point, `source` the first and last source frame as this version tells
    them, `seconds` the same in seconds from timecode zero; None where it doesn't tell. `speed` is in per
    cent where this version tells it. `clip` is None for titles, generators and transitions.
    Where it shows a render of ours as a take, `clip` is its original's, `shown` the render's id, `head`
    and `tail` the original's source frames, half-open, counted from its file's first.
    """

    uid: str
    name: str
    kind: str
    track: int
    start: int
    duration: int
    left: int | None = None
    right: int | None = None
    source: tuple[int, int] | None = None
    seconds: tuple[float, float] | None = None
    speed: float | None = None
    type: str | None = None
    enabled: bool = True
    color: str = ""
    flags: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    properties: dict[str, Any] = {}
    comps: int = 0
    takes: int = 0
    take: int = 0
    clip: SeenClip | None = None
    shown: str = ""
    head: int | None = None
    tail: int | None = None

    @property
    def end(self) -> int:
        """Return the first timeline frame after the item."""
        return self.start + self.duration


class SeenTrack(Frozen):
    """Hold a video track, counted from 1."""

    index: int
    name: str
    enabled: bool = True
    locked: bool = False
    items: tuple[SeenItem, ...] = ()


class SeenTimeline(Frozen):
    """Hold a timeline; `start` is its first frame, `rung` says how the wanted items were chosen, if any were.

    `chosen` are the ids of the items that the user selected in Resolve, None where this version can't tell;
    `marks` are its in and out marks as half-open timeline frames, `under` the item under the playhead.
    """

    uid: str
    name: str
    project: str
    rate: Fraction
    drop: bool
    start: int
    end: int
    tracks: tuple[SeenTrack, ...]
    chosen: tuple[str, ...] | None = None
    marks: tuple[int, int] | None = None
    under: str = ""
    rung: str = ""
