"""The tracks of our own above everything: found, added, emptied and taken away again."""

from __future__ import annotations

import bisect
from typing import NamedTuple

from uprez.errors import HostError, RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.finding import AGAIN, Board, Spot, listed, span_of, tracks_of
from uprez_resolve.journal import Journal
from uprez_resolve.ours import TRACK
from uprez_resolve.project import uid_of
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle


class Beside(NamedTuple):
    """Hold the items before and from a frame of a track on; None for none."""

    before: Handle | None
    at: Handle | None


class Tracks:
    """Hold the video tracks of one open timeline."""

    def __init__(self, scene: Scene, timeline: Handle, journal: Journal) -> None:
        self._scene, self._timeline, self._journal = scene, timeline, journal

    def named(self, track: int) -> str:
        """Return a track's name."""
        return str(self._timeline.call("GetTrackName", "video", track) or "")

    def ours(self) -> list[int]:
        """Return our tracks, the uppermost first."""
        return [one for one in range(tracks_of(self._timeline), 0, -1) if self.named(one) == TRACK]

    def enabled(self, track: int) -> bool:
        """Tell whether a track is shown."""
        known = self._timeline.has("GetIsTrackEnabled")
        return bool(self._timeline.call("GetIsTrackEnabled", "video", track)) if known else True

    def near(self, track: int, start: int) -> Beside:
        """Look at a frame of a track; its items are listed in time order."""
        items = listed(self._timeline, track)
        index = bisect.bisect_left(items, start, key=_begins)
        return Beside(items[index - 1] if index else None, items[index] if index < len(items) else None)

    def free(self, above: int, start: int, end: int) -> int:
        """Return an empty stretch's track of ours above another one; one is added where there is none."""
        for track in range(tracks_of(self._timeline), above, -1):
            if self.named(track) != TRACK:
                break
            spots = [Spot(track, one, *span_of(one)) for one in self.near(track, start) if one is not None]
            if not any(spot.over(start, end) for spot in spots):
                return track
        return self._added()

    def lengths(self) -> list[int]:
        """Return how many items each video track has: only where that changed can something have landed."""
        return [len(listed(self._timeline, one)) for one in range(1, tracks_of(self._timeline) + 1)]

    def delete(self, items: list[Handle]) -> None:
        """Delete clips of ours; a first no is not always meant. Raises RelinkError."""
        uids = {uid_of(item) for item in items}
        if not items:
            return
        for track in self.ours():
            self._scene.unlock(self._timeline, track)
        for _ in range(2):
            self._timeline.call("DeleteClips", items, False)
            if not any(map(_answers, items)):
                return
            items = [spot.item for uid, spot in Board(self._timeline).read().items.items() if uid in uids]
            if not items:
                return
        raise RelinkError(f"a clip of ours can't be deleted from track {TRACK}; delete it by hand")

    def drop(self) -> None:
        """Delete our tracks from the top down as long as they are empty, if we added any."""
        if not self._journal.receipt.made_tracks:
            return
        for track in range(tracks_of(self._timeline), 1, -1):
            if self.named(track) != TRACK or listed(self._timeline, track):
                return
            self._scene.unlock(self._timeline, track)
            self._timeline.call("DeleteTrack", "video", track)

    def _added(self) -> int:
        if not self._timeline.has("AddTrack"):
            raise RelinkError("this version of Resolve can't add tracks; give --as take")
        before = tracks_of(self._timeline)
        self._journal.note(made_tracks=True)
        self._timeline.call("AddTrack", "video")
        top = tracks_of(self._timeline)
        if top != before + 1:
            raise RelinkError("Resolve adds no track; add one above, or give --as take")
        try:
            self._timeline.call("SetTrackName", "video", top, TRACK)
        finally:
            named = self.named(top) == TRACK
            if not named:
                self._timeline.call("DeleteTrack", "video", top)
        if not named:
            raise RelinkError(f"the new track can't be named {TRACK}; {AGAIN}")
        return top


def _begins(item: Handle) -> int:
    return whole(item.call("GetStart")) or 0


def _answers(item: Handle) -> bool:
    """Tell whether an item's handle still says anything: that of a deleted one does not."""
    try:
        return span_of(item) != (None, None)
    except HostError:
        return False
