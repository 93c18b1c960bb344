"""Bring renders into a bin of their own, looking as their sources do, and take them out again."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from uprez.errors import RelinkError
from uprez.times import spoken
from uprez_resolve.context import Scene
from uprez_resolve.finding import Found, listed, path_of, tracks_of
from uprez_resolve.journal import Journal
from uprez_resolve.looks import copy_looks, looks_of
from uprez_resolve.ours import BIN
from uprez_resolve.project import asked, timelines, uid_of
from uprez_resolve.rates import clip_rate, whole
from uprez_resolve.remote import Handle

_COLOR = "Teal"
_TAKES = 100
_log = logging.getLogger("uprez")


class Pool:
    """Hold the renders of one timeline's relinks, each imported once."""

    def __init__(self, scene: Scene, journal: Journal) -> None:
        self._scene, self._journal = scene, journal
        self._fresh: dict[str, Handle] = {}
        self._held: dict[str, Handle] = {}
        self._seen = 0  # how many clips our bin had when all of them were looked at
        self._folder: Handle | None = None

    def render(self, found: Found) -> Handle:
        """Return the pool item of a shot's render: imported, read back, and looking as its source does.

        Raises RelinkError for a render that Resolve doesn't take as what it is.
        """
        known = self.holding(found.path)
        clip = known or self._imported(found.path)
        self._proved(clip, found)
        if not found.baked:  # what Resolve rendered is read as it wrote it, not as the source is
            copy_looks(looks_of(self.original(found)), clip, fresh=known is None)
        self._label(clip, found)
        return clip

    def holding(self, path: str) -> Handle | None:
        """Return the item of our bin that has a file, None for none."""
        known = self._held.get(path)
        if known is not None and _file(known) == path:
            return known
        folder = self._bin(make=False)
        clips = list(folder.call("GetClipList") or ()) if folder else []
        if len(clips) == self._seen:
            return None
        if len(clips) == self._seen + 1 and path_of(clips[-1]) == path:  # the one just imported
            self._held[path], self._seen = clips[-1], len(clips)
        else:
            self._held, self._seen = {path_of(clip): clip for clip in clips}, len(clips)
        return self._held.get(path)

    def clean(self, keep: Sequence[str]) -> None:
        """Take out what was imported and no clip shows now, and our bin if it is empty then."""
        left = tuple(path for path in self._fresh if path not in keep)
        if left:
            self.remove(left)
        self.tidy()

    def remove(self, paths: Sequence[str]) -> None:
        """Take renders out of our bin that we put there and that nothing in the project uses."""
        ours = {path: self.holding(path) for path in paths if path in self._journal.receipt.imported}
        there = [clip for clip in ours.values() if clip is not None]
        shown = used(self._scene.project) if there else frozenset()
        doomed = [clip for clip in there if uid_of(clip) not in shown and not _counted(clip)]
        if doomed:
            self._scene.pool.call("DeleteClips", doomed)
        gone = {path for path in ours if self.holding(path) is None}
        self._fresh = {path: clip for path, clip in self._fresh.items() if path not in gone}
        imported = tuple(path for path in self._journal.receipt.imported if path not in gone)
        if gone:
            self._journal.note(imported=imported)

    def tidy(self) -> None:
        """Take our bin away if we made it and it is empty."""
        folder = self._bin(make=False)
        if folder is None or not self._journal.receipt.made_bin:
            return
        if not folder.call("GetClipList") and not folder.call("GetSubFolderList"):
            if uid_of(self._scene.pool.call("GetCurrentFolder")) == uid_of(folder):
                self._scene.pool.call("SetCurrentFolder", self._scene.folder)
            self._scene.pool.call("DeleteFolders", [folder])
            self._journal.note(made_bin=self._bin(make=False) is not None)

    def _imported(self, path: str) -> Handle:
        folder, pool = self._bin(make=True), self._scene.pool
        pool.call("SetCurrentFolder", folder)
        if uid_of(pool.call("GetCurrentFolder")) != uid_of(folder):
            raise RelinkError("its render can't be imported, the bin for it can't be opened; run again")
        imported = self._journal.receipt.imported
        self._journal.note(imported=(*(one for one in imported if one != path), path))
        told = pool.call("ImportMedia", [path])
        clips = [clip for clip in told if isinstance(clip, Handle)] if isinstance(told, list) else []
        ours = self.holding(path)
        clip = ours or next((one for one in clips if path_of(one) == path), None)
        if ours is None:  # nothing came, or Resolve gave back what the user had in a bin of theirs
            self._journal.note(imported=imported)
        else:
            self._fresh[path] = ours
        if clip is None:
            raise RelinkError(f"Resolve doesn't take its render {path}; look whether it plays there")
        return clip

    def _bin(self, *, make: bool) -> Handle | None:
        if self._folder is not None and asked(self._folder, "GetName") == BIN:
            return self._folder
        root = self._scene.pool.call("GetRootFolder")
        for folder in root.call("GetSubFolderList") or ():
            if isinstance(folder, Handle) and folder.call("GetName") == BIN:
                self._folder = folder
                return folder
        if not make:
            return None
        self._journal.note(made_bin=True)
        made = self._scene.pool.call("AddSubFolder", root, BIN)
        if not isinstance(made, Handle):
            raise RelinkError(
                f"its render can't be imported, no bin {BIN} can be made; make one and run again"
            )
        return made

    def _proved(self, clip: Handle, found: Found) -> None:
        relink = found.relink
        rate, frames = clip_rate(clip.call("GetClipProperty", "FPS")), whole_frames(clip)
        if rate != relink.rate and found.path in self._fresh:
            clip.call("SetClipProperty", "FPS", spoken(relink.rate))
            rate = clip_rate(clip.call("GetClipProperty", "FPS"))
        if rate != relink.rate:
            raise RelinkError(
                f"Resolve reads its render at another rate than {spoken(relink.rate)}; look at it"
            )
        if frames != relink.stands_for.count:
            raise RelinkError(
                f"Resolve counts {frames} frames in its render, not {relink.stands_for.count}; look at it"
            )

    def original(self, found: Found) -> Handle:
        """Return the pool item of the shot's own media, whichever take is shown."""
        wanted = found.seen.clip.uid if found.seen.clip else ""
        shown = found.clip
        if uid_of(shown) == wanted:
            return shown
        return next((clip for _, clip in takes(found.handle) if uid_of(clip) == wanted), shown)

    def _label(self, clip: Handle, found: Found) -> None:
        """Say in Resolve what made the render; what an old version can't keep is no reason to fail."""
        clip.call("SetClipColor", _COLOR)
        if clip.has("SetThirdPartyMetadata"):
            told = {"uprez.source": found.shot.media.url, "uprez.made_by": json.dumps(found.relink.made_by)}
            clip.call("SetThirdPartyMetadata", told)


