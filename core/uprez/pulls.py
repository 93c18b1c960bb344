"""Merge the uses of a source into pulls, and count what that saves. Pure functions on values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from uprez.frozen import Frozen
from uprez.model import Media, Pull, Retime, Shot, pull_of
from uprez.spans import MAX_PHASE, Span, cut_between, merged, phase_of
from uprez.splitting import homes_of, joins_of, split
from uprez.times import FrameRange

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
) -> tuple[Pull, ...]:
    """Merge every use of a source into as few exports as hold them all, padded by `handles` frames.

    Each shot lies in exactly one pull, or in one stretch of pieces where `most` frames would be passed, with
    its handles as far as the media goes. `cuts` are frames at which pieces may meet, by
    the stretch's pull id.
    """
    have = tuple(have)
    pieces = {join.whole.id: join.pieces for join in joins_of(have)}
    existing: dict[_Key, list[Pull]] = {}
    for pull in homes_of(have):
        existing.setdefault(_key(pull.media), []).append(pull)
    pulls: list[Pull] = []
    for key, uses in _by_media(shots).items():
        fresh: list[Span] = []
        reused: dict[str, tuple[Pull, list[str]]] = {}
        for shot in uses:
            home = next((pull for pull in existing.get(key, ()) if _fits(shot, pull)), None)
            if home is None:
                fresh.append(Span.of(shot, handles))
            else:
                reused.setdefault(home.id, (home, []))[1].append(shot.id)
        for home, ids in reused.values():
            bought = pieces.get(home.id, (home,))
            pulls += [pull.model_copy(update={"shots": tuple(ids)}) for pull in bought]
        for whole in (part.pull for span in merged(fresh) for part in cut_between(span, most, handles)):
            pulls += split(whole, most, cuts.get(whole.id, ()))
    return tuple(pulls)


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
        pull_frames=sum(pull.frames.count for pull in pulls),
        naive_frames=naive,
        media_frames=sum(media.values()),
    )


def _fits(shot: Shot, pull: Pull) -> bool:
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
