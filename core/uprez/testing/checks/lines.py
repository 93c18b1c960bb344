"""A line that drops, a service that is busy, a gateway that gives up: put between the provider and httpx."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from uprez.testing.trial import Trial
from uprez.testing.wire import Spoil, answered, answered_after, lost, slow, unsent

BUSY = {"message": "busy, come back later"}
MOST = 6  # requests of a submit that are spoilt one by one


class Lines:
    """Check what HTTP can do to an order between its estimate and its render."""

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_busy_without_saying_how_long_is_waited_for(self, trial: Trial, status: int) -> None:
        trial.sends("poll")
        trial.wire.spoil(answered(status, body=BUSY), "poll", times=2)
        trial.is_done(trial.run())

    def test_busy_for_some_seconds_is_waited_for_that_long(self, trial: Trial) -> None:
        trial.sends("poll")
        trial.wire.spoil(answered(429, {"Retry-After": "47"}, BUSY), "poll")
        trial.is_done(trial.run())
        assert max(trial.shop.slept) >= 47, "it asked again sooner than the service wanted"

    def test_busy_until_a_date_is_waited_for_that_long(self, trial: Trial) -> None:
        trial.sends("poll")
        until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        trial.wire.spoil(answered(503, {"Retry-After": until}, BUSY), "poll")
        trial.is_done(trial.run())
        assert max(trial.shop.slept) >= 60, "it asked again sooner than the service wanted"

    @pytest.mark.parametrize("how", [answered(503, body=BUSY), unsent, lost], ids=["busy", "unsent", "lost"])
    def test_a_broken_upload_is_repeated(self, trial: Trial, how: Spoil) -> None:
        trial.sends("stage")
        trial.wire.spoil(how, "stage")
        trial.is_done(trial.run())

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_busy_at_submit_never_buys_twice(self, trial: Trial, status: int) -> None:
        trial.sends("submit")
        trial.wire.spoil(answered(status, {"Retry-After": "1"}, BUSY), "submit")
        trial.never_twice(trial.run())

    def test_a_gateway_that_gives_up_after_acceptance_never_buys_twice(self, trial: Trial) -> None:
        self._each_request_of_submit(trial, answered_after(504, body="<html>Gateway Time-out</html>"))

    def test_a_line_that_drops_before_submit_arrives_never_buys_twice(self, trial: Trial) -> None:
        self._each_request_of_submit(trial, unsent)

    def test_a_line_that_drops_after_submit_arrived_never_buys_twice(self, trial: Trial) -> None:
        self._each_request_of_submit(trial, lost)

    def test_an_answer_to_submit_that_nobody_can_read_never_buys_twice(self, trial: Trial) -> None:
        self._each_request_of_submit(trial, answered_after(200, body="<html>welcome</html>"))

    @pytest.mark.parametrize(
        "how",
        [unsent, answered(500, body=BUSY), answered(200, body="<html>welcome</html>"), answered(401)],
        ids=["unsent", "500", "html", "401"],
    )
    def test_a_find_that_can_not_ask_does_not_deny(self, trial: Trial, how: Spoil) -> None:
        trial.sends("submit")
        provider = trial.provider()
        ready, place = trial.ready(provider)
        asyncio.run(provider.submit(ready, place))
        trial.wire.spoil(how, "find", own=True, times=None)
        try:
            found = asyncio.run(provider.find(ready, place))
        except Exception:
            return
        assert found is not None, "find denies what it could not ask about: it would be bought twice"

    @pytest.mark.parametrize("method", ["poll", "fetch"])
    @pytest.mark.parametrize("how", [unsent, lost], ids=["unsent", "lost"])
    def test_a_line_that_drops_afterwards_is_picked_up(self, trial: Trial, method: str, how: Spoil) -> None:
        trial.sends(method)
        trial.wire.spoil(how, method, times=2)
        trial.is_done(trial.run())

    @pytest.mark.parametrize("body", ["<html>down for maintenance</html>", "", {}], ids=repr)
    def test_a_status_that_nobody_can_read_writes_nothing_off(self, trial: Trial, body: Any) -> None:
        trial.sends("poll")
        trial.wire.spoil(answered(200, body=body), "poll")
        trial.ends_whole()

    def test_a_slow_line_changes_nothing(self, trial: Trial) -> None:
        trial.sends("submit")
        trial.wire.spoil(slow, "submit", "poll", "fetch", times=3)
        trial.is_done(trial.run())

    def _each_request_of_submit(self, trial: Trial, how: Spoil) -> None:
        for nth in range(1, min(trial.sends("submit"), MOST) + 1):
            order = trial.another(1 + nth)
            rule = trial.wire.spoil(how, "submit", nth=nth)
            (standing,) = trial.shop.run(trial.provider(), order)
            assert rule.met == 1
            trial.wire.rules.clear()
            trial.never_twice(standing)
