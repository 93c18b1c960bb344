"""Buy only what is missing: pieces of renders that exist, and between them what is new. Pure on values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from uprez.model import Media, Piece, Pull, Shot, pull_of
from uprez.spans import Span, cut_between, merged, spanning
from uprez.splitting import CONTEXT, keep_of, split
from uprez.times import FrameRange


class Part(NamedTuple):
    """Hold a part of a stretch, and the pull whose render has it; None where nobody has."""

    frames: FrameRange
    pull: Pull | None


def rebased(have: Iterable[Pull], media: Media) -> tuple[Pull, ...]:
    """Return the pulls of a file, counted as `media` counts it: another timeline may begin elsewhere.

    Those of other files, and those that hold what this timeline says the file has not, are left out.
    """
    own = (pull for pull in have if (pull.media.fingerprint, pull.media.rate) == _file(media))
    moved = (_moved(pull, media) for pull in own)
    return tuple(pull for pull in moved if pull.frames.within(media.available))


def grown(
    shots: Sequence[Shot],
    have: Sequence[Pull],
    handles: int,
    most: int | None = None,
    apart: frozenset[str] = frozenset(),
) -> tuple[Pull, ...]:
    """Plan shots of one media of whose frames some are there: the rest is bought, and joined with them.

    What is extended gets no new handles; what is new gets them as far as nobody has those frames. The
    stretches of `apart`, by pull id, are bought whole, as are those where pieces would save nothing.
    """
    pulls: list[Pull] = []
    alone: list[Span] = []
    for span in merged([_span(shot, have, handles) for shot in shots]):
        pieces = [] if span.pull.id in apart else _pieces(span, have, most)
        if pieces:
            pulls += pieces
        elif any(_overlaps(keep_of(pull), span) for pull in have):
            alone.append(spanning(span.shots, handles))
        else:
            alone.append(span)
    for whole in (part.pull for span in merged(alone) for part in cut_between(span, most, handles)):
        pulls += split(whole, most)
    return tuple(pulls)


def _span(shot: Shot, have: Sequence[Pull], handles: int) -> Span:
    """Return the export of a shot: bare where some of its frames are there, else its handles up to those."""
    bare, padded = Span.of(shot, 0), Span.of(shot, handles)
    if any(_overlaps(keep_of(pull), bare) for pull in have):
        return bare
    for keep in map(keep_of, have):
        if keep.end <= bare.low:
            padded.low = max(padded.low, keep.end)
        elif keep.start >= bare.high:
            padded.high = min(padded.high, keep.start)
    return padded


def _pieces(span: Span, have: Sequence[Pull], most: int | None) -> list[Pull]:
    """Return what makes up a stretch, owned and new; nothing where that would buy as much as the whole."""
    whole, shots = span.pull.frames, span.pull.shots
    parts = list(_without_slivers(list(_parts(whole, have))))
    if not any(part.pull for part in parts):
        return []
    pieces: list[Pull] = []
    bought = 0
    for part in parts:
        if part.pull is not None:
            kept = Piece(stretch=whole, keep=part.frames)
            pieces.append(part.pull.model_copy(update={"shots": shots, "piece": kept}))
            continue
        for piece in _new(part.frames, span.media, shots, whole, most):
            pieces.append(piece)
            bought += piece.frames.count
    anew = sum(pull.frames.count for pull in split(span.pull, most))
    return pieces if bought < anew else []


def _new(
    missing: FrameRange, media: Media, shots: tuple[str, ...], whole: FrameRange, most: int | None
) -> Iterator[Pull]:
    """Return what is to be bought for a part that is missing, with context where it meets what is there."""
    context = CONTEXT if most is None else min(CONTEXT, (most - 1) // 4)
    head, tail = (0 if edge in (whole.start, whole.end) else context for edge in (missing.start, missing.end))
    frames = missing.padded(head, tail).clamped(media.available)
    for pull in split(pull_of(media, frames, shots), most):
        keep = keep_of(pull).clamped(missing)
        if keep.count:
            yield pull.model_copy(update={"piece": Piece(stretch=whole, keep=keep)})


def _parts(whole: FrameRange, have: Sequence[Pull]) -> Iterator[Part]:
    """Go through a stretch from left to right, as far as each render reaches."""
    at = whole.start
    while at < whole.end:
        there = [pull for pull in have if keep_of(pull).start <= at < keep_of(pull).end]
        if there:
            best = max(there, key=lambda pull: (keep_of(pull).end, pull.frames.count, pull.id))
            part = Part(FrameRange.between(at, min(keep_of(best).end, whole.end)), best)
        else:
            later = (start for pull in have if at < (start := keep_of(pull).start) < whole.end)
            part = Part(FrameRange.between(at, min(later, default=whole.end)), None)
        yield part
        at = part.frames.end


def _without_slivers(parts: Sequence[Part]) -> Iterator[Part]:
    """Buy through what lies among gaps and is no longer than their context, which would be all of it."""
    marked = [(part, _is_kept(parts, at)) for at, part in enumerate(parts)]
    for kept, group in itertools.groupby(marked, key=lambda one: one[1]):
        row = [part for part, _ in group]
        if kept:
            yield from row
        else:
            yield Part(FrameRange.between(row[0].frames.start, row[-1].frames.end), None)


def _is_kept(parts: Sequence[Part], at: int) -> bool:
    part, beside = parts[at], [*parts[max(0, at - 1) : at], *parts[at + 1 : at + 2]]
    lonely = all(one.pull is None for one in beside)
    return part.pull is not None and not (lonely and part.frames.count <= len(beside) * CONTEXT)


def _moved(pull: Pull, media: Media) -> Pull:
    """Return a pull in another media's numbers; its id counts from the file's first frame and stays."""
    by = media.available.start - pull.media.available.start
    piece = pull.piece and Piece(stretch=pull.piece.stretch.moved(by), keep=pull.piece.keep.moved(by))
    return pull.model_copy(update={"media": media, "frames": pull.frames.moved(by), "piece": piece})


def _file(media: Media) -> tuple[str, object]:
    return media.fingerprint, media.rate


def _overlaps(keep: FrameRange, span: Span) -> bool:
    return keep.gap_to(FrameRange.between(span.start, span.high)) < 0
