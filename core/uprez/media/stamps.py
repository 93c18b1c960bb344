"""Read the stamp of a file, from its metadata or from the sidecar beside it; decodes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from uprez.media.opening import opened
from uprez.stamp import TAG, Stamp, read_stamp, sidecar_of, stamp_from_json

_LONGEST = 65_536  # bytes


def stamp_of(path: Path) -> Stamp | None:
    """Return what a file says of itself: by its metadata, else by its sidecar; None where neither does.

    Cheap, and no proof: who copies a stamp onto another picture is found by comparing. Raises MediaError.
    """
    return stamp_inside(path) or stamp_beside(path)


def stamp_inside(path: Path) -> Stamp | None:
    """Return the stamp in a file's metadata. Raises MediaError."""
    with opened(path) as source:
        return stamp_in([source.metadata, *(stream.metadata for stream in source.streams)])


def stamp_beside(path: Path) -> Stamp | None:
    """Return the stamp in a file's sidecar; that of an image sequence lies beside its folder."""
    return _read(sidecar_of(path)) or _read(sidecar_of(path.absolute().parent))


def _read(sidecar: Path) -> Stamp | None:
    try:
        if sidecar.stat().st_size > _LONGEST:
            return None
        return stamp_from_json(sidecar.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def stamp_in(tags: Iterable[Mapping[str, str]]) -> Stamp | None:
    """Return the stamp that a file's own names and values hold."""
    values = (value for some in tags for name, value in some.items() if name.lower() == TAG and value)
    return next((stamp for value in values if (stamp := read_stamp(value)) is not None), None)
