"""Decide which number a timeline gives a file's first frame, and at which rate it counts the file."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from uprez.media.probe import FASTEST
from uprez.model import Info
from uprez_otio.convert import Number, Span, alike, at_rate
from uprez_otio.reels import base_of_reel

if TYPE_CHECKING:
    from uprez_otio.footing import Reference

_UNEVEN = (
    "its frame rate is variable, and where a frame lasts longer MLT shows the next one early; convert it to "
    "a constant rate in your editor"
)


def counted(reference: Reference, info: Info, *, by_engine: bool) -> Info:
    """Return a file as the timeline counts it: one of a variable rate at the rate that the file names.

    Its frames come at times of that rate, so that no other shows them all. Where the timeline means the same
    by another number, as 29.97 for 30, or the file names none, it goes by the timeline's.
    """
    uneven, said = info.uneven, reference.available
    if uneven is None:
        return info
    if by_engine or said is None:
        return info.counted_at(uneven.rate)
    finer = not uneven.named and uneven.rate <= said.rate <= FASTEST
    return info.counted_at(said.rate if finer or alike(said.rate, uneven.rate) else uneven.rate)


def digest_of(digest: str, info: Info) -> str:
    """Return what stands for a file's frames: of an uneven one they hang on the rate they are counted at."""
    return digest if info.uneven is None else sha256(f"{digest} {info.rate}".encode()).hexdigest()


def base_in(reference: Reference, source: Span | None, info: Info, *, by_engine: bool) -> Number | str:
    """Return the timeline's number of a file's first frame, in the file's rate, or why nobody knows.

    `by_engine` is a timeline that MLT plays, which counts a file at the rate that the file names.
    """
    if by_engine and info.uneven is not None and not info.uneven.gapless:
        return _UNEVEN
    info = counted(reference, info, by_engine=by_engine)
    if reference.kind == "reel":
        return base_of_reel(info, source, reference.files)
    return _base(reference.available, source, info)


def _base(available: Span | None, source: Span | None, info: Info) -> Number | str:
    """Return the timeline's number of the file's first frame, in the file's rate, or why nobody knows."""
    if info.still:
        return available.start if available else 0
    if available is None:
        return _base_of_unsaid(source, info)
    start = at_rate(available.start, available.rate, info.rate)
    count = at_rate(available.count, available.rate, info.rate)
    if not alike(available.rate, info.rate) and not isinstance(start, int):
        return (
            f"its timeline counts it at {available.rate} frames per second from a start that is no frame of "
            f"the file, which has {info.rate}; relink it in your editor"
        )
    if start == 0 or -2 < count - info.frames < 2 or start == info.timecode:
        return start
    return _base_of_part(start, count, info)


def _base_of_part(start: Number, count: Number, info: Info) -> Number | str:
    """Decide what a range means that is not the file's: part of it by timecode, or another file."""
    first = info.timecode
    if first is not None and first <= start and start + count <= first + info.frames:
        return first
    return (
        f"its timeline says that the file has {float(count):g} frames from {float(start):g} on, but it has "
        f"{info.frames} and its timecode does not settle which; relink it in your editor"
    )


def _base_of_unsaid(source: Span | None, info: Info) -> Number | str:
    """Decide what a clip counts from where the timeline doesn't say: the file's start, or its timecode."""
    first = info.timecode or 0
    if source is None:
        return 0
    start = at_rate(source.start, source.rate, info.rate)
    from_start, from_timecode = 0 <= start < info.frames, first <= start < first + info.frames
    if from_start and (not from_timecode or first == 0):
        return 0
    if from_timecode and not from_start:
        return first
    why = "both fit" if from_start else "neither fits"
    return (
        f"its media has no available range, and frame {float(start):g} may count from the file's start or "
        f"from its timecode ({why}); relink it in your editor"
    )
