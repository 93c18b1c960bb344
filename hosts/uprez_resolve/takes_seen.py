"""Say which take of an item is the original where a render of ours is shown: a relink begins from it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from uprez_resolve.project import asked
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle
from uprez_resolve.seen import SeenClip

_MOST = 100  # takes of one item: a build that never says "no more" must not keep us for ever


class Reader(Protocol):
    """Read pool items and know which are ours."""

    def clip(self, handle: Handle) -> SeenClip:
        """Read a pool item."""

    def ours(self, clip: SeenClip) -> bool:
        """Tell whether a clip is a render of ours."""


class Shown(NamedTuple):
    """Say what an item shows: its clip, the original's where ours is shown; `render` is then ours.

    `take` is the number of the take that is shown, 0 where it isn't clear. `head` and `end` are the
    original's source frames, half-open, None where `clip` is what is shown.
    """

    clip: SeenClip | None
    takes: int
    take: int
    render: str = ""
    head: int | None = None
    end: int | None = None


class _Take(NamedTuple):
    number: int
    clip: SeenClip
    start: int | None
    end: int | None


def shown(item: Handle, clip: SeenClip, reader: Reader) -> Shown:
    """Look through an item's takes. One by one: their count is a lie on a timeline that isn't open."""
    takes: list[_Take] = []
    while len(takes) < _MOST and (take := _take(item, len(takes) + 1, reader)) is not None:
        takes.append(take)
    if not takes:
        return Shown(clip, 0, 0)
    same = [take.number for take in takes if take.clip.uid == clip.uid]
    number = whole(asked(item, "GetSelectedTakeIndex")) or (same[0] if len(same) == 1 else 0)
    if not reader.ours(clip):
        return Shown(clip, len(takes), number)
    theirs = [take for take in takes if not reader.ours(take.clip)]
    if len(theirs) != 1 or theirs[0].start is None:
        return Shown(clip.model_copy(update={"ours": True}), len(takes), number)
    return Shown(theirs[0].clip, len(takes), number, clip.uid, theirs[0].start, theirs[0].end)


def _take(item: Handle, number: int, reader: Reader) -> _Take | None:
    told = asked(item, "GetTakeByIndex", number)
    pool = told.get("mediaPoolItem") if isinstance(told, dict) else None
    if not isinstance(pool, Handle):
        return None
    return _Take(number, reader.clip(pool), whole(told.get("startFrame")), whole(told.get("endFrame")))
