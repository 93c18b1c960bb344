"""How a pool item looks: how its file is read, its name and marks, and which file it had before ours."""

from __future__ import annotations

from collections.abc import Mapping

from uprez.errors import RelinkError
from uprez_resolve.finding import AGAIN
from uprez_resolve.ours import BIN, ORIGINAL
from uprez_resolve.remote import Handle, failed

Marks = dict[str, dict[str, int]]
NAME = "Clip Name"
LOOKS = ("Input Color Space", "IDT", "Data Level", "PAR", "Alpha mode", "Field Dominance")
"""The properties of a clip that decide how its file is read; a copy that is missing changes the picture."""


def looks_of(clip: Handle) -> dict[str, str]:
    """Return what a pool item says about how its file is to be read."""
    told = properties_of(clip)
    return {name: str(told[name]) for name in LOOKS if not failed(told.get(name))}


def properties_of(clip: Handle) -> Mapping[str, object]:
    """Return all properties of a pool item: asking for them one by one takes as long for each."""
    told = clip.call("GetClipProperty")
    return told if isinstance(told, dict) else {}


def copy_looks(looks: Mapping[str, str], clip: Handle, *, fresh: bool) -> None:
    """Give a pool item the looks of another and read them back; raises RelinkError.

    One that is not `fresh` is shown elsewhere already and is left as it is.
    """
    there = properties_of(clip)
    for name, value in looks.items():
        if str(there.get(name) or "") == value:
            continue
        if not fresh:
            raise RelinkError(
                f"its render is in the bin {BIN} with another {name} than its media has; give both the same"
            )
        clip.call("SetClipProperty", name, value)
        if str(clip.call("GetClipProperty", name) or "") != value:
            raise RelinkError(f"its render can't be given the {name} of its media ({value}); set it by hand")


def dressed(clip: Handle, kept: Mapping[str, str], marks: Marks) -> None:
    """Give a pool item the name, the looks and the marks that it had; raises RelinkError."""
    for name, value in kept.items():
        if name == ORIGINAL:
            continue
        now = clip.call("GetName") if name == NAME else clip.call("GetClipProperty", name)
        if str(now or "") == value:
            continue
        if name == NAME and clip.has("SetName"):
            clip.call("SetName", value)
        else:
            clip.call("SetClipProperty", name, value)
        now = clip.call("GetName") if name == NAME else clip.call("GetClipProperty", name)
        if str(now or "") != value:
            raise RelinkError(f"its {name} can't be kept; {AGAIN}")
    if marks != marks_of(clip) and clip.has("SetMarkInOut"):
        for kind, span in marks.items():
            clip.call("SetMarkInOut", span["in"], span["out"], kind)


def marks_of(clip: Handle) -> Marks:
    """Return a pool item's in and out marks by kind, where this version tells them."""
    told = clip.call("GetMarkInOut") if clip.has("GetMarkInOut") else {}
    if failed(told) or not isinstance(told, dict):
        return {}
    return {
        str(kind): {key: int(value) for key, value in marks.items()}
        for kind, marks in told.items()
        if isinstance(marks, dict) and {"in", "out"} <= marks.keys()
    }


def remembered(clip: Handle) -> str:
    """Return the file that a pool item is noted to have had, empty for none."""
    told = clip.call("GetThirdPartyMetadata", ORIGINAL) if clip.has("GetThirdPartyMetadata") else ""
    return str((told.get(ORIGINAL) if isinstance(told, dict) else told) or "")


def remember(clip: Handle, source: str) -> None:
    """Note on a pool item which file it had, where this version can."""
    if remembered(clip) != source and clip.has("SetThirdPartyMetadata"):
        clip.call("SetThirdPartyMetadata", ORIGINAL, source)
