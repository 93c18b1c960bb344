"""Choose clips: by track, name, colour, flag, marker, place, height. Pure functions on values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from uprez.errors import PlanError
from uprez.model import LeftOut, Selection, Shot
from uprez.times import FrameRange, from_timecode

DISABLED = "it is disabled in the timeline; give --include-disabled if you want it"
_NAMED = 8


@dataclass(slots=True)
class Candidate:
    """Hold a clip as a host found it, done or not, with what a selection asks about.

    `tracks` are all the names of its track: its own, and its place such as "V1". `record` is None where
    the clip has no place in the cut.
    """

    found: Shot | LeftOut
    tracks: tuple[str, ...]
    color: str | None = None
    flags: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    selected: bool = False
    record: FrameRange | None = None
    enabled: bool = True


def chosen(
    candidates: Sequence[Candidate], selection: Selection, rate: Fraction
) -> tuple[tuple[Shot, ...], tuple[LeftOut, ...]]:
    """Return the shots that are asked for, and by name those among them that can't be done.

    Raises PlanError for a track, name, colour, flag or marker that no clip has, naming what there is.
    """
    wanted: Iterable[Candidate] = candidates
    for wants in _tests(candidates, selection, rate):
        wanted = list(filter(wants, wanted))
    shots, left_out = [], []
    for candidate in wanted:
        found = candidate.found
        if isinstance(found, LeftOut):
            left_out.append(found)
        elif candidate.enabled or selection.include_disabled:
            shots.append(found)
        else:
            left_out.append(LeftOut(name=found.name, track=found.track, reason=DISABLED))
    return tuple(shots), tuple(left_out)


def _tests(
    candidates: Sequence[Candidate], selection: Selection, rate: Fraction
) -> Iterable[Callable[[Candidate], bool]]:
    """Yield one test for each kind of thing the selection names; all of them must hold."""
    if selection.tracks:
        yield _any_of("track", selection.tracks, candidates, lambda clip: clip.tracks, _same)
    if selection.clips:
        yield _any_of("clip", selection.clips, candidates, lambda clip: (clip.found.name,), _glob)
    if selection.colors:
        yield _any_of(
            "color", selection.colors, candidates, lambda clip: (clip.color,) if clip.color else (), _same
        )
    if selection.flags:
        yield _any_of("flag", selection.flags, candidates, lambda clip: clip.flags, _same)
    if selection.markers:
        yield _any_of("marker", selection.markers, candidates, lambda clip: clip.markers, _contains)
    if selection.selected:
        yield _selected(candidates)
    if selection.shots:
        yield _known(candidates, frozenset(selection.shots))
    if selection.between is not None:
        yield _between(selection.between, rate)
    if selection.below is not None:
        yield _below(selection.below)


def _any_of(
    kind: str,
    wanted: tuple[str, ...],
    candidates: Sequence[Candidate],
    of: Callable[[Candidate], tuple[str, ...]],
    fits: Callable[[str, str], bool],
) -> Callable[[Candidate], bool]:
    names = dict.fromkeys(name for candidate in candidates for name in of(candidate))
    for wish in wanted:
        if not any(fits(name, wish) for name in names):
            raise PlanError(f"--{kind} {wish}: no clip has it; {_there(kind, tuple(names))}")
    fitting = {name for name in names if any(fits(name, wish) for wish in wanted)}
    return lambda candidate: not fitting.isdisjoint(of(candidate))


def _there(kind: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"none has a {kind}"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"there is {', '.join(names[:_NAMED])}{more}"


def _selected(candidates: Sequence[Candidate]) -> Callable[[Candidate], bool]:
    if not any(candidate.selected for candidate in candidates):
        raise PlanError(
            "--selected: no clip is selected in the timeline; select some, or name them (--track, --clip)"
        )
    return lambda candidate: candidate.selected


def _known(candidates: Sequence[Candidate], shots: frozenset[str]) -> Callable[[Candidate], bool]:
    def known(candidate: Candidate) -> bool:
        return isinstance(candidate.found, Shot) and candidate.found.id in shots

    if not any(map(known, candidates)):
        raise PlanError("the clips of that run are not in the timeline any more; undo the edit, or run anew")
    return known


def _between(timecodes: tuple[str, str], rate: Fraction) -> Callable[[Candidate], bool]:
    start, end = (from_timecode(text, rate) for text in timecodes)
    if end <= start:
        raise PlanError(f"--between {timecodes[0]} {timecodes[1]}: ends before it begins; swap them")
    wanted = FrameRange.between(start, end)
    return lambda candidate: candidate.record is not None and candidate.record.gap_to(wanted) < 0


def _below(height: int) -> Callable[[Candidate], bool]:
    """What has no media has no height, and is told of rather than passed over."""
    return lambda candidate: isinstance(candidate.found, LeftOut) or candidate.found.media.height < height


def _same(name: str, wish: str) -> bool:
    return name.lower() == wish.lower()


def _glob(name: str, wish: str) -> bool:
    return fnmatchcase(name.lower(), wish.lower())


def _contains(name: str, wish: str) -> bool:
    return wish.lower() in name.lower()
