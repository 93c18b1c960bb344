"""Find again what was read before a long wait: by id, else by place and clip, else it fails by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

from uprez.errors import HostError, RelinkError
from uprez.media.probe import probe
from uprez.model import Info, LeftOut, Relink, Shot
from uprez_resolve.baked import Baked, is_baked
from uprez_resolve.project import timelines, uid_of
from uprez_resolve.rates import rate_of, whole
from uprez_resolve.remote import Handle, failed
from uprez_resolve.seeing import Eyes
from uprez_resolve.seen import SeenItem, SeenTimeline, SeenTrack
from uprez_resolve.shots import Known, Shots, parsed

AGAIN = "run again, which buys nothing twice"
BAKED = "Resolve rendered it with its grade, which it would get twice"


@dataclass(frozen=True)
class Found:
    """Hold a shot that was found again: the item's handle, what it is now, and what is asked of it.

    `rate` is the timeline's.
    """

    relink: Relink
    timeline: Handle
    handle: Handle
    seen: SeenItem
    shot: Shot
    rate: Fraction

    @property
    def frame_for_frame(self) -> bool:
        """Tell whether each frame of the timeline shows one frame of the file: then lengths are exact."""
        return self.shot.media.rate == self.rate and self.count == self.shot.record.count

    @property
    def first(self) -> int:
        """Return the frame of the render at which the shot begins."""
        return self.shot.source.start - self.relink.stands_for.start

    @property
    def count(self) -> int:
        """Return how many frames of the render it uses."""
        return self.shot.source.count

    @property
    def path(self) -> str:
        """Return the render's path as Resolve takes it."""
        return str(self.relink.path.absolute())

    @property
    def baked(self) -> bool:
        """Tell whether Resolve rendered it: grade, transform and effects are in its pictures already."""
        return is_baked(self.shot.media.path)

    @property
    def clip(self) -> Handle:
        """Return the pool item that it shows now."""
        clip = self.handle.call("GetMediaPoolItem")
        if not isinstance(clip, Handle):
            raise RelinkError(f"its clip is not in the media pool any more; {AGAIN}")
        return clip

    def left_out(self, why: object) -> LeftOut:
        """Name the shot as one that isn't done."""
        return LeftOut(name=self.shot.name, track=self.shot.track, reason=str(why))


class Spot(NamedTuple):
    """Say where an item lay when its timeline was read."""

    track: int
    item: Handle
    start: int | None
    duration: int | None

    def over(self, start: int, end: int) -> bool:
        """Tell whether it has a frame in a span; one that is nowhere counts as in the way."""
        return self.start is None or (self.start < end and start < self.start + (self.duration or 0))


@dataclass
class Board:
    """Hold the video items of one timeline by id, as they lay when it was read."""

    timeline: Handle
    items: dict[str, Spot] = field(default_factory=dict)

    def read(self) -> Board:
        """Read all video items again."""
        self.items = {}
        for track in range(1, tracks_of(self.timeline) + 1):
            for item in listed(self.timeline, track):
                uid = uid_of(item) or f"? {track} {len(self.items)}"
                self.items[uid] = Spot(track, item, *span_of(item))
        return self

    def after(self, uid: str) -> Spot | None:
        """Return what comes next on an item's track: it moves first where an item gets longer."""
        order = list(self.items)
        track = self.items[uid].track if uid in self.items else 0
        later = order[order.index(uid) + 1 :] if track else []
        return next((self.items[one] for one in later if self.items[one].track == track), None)

    def find(self, uid: str, track: int, start: int, duration: int) -> Spot | None:
        """Return an item by its id, else by its place; None where there is neither."""
        place = (track, start, duration)
        there = (spot for spot in self.items.values() if (spot.track, spot.start, spot.duration) == place)
        return self.items.get(uid) or next(there, None)


