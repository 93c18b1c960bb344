"""OTIO's media linker "uprez": whoever reads a cut with OTIO gets the renders that fit it.

    otio.adapters.read_from_file("cut.otio", media_linker_name="uprez",
                                 media_linker_argument_map={"renders": "cut.uprez/renders"})

`renders` is a folder of renders with their sidecars, or several; without it `UPREZ_RENDERS` names them.
Relative addresses of a cut count from `folder`, else from the current one, since OTIO tells no linker where
the cut is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import opentimelineio as otio

from uprez.errors import MediaError
from uprez.media.probe import fingerprint, probe
from uprez.media.stamps import stamp_beside
from uprez.model import Call, Info
from uprez.stamp import SIDECAR, Stamp
from uprez.times import FrameRange
from uprez_otio.clips import Reading, consumed
from uprez_otio.convert import span
from uprez_otio.dialects import PREMIERE
from uprez_otio.footing import Footing, Library
from uprez_otio.played import Played
from uprez_otio.references_read import media, span_of, time_of
from uprez_otio.retimes import retime

KEY, ENVIRONMENT = "uprez", "UPREZ_RENDERS"


def link_media_reference(in_clip: Any, media_linker_argument_map: Mapping[str, Any] | None = None) -> None:
    """Show a clip's render beside its own media, where a proved one holds all of its frames.

    Called by OTIO for each clip. Returns nothing, since OTIO would take a reference for the clip's only one.
    """
    asked = media_linker_argument_map or {}
    found = _found(in_clip, folders(asked), Path(asked.get("folder") or Path.cwd()))
    if found is not None:
        in_clip.set_media_references({**in_clip.media_references(), KEY: found}, KEY)


def folders(asked: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the folders of renders that are asked for, or that the environment names."""
    told = asked.get("renders") or [
        each for each in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if each
    ]
    return tuple(map(Path, [told] if isinstance(told, str | Path) else told))


@dataclass(frozen=True, slots=True)
class _Used:
    """Hold where a clip's media stands, its frames counted from the file's first, and their phase."""

    footing: Footing
    frames: FrameRange
    phase: int


def _found(clip: Any, where: tuple[Path, ...], folder: Path) -> Any:
    if not where or type(clip.media_reference) is not otio.schema.ExternalReference:
        return None
    used = _used(clip, folder)
    if used is None:
        return None
    fits = (
        (path, stamp)
        for path, stamp in _stamped(where)
        if stamp.source == used.footing.media.fingerprint
        and used.frames.within(stamp.frames)
        and stamp.first % used.phase == 0
    )
    found = max(fits, key=lambda one: one[0].stat().st_mtime_ns, default=None)
    return None if found is None else _reference(clip.media_reference, used.footing, *found)


def _used(clip: Any, folder: Path) -> _Used | None:
    """Return which frames of its file a clip consumes; None where that can't be told."""
    library = Library(folder, _probed)
    library.add(*media(clip.media_reference))
    own = span(span_of(clip.source_range or clip.media_reference.available_range))
    footing = library.footing(0, own)
    played = Played.of(*retime(clip, clip.media_reference), whole=False)
    if own is None or isinstance(footing, str) or played.problem:
        return None
    head, tail = _grown(clip)
    source = consumed(own, footing, played, head, tail, _reading(clip))
    if isinstance(source, str):
        return None
    frames = FrameRange(start=source.start - footing.media.available.start, count=source.count)
    return _Used(footing, frames, played.retime.phase if played.retime else 1)


def _grown(clip: Any) -> tuple[list[float] | None, list[float] | None]:
    """Return how much more of a clip its transitions show."""
    track = clip.parent()
    if not isinstance(track, otio.schema.Track):
        return None, None
    before, after = track.neighbors_of(clip)
    head = time_of(before.in_offset) if isinstance(before, otio.schema.Transition) else None
    tail = time_of(after.out_offset) if isinstance(after, otio.schema.Transition) else None
    return head, tail


def _reading(clip: Any) -> Reading:
    """Return how the length of a retimed clip is meant; Premiere's name is at the top of its timelines."""
    top = clip
    while top.parent() is not None:
        top = top.parent()
    return "media" if PREMIERE in top.metadata else "either"


def _stamped(where: tuple[Path, ...]) -> Iterator[tuple[Path, Stamp]]:
    """Yield the proved renders in the folders, by their sidecars; a new picture is none."""
    for folder in where:
        for sidecar in sorted(folder.glob(f"*{SIDECAR}")) if folder.is_dir() else ():
            path = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
            stamp = stamp_beside(path)
            if stamp and path.is_file() and stamp.verdict == Call.MATCH.value and not stamp.generative:
                yield path.absolute(), stamp


def _reference(original: Any, footing: Footing, path: Path, stamp: Stamp) -> Any:
    rate = original.available_range.duration.rate if original.available_range else float(footing.rate)
    start = otio.opentime.RationalTime(float(footing.base) + stamp.first, rate)
    reference = otio.schema.ExternalReference(
        path.as_uri(), otio.opentime.TimeRange(start, otio.opentime.RationalTime(stamp.count, rate))
    )
    reference.name = original.name
    reference.metadata[KEY] = {
        "provider": stamp.provider,
        "model": stamp.model,
        "order": stamp.order,
        "original_key": "DEFAULT_MEDIA",
    }
    return reference


def _probed(path: Path) -> tuple[Info, str]:
    status = path.stat()
    return _probed_once(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _probed_once(path: Path, written: int, size: int) -> tuple[Info, str]:
    try:
        return probe(path), fingerprint(path)
    except OSError as broken:
        raise MediaError(f"{path}: can't be read ({broken.strerror}); check the disk") from None
