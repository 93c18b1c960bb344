"""Bring renders back to their source's raster, for an editor who counts a clip's scale in its pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from uprez.errors import MediaError
from uprez.media.finish import finish_at
from uprez.media.probe import probe
from uprez.model import Relink, Shot
from uprez.orders import Order
from uprez.outcome import Standing
from uprez.plan import Plan
from uprez.request import Request
from uprez.results import relinks_for

ODD = "its raster is odd, which no codec that editors read can have; leave --match-size off"
_FOLDER = "matched"


def relinks_of(
    planned: Plan, by_pull: Mapping[str, Standing], request: Request, workspace: Path
) -> tuple[Relink, ...]:
    """Return what the host is asked to do, with renders of the wanted raster. Raises MediaError."""
    found = relinks_for(planned, by_pull, accept_unsure=request.accept_unsure)
    if not request.manner.match_size:
        return found
    homes, shots = planned.homes, {shot.id: shot for shot in planned.shots}
    return tuple(
        _matched(relink, shots[relink.shot], by_pull[homes[relink.shot].id].order, workspace)
        for relink in found
    )


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
        finish_at(path, order, to, width, height)
    return relink.model_copy(update={"path": to, "width": width, "height": height})


def _is_there(path: Path, relink: Relink) -> bool:
    try:
        return probe(path).frames in (1, relink.stands_for.count)
    except MediaError:
        return False
