"""Relink in Resolve clip by clip: noted, done, read back, saved, read back again; what fails is undone."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from uprez.errors import HostError, HostGone, RelinkError, UprezError
from uprez.model import Conform, LeftOut, Manner, Relink
from uprez_resolve.baked import Baked
from uprez_resolve.context import Scene, as_found
from uprez_resolve.copying import copied, digest, discard
from uprez_resolve.finding import Board, Finder, Found, timeline_holding
from uprez_resolve.journal import Change, Journal, Planned, fresh_receipt, originals
from uprez_resolve.marking import marked, unmarked
from uprez_resolve.pooling import Pool
from uprez_resolve.project import timeline_of, uid_of
from uprez_resolve.reach import reached
from uprez_resolve.remote import Handle
from uprez_resolve.reverting import revert as revert
from uprez_resolve.seeing import Eyes
from uprez_resolve.shots import Known, parsed
from uprez_resolve.ways import Way, way_of

_log = logging.getLogger("uprez")


def relink(address: str, workspace: Path, relinks: tuple[Relink, ...], manner: Manner) -> Conform:
    """Show renders in Resolve; see `Host.relink`. Raises RelinkError before anything changes, HostGone."""
    wanted = [(parsed(one.shot), one) for one in {one.shot: one for one in relinks}.values()]
    with reached() as remote, as_found(remote) as scene:
        name = address.partition(":")[2]
        timeline = timeline_of(scene.project, name)
        if not name:
            timeline = timeline_holding(scene.project, timeline, [place.uid for place, _ in wanted])
        journal = Journal.of(workspace, fresh_receipt(scene.project, timeline, manner.kind))
        return Conforming(scene, timeline, journal).conform(wanted, originals(workspace))


@dataclass
class Conforming:
    """Relink clips of one timeline."""

    scene: Scene
    timeline: Handle
    journal: Journal
    done: list[tuple[Found, Change]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    before: dict[str, Change] = field(default_factory=dict)

    def conform(self, wanted: Sequence[tuple[Known, Relink]], originals: dict[str, str]) -> Conform:
        """Relink the clips of `wanted`; a failure is that clip's alone. Raises HostGone, HostError."""
        scene, journal = self.scene, self.journal
        kind, known = journal.receipt.manner, journal.receipt.copy_id
        scene.show(self.timeline)
        target = copied(scene, self.timeline, journal) if kind == "timeline" else self.timeline
        layout = journal.receipt.layout  # of a duplicate that an earlier run made
        worked_on = kind == "timeline" and layout not in ("", digest(scene.project, target))
        board, pool = Board(target).read(), Pool(scene, journal)
        finder = Finder(scene.project, board, Eyes(scene.project, originals), Baked(journal.path.parent))
        way = way_of(kind, scene, board, pool, journal)
        try:
            for place, relink in wanted:
                self._try(finder, way, place, relink)
            board = Board(target)
            self._save(way_of(kind, scene, board, pool, journal), board)
        except BaseException:
            with contextlib.suppress(HostError):
                pool.clean([change.path for _, change in self.done])
            raise
        pool.clean([change.path for _, change in self.done])
        if kind == "timeline":
            self._keep(target, fresh=known != uid_of(target), worked_on=worked_on)
        output = target if self.done else self.timeline
        return Conform(
            timeline=str(self.timeline.call("GetName")),
            output=f"resolve:{output.call('GetName')}",
            receipt=journal.path if journal.path.exists() else None,
            relinked=tuple(found.relink.shot for found, _ in self.done),
            left_out=tuple(self.left_out),
        )

    def _try(self, finder: Finder, way: Way, place: Known, relink: Relink) -> None:
        try:
            found = finder.found(place, relink)
        except HostGone:
            raise
        except UprezError as why:
            self.scene.still_there()
            self.left_out.append(finder.lost(place, why))
            return
        try:
            change = self._one(way, found)
        except HostGone:
            raise
        except UprezError as why:
            self.scene.still_there()
            self.left_out.append(found.left_out(why))
        else:
            self.done.append((found, change))

    def _one(self, way: Way, found: Found) -> Change:
        planned = way.planned(found)
        self.before = dict(self.journal.receipt.changes)
        self.journal.put(planned.change)
        try:
            change = way.do(found, planned.change, self.journal.put)
            way.check(found, change)
            change = marked(found.timeline, change, found.shot.record.start)
        except BaseException as failure:
            self._roll_back(way, found, planned, failure)
            raise
        change = change.model_copy(update={"state": "done"})
        self.journal.put(change)
        return change

    def _roll_back(self, way: Way, found: Found, planned: Planned, failure: BaseException) -> None:
        """Put a clip back as it was when this began; what can't be is said, and stays in the receipt."""
        item = planned.change.item
        latest = self.journal.receipt.changes.get(item, planned.change)
        back = _back(planned.back, latest, found)
        try:
            if not planned.change.marker:
                unmarked(found.timeline, latest)
            way.undo(found.handle, back)
        except HostGone:
            return
        except HostError as why:
            raise RelinkError(f"{failure}; and it could not be put back, since {why}") from failure
        self.journal.drop(item)
        if item in self.before:
            self.journal.put(self.before[item])

    def _save(self, way: Way, board: Board) -> None:
        """Save, and read all clips once more: placements were seen to vanish at a save."""
        if not self.done:
            return
        self.scene.save()
        board.read()
        kept = []
        for found, change in self.done:
            spot = board.find(found.seen.uid, found.seen.track, found.seen.start, found.seen.duration)
            now = replace(found, handle=spot.item) if spot else found
            try:
                way.check(now, change)
            except HostError as why:
                self.scene.still_there()
                self._lost(way, now, change, why)
            else:
                kept.append((now, change))
        if len(kept) < len(self.done):
            self.scene.save()
        self.done = kept

    def _lost(self, way: Way, found: Found, change: Change, why: HostError) -> None:
        """Take back what did not survive the save."""
        said = str(why)
        try:
            unmarked(found.timeline, change)
            way.undo(found.handle, change)
            self.journal.drop(change.item)
        except HostError as worse:
            self.scene.still_there()
            said = f"{why}; and it could not be put back, since {worse}"
        self.left_out.append(found.left_out(f"it was relinked and did not outlive the save: {said}"))

    def _keep(self, copy: Handle, *, fresh: bool, worked_on: bool) -> None:
        """Remember how the duplicate was left; one that nothing was relinked in is of no use.

        One that its user has worked on keeps the old layout, which it does not have: it is never deleted.
        """
        if self.done and worked_on:
            return
        if self.done:
            self.journal.note(layout=digest(self.scene.project, copy))
        elif fresh:
            with contextlib.suppress(HostError):
                discard(self.scene, copy)
                self.journal.note(copy_id="", copy_name="")


def _back(back: Change, latest: Change, found: Found) -> Change:
    """Return what to undo of an attempt: what it set on the item goes back to what was there before it."""
    was = found.seen.properties
    properties = {name: (was.get(name, old), new) for name, (old, new) in latest.properties.items()}
    extra = {
        "properties": properties,
        "placed": latest.placed,
        "disabled": latest.disabled and found.shot.enabled,
    }
    return back.model_copy(update={**extra, "clip": latest.clip if latest.uses else back.clip})
