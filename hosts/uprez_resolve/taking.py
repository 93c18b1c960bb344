"""Relink as a take: the original stays take 1, ours is chosen beside it, and nothing is ever finalised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from uprez.errors import RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.finding import AGAIN, BAKED, Board, Found, path_of, span_of
from uprez_resolve.fitting import moving
from uprez_resolve.framing import alike, kept, raster_of, set_properties, setting, size_of, superscaled
from uprez_resolve.journal import Change, Journal, Planned
from uprez_resolve.pooling import Pool, takes
from uprez_resolve.project import uid_of
from uprez_resolve.proving import Proof, between_frames
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle

Note = Callable[[Change], None]
_TRIES = 3


class Taking:
    """Relink clips of the open timeline as takes."""

    def __init__(self, scene: Scene, board: Board, pool: Pool, journal: Journal) -> None:
        self._scene, self._board, self._pool, self._journal = scene, board, pool, journal
        self._proof = Proof(scene)
        self._unfinished: set[str] = set()
        self._more = 0  # frames by which this build's takes end differently; learnt from the first one

    def planned(self, found: Found) -> Planned:
        """Say what the clip has now; changes nothing. Raises RelinkError for what takes can't do."""
        _plain(found)
        moving(found)
        earlier = self._journal.earlier(found.seen.uid)
        if earlier is None or earlier.state == "begun":
            self._unfinished.add(found.seen.uid)
        return begun(found, earlier)

    def refuse(self, found: Found) -> None:
        """Raise RelinkError for what takes can't do, before there is a render; changes nothing."""
        _plain(found)
        moving(found)
        frameable(self._scene, found)

    def do(self, found: Found, change: Change, note: Note) -> Change:
        """Add the take, or find it there, and choose it; raises RelinkError."""
        item = found.handle
        self._scene.unlock(found.timeline, found.seen.track)
        clip = self._pool.render(found)
        wanted = self._framed(found, change, clip)
        known = self._known(found, clip)
        chosen(item, self._added(found, clip) if known is None else known)
        if wanted:
            change = setting_down(change, item, wanted)
            note(change)
            set_properties(item, wanted)
        return change

    def check(self, found: Found, change: Change) -> None:
        """Read the clip back: its place, its take, and every frame that it shows; raises RelinkError."""
        item = found.handle
        ours = [number for number, clip in takes(item) if path_of(clip) == change.path]
        if whole(item.call("GetSelectedTakeIndex")) not in ours:
            raise RelinkError(f"its take is not the one that is shown; {AGAIN}")
        self._proof.held(found, item, change)

    def undo(self, item: Handle | None, change: Change) -> None:
        """Show what was shown before and take ours out; does nothing where that is so. Raises RelinkError."""
        if item is None:
            raise RelinkError("it is not in the timeline any more; nothing to take back")
        lies = span_of(item) if change.state == "done" else (change.start, change.duration)
        self._scene.unlock(self._board.timeline, change.number)
        there = takes(item)
        ours = [number for number, clip in there if path_of(clip) in change.paths]
        if not there and path_of(item.call("GetMediaPoolItem")) in change.paths:
            raise RelinkError("its take was finalised, so the original is gone; undo that in Resolve first")
        if ours:
            self._withdraw(item, ours, [one for one in there if one[0] not in ours], change)
        restored(item, change)
        if any(path_of(clip) in change.paths for _, clip in takes(item)):
            raise RelinkError("its take can't be deleted; delete it in the take selector")
        if ours and span_of(item) != lies:
            raise RelinkError("its original does not lie where it did; undo in Resolve and look at it")

    def _withdraw(
        self, item: Handle, ours: list[int], theirs: list[tuple[int, Handle]], change: Change
    ) -> None:
        if not theirs:
            raise RelinkError("its original is not in the media pool any more; undo that in Resolve first")
        same = [number for number, clip in theirs if uid_of(clip) == change.clip]
        was = change.take if change.take in same else next(iter(same), theirs[0][0])
        if whole(item.call("GetSelectedTakeIndex")) in ours:
            chosen(item, was)
        for number in reversed(ours):
            item.call("DeleteTakeByIndex", number)

    def _framed(self, found: Found, change: Change, clip: Handle) -> dict[str, object]:
        """Return what keeps the framing: counted from ours where that is shown and was finished before."""
        if path_of(found.clip) in change.paths and change.item not in self._unfinished:
            return framed(self._scene, found, found.seen.properties, found.clip, clip)
        original = self._pool.original(found)
        return framed(self._scene, found, _unframed(found, change), original, clip)

    def _known(self, found: Found, clip: Handle) -> int | None:
        """Return the number of the take that an earlier run added, None for none."""
        for number, one in takes(found.handle):
            told = found.handle.call("GetTakeByIndex", number)
            first, last = (whole(told.get(key)) or 0 for key in ("startFrame", "endFrame"))
            same = first == found.first and abs(last - first - found.count) <= 1
            if uid_of(one) == uid_of(clip) and same:
                return number
        return None

    def _added(self, found: Found, clip: Handle) -> int:
        """Add our take; where it came out longer or shorter than the clip is, take it out and try again."""
        item, count = found.handle, found.count + self._more
        shown = max(1, whole(item.call("GetSelectedTakeIndex")) or 0)
        for _ in range(_TRIES):
            had = max(1, len(takes(item)))
            said = item.call("AddTake", clip, found.first, found.first + count)
            number = had + 1
            if not said and len(takes(item)) <= had:
                count -= 1  # an inclusive end reaches over the last frame; what comes of it is read back
                if count < max(1, found.count - 1):
                    break
                continue
            self._landed(item, number, clip)
            chosen(item, number)
            off = (span_of(item)[1] or 0) - found.shot.record.count
            if not off:
                if found.frame_for_frame:
                    self._more = count - found.count
                    self._untouched(item, number)
                return number
            chosen(item, shown)
            item.call("DeleteTakeByIndex", number)
            count -= round(Fraction(off * found.count, found.shot.record.count)) or (1 if off > 0 else -1)
        raise RelinkError("Resolve takes no take of its length; give --as track or --as replace")

    def _untouched(self, item: Handle, number: int) -> None:
        """Compare our first take with the original's, which says what the user made of it just before."""
        told = [item.call("GetTakeByIndex", one) for one in (1, number)]
        lengths = [(whole(one["endFrame"]) or 0) - (whole(one["startFrame"]) or 0) for one in told]
        if number == 2 and lengths[0] != lengths[1]:
            chosen(item, 1)
            item.call("DeleteTakeByIndex", number)
            raise RelinkError(f"it was trimmed just now; {AGAIN}")

    def _landed(self, item: Handle, number: int, clip: Handle) -> None:
        there = dict(takes(item))
        if number not in there or uid_of(there[number]) != uid_of(clip):
            raise RelinkError(f"Resolve said yes to its take and there is none; {AGAIN}")


