"""From standings to relinks and to the outcome. Pure functions on values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from uprez.model import Call, Conform, LeftOut, Pull, Relink, Render, Shot
from uprez.outcome import Charge, FailedShot, NeedsYou, Outcome, RelinkedShot, Standing
from uprez.plan import Plan

Standings = Mapping[str, Standing]


def relinks_for(planned: Plan, by_pull: Standings, *, accept_unsure: bool) -> tuple[Relink, ...]:
    """Return what the host is asked to do: every shot whose render is proved to be its picture."""
    return tuple(
        Relink(
            shot=shot.id,
            path=render.path,
            stands_for=pull.frames,
            rate=shot.media.rate,
            width=render.info.width,
            height=render.info.height,
            generative=standing.order.frames is not None,
            made_by={
                "provider": standing.order.recipe.provider,
                "model": standing.order.recipe.model,
                "order": " ".join(standing.pieces) or standing.order.id,
                "verdict": render.verdict.call.value,
            },
        )
        for shot, pull, standing in _standing_of(planned, by_pull)
        if (render := _usable(standing, accept_unsure)) is not None
    )


def outcome_of(
    planned: Plan,
    by_pull: Standings,
    before: Standings,
    conform: Conform | None,
    accept_unsure: bool,
    workspace: Path,
) -> Outcome:
    """Tell how a run ended; `before` are the standings, by order id, that it found when it began."""
    refused = conform.left_out if conform else ()
    explained = {(left.name, left.track) for left in refused}
    done = set(conform.relinked) if conform else set()
    relinked, failed = [], []
    for shot, pull, standing in _standing_of(planned, by_pull):
        handed = _usable(standing, accept_unsure) is not None
        if shot.id in done and standing.render:
            relinked.append(_relinked(shot, pull, standing.render))
        elif standing.state != "needs-you" and not (handed and (shot.name, shot.track) in explained):
            failed.append(_failed(shot, standing, accept_unsure))
    return Outcome(
        timeline=planned.timeline,
        output=conform.output if conform else None,
        receipt=conform.receipt if conform else None,
        workspace=workspace,
        relinked=tuple(relinked),
        left_out=_unique((*planned.left_out, *refused)),
        failed=tuple(failed),
        needs_you=tuple(_needs_you(planned, by_pull)),
        charged=tuple(_charges(planned, by_pull, before)),
        over_cap=any(standing.state == "queued" for standing in by_pull.values()),
    )


def _standing_of(planned: Plan, by_pull: Standings) -> Iterator[tuple[Shot, Pull, Standing]]:
    """Pair shots with the pull or stretch of this plan: the ledger's own may count from another start."""
    homes = planned.homes
    for shot in planned.shots:
        pull = homes[shot.id]
        yield shot, pull, by_pull[pull.id]


def _usable(standing: Standing, accept_unsure: bool) -> Render | None:
    if standing.state != "done" or standing.render is None:
        return None
    call = standing.render.verdict.call
    return standing.render if call is Call.MATCH or (call is Call.UNSURE and accept_unsure) else None


def _relinked(shot: Shot, pull: Pull, render: Render) -> RelinkedShot:
    return RelinkedShot(
        shot=shot.id,
        name=shot.name,
        render=render.path,
        verdict=render.verdict.call,
        stands_for=pull.frames,
    )


def _failed(shot: Shot, standing: Standing, accept_unsure: bool) -> FailedShot:
    verdict = standing.render.verdict if standing.render and standing.state in ("done", "failed") else None
    if verdict and verdict.call is Call.MATCH:
        verdict = None
    error = standing.error or f"order {standing.order.id} is {standing.state}"
    if verdict and verdict.call is Call.UNSURE and not accept_unsure:
        why = verdict.findings[0] if verdict.findings else "nothing decides it"
        doubt = "its render is the same picture" if standing.order.frames is None else "its new picture fits"
        error = f"{shot.name}: not sure that {doubt} ({why}); look at it, then give --accept-unsure"
    return FailedShot(shot=shot.id, name=shot.name, error=error, verdict=verdict.call if verdict else None)


def _needs_you(planned: Plan, by_pull: Standings) -> Iterator[NeedsYou]:
    for pull in planned.pulls:
        standing = by_pull[pull.id]
        if standing.state == "needs-you":
            yield NeedsYou(
                order=standing.order.id, shots=pull.shots, error=standing.error or "it may have been charged"
            )


def _charges(planned: Plan, by_pull: Standings, before: Standings) -> Iterator[Charge]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for standing in (by_pull[pull] for pull in {pull.id: None for pull in planned.pulls}):
        earlier = before.get(standing.order.id)
        spent = standing.charged - (earlier.charged if earlier else 0)
        if spent:
            sums[standing.order.recipe.provider, standing.unit] += spent
    for (provider, unit), amount in sums.items():
        yield Charge(provider=provider, amount=amount, unit=unit)


def _unique(left_out: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    return tuple(dict.fromkeys(left_out))
