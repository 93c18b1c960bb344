"""Merge the uses of a source into pulls, and count what that saves. Pure functions on values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from uprez.frozen import Frozen
from uprez.model import Media, Pull, Retime, Shot, pull_of
from uprez.splitting import homes_of, joins_of, split
from uprez.times import FrameRange

MAX_PHASE = 200  # beyond this many frames of phase a pull simply begins at the media's first frame
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
        fresh: list[_Span] = []
        reused: dict[str, tuple[Pull, list[str]]] = {}
        for shot in uses:
            home = next((pull for pull in existing.get(key, ()) if _fits(shot, pull)), None)
            if home is None:
                fresh.append(_Span.of(shot, handles))
            else:
                reused.setdefault(home.id, (home, []))[1].append(shot.id)
        for home, ids in reused.values():
            bought = pieces.get(home.id, (home,))
            pulls += [pull.model_copy(update={"shots": tuple(ids)}) for pull in bought]
        for whole in (_pull(part) for span in _merged(fresh) for part in _cut_between(span, most, handles)):
            pulls += split(whole, most, cuts.get(whole.id, ()))
    return tuple(pulls)


def count_frames(shots: Sequence[Shot], pulls: Sequence[Pull], handles: int) -> Totals:
    """Count what the plan exports against what the cut shows and what the naive way would export."""
    by_id = {shot.id: shot for shot in shots}
    naive = 0
    for pull in homes_of(pulls):
        uses = [by_id[shot] for shot in pull.shots]
        phase = math.lcm(*(_phase(shot) for shot in uses))
        apart = (_Span.of(shot, handles) for shot in uses)
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


@dataclass(slots=True)
class _Span:
    """An export in the making: frames wanted with handles from `low` to `high`, and the phase to keep."""

    media: Media
    first: int
    low: int
    high: int
    phase: int
    shots: list[Shot]

    @classmethod
    def of(cls, shot: Shot, handles: int) -> _Span:
        media, source = shot.media, shot.source
        reach = handles if shot.retime is None else _reach(shot.retime, handles)
        first, end = media.available.start, media.available.start + media.available.count
        low, high = max(first, source.start - reach), min(end, source.start + source.count + reach)
        return cls(media, first, low, high, _phase(shot), [shot])

    def start_at(self, phase: int) -> int:
        """Begin early enough that the frames cut off the head are a multiple of `phase`."""
        if phase == 1:
            return self.low
        return self.first + (0 if phase > MAX_PHASE else (self.low - self.first) // phase * phase)

    @property
    def start(self) -> int:
        return self.start_at(self.phase)

    @property
    def count(self) -> int:
        return self.high - self.start

    def join(self, other: _Span) -> None:
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.phase = math.lcm(self.phase, other.phase)
        self.shots += other.shots


def _merged(spans: list[_Span]) -> list[_Span]:
    """Join exports that overlap or touch until none do; keeping the phase can make a span reach back."""
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        while merged and merged[-1].high >= span.start:
            earlier = merged.pop()
            earlier.join(span)
            span = earlier
        merged.append(span)
    return merged


def _cut_between(span: _Span, most: int | None, handles: int) -> Iterator[_Span]:
    """Cut an export that is too long for a model where no shot straddles, into as few as go."""
    if most is None or span.count <= most:
        yield span
        return
    parts = [_spanning(uses, handles) for uses in _apart(span.shots)]
    current = parts[0]
    for part in parts[1:]:
        both = _spanning([*current.shots, *part.shots], handles)
        if both.count > most:
            yield current
        current = part if both.count > most else both
    yield current


def _spanning(shots: Sequence[Shot], handles: int) -> _Span:
    span = _Span.of(shots[0], handles)
    for shot in shots[1:]:
        span.join(_Span.of(shot, handles))
    return span


def _apart(shots: Iterable[Shot]) -> list[list[Shot]]:
    """Group shots that share frames of their own, in the order of the media."""
    groups: list[list[Shot]] = []
    reached = 0
    for shot in sorted(shots, key=lambda shot: (shot.source.start, shot.source.end)):
        if groups and shot.source.start < reached:
            groups[-1].append(shot)
            reached = max(reached, shot.source.end)
        else:
            groups.append([shot])
            reached = shot.source.end
    return groups


def _reach(retime: Retime, handles: int) -> int:
    """Return the media frames that `handles` timeline frames stand for; a freeze needs none."""
    speed = abs(retime.speed)
    return math.ceil(handles * max(Fraction(1), speed)) if speed else 0


def _pull(span: _Span) -> Pull:
    frames = FrameRange.between(span.start, span.high)
    return pull_of(span.media, frames, (shot.id for shot in span.shots))


def _fits(shot: Shot, pull: Pull) -> bool:
    cut = pull.frames.start - shot.media.available.start
    return shot.source.within(pull.frames) and cut % _phase(shot) == 0


def _phase(shot: Shot) -> int:
    return shot.retime.phase if shot.retime else 1


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
