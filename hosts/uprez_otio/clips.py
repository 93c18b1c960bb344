"""Say of one clip which media frames it consumes, or why it can't be done."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from uprez.retime import Retime
from uprez.times import FrameRange
from uprez_otio.convert import Number, Span, alike, at_rate, time, used
from uprez_otio.footing import Footing
from uprez_otio.played import Played

Reading = Literal["timeline", "media", "either"]
"""What the length of a retimed clip counts: frames of the timeline, or of the media."""
DOUBTFUL = "its timeline does not say who wrote it, so the frames of both readings of its speed are taken"
NO_LENGTH = (
    "its length is no number of frames, and clips after it on its track are counted without it; "
    "fix it in your editor and export again"
)
_ONE = Fraction(1)


def why_not(
    kind: str, footing: Footing | str, outer: str | None, problem: str | None, seen: bool
) -> str | None:
    """Return why a clip can't be done; what it is counts before how it is played."""
    if type(footing) is str and kind != "file":
        return footing
    if outer or problem:
        reason = outer or problem or ""
        return reason if ";" in reason else f"{reason}; bake the retime in your editor"
    if type(footing) is str:
        return footing
    return (
        None if seen else "the cut shows no frame of it, since its nested timeline is trimmed; nothing to do"
    )


def consumed(
    cut: Span,
    footing: Footing,
    played: Played,
    head: list[Any] | None,
    tail: list[Any] | None,
    reading: Reading,
) -> FrameRange | str:
    """Return the media frames of a clip in its media's numbers, or why they are not there.

    `head` and `tail` are the overlaps of its transitions. What lies beyond the media in an overlap was not
    shown before either, and is no reason to leave the clip out.
    """
    available, rate = footing.media.available, footing.rate
    if footing.media.info.still or played.whole:
        return available
    first = at_rate(cut.start, cut.rate, rate) - footing.base
    count = at_rate(cut.count, cut.rate, rate)
    mixed = cut.rate is not rate and not alike(cut.rate, rate)
    retime = played.retime
    speed = retime.speed if retime else _ONE
    if played.curve:
        if head or tail:
            return "its transition shows frames that its speed curve does not tell; bake it in your editor"
        return _clamped(*played.frames(first, rate / cut.rate if mixed else _ONE), available)
    if type(first) is int and type(count) is int and not (retime or head or tail or mixed):
        if first < 0 or first + count > available.count:
            return _outside(first, first + count, available.count)
        return FrameRange(start=first + available.start, count=count)
    if reading == "media" and abs(speed) not in (0, 1):
        if speed < 0:
            return "Premiere does not tell which frames a reversed clip of changed speed shows; bake it"
        return _by_premiere(first, count, speed, time(head, rate), time(tail, rate), available)
    shown, taken = used(first, count, speed, time(head, rate), time(tail, rate), mixed)
    if is_doubtful(retime, reading):
        _, other = used(first, count, _ONE, time(head, rate), time(tail, rate), mixed)
        taken = min(taken[0], other[0]), max(taken[1], other[1])
    return _clamped(shown, taken, available)


def note_of(footing: Footing, played: Played, reading: Reading) -> str:
    """Return what a person should know of a clip before it is bought."""
    doubt = DOUBTFUL if is_doubtful(played.retime, reading) else ""
    return "; ".join(filter(None, (played.note(footing.media.available.count), footing.note, doubt)))


def is_doubtful(retime: Retime | None, reading: Reading) -> bool:
    """Tell whether a clip may show other frames, as the length of a slowed one can be meant in two ways."""
    return reading == "either" and retime is not None and 0 < abs(retime.speed) < 1 and not retime.ramp


def _by_premiere(
    first: Number, count: Number, speed: Fraction, head: Number, tail: Number, available: FrameRange
) -> FrameRange | str:
    """Take what both readings of Premiere's length need: media frames, as it means it, and OTIO's own."""
    shown, taken = used(first, count, _ONE, head * speed, tail * speed, True)
    _, otio = used(first, count, speed, head, tail, True)
    return _clamped(shown, (min(taken[0], otio[0]), max(taken[1], otio[1])), available)


def _clamped(shown: tuple[int, int], taken: tuple[int, int], available: FrameRange) -> FrameRange | str:
    if shown[0] < 0 or shown[1] > available.count:
        return _outside(*shown, available.count)
    low, high = max(taken[0], 0), min(taken[1], available.count)
    return FrameRange(start=low + available.start, count=high - low)


def _outside(low: int, high: int, count: int) -> str:
    return (
        f"it shows frames {low} to {high - 1} of a file that has frames 0 to {count - 1}; "
        "relink it in your editor"
    )
