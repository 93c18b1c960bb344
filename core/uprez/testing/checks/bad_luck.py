"""Crashes, lost answers and double starts: nothing is bought twice, and nothing paid is lost."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
import threading

import pytest

from uprez.errors import Unavailable
from uprez.orders import Queued, Running
from uprez.testing.faults import break_fetch, fail, slow_down, tell_first
from uprez.testing.trial import Trial
from uprez.testing.workshop import Crash

AWAY = Unavailable("the service is away for a moment")


class BadLuck:
    """Check what goes wrong around a provider's methods, whatever it speaks."""

    @pytest.mark.parametrize("arrives", [True, False], ids=["arrived", "never arrived"])
    @pytest.mark.parametrize("failure", [AWAY, ValueError("unreadable")], ids=repr)
    def test_a_submit_without_an_answer_never_buys_twice(
        self, trial: Trial, failure: Exception, arrives: bool
    ) -> None:
        provider = trial.provider()
        fail(provider, "submit", failure, after=arrives)
        trial.never_twice(trial.run(provider))

    @pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
    @pytest.mark.parametrize("method", ["stage", "submit", "poll", "fetch"])
    def test_a_crash_never_buys_twice_and_loses_nothing(self, trial: Trial, method: str, after: bool) -> None:
        dying = trial.provider()
        fail(dying, method, Crash(), after=after)
        trial.shop.crash(dying, trial.order)
        trial.service.left(dying)
        standing = trial.run()
        if method == "submit":
            trial.never_twice(standing)
        else:
            trial.is_done(standing)

    @pytest.mark.parametrize("method", ["stage", "poll", "fetch"])
    def test_a_service_that_is_away_for_a_moment_is_waited_for(self, trial: Trial, method: str) -> None:
        provider = trial.provider()
        fail(provider, method, AWAY, times=2)
        trial.is_done(trial.run(provider))

    def test_a_fetch_that_breaks_half_way_ends_whole(self, trial: Trial) -> None:
        provider = trial.provider()
        break_fetch(provider)
        trial.is_done(trial.run(provider))

    def test_a_slow_order_is_waited_for(self, trial: Trial) -> None:
        provider = trial.provider()
        slow_down(provider, 5)
        trial.is_done(trial.run(provider))

    def test_progress_that_goes_backwards_is_never_shown(self, trial: Trial) -> None:
        provider = trial.provider()
        tell_first(
            provider, [Running(done=5, total=8), Running(done=2, total=8), Queued(), Running(), Queued()]
        )
        trial.is_done(trial.run(provider))
        shown = [progress.done for progress in trial.shop.shown if progress.stage == "wait"]
        assert shown[0] == 5
        assert shown == sorted(shown)

    def test_two_processes_buy_one_order_once(self, trial: Trial) -> None:
        order = trial.order
        with trial.shop.engine(trial.provider()) as (engine, _):
            asyncio.run(engine.enqueue(order, trial.price(trial.provider())))
        failures: list[BaseException] = []

        def process() -> None:
            try:
                with trial.shop.engine(trial.provider()) as (engine, _):
                    asyncio.run(engine.drive(order.id))
            except BaseException as failure:
                failures.append(failure)

        both = [threading.Thread(target=process) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert failures == []
        trial.is_done(trial.run())