def begun(found: Found, earlier: Change | None) -> Planned:
    """Return the change that begins; where an item was relinked before, what it had at first stays known."""
    shown = found.clip
    now = Change(
        shots=(found.relink.shot,),
        name=found.shot.name,
        track=found.shot.track,
        item=found.seen.uid,
        number=found.seen.track,
        start=found.seen.start,
        duration=found.seen.duration,
        take=max(1, whole(found.handle.call("GetSelectedTakeIndex")) or 0),
        clip=uid_of(shown),
        source=path_of(shown),
        paths=(found.path,),
        first=found.first,
    )
    if earlier is None:
        return Planned(now, now)
    known = found.path in earlier.paths
    paths = (*(path for path in earlier.paths if path != found.path), found.path)
    shots = tuple(dict.fromkeys((*earlier.shots, found.relink.shot)))
    update = {"paths": paths, "first": found.first, "state": "begun", "shots": shots}
    back = now.model_copy(update={"paths": () if known else now.paths})
    return Planned(earlier.model_copy(update=update), back)


def framed(
    scene: Scene, found: Found, properties: Mapping[str, object], shown: Handle, clip: Handle
) -> dict[str, object]:
    """Return the properties that keep a shot's framing with `clip` for what is shown. Raises RelinkError."""
    mode = setting(scene.project, found.timeline, "timelineInputResMismatchBehavior")
    sizes = raster_of(scene.project, found.timeline), size_of(shown), size_of(clip)
    return kept(properties, mode, *sizes, superscaled=superscaled(shown))


def frameable(scene: Scene, found: Found) -> None:
    """Raise RelinkError where the framing could not be kept with a render that is still to come."""
    mode = setting(scene.project, found.timeline, "timelineInputResMismatchBehavior")
    clip, size = found.clip, (found.relink.width, found.relink.height)
    raster = raster_of(scene.project, found.timeline)
    kept(found.seen.properties, mode, raster, size_of(clip), size, superscaled=superscaled(clip))


def _plain(found: Found) -> None:
    if found.baked:
        raise RelinkError(f"{BAKED}; give --as track")
    between_frames(found)


def setting_down(change: Change, item: Handle, wanted: Mapping[str, object]) -> Change:
    """Return the change with the properties that are about to be set, and what they were at first."""
    first = {name: old for name, (old, _) in change.properties.items()}
    told = {name: (first.get(name, item.call("GetProperty", name)), new) for name, new in wanted.items()}
    return change.model_copy(update={"properties": change.properties | told})


def _unframed(found: Found, change: Change) -> dict[str, object]:
    """Return a clip's properties as its own file needs them, whatever of ours is set on it."""
    there = dict(found.seen.properties)
    for name, (old, new) in change.properties.items():
        there[name] = old if alike(there.get(name), new) else there.get(name)
    return there


def restored(item: Handle, change: Change) -> None:
    """Put properties back that are still as we set them; what the user set since stays."""
    was = {
        name: old
        for name, (old, new) in change.properties.items()
        if alike(item.call("GetProperty", name), new)
    }
    if was:
        set_properties(item, was)


def chosen(item: Handle, number: int) -> None:
    """Choose a take and read it back; raises RelinkError."""
    if whole(item.call("GetSelectedTakeIndex")) != number:
        item.call("SelectTakeByIndex", number)
    if whole(item.call("GetSelectedTakeIndex")) != number:
        raise RelinkError(f"Resolve does not choose its take {number}; {AGAIN}")
