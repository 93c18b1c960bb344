"""Plan what a host shows, and leave out before anything is bought what it could not relink afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from uprez.errors import PlanError
from uprez.generative import plan_making, refuse_as_conform
from uprez.host import Host
from uprez.joining import cuts_for
from uprez.matching import ODD, numbered, too_odd
from uprez.model import Cut, LeftOut, Manner, Pull, Relink, Selection
from uprez.newness import Making
from uprez.orders import Model, Recipe
from uprez.plan import Plan, plan, raster
from uprez.quoting import leave_out
from uprez.tracing import Renders, as_shown, traced


def plan_for(
    host: Host,
    selection: Selection,
    recipe: Recipe,
    model: Model,
    *,
    have: Sequence[Pull] = (),
    making: Making | None = None,
    manner: Manner | None = None,
    apart: Mapping[str, str] | None = None,
    ours: Renders | None = None,
) -> Plan:
    """Read the timeline and plan it, or its new pictures; writes nothing. Raises PlanError, HostError.

    `have` are pulls whose renders exist; `manner`, where it is known, is how they will be relinked; `apart`
    has only missing frames bought, see `plan`; with `ours` shots of our renders count as those of their
    sources.
    """
    if selection.via_host and not host.renders:
        raise PlanError(f"--via-resolve: host {host.name} renders nothing itself; leave it off")
    if selection.retime not in host.retimes:
        known = ", ".join(host.retimes)
        raise PlanError(f"--retime {selection.retime}: host {host.name} knows {known}; choose one of them")
    if making is not None:
        planned = plan_making(host, selection, recipe, model, making)
        return leave_out(planned, _refused(host, planned, manner))
    refuse_as_conform(model)
    if manner is not None and manner.kind in host.whole:
        have = [pull for pull in have if pull.frames == pull.media.available]
    cut, moved = traced(host.shots(selection), ours or Renders(folder=host.workspace()))
    planned = _planned(cut, recipe, model, have, apart, moved)
    refused = _refused(host, planned, manner)
    return _planned(_without(cut, refused), recipe, model, have, apart, moved) if refused else planned


def why_none(planned: Plan) -> str:
    """Return why a plan has no shot: the reason itself where all its clips have the same."""
    reasons = dict.fromkeys(left.reason for left in planned.left_out)
    if not reasons:
        return "it has none"
    if len(reasons) == 1:
        (reason,) = reasons
        return f"{planned.left_out[0].name}: {reason}"
    return f"all {len(planned.left_out)} are left out; see `uprez plan`"


def _planned(
    cut: Cut,
    recipe: Recipe,
    model: Model,
    have: Sequence[Pull],
    apart: Mapping[str, str] | None,
    moved: Mapping[str, int],
) -> Plan:
    planned = plan(cut, recipe, model, have, apart=apart)
    cuts = cuts_for((join for join in planned.joins if join.whole.id not in planned.grown), have)
    planned = plan(cut, recipe, model, have, cuts, apart) if cuts else planned
    return planned.model_copy(update={"moved": moved})


def _refused(host: Host, planned: Plan, manner: Manner | None) -> Mapping[str, str]:
    """Ask the host what it would leave out if every render were there."""
    if manner is None:
        return {}
    odd = {shot.id: ODD for shot in too_odd(planned.shots)} if manner.match_size else {}
    homes = planned.homes
    relinks = []
    for shot in planned.shots:
        width, height = raster(planned.recipe.size, shot.media.info)
        if manner.match_size:
            width, height = shot.media.width, shot.media.height
        home = homes[shot.id]
        path = host.workspace().absolute() / "renders" / Path(f"{home.id}.mov")
        relink = Relink(
            shot=shot.id,
            path=path,
            stands_for=home.frames,
            rate=shot.media.rate,
            width=width,
            height=height,
            generative=planned.making is not None,
        )
        relinks.append(numbered(relink, shot) if host.sequences else relink)
    return {**host.rehearse(tuple(as_shown(relinks, planned.moved)), manner), **odd}


def _without(cut: Cut, refused: Mapping[str, str]) -> Cut:
    named = (
        LeftOut(name=shot.name, track=shot.track, reason=refused[shot.id])
        for shot in cut.shots
        if shot.id in refused
    )
    kept = tuple(shot for shot in cut.shots if shot.id not in refused)
    return cut.model_copy(update={"shots": kept, "left_out": (*cut.left_out, *named)})
