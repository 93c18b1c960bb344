"""Say of each item whether it can be done, by how it is built: Resolve's words change with its language."""

from __future__ import annotations

import re
from pathlib import Path

from uprez.model import Numbering
from uprez_resolve.seen import SeenClip, SeenItem

_BAKE = "render it in Resolve, put the file in its place, and run again"
_VIA = "give --via-resolve"
_SEQUENCE = re.compile(r"(.*)\[(\d+)-(\d+)\](\.\w+)$")
_ANGLE = re.compile(r" - (Angle|Video) \d+$")
_NESTED = {
    "compound": "it is a compound clip, which has no file of its own",
    "multicam": "it is a multicam clip, which has no file of its own; flatten it (right-click) and run again",
    "fusion": "it is a Fusion clip, which has no file of its own",
}
_UNSURE = (
    "it shows a render of uprez's and several takes of its own; "
    "choose the take that you want in its take selector and run again"
)


def transition(item: SeenItem) -> bool:
    """Tell whether an item is no clip but a transition, which lies in the list of its track as well."""
    return item.type == "transition" or (item.clip is None and not item.properties)


def problem(item: SeenItem) -> str | None:
    """Return why an item can't be done and what to do instead, None where it can."""
    clip = item.clip
    if clip is None:
        return _without_clip(item)
    if clip.ours:
        return _UNSURE if item.takes else "it is a render of uprez's already; nothing to do"
    if not clip.path:
        return _without_file(clip)
    if _multicam(item, clip):
        return _NESTED["multicam"]
    return _offline(clip)


def sequence_of(path: str) -> tuple[Numbering, int] | None:
    """Return how the files of an image sequence are called and how many there are; None for one file."""
    found = _SEQUENCE.fullmatch(path.rpartition("\\" if "\\" in path else "/")[2])
    if found is None:
        return None
    prefix, first, last, suffix = found.groups()
    numbering = Numbering(prefix=prefix, suffix=suffix, first=int(first), padding=len(first))
    return numbering, int(last) - int(first) + 1


def file_of(path: str) -> Path:
    """Return a clip's own file, the first one of an image sequence."""
    numbered = sequence_of(path)
    return Path(path) if numbered is None else Path(path).with_name(numbered[0].name(0))


def _without_clip(item: SeenItem) -> str:
    if item.comps:
        return f"it is a Fusion composition, which has no file; {_BAKE}"
    return f"it is a title, a generator or an adjustment clip, which has no file; {_BAKE}"


def _without_file(clip: SeenClip) -> str:
    """The kind only chooses the words: that there is no file is what counts, whatever Resolve calls it."""
    kind = "timeline" if clip.nested else str(clip.properties.get("Type") or "").lower()
    said = _NESTED.get(kind, "it is a nested timeline or the like, which has no file of its own")
    return said if ";" in said else f"{said}; open it and run uprez on what is in it, or {_VIA}"


def bakeable(item: SeenItem) -> bool:
    """Tell whether Resolve could render an item by itself: it has a clip, which isn't ours and is there."""
    clip = item.clip
    if clip is None or clip.ours:
        return False
    if not clip.path:
        return str(clip.properties.get("Online Status") or "").lower() != "offline"
    return _offline(clip) is None


def _multicam(item: SeenItem, clip: SeenClip) -> bool:
    """An angle bears its multicam's name with a number; a file of that very name is only called so."""
    return bool(_ANGLE.search(item.name)) and item.name not in (clip.name, Path(clip.path).name)


def _offline(clip: SeenClip) -> str | None:
    status = str(clip.properties.get("Online Status") or "")
    there = file_of(clip.path).is_file()
    if there and status.lower() != "offline":
        return None
    what = "is offline in Resolve" if there else "is not there"
    return f"its file {clip.path} {what}; relink it in the media pool and run again"
