"""Find the gaps of a cut that new pictures are to fill. Pure functions on values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from uprez.errors import PlanError
from uprez.keyframes import first_shown, last_shown, pull_from, unreadable
from uprez.model import Cut, Gap, Info, Media, Pull, Shot
from uprez.newness import Keyframe, Making
from uprez.times import FrameRange, from_timecode, to_timecode

_NAMED = 8


class Place(NamedTuple):
    """Hold a gap as a shot, with what is bought for it and the frame that it ends on."""

    shot: Shot
    pull: Pull
    last: Keyframe | None = None


def place_between(cut: Cut, making: Making) -> Place:
    """Return the gap between two clips, led from the last frame of the one to the first of the other.

    Raises PlanError where there is not exactly one such gap.
    """
    assert making.between is not None
    found = _between(cut, *making.between)
    if making.gap is not None:
        frame = from_timecode(making.gap, cut.rate)
        found = [one for one in found if _holds(one[0], frame)]
    wish = "--between " + " ".join(making.between)
    gap, before, after = _only(found, wish, cut, making)
    for shot in (before, after):
        why = unreadable(shot.media)
        if why is not None:
            raise PlanError(f"{shot.name}: {why}")
        if shot.retime is not None and shot.retime.ramp:
            raise PlanError(f"{shot.name}: its speed changes along a curve; bake it in your editor")
    last = first_shown(after, cut.rate)
    pull = pull_from(last_shown(before, cut.rate), gap.record.count, cut.rate, gap.id, last)
    return Place(_shot(gap, pull), pull, last)


def place_for_words(cut: Cut, making: Making) -> Place:
    """Return the gap at a timecode, to be filled from words alone; raises PlanError where there is none."""
    assert making.gap is not None
    frame = from_timecode(making.gap, cut.rate)
    found = [gap for gap in cut.gaps if _holds(gap, frame)]
    seen = [shot for shot in cut.shots if shot.enabled and shot.record.start <= frame < shot.record.end]
    if not found:
        there = f"{seen[-1].name} lies there on {seen[-1].track}" if seen else "nothing of the cut lies there"
        raise PlanError(f"--gap {making.gap}: no gap is there, {there}; {_known(cut)}")
    if seen:
        beside = sorted({gap.track for gap in found})
        if {shot.track for shot in seen} - set(beside):
            raise PlanError(
                f"--gap {making.gap}: {seen[-1].name} on {seen[-1].track} is seen there; give --track "
                f"{beside[0]} if the gap on that track is meant"
            )
    gap = found[0]
    _refuse(gap)
    count = gap.record.count
    frames = FrameRange(start=0, count=count)
    info = Info(
        container="none", codec="none", rate=cut.rate, frames=count, width=1920, height=1080,
        pixel_format="yuv420p", bits=8,
    )  # fmt: skip
    words = Media(
        url="", path=Path("gap"), fingerprint="words", rate=cut.rate, available=frames, info=info
    )  # fmt: skip
    pull = Pull(id=f"made-words-{count}", media=words, frames=frames, shots=(gap.id,))
    return Place(_shot(gap, pull), pull)


def _between(cut: Cut, before: str, after: str) -> list[tuple[Gap, Shot, Shot]]:
    shots = {shot.id: shot for shot in cut.shots}
    _named(cut, before)
    _named(cut, after)
    pairs = [
        (gap, shots[gap.before], shots[gap.after])
        for gap in cut.gaps
        if gap.before in shots and gap.after in shots
    ]
    found = [one for one in pairs if _fits(one[1].name, before) and _fits(one[2].name, after)]
    if not found and any(_fits(one[1].name, after) and _fits(one[2].name, before) for one in pairs):
        raise PlanError(f"--between {before} {after}: {after} comes before {before}; swap them")
    return found


def _only(
    found: Sequence[tuple[Gap, Shot, Shot]], wish: str, cut: Cut, making: Making
) -> tuple[Gap, Shot, Shot]:
    if not found:
        where = f" at {making.gap}" if making.gap else ""
        raise PlanError(f"{wish}: no gap lies between them{where} on one track; {_known(cut)}")
    if len(found) > 1:
        names = _listed(one[0].name for one in found)
        raise PlanError(
            f"{wish}: {len(found)} gaps lie between clips of these names ({names}); choose one with --gap TC"
        )
    _refuse(found[0][0])
    return found[0]


def _named(cut: Cut, name: str) -> None:
    """Raise PlanError for a name that no clip has, or only one that can't be done."""
    if any(_fits(shot.name, name) for shot in cut.shots):
        return
    left = next((left for left in cut.left_out if _fits(left.name, name)), None)
    if left is not None:
        raise PlanError(f"--between {name}: no frame can be taken of it, {left.reason}")
    there = _listed(dict.fromkeys(shot.name for shot in cut.shots))
    raise PlanError(f"--between {name}: no clip has it; there is {there or 'none'}")


def _refuse(gap: Gap) -> None:
    if gap.problem is not None:
        raise PlanError(f"{gap.name} on {gap.track}: {gap.problem}")


def _known(cut: Cut) -> str:
    if not cut.gaps:
        return "the timeline has no gap; lift a clip out of it first"
    starts = dict.fromkeys(to_timecode(gap.record.start, cut.rate) for gap in cut.gaps)
    return f"there are gaps at {_listed(starts)}"


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def _holds(gap: Gap, frame: int) -> bool:
    return gap.record.start <= frame < gap.record.end


def _fits(name: str, wish: str) -> bool:
    return fnmatchcase(name.lower(), wish.lower())


def _shot(gap: Gap, pull: Pull) -> Shot:
    return Shot(
        id=gap.id, name=gap.name, track=gap.track, media=pull.media, source=pull.frames, record=gap.record
    )
