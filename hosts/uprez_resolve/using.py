"""Find everything in a project that uses a pool item: who gives it another file changes all of that."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from uprez.errors import RelinkError
from uprez_resolve.finding import Board, listed, tracks_of
from uprez_resolve.framing import Size, kept, raster_of, setting, size_of, superscaled
from uprez_resolve.journal import Use
from uprez_resolve.pooling import takes
from uprez_resolve.project import timelines, uid_of
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle

_log = logging.getLogger("uprez")


def uses_of(project: Handle, clip: Handle, size: Size) -> Iterator[Use]:
    """Yield every item of every timeline that shows the clip or has it as a take. Raises RelinkError."""
    uid, before, enlarged = uid_of(clip), size_of(clip), superscaled(clip)
    for timeline in timelines(project):
        mode = setting(project, timeline, "timelineInputResMismatchBehavior")
        raster, name = raster_of(project, timeline), str(timeline.call("GetName"))
        for key, spot in Board(timeline).read().items.items():
            shown = uid_of(spot.item.call("GetMediaPoolItem")) == uid
            if not shown and all(uid_of(one) != uid for _, one in takes(spot.item)):
                continue
            properties: Mapping[str, Any] = spot.item.call("GetProperty") or {}
            try:
                wanted = kept(properties, mode, raster, before, size, superscaled=enlarged)
            except RelinkError as why:
                raise RelinkError(f"in {name}: {why}") from None
            yield Use(
                timeline=uid_of(timeline),
                timeline_name=name,
                item=key,
                track=str(timeline.call("GetTrackName", "video", spot.track) or ""),
                start=spot.start or 0,
                duration=spot.duration or 0,
                left=whole(spot.item.call("GetLeftOffset")) or 0,
                shown=shown,
                properties={key: (properties.get(key), new) for key, new in wanted.items()} if shown else {},
            )


def heard_in(project: Handle, clip: Handle) -> tuple[str, ...]:
    """Return the timelines that have the clip on a sound track, with or without its picture."""
    uid = uid_of(clip)
    if not whole(clip.call("GetClipProperty", "Audio Ch")):
        return ()
    return tuple(
        str(timeline.call("GetName"))
        for timeline in timelines(project)
        if any(
            uid_of(item.call("GetMediaPoolItem")) == uid
            for track in range(1, tracks_of(timeline, "audio") + 1)
            for item in listed(timeline, track, "audio")
        )
    )


def tell(name: str, uses: Sequence[Use], heard: Sequence[str]) -> None:
    """Say aloud what else changes: a pool item is more than one timeline's."""
    counts = Counter(use.timeline_name for use in uses)
    seen = [f"{one} ({count})" for one, count in counts.items()]
    only = [f"{one} (sound)" for one in dict.fromkeys(heard) if one not in counts]
    _log.warning("%s: --as replace changes it in %s", name, ", ".join((*seen, *only)))
