"""Split a pull that is too long for its model into pieces, and know them again. Pure functions on values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from uprez.frozen import Frozen
from uprez.model import Piece, Pull, pull_of
from uprez.times import FrameRange

CONTEXT = 8  # frames that a model sees beyond a seam, where the picture goes on; cut off afterwards


class Join(Frozen):
    """Say which pieces make up a stretch; `whole` is the stretch as a pull of its own, which nobody buys."""

    whole: Pull
    pieces: tuple[Pull, ...]

    @property
    def seams(self) -> tuple[int, ...]:
        """Return where a new piece begins, counted from 0 in frames of the whole."""
        return tuple(keep_of(piece).start - self.whole.frames.start for piece in self.pieces[1:])


def split(pull: Pull, most: int | None, cuts: Iterable[int] = ()) -> tuple[Pull, ...]:
    """Return the pull, or pieces of it of at most `most` frames each.

    Pieces meet at `cuts`, frames with which the source begins another picture, as far as there are any;
    elsewhere each sees some frames beyond its seam.
    """
    if most is None or pull.frames.count <= most:
        return (pull,)
    whole, inner = pull.frames, sorted(cut for cut in cuts if pull.frames.start < cut < pull.frames.end)
    context = min(CONTEXT, (most - 1) // 4)
    clean = {whole.start, whole.end, *inner}
    pieces = []
    for keep in _keeps(whole, most, context, [*inner, whole.end]):
        head, tail = (0 if edge in clean else context for edge in (keep.start, keep.end))
        frames = keep.padded(head, tail).clamped(whole)
        pieces.append(pull_of(pull.media, frames, pull.shots, Piece(stretch=whole, keep=keep)))
    return tuple(pieces)


def joins_of(pulls: Iterable[Pull]) -> tuple[Join, ...]:
    """Return the stretches that the pieces among `pulls` make up, those that are there in full."""
    groups: dict[tuple[str, int, FrameRange], list[Pull]] = {}
    for pull in pulls:
        if pull.piece is not None:
            key = (pull.media.fingerprint, pull.media.available.start, pull.piece.stretch)
            groups.setdefault(key, []).append(pull)
    joins = (_join(stretch, pieces) for (_, _, stretch), pieces in groups.items())
    return tuple(join for join in joins if join is not None)


def homes_of(pulls: Iterable[Pull]) -> tuple[Pull, ...]:
    """Return the pulls whose frames become one file each: a stretch stands in for its pieces."""
    pulls = tuple(pulls)
    return (*(pull for pull in pulls if pull.piece is None), *(join.whole for join in joins_of(pulls)))


def keep_of(piece: Pull) -> FrameRange:
    """Return the frames of a pull that are shown: all, or those that a piece has for its stretch."""
    return piece.frames if piece.piece is None else piece.piece.keep


def _join(stretch: FrameRange, pieces: Sequence[Pull]) -> Join | None:
    """Put pieces in order; None where some are missing."""
    chain, reached = [], stretch.start
    for piece in sorted(pieces, key=lambda one: (keep_of(one).start, -keep_of(one).count)):
        if keep_of(piece).start == reached:
            chain.append(piece)
            reached = keep_of(piece).end
    if reached != stretch.end:
        return None
    return Join(whole=pull_of(chain[0].media, stretch, chain[0].shots), pieces=tuple(chain))


def _keeps(whole: FrameRange, most: int, context: int, ends: Sequence[int]) -> Iterator[FrameRange]:
    """Go from clean edge to clean edge, as far as a piece may reach; a longer way is cut evenly.

    There the first and the last piece show `context` frames more than the others, which see as many.
    """
    start = whole.start
    while start < whole.end:
        near = [end for end in ends if start < end <= start + most]
        to = max(near) if near else min(end for end in ends if end > start)
        even = to - start - 2 * context
        count = 1 if near else math.ceil(even / (most - 2 * context))
        seams = (start + context + even * number // count for number in range(1, count))
        for first, end in itertools.pairwise([start, *seams, to]):
            yield FrameRange.between(first, end)
        start = to
