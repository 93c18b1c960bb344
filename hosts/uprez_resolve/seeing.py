"""Read the items of a timeline: each pool item once, and each method tried once whether it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uprez.errors import HostError
from uprez_resolve.ours import BIN, ORIGINAL, in_workspace
from uprez_resolve.project import asked, uid_of
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle, failed
from uprez_resolve.seen import SeenClip, SeenItem
from uprez_resolve.takes_seen import Shown, shown

NONE: Mapping[str, str] = {}


class Eyes:
    """Read items and clips of one project; good for one conversation.

    `originals` are the files that replaced ones stand for, by their path, where the pool item can't tell.
    """

    def __init__(self, project: Handle, originals: Mapping[str, str] = NONE) -> None:
        self._project, self._originals = project, originals
        self._clips: dict[str, SeenClip] = {}
        self._known: dict[tuple[str, str], bool] = {}
        self._renders: frozenset[str] | None = None

    def item(self, handle: Handle, track: int) -> SeenItem:
        """Read an item of a video track. Raises HostError where it goes away meanwhile."""
        start, duration = whole(handle.call("GetStart")), whole(handle.call("GetDuration"))
        if start is None or duration is None:
            raise HostError("DaVinci Resolve: the timeline was changed while it was read; try again")
        pool = handle.call("GetMediaPoolItem")
        clip = self.clip(pool) if isinstance(pool, Handle) else None
        found = Shown(clip, 0, 0)
        if clip is not None:
            found = shown(handle, clip, self)
        source, seconds = self._source(handle)
        properties = asked(handle, "GetProperty")
        return SeenItem(
            uid=uid_of(handle),
            name=_named(str(handle.call("GetName") or ""), clip, found.clip),
            kind="video",
            track=track,
            start=start,
            duration=duration,
            left=whole(asked(handle, "GetLeftOffset")),
            right=whole(asked(handle, "GetRightOffset")),
            source=source,
            seconds=seconds,
            speed=self._speed(handle),
            type=self.told(handle, "GetType"),
            enabled=self.told(handle, "GetClipEnabled") is not False,
            color=str(asked(handle, "GetClipColor") or ""),
            flags=tuple(map(str, asked(handle, "GetFlagList") or ())),
            markers=tuple(words(one) for _, one in markers(handle)),
            properties=dict(properties) if isinstance(properties, dict) else {},
            comps=whole(asked(handle, "GetFusionCompCount")) or 0,
            takes=found.takes,
            take=found.take,
            clip=found.clip,
            shown=found.render,
            head=found.head,
            tail=found.end,
        )

    def clip(self, handle: Handle) -> SeenClip:
        """Read a pool item, once."""
        uid = uid_of(handle)
        if uid not in self._clips:
            properties = handle.call("GetClipProperty")
            properties = dict(properties) if isinstance(properties, dict) else {}
            path = str(properties.get("File Path") or "")
            original = self._original(handle, path)
            self._clips[uid] = SeenClip(
                uid=uid,
                name=str(handle.call("GetName") or ""),
                properties=properties,
                original=original,
                nested=not path and isinstance(self.told(handle, "GetTimeline"), Handle),
                ours=not original and in_workspace(path),
            )
        return self._clips[uid]

    def ours(self, clip: SeenClip) -> bool:
        """Tell whether a clip is a render of ours: from a workspace, or in our bin."""
        if self._renders is None:
            self._renders = frozenset(self._in_bin())
        return clip.ours or (not clip.original and clip.uid in self._renders)

    def told(self, handle: Handle, method: str) -> Any:
        """Call a method that this Resolve may not have; None where it hasn't."""
        key = handle.kind, method
        if key not in self._known:
            self._known[key] = handle.has(method)
        return asked(handle, method) if self._known[key] else None

    def _original(self, handle: Handle, path: str) -> str:
        """Return the file that a replaced one stands for, empty where it was not replaced."""
        key = handle.kind, "GetThirdPartyMetadata"
        if key not in self._known:
            self._known[key] = handle.has("GetThirdPartyMetadata")
        kept = asked(handle, "GetThirdPartyMetadata", ORIGINAL) if path and self._known[key] else None
        original = kept.get(ORIGINAL) if isinstance(kept, dict) else kept
        original = str(original or self._originals.get(path, ""))
        return original if original != path else ""

    def _in_bin(self) -> list[str]:
        pool = self._project.call("GetMediaPool")
        root = pool.call("GetRootFolder") if isinstance(pool, Handle) else None
        bins = root.call("GetSubFolderList") if isinstance(root, Handle) else None
        own = [one for one in bins or () if isinstance(one, Handle) and one.call("GetName") == BIN]
        return [uid_of(clip) for folder in own for clip in folder.call("GetClipList") or ()]

    def _source(self, handle: Handle) -> tuple[tuple[int, int] | None, tuple[float, float] | None]:
        first, last = (whole(self.told(handle, f"GetSource{end}Frame")) for end in ("Start", "End"))
        begins, ends = (self.told(handle, f"GetSource{end}Time") for end in ("Start", "End"))
        frames = None if first is None or last is None else (first, last)
        timed = isinstance(begins, int | float) and isinstance(ends, int | float)
        return frames, (float(begins), float(ends)) if timed else None

    def _speed(self, handle: Handle) -> float | None:
        told = self.told(handle, "GetSpeed")
        told = told.get("Percentage") if isinstance(told, dict) else told
        return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _named(name: str, shown: SeenClip | None, clip: SeenClip | None) -> str:
    """Return what the user named it, else its clip's name: the original's where a render of ours is shown."""
    bare = not name or (shown is not None and name == shown.name)
    return clip.name if bare and clip is not None else name


def markers(handle: Handle) -> list[tuple[float, Mapping[str, Any]]]:
    """Return the markers of an item or a timeline, with the frames that Resolve gives them."""
    told = asked(handle, "GetMarkers")
    if failed(told) or not isinstance(told, dict):
        return []
    return [(float(frame), one) for frame, one in told.items() if isinstance(one, dict)]


def words(marker: Mapping[str, Any]) -> str:
    """Return what a person may look for in a marker: its colour, name and note."""
    return " ".join(str(marker[key]) for key in ("color", "name", "note") if marker.get(key))
