"""Take a relink in Resolve back, clip for clip, by what its receipt says; doing so twice does no more."""

from __future__ import annotations

from pathlib import Path

from uprez.errors import HostError, UprezError
from uprez.model import Conform, LeftOut
from uprez_resolve.context import Scene, as_found
from uprez_resolve.copying import digest, discard
from uprez_resolve.finding import Board, path_of
from uprez_resolve.journal import Change, Journal, read_receipt
from uprez_resolve.marking import unmarked
from uprez_resolve.pooling import Pool, takes
from uprez_resolve.project import timeline_of, timelines, uid_of
from uprez_resolve.reach import reached
from uprez_resolve.remote import Handle
from uprez_resolve.ways import Way, way_of


def revert(receipt: Path) -> Conform:
    """Show what was shown before a relink; see `Host.revert`. Raises HostError, HostGone."""
    told = read_receipt(receipt)
    with reached() as remote, as_found(remote) as scene:
        if uid_of(scene.project) != told.project:
            raise HostError(
                f"{receipt}: is about the project {told.project_name}, and another one is open; open that one"
            )
        return _Reverting(scene, Journal(receipt, told)).revert()


class _Reverting:
    def __init__(self, scene: Scene, journal: Journal) -> None:
        self._scene, self._journal = scene, journal
        self._pool = Pool(scene, journal)
        self._done: list[str] = []
        self._left_out: list[LeftOut] = []

    def revert(self) -> Conform:
        """Take all changes back; one that can't be is named."""
        told = self._journal.receipt
        there = {uid_of(one): one for one in timelines(self._scene.project)}
        if told.manner == "timeline":
            self._uncopy(there.get(told.copy_id))
        else:
            self._unlink(there.get(told.timeline))
        self._pool.remove(self._journal.receipt.imported)
        self._pool.tidy()
        self._scene.save()
        timeline = there.get(told.timeline)
        name = str(timeline.call("GetName")) if timeline else told.timeline_name
        return Conform(
            timeline=name,
            output=f"resolve:{name}",
            receipt=self._journal.path,
            relinked=tuple(self._done),
            left_out=tuple(self._left_out),
        )

    def _uncopy(self, copy: Handle | None) -> None:
        """Delete the duplicate, unless somebody has worked on it since. Raises HostError."""
        told = self._journal.receipt
        if copy is not None:
            name = copy.call("GetName")
            self._scene.show(copy)  # ids may repeat in a duplicate, and then name the open timeline's items
            if told.layout and digest(self._scene.project, copy) != told.layout:
                raise HostError(
                    f"resolve:{name}: was changed since it was relinked; delete it if it is of no use"
                )
            discard(self._scene, copy)
        for change in told.changes.values():
            self._reverted(change)
        self._journal.note(copy_id="", copy_name="", layout="")

    def _unlink(self, timeline: Handle | None) -> None:
        told = self._journal.receipt
        if timeline is None and told.manner == "replace":
            timeline = timeline_of(self._scene.project)  # a pool item is more than one timeline's
        if timeline is None:
            raise HostError(
                f"resolve:{told.timeline_name}: is not in the project any more; nothing to take back"
            )
        self._scene.show(timeline)
        board = Board(timeline).read()
        way = way_of(told.manner, self._scene, board, self._pool, self._journal)
        for change in told.changes.values():
            if change.state == "reverted":
                self._done.extend(change.shots)
            else:
                self._take_back(way, board, change)

    def _take_back(self, way: Way, board: Board, change: Change) -> None:
        try:
            unmarked(board.timeline, change)
            way.undo(_item(board, change), change)
        except UprezError as why:
            self._scene.still_there()
            self._left_out.append(LeftOut(name=change.name, track=change.track, reason=str(why)))
        else:
            self._reverted(change)

    def _reverted(self, change: Change) -> None:
        self._journal.put(change.model_copy(update={"state": "reverted"}))
        self._done.extend(change.shots)


def _item(board: Board, change: Change) -> Handle | None:
    """Return a changed item; another that lies in its place since, such as a compound clip, is not it."""
    spot = board.find(change.item, change.number, change.start, change.duration)
    if spot is None or uid_of(spot.item) == change.item:
        return spot.item if spot else None
    there = (spot.item.call("GetMediaPoolItem"), *(clip for _, clip in takes(spot.item)))
    known = {change.source, *change.paths}
    return spot.item if any(path_of(clip) in known for clip in there) else None
