"""Tell which seconds of its asset each clip of an FCPXML needs, and let one element ask once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez_otio.formats.fcpx_angles import heard_angles, seen_angle
from uprez_otio.formats.fcpx_curve import Span
from uprez_otio.formats.fcpx_pieces import Piece, pieces
from uprez_otio.formats.fcpx_shown import own_clock, shown
from uprez_otio.formats.fcpx_time import seconds
from uprez_otio.formats.fcpx_tree import Story
from uprez_otio.xmltext import Element

Row = list[Any]


@dataclass(slots=True)
class Use:
    """Say that the clip at `path` plays an asset: where it is written, and which seconds it needs.

    `seen` is the picture, transitions included, `heard` the sound; None where there is none.
    """

    path: str
    chain: tuple[Element, ...]
    asset: Element
    seen: Span | None
    heard: Span | None
    pace: Fraction = Fraction(1)
    row: Row | None = None

    @property
    def leaf(self) -> Element:
        """Return the element that plays the asset."""
        return self.chain[-1]


def overheard(story: Story, clip: Piece, rate: Fraction) -> Iterator[Use]:
    """Yield what a multicam's clip plays the sound of, out of angles that it does not show."""
    clock, inside = own_clock(story, clip, rate)
    line = inside.after(clock) or clock
    first, end = line.span(clip.at - clip.head, clip.end + clip.tail)
    own = story.source_rate(clip.element) or rate
    seen = seen_angle(story, clip.element)
    for angle in heard_angles(story, clip.element):
        if angle is not seen:
            for piece in pieces(story, angle, own):
                yield from _heard_between(story, piece, own, first, end)


def _heard_between(
    story: Story, piece: Piece, rate: Fraction, first: Fraction, end: Fraction
) -> Iterator[Use]:
    found = shown(story, piece, rate)
    asset = story.asset(found.leaf) if found is not None else None
    if found is None or asset is None or found.heard is None or piece.end <= first or piece.at >= end:
        return
    one, other = (min(max(at, piece.at), piece.end) - piece.at for at in (first, end))
    yield Use("", found.chain, asset, None, found.line.span(one, other))


def hear_whole(uses: Iterable[Use]) -> None:
    """Let clips be heard as far as their asset goes: how far is not followed into a nested timeline."""
    for use in uses:
        if use.heard is not None:
            first = seconds(use.asset.attributes.get("start")) or Fraction(0)
            use.heard = first, first + (seconds(use.asset.attributes.get("duration")) or 0)


def share(uses: list[Use]) -> None:
    """Have clips that are one element, as of a multicam's angle, ask for the same frames."""
    by_leaf: dict[Element, list[Use]] = defaultdict(list)
    for use in uses:
        if use.seen is not None and use.row is not None:
            by_leaf[use.leaf].append(use)
    for same in by_leaf.values():
        low = min(use.seen[0] for use in same if use.seen)
        high = max(use.seen[1] for use in same if use.seen)
        for use in same:
            if use.seen and use.row and use.pace and (use.seen[0] > low or use.seen[1] < high):
                _widen(use.row, use.seen[0] - low, high - use.seen[1], use)


def _widen(row: Row, below: Fraction, above: Fraction, use: Use) -> None:
    counts_at = Fraction(row[3][1]) / abs(use.pace)
    both = (below, above) if use.pace > 0 else (above, below)
    for column, more in zip((7, 8), both, strict=True):
        extra = math.ceil(more * counts_at)
        if extra:
            known = row[column] or [0.0, row[3][3]]
            row[column] = [known[0] + extra, known[1]]
