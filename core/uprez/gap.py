"""The empty places of a timeline, as a host names them."""

from __future__ import annotations

from uprez.frozen import Frozen
from uprez.times import FrameRange


class Gap(Frozen):
    """Name an empty place of a track, or a slug that stands for one, and the ids of the shots beside it.

    `problem` says why it can't be filled and what to do.
    """

    id: str
    name: str
    track: str
    record: FrameRange
    before: str | None = None
    after: str | None = None
    problem: str | None = None
