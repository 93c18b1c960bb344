"""See through the renders that a conformed cut shows: which source frames each of its shots stands for.

An editor goes on with the timeline that uprez wrote. Its renders are no sources: to plan them as such would
buy pictures of pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from uprez.frozen import Frozen
from uprez.model import Cut, LeftOut, Media, Relink, Shot
from uprez.spans import phase_of
from uprez.stamp import Stamp


class Renders(Frozen):
    """Hold what a workspace made: where its renders lie, its orders, and their sources by fingerprint."""

    folder: Path
    orders: frozenset[str] = frozenset()
    sources: dict[str, Media] = {}


def traced(cut: Cut, ours: Renders) -> tuple[Cut, dict[str, int]]:
    """Return a cut whose shots of renders are shots of the sources; by shot id, how far that moved the count.

    What shows a render of ours that can't be traced to its source is left out by name.
    """
    sources = {**ours.sources, **{shot.media.fingerprint: shot.media for shot in cut.shots}}
    shots, left, moved = list[Shot](), list[LeftOut](), dict[str, int]()
    for shot in cut.shots:
        stamp = _stamp(shot, ours)
        if stamp is None:
            shots.append(shot)
            continue
        media = sources[stamp.source]
        why = _untraced(shot, stamp, media, ours)
        if why is not None:
            left.append(LeftOut(name=shot.name, track=shot.track, reason=why))
            continue
        by = media.available.start + stamp.first - shot.media.available.start
        shots.append(shot.model_copy(update={"media": media, "source": shot.source.moved(by)}))
        moved[shot.id] = by
    cut = cut.model_copy(update={"shots": tuple(shots), "left_out": (*cut.left_out, *left)})
    return cut, moved


def as_shown(relinks: Iterable[Relink], moved: Mapping[str, int]) -> Iterator[Relink]:
    """Yield relinks in the numbers of what the timeline shows, as the host reads it."""
    for relink in relinks:
        by = moved.get(relink.shot, 0)
        yield relink.model_copy(update={"stands_for": relink.stands_for.moved(-by)}) if by else relink


def _stamp(shot: Shot, ours: Renders) -> Stamp | None:
    """Return the stamp of a shot that shows a render of ours; one that was a source itself stays one."""
    stamp = shot.media.info.stamp
    if stamp is None or stamp.generative or shot.media.fingerprint in ours.sources:
        return None
    made = bool(ours.orders & {stamp.order, *stamp.pieces})
    return stamp if made and stamp.source in ours.sources else None


def _untraced(shot: Shot, stamp: Stamp, media: Media, ours: Renders) -> str | None:
    """Say why a shot stays as it is: what it shows may be no render of ours, or its source is not there."""
    what = f"it shows a render of {stamp.name}"
    if not shot.media.path.absolute().is_relative_to(ours.folder):
        return f"{what} that lies in {shot.media.path.parent}, not in {ours.folder}; relink it to one of them"
    if not media.path.exists():
        return f"{what} already, which is not at {media.path} any more; put it back"
    if stamp.first % phase_of(shot):
        return f"{what} already, at a speed that was set on it, which no other render would keep; leave it so"
    return None