class Finder:
    """Match relinks to the items of a timeline."""

    def __init__(self, project: Handle, board: Board, eyes: Eyes, baked: Baked) -> None:
        self.board, self.eyes, self._project, self._baked = board, eyes, project, baked
        told = board.timeline.call("GetSetting", "timelineFrameRate")
        rate, drop = rate_of(project.call("GetSetting", "timelineFrameRate") if failed(told) else told)
        start = whole(board.timeline.call("GetStartFrame")) or 0
        self._header = SeenTimeline(
            uid="", name="", project="", rate=rate, drop=drop, start=start, end=start, tracks=()
        )

    def found(self, place: Known, relink: Relink) -> Found:
        """Return the shot's item. Raises RelinkError, saying in a few words what happened to it."""
        hit = self.board.find(place.uid, place.track, place.start, place.duration)
        if hit is None:
            raise RelinkError(f"it is not in the timeline any more; {AGAIN}")
        track, item = hit.track, hit.item
        if (track, *span_of(item)) != (place.track, place.start, place.duration):
            raise RelinkError(f"it was moved or trimmed since it was read; {AGAIN}")
        seen = self.eyes.item(item, track)
        if seen.clip is None or (seen.clip.uid != place.clip and not _shows(item, relink)):
            raise RelinkError(f"it shows another clip than when it was read; {AGAIN}")
        return Found(relink, self.board.timeline, item, seen, self._shot(seen, relink), self._header.rate)

    def lost(self, place: Known, why: object) -> LeftOut:
        """Name a shot that can't be found: by its item, else by its clip, else by where it was."""
        spot = self.board.items.get(place.uid)
        name = spot.item.call("GetName") if spot else None
        name = name or next(_names(self._project, place.clip), None) or f"the clip at frame {place.start}"
        return LeftOut(name=str(name), track=self.track(place.track), reason=str(why))

    def track(self, number: int) -> str:
        """Return a track's name."""
        return str(self.board.timeline.call("GetTrackName", "video", number) or f"Video {number}")

    def _shot(self, seen: SeenItem, relink: Relink) -> Shot:
        """Read the shot anew, by the same rules: what it shows now must be in the render."""
        track = SeenTrack(index=seen.track, name=self.track(seen.track), items=(seen,))
        header = self._header.model_copy(update={"tracks": (track,)})
        for candidate in Shots(header, _probed, lambda item: self._rendered(item, relink)).candidates():
            if isinstance(candidate.found, LeftOut):
                raise RelinkError(candidate.found.reason)
            if not candidate.found.source.within(relink.stands_for):
                raise RelinkError(f"it shows frames that its render doesn't have; {AGAIN}")
            return candidate.found
        raise RelinkError(f"it is no clip any more; {AGAIN}")

    def _rendered(self, item: SeenItem, relink: Relink) -> Path | str | None:
        """In a copied timeline items have ids of their own, and the file is named by the read one's."""
        return self._baked.of(item.model_copy(update={"uid": parsed(relink.shot).uid}))


def timeline_holding(project: Handle, shown: Handle, ids: Sequence[str]) -> Handle:
    """Return the open timeline, or the one that has the clips in it where the user has opened another."""
    if not _missing(shown, ids):
        return shown
    ranked = sorted(timelines(project), key=lambda one: _missing(one, ids))
    best = ranked[0] if ranked else shown
    return best if _missing(best, ids) < _missing(shown, ids) else shown


def tracks_of(timeline: Handle, kind: str = "video") -> int:
    """Return how many tracks of a kind a timeline has."""
    return whole(timeline.call("GetTrackCount", kind)) or 0


def listed(timeline: Handle, track: int, kind: str = "video") -> list[Handle]:
    """Return the items of a track, in time order."""
    told = timeline.call("GetItemListInTrack", kind, track)
    told = told.values() if isinstance(told, dict) else told or ()
    return [item for item in told if isinstance(item, Handle)]


def span_of(item: Handle) -> tuple[int | None, int | None]:
    """Return an item's first frame and its duration; None for what an item that is nowhere says."""
    return whole(item.call("GetStart")), whole(item.call("GetDuration"))


def path_of(clip: object) -> str:
    """Return a pool item's file, empty for none."""
    return str(clip.call("GetClipProperty", "File Path") or "") if isinstance(clip, Handle) else ""


def clips_in(folder: Handle) -> Iterator[Handle]:
    """Iterate over the pool items of a bin and of all bins below it."""
    yield from (clip for clip in folder.call("GetClipList") or () if isinstance(clip, Handle))
    for inner in folder.call("GetSubFolderList") or ():
        if isinstance(inner, Handle):
            yield from clips_in(inner)


def pool_item(project: Handle, uid: str) -> Handle:
    """Return a pool item by its id. Raises HostError."""
    for clip in clips_in(project.call("GetMediaPool").call("GetRootFolder")):
        if uid_of(clip) == uid:
            return clip
    raise HostError("its clip is not in the media pool any more")


def _names(project: Handle, uid: str) -> Iterator[object]:
    for clip in clips_in(project.call("GetMediaPool").call("GetRootFolder")):
        if uid_of(clip) == uid:
            yield clip.call("GetName")


def _missing(timeline: Handle, ids: Sequence[str]) -> int:
    return len(set(ids) - Board(timeline).read().items.keys())


def _shows(item: Handle, relink: Relink) -> bool:
    return path_of(item.call("GetMediaPoolItem")) == str(relink.path.absolute())


@cache
def _info(path: Path, size: int, changed: int) -> Info:
    return probe(path)


def _probed(path: Path) -> tuple[Info, str]:
    status = path.stat() if path.exists() else None
    return _info(path, status.st_size if status else 0, status.st_mtime_ns if status else 0), ""