def whole_frames(clip: Handle) -> int | None:
    """Return how many frames Resolve counts in a pool item."""
    return whole(clip.call("GetClipProperty", "Frames"))


def takes(item: Handle) -> list[tuple[int, Handle]]:
    """Return the takes of an item and their pool items; asked one by one, as their count may be a lie."""
    found = []
    for number in range(1, _TAKES + 1):
        told = item.call("GetTakeByIndex", number)
        clip = told.get("mediaPoolItem") if isinstance(told, dict) else None
        if not isinstance(clip, Handle):
            break
        found.append((number, clip))
    return found


def used(project: Handle) -> frozenset[str]:
    """Return the ids of all pool items that any item of any timeline shows or has as a take."""
    found = set()
    for timeline in timelines(project):
        for track in range(1, tracks_of(timeline) + 1):
            for item in listed(timeline, track):
                found.add(uid_of(item.call("GetMediaPoolItem")))
                found.update(uid_of(clip) for _, clip in takes(item))
    return frozenset(found)


def _file(clip: Handle) -> object:
    """Return a pool item's file; None for one that is no more, whose handle may raise."""
    return asked(clip, "GetClipProperty", "File Path")


def _counted(clip: Handle) -> bool:
    """Tell whether Resolve itself counts a use, such as one in a compound clip."""
    return whole(clip.call("GetClipProperty", "Usage")) not in (0, None)
