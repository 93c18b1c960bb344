"""Know the files that Resolve itself rendered of items whose own can't be read, and what is fit for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from uprez_resolve.framing import Size, alike, filling, read_size
from uprez_resolve.kinds import transition
from uprez_resolve.ours import RENDERED, SUFFIX
from uprez_resolve.seen import SeenClip, SeenItem, SeenTimeline, SeenTrack

NOTE = "rendered in Resolve: grade and sizing are baked in"
_NONE: Mapping[str, str] = MappingProxyType({})
_UNMIXED = {"Opacity": 100.0, "CompositeMode": 0}


class Baked:
    """Find the files of one timeline; `failures` say by item id why there is none."""

    def __init__(self, workspace: Path, failures: Mapping[str, str] = _NONE) -> None:
        self.folder, self.failures = workspace / RENDERED, failures

    def of(self, item: SeenItem) -> Path | str | None:
        """Return an item's file, else why it has none, None where nobody asked for one."""
        found = sorted(self.folder.glob(f"{self.stem(item)}.*"))
        return found[0] if found else self.failures.get(item.uid)

    def stem(self, item: SeenItem) -> str:
        """Name an item's file by what it shows, not by where it lies: a move renders nothing anew."""
        clip = item.clip.uid if item.clip else ""
        head = item.left if item.head is None else item.head
        named = f"{item.uid} {clip} {item.duration} {head}"
        return hashlib.sha256(named.encode()).hexdigest()[:16]


def is_baked(path: Path) -> bool:
    """Tell whether a shot's media is such a file."""
    return path.parent.name == RENDERED and path.parent.parent.name.endswith(SUFFIX)


def unfit(item: SeenItem, timeline: SeenTimeline, raster: Size | None) -> str | None:
    """Return why a render of an item alone would not be what it shows, None where it would."""
    if item.shown:
        return "it shows a render of uprez's; revert that and run again"
    track = next(one for one in timeline.tracks if one.index == item.track)
    if not (item.enabled and track.enabled):
        return "it is disabled, so Resolve would render it black; enable it and run again"
    if any(not alike(item.properties.get(name, plain), plain) for name, plain in _UNMIXED.items()):
        return "it is mixed with what lies under it, so it can't be rendered alone; bake it by hand"
    if any(transition(one) for one in _over(track, item)):
        return "a transition reaches into it, so it can't be rendered alone; bake it by hand"
    under = (one for track in timeline.tracks if track.index < item.track for one in _over(track, item))
    if not filling(item.properties, _size(item.clip), raster) and any(one.enabled for one in under):
        return "what lies under it may shine through, so it can't be rendered alone; bake it by hand"
    return None


def _over(track: SeenTrack, item: SeenItem) -> Iterator[SeenItem]:
    """Yield the other items of a track that share a frame with an item."""
    for one in track.items:
        if one is not item and one.start < item.end and item.start < one.end:
            yield one


def _size(clip: SeenClip | None) -> Size | None:
    """Return the size of a file's pictures; what has no file may have holes in it."""
    return read_size(clip.properties.get("Resolution")) if clip is not None and clip.path else None
