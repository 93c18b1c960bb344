"""Name the gaps of a timeline: what lies beside each, and why one can't be filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from zlib import crc32

from uprez.model import Gap, LeftOut, Shot
from uprez.selection import Candidate
from uprez.times import FrameRange, to_timecode
from uprez_otio.convert import Span
from uprez_otio.layout import Layout
from uprez_otio.placed import Placed, Space

_FADES = "a transition reaches into it, which a clip above would hide; take the transition out"
_PIECES = "it is written in pieces of different rates; close it and open it again in your editor"
_PARTS = "it begins or ends between two frames of the timeline; move its clips to whole frames"
_TRIMMED = "its track is trimmed there; trim the clips instead"


def gaps_of(layout: Layout, placed: Iterable[Placed]) -> dict[str, tuple[Gap, Space]]:
    """Return the gaps of a timeline by their ids, in order, gaps that touch as one."""
    if not layout.spaces:
        return {}
    found = {each.path: each.candidate.found for each in placed}
    merged = list(_merged(layout.spaces))
    return {gap.id: (gap, space) for space in merged for gap in (_gap(layout, space, found),)}


def of_tracks(gaps: Mapping[str, tuple[Gap, Space]], tracks: tuple[str, ...]) -> tuple[Gap, ...]:
    """Return the gaps on the tracks that are named, by any of their names; on all where none is."""
    wanted = {name.lower() for name in tracks}
    return tuple(
        gap
        for gap, space in gaps.values()
        if not wanted or wanted & {name.lower() for name in (*space.aliases, gap.track)}
    )


def in_gap(gap: Gap, space: Space) -> Placed:
    """Return a gap as the place of a clip that is to lie above it."""
    found = LeftOut(name=gap.name, track=gap.track, reason=gap.problem or "it is empty")
    candidate = Candidate(found, space.aliases, record=gap.record)
    return Placed(candidate, space.path, None, space.cut, space.at, covers=space.covers)


def _merged(spaces: Iterable[Space]) -> Iterator[Space]:
    """Join gaps that lie side by side; a slug with a name stands for itself."""
    held: Space | None = None
    for space in spaces:
        if held is not None and held.after == space.path and not (held.name or space.name):
            held = _joined(held, space)
            continue
        if held is not None:
            yield held
        held = space
    if held is not None:
        yield held


def _joined(one: Space, other: Space) -> Space:
    problem = one.problem or (None if one.cut.rate == other.cut.rate else _PIECES)
    cut = Span(one.cut.start, one.cut.count + other.cut.count, one.cut.rate)
    return Space(
        one.path, one.name, one.track, one.aliases, one.start, other.end, cut, one.at, one.window,
        one.covers + 1, problem,
    )  # fmt: skip


def _gap(layout: Layout, space: Space, found: Mapping[str, Shot | LeftOut]) -> Gap:
    rate = layout.header.rate
    record = FrameRange.between(round(space.start), round(space.end))
    told = f"{space.name}\0{record.start}\0{record.count}"
    return Gap(
        id=f"{space.path}@{crc32(told.encode('utf-8', 'surrogatepass')):08x}",
        name=space.name or f"gap at {to_timecode(record.start, rate)}",
        track=space.track,
        record=record,
        before=_next_to(layout, space, -1, found),
        after=_next_to(layout, space, space.covers, found),
        problem=space.problem or _problem(layout, space),
    )


def _problem(layout: Layout, space: Space) -> str | None:
    if layout.transitions & {space.beside(-1), space.after}:
        return _FADES
    if not (_whole(space.start) and _whole(space.end)):
        return _PARTS
    if space.window is not None and not (space.window[0] <= space.start and space.end <= space.window[1]):
        return _TRIMMED
    return None


def _whole(place: int | Fraction) -> bool:
    return place == round(place)


def _next_to(layout: Layout, space: Space, steps: int, found: Mapping[str, Shot | LeftOut]) -> str | None:
    """Return the id of the shot beside a gap, beyond a transition where one is there."""
    if space.beside(steps) in layout.transitions:
        steps += 1 if steps > 0 else -1
    shot = found.get(space.beside(steps))
    return shot.id if isinstance(shot, Shot) else None
