"""Say which more frames of its file an item shows where a transition reaches beyond its cut."""

from __future__ import annotations

import math
from fractions import Fraction

from uprez_resolve.kinds import transition
from uprez_resolve.playing import Played
from uprez_resolve.seen import SeenItem, SeenTrack


def widened(shown: Played, item: SeenItem, track: SeenTrack, pace: Fraction, count: int) -> Played:
    """Return what an item and the transitions around it show of a file of `count` frames.

    `pace` is how many source frames one of the timeline is at full speed. What a transition would show
    beyond the file it didn't show before either.
    """
    head, tail = _reach(item, track)
    if shown.speed == 0 or not (head or tail):
        return shown
    size = pace * abs(shown.speed)
    before, after = (head, tail) if shown.speed > 0 else (tail, head)
    low, high = shown.low - math.ceil(before * size), shown.high + math.ceil(after * size)
    return Played(max(low, 0), min(high, count), shown.speed)


def _reach(item: SeenItem, track: SeenTrack) -> tuple[int, int]:
    """Return by how many timeline frames transitions reach beyond an item's own, at its head and its tail."""
    over = [one for one in track.items if transition(one)]
    heads = (item.start - one.start for one in over if one.start < item.start < one.end)
    tails = (one.end - item.end for one in over if one.start < item.end < one.end)
    return max(heads, default=0), max(tails, default=0)
