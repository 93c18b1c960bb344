"""Bring renders into the shape that a clip needs: its source's raster, or a file for each frame.

What was bought and proved stays as it is; these are copies beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from uprez.errors import MediaError
from uprez.media.probe import probe
from uprez.media.sequences import write_sequence
from uprez.model import Relink, Shot
from uprez.orders import Order
from uprez.outcome import Standing
from uprez.plan import Plan
from uprez.request import Request
from uprez.results import relinks_for
from uprez.stamping import pass_on
from uprez.tracing import as_shown

ODD = "its raster is odd, which no codec that editors read can have; leave --match-size off"
_FOLDER, _SEQUENCES = "matched", "sequences"


def relinks_of(
    planned: Plan, by_pull: Mapping[str, Standing], request: Request, workspace: Path, sequences: bool
) -> tuple[Relink, ...]:
    """Return what the host is asked to do, with renders of the wanted raster. Raises MediaError.

    `sequences` says whether those of image sequences are to be sequences too.
    """
    homes, shots = planned.homes, {shot.id: shot for shot in planned.shots}
    relinks = []
    for relink in relinks_for(planned, by_pull, accept_unsure=request.accept_unsure):
        shot = shots[relink.shot]
        if request.manner.match_size:
            relink = _matched(relink, shot, by_pull[homes[shot.id].id].order, workspace)
        relinks.append(in_files(relink, shot) if sequences else relink)
    return tuple(as_shown(relinks, planned.moved))


def in_files(relink: Relink, shot: Shot) -> Relink:
    """Return a relink to a file for each frame, where the source has those. Raises MediaError."""
    told = numbered(relink, shot)
    if told.sequence is not None and not relink.generative:
        write_sequence(relink.path, told.path.parent, shot.media.info, told.sequence)
        pass_on(relink.path, told.path.parent)
    return told


def numbered(relink: Relink, shot: Shot) -> Relink:
    """Return a relink with the names that its files have, or will have, where the source is a sequence."""
    numbering = shot.media.info.sequence
    if numbering is None or relink.generative:
        return relink
    numbering = numbering.further(relink.stands_for.start - shot.media.available.start)
    folder = relink.path.parent / _SEQUENCES / relink.path.stem
    return relink.model_copy(update={"path": folder / numbering.name(0), "sequence": numbering})


def too_odd(shots: tuple[Shot, ...]) -> Iterator[Shot]:
    """Yield the shots whose raster no render can be brought back to."""
    return (
        shot
        for shot in shots
        if (shot.media.width % 2 or shot.media.height % 2) and not shot.media.info.still
    )


def _matched(relink: Relink, shot: Shot, order: Order, workspace: Path) -> Relink:
    width, height = shot.media.width, shot.media.height
    if (relink.width, relink.height) == (width, height):
        return relink
    path = relink.path
    to = workspace.absolute() / "renders" / _FOLDER / f"{path.stem}_{width}x{height}{path.suffix}"
    if not _is_there(to, relink):
        from uprez.media.finish import finish_at

        finish_at(path, order, to, width, height)
    return relink.model_copy(update={"path": to, "width": width, "height": height})


def _is_there(path: Path, relink: Relink) -> bool:
    try:
        return probe(path).frames in (1, relink.stands_for.count)
    except MediaError:
        return False
