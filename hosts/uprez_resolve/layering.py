"""Relink on a track above: the original stays where it is, and a clip of ours covers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from uprez.errors import RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.dressing import dress, enable, mixed
from uprez_resolve.finding import AGAIN, Board, Found, Spot, listed, path_of, span_of
from uprez_resolve.fitting import moving
from uprez_resolve.journal import Change, Journal, Planned
from uprez_resolve.kinds import transition
from uprez_resolve.ours import TRACK
from uprez_resolve.pooling import Pool
from uprez_resolve.project import uid_of
from uprez_resolve.proving import Proof, between_frames
from uprez_resolve.remote import Handle
from uprez_resolve.seeing import Eyes
from uprez_resolve.taking import Note, begun, frameable
from uprez_resolve.tracks import Tracks

VIDEO_ONLY = 1
_ABOVE = "give --as take, or move it out of the way"


class Layering:
    """Put clips of ours on a track of their own above everything."""

    def __init__(self, scene: Scene, board: Board, pool: Pool, journal: Journal) -> None:
        self._scene, self._board, self._pool, self._journal = scene, board, pool, journal
        self._timeline, self._eyes = board.timeline, Eyes(scene.project)
        self._tracks = Tracks(scene, board.timeline, journal)
        self._proof = Proof(scene)
        self._unfinished: set[str] = set()
        self._more = 0  # frames by which this build's appended clips end differently

    def refuse(self, found: Found) -> None:
        """Raise RelinkError for what a clip above can't stand for; changes nothing."""
        if found.shot.retime is not None:
            raise RelinkError("it is retimed, and a clip above can't be; give --as take or --as replace")
        if found.seen.comps and not found.baked:
            raise RelinkError("it has Fusion effects, which a clip above would not have; give --as take")
        between_frames(found)
        moving(found)
        for problem in self._around(found):
            raise RelinkError(f"{problem}; {_ABOVE}")
        if not self._timeline.has("AddTrack"):
            raise RelinkError("this version of Resolve can't add tracks; give --as take")
        if not found.baked:
            frameable(self._scene, found)

    def planned(self, found: Found) -> Planned:
        """Say what the clip is; changes nothing. Raises RelinkError for what a clip above can't stand for."""
        self.refuse(found)
        earlier = self._journal.earlier(found.seen.uid)
        if earlier is None or earlier.state == "begun":
            self._unfinished.add(found.seen.uid)
        return begun(found, earlier)

    def do(self, found: Found, change: Change, note: Note) -> Change:
        """Place a clip over the shot, dressed like it; raises RelinkError."""
        clip = self._pool.render(found)
        item = self._there(found, change)
        if item is not None and change.item not in self._unfinished:
            return change
        if item is None:
            number = self._tracks.free(found.seen.track, found.seen.start, found.seen.end)
            self._scene.unlock(self._timeline, number)
            item = self._placed(found, clip, number)
        dark = change.disabled or mixed(found)
        change = change.model_copy(update={"placed": (*change.placed, uid_of(item)), "disabled": dark})
        note(change)
        seen = (found.shot.enabled or change.disabled) and self._tracks.enabled(found.seen.track)
        dress(self._scene, found, item, clip, enabled=seen)
        if dark:
            enable(found.handle, False)
        self._proof.held(found, item, change)
        self._tracks.delete([one for one in self._over(change) if uid_of(one) != uid_of(item)])
        return change

    def check(self, found: Found, change: Change) -> None:
        """Read our clip back, and that the original lies where it did; raises RelinkError."""
        item = self._there(found, change)
        if item is None:
            raise RelinkError(f"its clip above is not there; {AGAIN}")
        self._proof.held(found, item, change)
        if span_of(found.handle) != (change.start, change.duration):
            raise RelinkError(f"its original does not lie where it did; {AGAIN}")

    def undo(self, item: Handle | None, change: Change) -> None:
        """Take ours away, its track too if it is ours and empty; does nothing where that is so."""
        self._tracks.delete(self._over(change))
        if item is not None and change.disabled:
            enable(item, True)
        self._tracks.drop()

    def _over(self, change: Change) -> list[Handle]:
        """Return the clips of ours that a change has placed, wherever the user has moved them."""
        there = [item for track in self._tracks.ours() if (item := self._tracks.near(track, change.start).at)]
        found = [one for one in there if span_of(one)[0] == change.start]
        if len(found) < len(change.placed):
            known = {uid_of(one) for one in found}
            every = [one for track in self._tracks.ours() for one in listed(self._timeline, track)]
            found += [one for one in every if uid_of(one) in {*change.placed} - known]
        return [one for one in found if path_of(one.call("GetMediaPoolItem")) in change.paths]

    def _around(self, found: Found) -> Iterator[str]:
        """Yield what would look different with a clip on top."""
        seen = found.seen
        for uid, spot in self._board.items.items():
            if uid == seen.uid or spot.track < seen.track or not spot.over(seen.start, seen.end):
                continue
            name = self._tracks.named(spot.track)
            if spot.track > seen.track and name != TRACK and self._shown(spot):
                yield f"a clip on {name} lies over it, which one on top would cover"
            elif spot.track == seen.track and transition(self._eyes.item(spot.item, spot.track)):
                yield "a transition reaches into it, which a clip above would cover"

    def _there(self, found: Found, change: Change) -> Handle | None:
        """Return our clip over a shot, None where there is none."""
        place = found.shot.record
        for track in self._tracks.ours():
            item = self._tracks.near(track, place.start).at
            if item is None or span_of(item) != (place.start, place.count):
                continue
            if path_of(item.call("GetMediaPoolItem")) == change.path:
                return item
        return None

    def _placed(self, found: Found, clip: Handle, number: int) -> Handle:
        """Append our clip; ends are counted differently by builds, so a wrong length is tried once more."""
        lengths = (self._more, -1, 1)
        for more in dict.fromkeys(lengths):
            if not 0 < found.first + found.count + more <= found.relink.stands_for.count + 1:
                continue
            before = self._tracks.lengths()
            self._scene.pool.call("AppendToTimeline", [self._info(found, clip, number, more)])
            item, strays = self._landed(found, clip, number, before)
            if item is not None and not strays:
                self._more = more if found.frame_for_frame else self._more
                return item
            self._tracks.delete([*strays, *([item] if item else [])])
        raise RelinkError(f"Resolve does not place its render on track {number}; {AGAIN}")

    def _info(self, found: Found, clip: Handle, number: int, more: int) -> dict[str, Any]:
        return {
            "mediaPoolItem": clip,
            "startFrame": found.first,
            "endFrame": found.first + found.count + more,
            "mediaType": VIDEO_ONLY,
            "trackIndex": number,
            "recordFrame": found.shot.record.start,
        }

    def _landed(
        self, found: Found, clip: Handle, number: int, before: list[int]
    ) -> tuple[Handle | None, list[Handle]]:
        """Return our clip where it is where it belongs, and those that came to lie anywhere else."""
        there = self._tracks.lengths()
        before = [*before, *(0 for _ in there[len(before) :])]
        changes = [
            track for track, pair in enumerate(zip(before, there, strict=False), 1) if len({*pair}) > 1
        ]
        item = self._tracks.near(number, found.shot.record.start).at if changes == [number] else None
        if item is not None and self._is_new(item, clip) and _fits(item, found):
            return item, []
        every = [(track, one) for track in changes for one in listed(self._timeline, track)]
        new = [(track, one) for track, one in every if self._is_new(one, clip)]
        right = next((one for track, one in new if track == number and _fits(one, found)), None)
        return right, [one for _, one in new if one is not right]

    def _is_new(self, item: Handle, clip: Handle) -> bool:
        """Tell whether an item shows a render and was neither there before nor placed by us."""
        known = {uid for one in self._placed_ids() for uid in one}
        fresh = uid_of(item) not in self._board.items and uid_of(item) not in known
        return fresh and uid_of(item.call("GetMediaPoolItem")) == uid_of(clip)

    def _placed_ids(self) -> Iterator[tuple[str, ...]]:
        yield from (change.placed for change in self._journal.receipt.changes.values())

    def _shown(self, spot: Spot) -> bool:
        off = spot.item.has("GetClipEnabled") and spot.item.call("GetClipEnabled") is False
        return not off and self._tracks.enabled(spot.track)


def _fits(item: Handle, found: Found) -> bool:
    return span_of(item) == (found.shot.record.start, found.shot.record.count)
