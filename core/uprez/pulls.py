"""Merge the uses of a source into pulls, and count what that saves. Pure functions on values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from uprez.delta import grown, rebased
from uprez.frozen import Frozen
from uprez.model import Media, Pull, Shot
from uprez.spans import Span, cut_between, merged, phase_of
from uprez.splitting import homes_of, joins_of, split

_NO_CUTS: Mapping[str, Sequence[int]] = MappingProxyType({})
_Key = tuple[str, int, int]


class Totals(Frozen):
    """Count frames: shown by the cut, exported, exported by the naive way, held by the media.

    The naive way exports each shot apart, with the same handles and the same phase.
    """

    used_frames: int
    pull_frames: int
    naive_frames: int
    media_frames: int


def plan_pulls(
    shots: Iterable[Shot],
    handles: int,
    have: Iterable[Pull] = (),
    most: int | None = None,
    cuts: Mapping[str, Sequence[int]] = _NO_CUTS,
    apart: frozenset[str] | None = None,
) -> tuple[Pull, ...]:
    """Merge every use of a source into as few exports as hold them all, padded by `handles` frames.

    Each shot lies in exactly one pull, or in one stretch of pieces where `most` frames would be passed, with
    its handles as far as the media goes. `cuts` are frames at which pieces may meet, by
    the stretch's pull id. With `apart` a shot of which some frames are in `have` is made up of those and of
    what is missing, except for the stretches that it names; see `grown`.
    """
    existing: dict[str, list[Pull]] = {}
    for pull in have:
        existing.setdefault(pull.media.fingerprint, []).append(pull)
    pulls: list[Pull] = []
    for uses in _by_media(shots).values():
        media = uses[0].media
        there = rebased(existing.get(media.fingerprint, ()), media)
        reused, fresh = _at_home(uses, there, handles)
        pulls += reused
        if apart is not None and there:
            pulls += grown(fresh, there, handles, most, apart)
            continue
        spans = merged([Span.of(shot, handles) for shot in fresh])
        for whole in (part.pull for span in spans for part in cut_between(span, most, handles)):
            pulls += split(whole, most, cuts.get(whole.id, ()))
    return tuple(pulls)


def _at_home(shots: Sequence[Shot], have: Sequence[Pull], handles: int) -> tuple[list[Pull], list[Shot]]:
    """Return the pulls and pieces whose renders hold shots whole, and the shots that fit into none."""
    pieces = {join.whole.id: join.pieces for join in joins_of(have)}
    homes, fresh = homes_of(have), []
    reused: dict[str, tuple[Pull, list[str]]] = {}
    for shot in shots:
        fitting = [pull for pull in homes if fits(shot, pull)]
        if fitting:
            home = max(fitting, key=lambda pull: (_handles_in(pull, shot, handles), shot.id in pull.shots))
            reused.setdefault(home.id, (home, []))[1].append(shot.id)
        else:
            fresh.append(shot)
    bought = (
        pull.model_copy(update={"shots": tuple(ids)})
        for home, ids in reused.values()
        for pull in pieces.get(home.id, (home,))
    )
    return list(bought), fresh


def _handles_in(pull: Pull, shot: Shot, handles: int) -> int:
    """Count the frames around a shot that a pull has of those that are wanted."""
    head = shot.source.start - pull.frames.start
    return min(handles, head) + min(handles, pull.frames.end - shot.source.end)


def count_frames(shots: Sequence[Shot], pulls: Sequence[Pull], handles: int) -> Totals:
    """Count what the plan exports against what the cut shows and what the naive way would export."""
    by_id = {shot.id: shot for shot in shots}
    naive = 0
    for pull in homes_of(pulls):
        uses = [by_id[shot] for shot in pull.shots]
        phase = math.lcm(*(phase_of(shot) for shot in uses))
        apart = (Span.of(shot, handles) for shot in uses)
        naive += sum(span.high - span.start_at(phase) for span in apart)
    media = {
        _key(shot.media): shot.media.available.count for shot in {id(s.media): s for s in shots}.values()
    }
    return Totals(
        used_frames=sum(_union(uses) for uses in _by_media(shots).values()),
        pull_frames=sum({pull.id: pull.frames.count for pull in pulls}.values()),
        naive_frames=naive,
        media_frames=sum(media.values()),
    )


def fits(shot: Shot, pull: Pull) -> bool:
    """Tell whether a pull's render holds a shot's frames, in the phase that its speed needs."""
    cut = pull.frames.start - shot.media.available.start
    return shot.source.within(pull.frames) and cut % phase_of(shot) == 0


def _key(media: Media) -> _Key:
    return media.fingerprint, media.available.start, media.available.count


def _by_media(shots: Iterable[Shot]) -> dict[_Key, list[Shot]]:
    by_value: dict[int, list[Shot]] = {}
    for shot in shots:
        by_value.setdefault(id(shot.media), []).append(shot)
    groups: dict[_Key, list[Shot]] = {}
    for uses in by_value.values():
        groups.setdefault(_key(uses[0].media), []).extend(uses)
    return groups


def _union(shots: list[Shot]) -> int:
    total, reached = 0, None
    for start, count in sorted((shot.source.start, shot.source.count) for shot in shots):
        end = start + count
        total += max(0, end - (start if reached is None else max(start, reached)))
        reached = end if reached is None else max(reached, end)
    return total
