"""Ask a provider for the prices of a plan, many at once, so that one refusal never hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from uprez.engine.retries import pause_after
from uprez.errors import ProviderError, Rejected, Unavailable
from uprez.frozen import Frozen
from uprez.model import LeftOut, Pull
from uprez.orders import Estimate, Quote, Recipe
from uprez.plan import Plan
from uprez.provider import Provider
from uprez.pulls import count_frames

TRIES = 3
LONGEST_PAUSE = 20.0  # seconds: somebody is waiting for a table
Asked = tuple[dict[str, Estimate], dict[str, ProviderError]]
_NEAR = Decimal("0.02")


class Saving(Frozen):
    """Say what merging saved: frames, and money where the price goes by the frame (None: it does not)."""

    frames: int
    amount: Decimal | None = None
    unit: str | None = None


async def estimates(provider: Provider, pulls: Iterable[Pull], recipe: Recipe) -> Asked:
    """Return estimates and refusals by pull id, asking for as many at once as the provider takes.

    Raises what is not about one pull, such as Unauthorized.
    """
    gate, pulls = asyncio.Semaphore(provider.at_once), list(pulls)

    async def ask(pull: Pull) -> Estimate | ProviderError:
        async with gate:
            return await _estimate(provider, pull, recipe)

    asking = [asyncio.ensure_future(ask(pull)) for pull in pulls]
    try:
        answers = await asyncio.gather(*asking)
    finally:
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    found = list(zip(pulls, answers, strict=True))
    return (
        {pull.id: one for pull, one in found if isinstance(one, Estimate)},
        {pull.id: one for pull, one in found if isinstance(one, ProviderError)},
    )


def quote_of(planned: Plan, found: Mapping[str, Estimate], refused: Mapping[str, ProviderError]) -> Quote:
    """Return a plan's quote; the piece of a stretch counts only where every other one has a price as well."""
    why = {pull: str(reason) for pull, reason in refused.items()}
    wanted = {pull.id for pull in without(planned, why).pulls}
    return Quote(
        provider=planned.recipe.provider,
        model=planned.recipe.model,
        estimates={pull: one for pull, one in found.items() if pull in wanted},
        refused=why,
    )


def without(planned: Plan, refused: Mapping[str, str]) -> Plan:
    """Return the plan without the pulls that got no price; their shots are left out by name."""
    return leave_out(
        planned,
        {shot: refused[pull.id] for pull in planned.pulls if pull.id in refused for shot in pull.shots},
    )


def leave_out(planned: Plan, gone: Mapping[str, str]) -> Plan:
    """Return the plan without the shots of `gone`, by id with the reason, and without what only they need."""
    if not gone:
        return planned
    shots = tuple(shot for shot in planned.shots if shot.id not in gone)
    needed = ((pull, tuple(shot for shot in pull.shots if shot not in gone)) for pull in planned.pulls)
    pulls = tuple(pull.model_copy(update={"shots": left}) for pull, left in needed if left)
    named = tuple(
        LeftOut(name=shot.name, track=shot.track, reason=gone[shot.id])
        for shot in planned.shots
        if shot.id in gone
    )
    return planned.model_copy(
        update={
            "shots": shots,
            "pulls": pulls,
            "left_out": (*planned.left_out, *named),
            "totals": count_frames(shots, pulls, planned.recipe.handles),
        }
    )


def saving(planned: Plan, quote: Quote) -> Saving:
    """Return what merging saved against exporting each shot apart."""
    frames = max(0, planned.totals.naive_frames - planned.totals.pull_frames)
    rate = per_frame(planned, quote)
    if rate is None:
        return Saving(frames=frames)
    unit = next(iter(quote.estimates.values())).unit
    return Saving(frames=frames, amount=worth(rate, frames), unit=unit)


def worth(rate: Decimal, frames: int) -> Decimal:
    """Return what frames cost at a rate."""
    return (rate * frames).quantize(Decimal("0.0001")).normalize()


async def _estimate(provider: Provider, pull: Pull, recipe: Recipe) -> Estimate | ProviderError:
    for tries in range(TRIES):
        try:
            return await provider.estimate(pull, recipe)
        except Unavailable as busy:
            if tries == TRIES - 1:
                return busy
            await asyncio.sleep(min(pause_after(tries, busy.retry_after), LONGEST_PAUSE))
        except Rejected as refused:
            return refused
    raise AssertionError("unreachable")


def per_frame(planned: Plan, quote: Quote) -> Decimal | None:
    """Return the price of a frame where one follows: all pulls agree on it, and that is no accident."""
    counts = {pull.id: pull.frames.count for pull in planned.pulls}
    known = [(pull, one) for pull, one in quote.estimates.items() if one.amount and pull in counts]
    if not known or len(known) < len(quote.estimates) or len({one.unit for _, one in known}) > 1:
        return None
    told = all(one.frames or one.billed for _, one in known)
    differ = len({counts[pull] for pull, _ in known}) > 1
    return (
        agreed([Decimal(one.amount or 0) / counts[pull] for pull, one in known]) if told or differ else None
    )


def agreed(rates: Sequence[Decimal]) -> Decimal | None:
    """Return the rate that some prices by the frame agree on; None where they don't, or there are none."""
    if not rates or max(rates) - min(rates) > _NEAR * max(rates):
        return None
    return sum(rates, Decimal(0)) / len(rates)
