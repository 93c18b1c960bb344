"""What is free, what is charged, what a cap holds back, and what a cancelled order costs."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal

import pytest

from uprez.errors import InDoubt, OutOfCredit, Unavailable
from uprez.ledger import Ledger
from uprez.orders import Failed, Succeeded
from uprez.testing.faults import charge_more, slow_down
from uprez.testing.trial import Trial
from uprez.testing.wire import answered, unsent

EMPTY = {"message": "not enough credit"}


class Money:
    """Check that money moves in `submit` and nowhere else."""

    def test_an_estimate_without_a_network_is_an_answer_or_a_wait(self, trial: Trial) -> None:
        well = trial.price(trial.provider())
        trial.wire.spoil(unsent, "estimate", times=None)
        try:
            alone = trial.price(trial.provider())
        except Unavailable:
            return
        assert (alone.amount, alone.unit, alone.basis) == (well.amount, well.unit, well.basis)

    def test_everything_but_submit_is_free(self, trial: Trial) -> None:
        provider = trial.provider()
        ready, place = trial.ready(provider)
        ticket = asyncio.run(provider.submit(ready, place))
        before = trial.charges()
        assert isinstance(trial.ended(provider, ticket), Succeeded)
        for _ in range(2):
            with contextlib.suppress(InDoubt, Unavailable):
                asyncio.run(provider.find(ready, place))
            assert isinstance(asyncio.run(provider.cancel(ticket)), bool)
        trial.price(provider)
        trial.ready(provider)
        for _ in range(2):
            asyncio.run(provider.clear(place, ticket))
        assert trial.charges() == before == trial.paid

    def test_an_empty_account_stops_the_provider_and_costs_nothing(self, trial: Trial) -> None:
        trial.sends("submit", own=True)
        provider = trial.provider()
        ready, place = trial.ready(provider)
        trial.wire.spoil(answered(402, body=EMPTY), "submit", own=True, times=None)
        with pytest.raises(OutOfCredit):
            asyncio.run(provider.submit(ready, place))
        orders = trial.another(0), trial.order
        for standing in trial.shop.run(trial.provider(), *orders):
            assert standing.state == "failed", standing.error
            assert standing.charged == 0
        assert [trial.charges(order) for order in orders] == [0, 0]
        trial.wire.rules.clear()
        trial.is_done(trial.run())

    def test_a_quoted_order_is_charged_no_more_than_its_quote(self, trial: Trial) -> None:
        provider = trial.provider()
        quoted = trial.price(provider)
        done = trial.ended(provider, trial.placed(provider))
        if quoted.basis != "quoted" or done.charged is None:
            pytest.skip("there is no quote to hold the charge against")
        assert done.charged <= (quoted.reserved or 0)

    def test_a_price_of_100_times_the_quote_is_shown_and_counts_against_the_cap(self, trial: Trial) -> None:
        provider = trial.provider()
        quote = trial.price(provider)
        if not quote.reserved:
            pytest.skip("this provider asks no price beforehand")
        first, second = trial.order, trial.another(0)
        price, cap = quote.reserved, 3 * quote.reserved
        charge_more(provider, 100, price)
        (standing,) = trial.shop.run(
            provider, first, before=lambda ledger: ledger.set_cap("run", quote.unit, cap)
        )
        trial.is_done(standing)
        assert standing.charged > 99 * (quote.amount or Decimal(0)) > cap  # a quote is rounded
        (refused,) = trial.shop.run(provider, second)
        assert refused.state == "queued"
        assert "cap" in (refused.error or "")
        assert trial.charges(second) == 0

    def test_an_order_cancelled_before_it_is_placed_costs_nothing(self, trial: Trial) -> None:
        order = trial.order

        def cancel(ledger: Ledger) -> None:
            ledger.ask_cancel(order.id)

        (standing,) = trial.shop.run(trial.provider(), order, before=cancel)
        assert trial.charges() == 0 or standing.state == "done"

    def test_an_order_cancelled_under_way_ends_and_is_charged_at_most_once(self, trial: Trial) -> None:
        provider, order = trial.provider(), trial.order
        with trial.shop.engine(provider) as (engine, ledger):
            slow_down(provider, 2, lambda: ledger.ask_cancel(order.id))
            asyncio.run(engine.run([(order, trial.price(provider))]))
            assert ledger.standing(order.id).state in ("cancelled", "done")
        assert trial.charges() <= 1

    def test_an_order_said_to_be_cancelled_never_succeeds(self, trial: Trial) -> None:
        provider = trial.provider()
        ticket = trial.placed(provider)
        stopped = [asyncio.run(provider.cancel(ticket)) for _ in range(2)]
        ended = trial.ended(provider, ticket)
        if stopped[0]:
            assert isinstance(ended, Failed), "cancel said that it was stopped, and it went on"
        assert trial.charges() <= 1

    def test_an_order_that_is_done_can_not_be_cancelled_away(self, trial: Trial) -> None:
        provider = trial.provider()
        ticket = trial.placed(provider)
        assert isinstance(trial.ended(provider, ticket), Succeeded)
        assert asyncio.run(provider.cancel(ticket)) is False
        assert isinstance(trial.ended(trial.provider(), ticket), Succeeded)
