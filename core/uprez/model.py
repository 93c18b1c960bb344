"""What is on the timeline and in the files: the values that every part hands to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import PositiveInt

from uprez.frozen import Frozen
from uprez.gap import Gap as Gap
from uprez.info import Audio as Audio
from uprez.info import Colour as Colour
from uprez.info import Info as Info
from uprez.info import Numbering as Numbering
from uprez.info import Uneven as Uneven
from uprez.retime import Retime as Retime
from uprez.retime import RetimeKind as RetimeKind
from uprez.times import FrameRange

PlatePreset = Literal["ffv1", "h264", "mp4", "prores", "still", "none"]
RenderPreset = Literal["prores", "dnxhr", "h264", "h265", "ffv1"]
MannerKind = Literal["reference", "replace", "track", "timeline", "take"]


class Media(Frozen):
    """Name a source file and the frames it has.

    `url` is as the timeline wrote it, `path` where it lies on this machine. `available` counts in the
    numbers that the timeline uses for this file, so its first frame may carry any timecode.
    """

    url: str
    path: Path
    fingerprint: str
    rate: Fraction
    available: FrameRange
    reel: str | None = None
    info: Info

    @property
    def width(self) -> int:
        """Return the width in stored pixels."""
        return self.info.width

    @property
    def height(self) -> int:
        """Return the height in stored pixels."""
        return self.info.height


class Shot(Frozen):
    """Describe one use of source frames at one place of the timeline.

    `source` holds the media frames it consumes, whatever its speed, in the numbers of `media.available`;
    `record` the timeline's frames it fills. `id` lets the host find it again; `note` is what a person should
    know of it before it is bought.
    """

    id: str
    name: str
    track: str
    media: Media
    source: FrameRange
    record: FrameRange
    retime: Retime | None = None
    enabled: bool = True
    color: str | None = None
    flags: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    selected: bool = False
    note: str = ""


class LeftOut(Frozen):
    """Name a clip that is not done, and say why and what to do."""

    name: str
    track: str
    reason: str


class Cut(Frozen):
    """Hold what a host read from a timeline: the shots that can be done, and by name those that can't.

    `gaps` are the empty places of its tracks, where a host can name them.
    """

    name: str
    rate: Fraction
    shots: tuple[Shot, ...]
    left_out: tuple[LeftOut, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Selection(Frozen):
    """Say which clips are wanted; what is empty chooses all, several kinds narrow each other.

    `shots` are ids that an earlier look at the timeline gave. `via_host` lets the editor itself render the
    clips whose files can't be read, before they are planned. With `retime` "whole", clips whose speed
    changes along an unknown curve are wanted with all of their media.
    """

    tracks: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    selected: bool = False
    between: tuple[str, str] | None = None
    below: PositiveInt | None = None
    include_disabled: bool = False
    shots: tuple[str, ...] = ()
    via_host: bool = False
    retime: RetimeKind = "keep"


class Size(Frozen):
    """Say how large the render is to be: a factor, a height that keeps the aspect, or a whole raster."""

    scale: Fraction | None = None
    width: PositiveInt | None = None
    height: PositiveInt | None = None


class Piece(Frozen):
    """Place a pull in a stretch that no model takes at once: `keep` are the frames it has there."""

    stretch: FrameRange
    keep: FrameRange


class Pull(Frozen):
    """Name a source range to export once, and the shots that use it; `frames` count as `media.available`."""

    id: str
    media: Media
    frames: FrameRange
    shots: tuple[str, ...]
    piece: Piece | None = None


def pull_of(media: Media, frames: FrameRange, shots: Iterable[str], piece: Piece | None = None) -> Pull:
    """Name a pull by what it holds, so that the same frames are the same pull in every plan."""
    name = f"{media.fingerprint} {frames.start - media.available.start} {frames.count}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Pull(id=digest, media=media, frames=frames, shots=tuple(shots), piece=piece)


class Plate(Frozen):
    """Name the file exported for a pull; `info` is None until it is exported.

    `carrier` is the whole-number rate that it travels at, None for its media's own; the finished render has
    the true rate again. Where a clip is made of words alone the preset is "none", and there is no file.
    """

    pull: Pull
    preset: PlatePreset
    path: Path
    carrier: Fraction | None = None
    info: Info | None = None

    @property
    def rate(self) -> Fraction:
        """Return the rate that the file is stamped with."""
        return self.carrier or self.pull.media.rate


class Call(StrEnum):
    """What verification found."""

    MATCH = "MATCH"
    OFFSET = "OFFSET"
    WRONG = "WRONG"
    UNSURE = "UNSURE"


class Verdict(Frozen):
    """Say whether a render is its plate's picture, frame for frame, and what was found.

    `offset` is by how many frames the render runs late (OFFSET only); `findings` are sentences, the
    decisive one first; `warnings` do not change the call. `seams` are the frames, counted from 0, at which a
    joined render shows that it is.
    """

    call: Call
    findings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    offset: int | None = None
    alike: float | None = None
    seams: tuple[int, ...] = ()


class Render(Frozen):
    """Name the finished file of an order, with what was found in it."""

    order: str
    path: Path
    info: Info
    verdict: Verdict


class Relink(Frozen):
    """Ask a host to point a shot at a render.

    `stands_for` says which source frames the file holds, in the numbers of the shot's media; the shot's
    own source range never changes. `shot` may be the id of a gap, which is filled from a track above.
    Where the media is an image sequence, so is the render: `path` is its first file, `sequence` its names.
    `made_by` goes into the timeline's metadata.
    """

    shot: str
    path: Path
    stands_for: FrameRange
    rate: Fraction
    width: PositiveInt
    height: PositiveInt
    generative: bool = False
    sequence: Numbering | None = None
    made_by: dict[str, str] = {}


class Manner(Frozen):
    """Say how to relink, what becomes of retimes, and where a host that writes files writes.

    With `match_size` the renders are brought back to their source's raster before they are relinked.
    """

    kind: MannerKind = "reference"
    retime: RetimeKind = "keep"
    match_size: bool = False
    output: Path | None = None
    force: bool = False


class Conform(Frozen):
    """Report what a relink or a revert did: the shots changed, and by name the ones it could not do."""

    timeline: str
    output: str
    receipt: Path | None = None
    relinked: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
