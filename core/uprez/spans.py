"""Stretches of a media in the making: padded by handles, in phase, merged, and cut. Pure on values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from uprez.model import Media, Pull, Retime, Shot, pull_of
from uprez.times import FrameRange


@dataclass(slots=True)
class Span:
    """Hold an export in the making: frames wanted from `low` to `high`, and the phase to keep.

    `first` is the media's first frame, from which the phase counts.
    """

    media: Media
    first: int
    low: int
    high: int
    phase: int
    shots: list[Shot]

    @classmethod
    def of(cls, shot: Shot, handles: int) -> Span:
        """Return the export that one shot needs, with its handles as far as the media goes."""
        media, source = shot.media, shot.source
        reach = handles if shot.retime is None else _reach(shot.retime, handles)
        first, end = media.available.start, media.available.start + media.available.count
        low, high = max(first, source.start - reach), min(end, source.start + source.count + reach)
        return cls(media, first, low, high, phase_of(shot), [shot])

    def start_at(self, phase: int) -> int:
        """Begin early enough that the frames cut off the head are a multiple of `phase`."""
        return self.first + (self.low - self.first) // phase * phase

    @property
    def start(self) -> int:
        """Return the first frame to export."""
        return self.start_at(self.phase)

    @property
    def count(self) -> int:
        """Return how many frames to export."""
        return self.high - self.start

    @property
    def pull(self) -> Pull:
        """Return it as a pull."""
        frames = FrameRange.between(self.start, self.high)
        return pull_of(self.media, frames, (shot.id for shot in self.shots))

    def join(self, other: Span) -> None:
        """Take in what another export of the same media is for."""
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.phase = math.lcm(self.phase, other.phase)
        self.shots += other.shots


def merged(spans: list[Span]) -> list[Span]:
    """Join exports that overlap or touch until none do; keeping the phase can make a span reach back."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        while merged and merged[-1].high >= span.start:
            earlier = merged.pop()
            earlier.join(span)
            span = earlier
        merged.append(span)
    return merged


def cut_between(span: Span, most: int | None, handles: int) -> Iterator[Span]:
    """Cut an export that is too long for a model where no shot straddles, into as few as go."""
    if most is None or span.count <= most:
        yield span
        return
    parts = [spanning(uses, handles) for uses in _apart(span.shots)]
    current = parts[0]
    for part in parts[1:]:
        both = spanning([*current.shots, *part.shots], handles)
        if both.count > most:
            yield current
        current = part if both.count > most else both
    yield current


def spanning(shots: Sequence[Shot], handles: int) -> Span:
    """Return the one export that holds all of some shots of a media."""
    span = Span.of(shots[0], handles)
    for shot in shots[1:]:
        span.join(Span.of(shot, handles))
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


def phase_of(shot: Shot) -> int:
    """Return what the frames cut off a file's head must be a multiple of for the shot to play the same."""
    return shot.retime.phase if shot.retime else 1
