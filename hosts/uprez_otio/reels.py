"""Say where an EDL's numbers stand in a file: by its timecode, or from its start where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uprez.errors import PlanError
from uprez.model import Info
from uprez.times import from_timecode, may_drop, spoken, to_timecode
from uprez_otio.convert import Number, Span, alike
from uprez_otio.seeking import Wanted


def wanted_by(address: str, names: Sequence[Any]) -> Wanted:
    """Return what an event says of its file; `names` as the reader of EDLs tells them."""
    reel, name, source, *_ = names
    return Wanted(address, (source, name), tuple(each for each in (reel, source) if each))


def base_of_reel(info: Info, source: Span | None, names: Sequence[Any]) -> Number | str:
    """Return the EDL's number of a file's first frame, or why its source range is no part of the file."""
    *_, span, drop = names
    if info.still:
        return 0
    if source is None or type(source.start) is not int:
        return "its source times are no frames; export it again"
    if not alike(source.rate, info.rate):
        return (
            f"it has {spoken(info.rate)} frames per second and its EDL counts {spoken(source.rate)}; "
            "conform it to one rate, or add a line '* FRAME RATE: 25' (with yours) below the EDL's title"
        )
    first = info.timecode or 0
    start = _counted_as(info, source.start, bool(drop))
    if start is None:
        return (
            f"its timecode is {_mode(info.drop)} and its EDL counts {_mode(not info.drop)}; export it again"
        )
    if not first <= start or start + span > first + info.frames:
        begin, end = (to_timecode(at, info.rate, drop=info.drop) for at in (first, first + info.frames))
        wish = to_timecode(max(start, 0), info.rate, drop=info.drop)
        return f"it has {begin} to {end}, and {span} frames from {wish} are wanted; relink it in your editor"
    return source.start - (start - first)


def _counted_as(info: Info, start: int, drop: bool) -> int | None:
    """Count an EDL's timecode the way the file does: it is a label on the file's frames."""
    rate = info.rate
    may = may_drop(rate)
    if not may or drop == info.drop:
        return start
    try:
        label = to_timecode(start, rate, drop=drop).replace(";", ":")
        return from_timecode(_marked(label) if info.drop else label, rate)
    except PlanError:
        return None


def _marked(label: str) -> str:
    head, _, frames = label.rpartition(":")
    return f"{head};{frames}"


def _mode(drop: bool) -> str:
    return "drop-frame" if drop else "non-drop"
