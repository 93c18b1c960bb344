"""Take in renders that were made elsewhere: find the shots they fit, prove them, relink them."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from uprez.errors import MediaError, PlanError
from uprez.fitting import Candidate, fitting, seen_in
from uprez.host import Host
from uprez.media.compare import verify_files
from uprez.media.export import export
from uprez.model import Call, Cut, LeftOut, Manner, Plate, Pull, Render, Selection, Shot, Size
from uprez.orders import Order, Recipe
from uprez.outcome import Outcome, Standing
from uprez.plan import Plan
from uprez.pulls import count_frames
from uprez.results import outcome_of, relinks_for

_Homes = dict[str, Candidate]
BY_HAND = Recipe(provider="by hand", model="unknown", size=Size(scale=Fraction(1)), handles=0)


class _Proof(NamedTuple):
    """Hold what a render was held against, and how that went."""

    pull: Pull
    made: Candidate
    standing: Standing


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
    begins with the media's) or reel, with its timecode; else by its picture, where that is sure. Of several
    the last one made is taken. Each is compared with its source before it is relinked; where it is another
    picture, its claim counts for nothing.
    Raises PlanError where no shot finds a render.
    """
    host.refuse(manner)
    cut = host.shots(selection)
    found = fitting(cut.shots, renders)
    homes, why = _homes(cut.shots, found, renders)
    if not homes:
        raise PlanError(
            f"{renders}: no file there fits a clip of {cut.name} by stamp, name or reel and timecode, or "
            "picture; choose another folder"
        )
    proofs = _proofs(cut.shots, homes, workspace)
    wrong = {proof.made.path for proof in proofs if proof.standing.state == "failed"}
    if wrong:
        homes |= _instead(cut.shots, homes, found, wrong, renders)
        proofs = _proofs(cut.shots, homes, workspace, proofs)
    planned = _planned(cut, homes, why, [proof.pull for proof in proofs])
    standings = {proof.pull.id: proof.standing for proof in proofs}
    relinks = relinks_for(planned, standings, accept_unsure=accept_unsure)
    conform = host.relink(relinks, manner) if relinks else None
    return outcome_of(planned, standings, {}, conform, accept_unsure, workspace)


def _planned(cut: Cut, homes: _Homes, why: Mapping[str, str], pulls: Sequence[Pull]) -> Plan:
    homed = tuple(shot for shot in cut.shots if shot.id in homes)
    homeless = (shot for shot in cut.shots if shot.id not in homes)
    left_out = (LeftOut(name=shot.name, track=shot.track, reason=why[shot.id]) for shot in homeless)
    return Plan(
        timeline=cut.name,
        rate=cut.rate,
        recipe=BY_HAND,
        shots=homed,
        pulls=tuple(pulls),
        left_out=(*cut.left_out, *left_out),
        totals=count_frames(homed, pulls, 0),
    )


def _homes(shots: Sequence[Shot], found: Sequence[Candidate], renders: Path) -> tuple[_Homes, dict[str, str]]:
    """Return by shot id the render that holds it, or why none does.

    Pictures are only looked at for shots that nothing else finds, in files that nothing else knows.
    """
    homes, why = _Homes(), {}
    for shot in shots:
        home = _latest(found, shot)
        if home is not None:
            homes[shot.id] = home
    left = [shot for shot in shots if shot.id not in homes]
    used = {home.path for home in homes.values()}
    seen = seen_in([one for one in found if one.path not in used], left)
    for shot in left:
        home = _latest(seen.sure, shot)
        if home is not None:
            homes[shot.id] = home
        else:
            nothing = f"no file in {renders} holds its frames; check stamps, names, reels and timecode"
            why[shot.id] = next((doubt.why for doubt in seen.doubts if doubt.is_about(shot)), nothing)
    return homes, why


def _latest(found: Sequence[Candidate], shot: Shot) -> Candidate | None:
    """Return the file that holds a shot: one that says what it is before others, then the last one made."""
    holding = [one for one in found if one.holds(shot)]
    return max(holding, key=lambda one: (bool(one.known), one.path.stat().st_mtime_ns), default=None)


def _instead(
    shots: Sequence[Shot], homes: _Homes, found: Sequence[Candidate], wrong: Container[Path], renders: Path
) -> _Homes:
    """Return renders for the shots without a right one; where a stamp was wrong, the picture alone counts.

    A file of the right name whose timecode is wrong is left alone: an editor would go by that timecode.
    """
    left = [shot for shot in shots if shot.id not in homes or homes[shot.id].path in wrong]
    others = [
        replace(one, known={}, wrong=True) if one.path in wrong else one
        for one in found
        if one.path not in wrong or one.known
    ]
    return _homes(left, others, renders)[0]


def _proofs(
    shots: Sequence[Shot], homes: _Homes, workspace: Path, known: Sequence[_Proof] = ()
) -> list[_Proof]:
    """Hold each render against the frames that it claims to be; what is `known` is not compared again.

    Cards repeat names, so each media is proved apart.
    """
    uses: dict[str, tuple[Pull, Candidate]] = {}
    for shot in shots:
        if shot.id not in homes:
            continue
        made, media = homes[shot.id], shot.media
        frames = made.frames_of(media) or media.available
        key = f"{made.path} {media.fingerprint} {media.available.start} {frames}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        held = uses[digest][0].shots if digest in uses else ()
        uses[digest] = Pull(id=digest, media=media, frames=frames, shots=(*held, shot.id)), made
    before = {proof.pull.id: proof.standing for proof in known}
    return [
        _Proof(pull, made, before.get(pull.id) or _proved(pull, made, workspace))
        for pull, made in uses.values()
    ]


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
