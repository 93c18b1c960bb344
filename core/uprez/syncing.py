"""Say what a delta saves: frames against buying the whole cut anew, and money where a frame has a price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Self

from uprez.frozen import Frozen
from uprez.orders import Quote
from uprez.outcome import Standing
from uprez.owning import standings
from uprez.plan import Plan
from uprez.pulls import plan_pulls
from uprez.quoting import agreed, per_frame, worth
from uprez.session import Session


class Saved(Frozen):
    """Count the frames that a delta buys and those that the whole cut would cost without it.

    `ordered` are those that were on order before, and are paid as they come. `amount` is the money for the
    difference, None where no price by the frame is known.
    """

    bought: int
    anew: int
    ordered: int = 0
    amount: Decimal | None = None
    unit: str | None = None

    @property
    def frames(self) -> int:
        """Return how many frames are not bought."""
        return max(0, self.anew - self.bought)

    def done(self, bought: int) -> Self:
        """Return it with the frames that were bought in the end; what another number saves has no price."""
        same = bought == self.bought
        return self.model_copy(
            update={"bought": bought, "ordered": 0, "amount": self.amount if same else None}
        )


def saved(session: Session, planned: Plan, quote: Quote) -> Saved:
    """Hold a delta's plan against one that knows of no render; asks no provider."""
    model = session.plugins.model(planned.recipe.provider, planned.recipe.model)
    most = model.limits_for(planned.recipe.options).max_frames
    anew = plan_pulls(planned.shots, planned.recipe.handles, most=most)
    unpaid = {pull.id: pull.frames.count for pull in planned.pulls if pull.id in quote.estimates}
    found = Saved(
        bought=sum(count for pull, count in unpaid.items() if pull not in planned.owned),
        anew=sum(pull.frames.count for pull in anew),
        ordered=sum(count for pull, count in unpaid.items() if pull in planned.owned),
    )
    known = standings(session.workspace)
    there = [known[one.id] for one in session.orders(planned).values() if one.id in known]
    units = [one.unit for one in quote.estimates.values()] + [one.unit for one in there]
    unit = units[0] if units else "USD"
    rate = per_frame(planned, quote) or _paid(there, unit)
    if rate is None:
        return found
    return found.model_copy(update={"amount": worth(rate, found.frames), "unit": unit})


def frames_since(before: Mapping[str, Standing], now: Mapping[str, Standing]) -> int:
    """Count the frames of the orders that were charged, or came for nothing, since `before`."""
    return sum(
        one.order.plate.pull.frames.count
        for name, one in now.items()
        if one.charged > (before[name].charged if name in before else 0)
        or (one.state == "done" and (name not in before or before[name].state != "done"))
    )


def _paid(there: Iterable[Standing], unit: str) -> Decimal | None:
    """Return what a frame of the renders that are there was paid with, where they agree on it."""
    return agreed(
        [one.charged / one.order.plate.pull.frames.count for one in there if one.charged and one.unit == unit]
    )
