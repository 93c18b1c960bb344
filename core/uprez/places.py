"""Decide which source frames a file shows, from measured places. Pure functions on values and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from uprez import alignment
from uprez.alignment import REACH
from uprez.frozen import Frozen
from uprez.model import Media
from uprez.times import FrameRange
from uprez.verify import ANOTHER, DOUBTFUL, TEXTURED, Evidence

_MARGIN = 1.15  # how much less alike every other place must be; see `alignment`
_TINY = 1e-4


class Place(Frozen):
    """Name frames of a media, in its numbers, that a file may show; `alike` is 1 for the same picture."""

    media: Media
    frames: FrameRange
    alike: float

    @property
    def counted(self) -> FrameRange:
        """Return the frames counted from the file's first."""
        return FrameRange(start=self.frames.start - self.media.available.start, count=self.frames.count)


class Found(Frozen):
    """Say where a file's picture was found; unless it is `sure`, nothing is to be guessed from it.

    `places` stand in order of their likeness, none where it shows none of the sources.
    """

    places: tuple[Place, ...] = ()
    sure: bool = False
    why: str = ""


@dataclass(frozen=True)
class Measured:
    """Hold a place with what was measured there: how alike, and why its frames can't be told, if so."""

    place: Place
    doubt: str | None


def measured_at(media: Media, frames: FrameRange, seen: Evidence) -> Measured | None:
    """Return what a place measured; None where it shows another picture, or one without any shape."""
    alike = likeness(seen)
    if alike is None or alike < ANOTHER:
        return None
    return Measured(Place(media=media, frames=frames, alike=alike), _doubt(media, seen, alike))


def likeness(seen: Evidence) -> float | None:
    """Return 1 for the same picture frame by frame, 0 for an unrelated one; None without texture."""
    rows = len(seen.distances)
    textured = seen.contrast[:rows] > TEXTURED
    if not textured.any():
        return None
    return float(1 - np.nanmean(seen.distances.unlike[:, REACH][textured]) / 2)


def chosen(measured: Sequence[Measured]) -> Found:
    """Return where a file surely is, or the places among which nothing decides."""
    if not measured:
        return Found(why="its picture is in none of the sources")
    ranked = sorted(measured, key=lambda one: -one.place.alike)
    best = ranked[0]
    least = 1 - best.place.alike
    rivals = [one for one in ranked[1:] if 1 - one.place.alike < _MARGIN * (least + _TINY)]
    places = tuple(one.place for one in (best, *rivals))
    if rivals:
        return Found(places=places, why=f"{len(places)} places fit equally well")
    return Found(places=places, sure=best.doubt is None, why=best.doubt or "")


def _doubt(media: Media, seen: Evidence, alike: float) -> str | None:
    """Say why it can't be told that a file shows just these frames."""
    if seen.broken:
        return seen.broken
    if alike < DOUBTFUL:
        return f"its picture is only {alike:.0%} alike"
    if media.available.count == 1:
        return None
    if len(seen.distances) == 1:
        return "it is one frame alone, and its neighbours may look like it"
    if alignment.motionless(seen.distances) or alignment.decided(seen.distances) != 0:
        return "it hardly moves, so that its frames could as well be others"
    astray = np.flatnonzero(alignment.misplaced(seen.distances))
    if len(astray):
        return f"its frame {astray[0]} (counted from 0) is out of place; `uprez verify` says more"
    return None
