"""Take in renders that were made elsewhere: find the shots they fit, prove them, relink them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from uprez.errors import MediaError, PlanError
from uprez.fitting import Candidate, fitting, seen_in
from uprez.host import Host
from uprez.media.compare import verify_files
from uprez.media.export import export
from uprez.model import Call, LeftOut, Manner, Plate, Pull, Render, Selection, Shot, Size
from uprez.orders import Order, Recipe
from uprez.outcome import Outcome, Standing
from uprez.plan import Plan
from uprez.pulls import count_frames
from uprez.results import outcome_of, relinks_for

_Home = tuple[Path, str, int]
BY_HAND = Recipe(provider="by hand", model="unknown", size=Size(scale=Fraction(1)), handles=0)


def adopt(
    host: Host,
    selection: Selection,
    renders: Path,
    manner: Manner,
    workspace: Path,
    *,
    accept_unsure: bool = False,
) -> Outcome:
    """Relink the renders of a folder to the shots whose source frames they hold.

    Which frames those are a render says by its stamp or its sidecar, whatever its name; else by name (it
    begins with the media's) or reel, with its timecode; else by its picture, where that is sure. Each is
    compared with its source before it is relinked. Raises PlanError where no shot finds a render.
    """
    host.refuse(manner)
    cut = host.shots(selection)
    homes, why = _homes(cut.shots, renders)
    homed = [shot for shot in cut.shots if shot.id in homes]
    if not homed:
        raise PlanError(
            f"{renders}: no file there fits a clip of {cut.name} by stamp, name or reel and timecode, or "
            "picture; choose another folder"
        )
    homeless = (shot for shot in cut.shots if shot.id not in homes)
    pulls: dict[_Home, tuple[Pull, Candidate]] = {}
    for shot in homed:
        _use(pulls, shot, homes[shot.id])
    planned = Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=BY_HAND,
        shots=tuple(homed),
        pulls=tuple(pull for pull, _ in pulls.values()),
        left_out=(
            *cut.left_out,
            *(LeftOut(name=shot.name, track=shot.track, reason=why[shot.id]) for shot in homeless),
        ),
        totals=count_frames(homed, [pull for pull, _ in pulls.values()], 0),
    )
    standings = {pull.id: _proved(pull, render, workspace) for pull, render in pulls.values()}
    relinks = relinks_for(planned, standings, accept_unsure=accept_unsure)
    conform = host.relink(relinks, manner) if relinks else None
    return outcome_of(planned, standings, {}, conform, accept_unsure, workspace)


def _homes(shots: Sequence[Shot], renders: Path) -> tuple[dict[str, Candidate], dict[str, str]]:
    """Return by shot id the render that holds it, or why none does.

    Pictures are only looked at for shots that nothing else finds, in files that nothing else knows.
    """
    found = fitting(shots, renders)
    homes, why = {}, {}
    for shot in shots:
        home = next((one for one in found if one.holds(shot)), None)
        if home is not None:
            homes[shot.id] = home
    left = [shot for shot in shots if shot.id not in homes]
    used = {home.path for home in homes.values()}
    seen = seen_in([one for one in found if one.path not in used], left)
    for shot in left:
        home = next((one for one in seen.sure if one.holds(shot)), None)
        if home is not None:
            homes[shot.id] = home
        else:
            nothing = f"no file in {renders} holds its frames; check stamps, names, reels and timecode"
            why[shot.id] = next((doubt.why for doubt in seen.doubts if doubt.is_about(shot)), nothing)
    return homes, why


def _use(pulls: dict[_Home, tuple[Pull, Candidate]], shot: Shot, render: Candidate) -> None:
    """Add a shot to a render's pull; cards repeat names, so each media is proved apart."""
    home = render.path, shot.media.fingerprint, shot.media.available.start
    if home in pulls:
        pull, _ = pulls[home]
        pulls[home] = pull.model_copy(update={"shots": (*pull.shots, shot.id)}), render
        return
    frames = render.frames_of(shot.media) or shot.media.available
    digest = hashlib.sha256(f"{home} {frames}".encode()).hexdigest()[:16]
    pulls[home] = Pull(id=digest, media=shot.media, frames=frames, shots=(shot.id,)), render


def _proved(pull: Pull, made: Candidate, workspace: Path) -> Standing:
    """Export the plate that the render claims to be, and compare."""
    plate = Plate(pull=pull, preset="ffv1", path=workspace / "plates" / f"{pull.id}.mkv")
    order = Order(plate=plate, recipe=BY_HAND, width=made.info.width, height=made.info.height)
    try:
        verdict = verify_files(export(plate).path, made.path)
    except MediaError as broken:
        return Standing(order=order, state="failed", error=str(broken))
    render = Render(order=order.id, path=made.path, info=made.info, verdict=verdict)
    if verdict.call in (Call.MATCH, Call.UNSURE):
        return Standing(order=order, state="done", render=render)
    why = verdict.findings[0] if verdict.findings else "it is another picture"
    error = f"{made.path.name}: {verdict.call.value}: {why}"
    return Standing(order=order, state="failed", render=render, error=error)
