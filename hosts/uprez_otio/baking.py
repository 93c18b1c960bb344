"""Bake a retime into a render: which of its frames a clip shows one after another, and the file of those."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from zlib import crc32

from uprez.errors import MediaError, RelinkError
from uprez.media.baking import bake
from uprez.media.probe import probe
from uprez.model import Relink, Shot
from uprez_otio.convert import Span, alike, at_rate
from uprez_otio.placed import Placed

_MIXED = "its media has another rate than the timeline, which nobody bakes without a loss; leave --retime off"
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Baked:
    """Hold the file of a clip as it is played, and the frames it shows in the clip's own numbers.

    `frames` are file frames of the render, from 0.
    """

    path: Path
    frames: tuple[int, ...]
    shown: Span

    @classmethod
    def of(cls, placed: Placed, relink: Relink) -> Baked | str:
        """Plan the file of a retimed clip, or say why it can't be baked; opens nothing."""
        shot, footing, cut = placed.candidate.found, placed.footing, placed.source
        assert isinstance(shot, Shot)
        assert footing is not None
        assert cut is not None
        if relink.sequence is not None:
            return "it is an image sequence, of which no file is baked; leave --retime off"
        if placed.played.whole or any(low != high for low, high in placed.played.curve):
            return "its speed curve is not known exactly; leave --retime off, or bake it in your editor"
        if not alike(cut.rate, footing.rate) or not all(isinstance(grown, int) for grown in placed.grown):
            return _MIXED
        first = at_rate(cut.start, cut.rate, footing.rate) - footing.base
        inside = relink.stands_for.start - shot.media.available.start
        numbers = [round_half_up(number) - inside for number in _played(placed, Fraction(first))]
        frames = tuple(min(max(number, 0), relink.stands_for.count - 1) for number in numbers)
        name = f"{relink.path.stem}_baked_{crc32(repr(frames).encode()):08x}{relink.path.suffix}"
        shown = Span(cut.start - placed.grown[0], len(frames), cut.rate)
        return cls(relink.path.with_name(name), frames, shown)


def is_retimed(placed: Placed) -> bool:
    """Tell whether a clip has a retime to bake; a still is the same at any speed."""
    found = placed.candidate.found
    return isinstance(found, Shot) and found.retime is not None and not found.media.info.still


def carry_out(work: Iterable[tuple[Placed, Relink]]) -> None:
    """Write the files of all retimed clips beside their renders; what is there already stays.

    Raises RelinkError.
    """
    for placed, relink in work:
        if not is_retimed(placed) or relink.generative:
            continue
        baked = Baked.of(placed, relink)
        if isinstance(baked, Baked) and not _is_there(baked):
            try:
                bake(relink.path, baked.frames, baked.path, relink.rate, _timecode(placed, baked))
            except MediaError as broken:
                raise RelinkError(f"{placed.candidate.found.name}: {broken}") from broken


def round_half_up(number: Fraction) -> int:
    """Return the frame that an engine shows at a place between two: MLT's way, measured."""
    return math.floor(number + _HALF)


def _played(placed: Placed, first: Fraction) -> Sequence[Fraction]:
    """Return the media frame at each frame of the clip, overlaps of its transitions included."""
    assert placed.source is not None
    if placed.played.curve:
        return [first + Fraction(low) for low, _ in placed.played.curve]
    retime = placed.played.retime
    speed = retime.speed if retime else Fraction(1)
    count = math.ceil(placed.source.count)
    head, tail = (int(grown) for grown in placed.grown)
    start = first if speed >= 0 else first + (count - 1) * -speed
    return [start + at * speed for at in range(-head, count + tail)]


def _is_there(baked: Baked) -> bool:
    try:
        return probe(baked.path).frames == len(baked.frames)
    except MediaError:
        return False


def _timecode(placed: Placed, baked: Baked) -> int | None:
    """Return the number of the file's first frame, where the timeline counts by the source's timecode."""
    footing = placed.footing
    counted = footing is not None and footing.media.info.timecode == footing.base
    return math.floor(baked.shown.start) if counted else None
