"""A key goes to its own service and nowhere else, and a refused one is named by its variable."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from uprez.errors import Unauthorized
from uprez.provider import Provider
from uprez.testing.trial import Trial, told
from uprez.testing.wire import answered

NO = {"message": "this key is not known"}


class Keys:
    """Check where a key is refused, where it travels and where it stays."""

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_refused_at_the_estimate_is_named(self, trial: Trial, status: int) -> None:
        trial.sends("estimate", own=True)
        self._is_refused(trial, "estimate", status, trial.price)

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_refused_while_staging_is_named(self, trial: Trial, status: int) -> None:
        trial.sends("stage", own=True)
        self._is_refused(trial, "stage", status, trial.ready)
        trial.wire.spoil(answered(status, body=NO), "stage", own=True, times=None)
        standing = trial.run()
        assert standing.state == "failed"
        assert self._key_env(trial) in (standing.error or "")

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_refused_at_submit_is_named_and_costs_nothing(self, trial: Trial, status: int) -> None:
        trial.sends("submit", own=True)
        self._is_refused(trial, "submit", status, trial.placed)
        assert trial.charges() == 0
        trial.wire.rules.clear()
        trial.never_twice(trial.run())

    def test_a_missing_key_is_named_and_costs_nothing(self, trial: Trial) -> None:
        if self._key_env(trial) is None:
            pytest.skip("this provider needs no key")
        provider = trial.provider()
        bare = trial.wire.watch(type(provider)(provider.context.model_copy(update={"key": None})))
        with pytest.raises(Unauthorized) as refused:
            trial.placed(bare)
        assert self._key_env(trial) in told(refused)
        assert trial.charges() == 0

    def test_a_key_goes_to_the_services_own_host_only(self, trial: Trial) -> None:
        key = self._key(trial)
        trial.sends("submit")
        trial.is_done(trial.run())
        strays = [sent.url.partition("?")[0] for sent in trial.wire.sent if not sent.own and sent.shows(key)]
        assert strays == []
        assert not [sent.url for sent in trial.wire.sent if key in sent.url], "a key has no place in a URL"

    def test_a_redirect_off_the_host_never_carries_the_key(self, trial: Trial) -> None:
        key = self._key(trial)
        trial.sends("fetch")
        files = trial.wire.redirect("fetch")
        standing = trial.run()
        if not files.met:
            pytest.skip("no render comes over HTTP")
        assert [sent.url for sent in trial.wire.sent if not sent.own and sent.shows(key)] == []
        if standing.state == "done":
            trial.is_done(standing)
        assert trial.charges() <= 1

    def test_a_key_is_in_nothing_that_a_run_leaves(
        self, trial: Trial, caplog: pytest.LogCaptureFixture
    ) -> None:
        key = self._key(trial)
        caplog.set_level(logging.DEBUG, "httpcore")
        provider = trial.provider()
        trial.wire.spoil(answered(503, body=NO), "poll")
        trial.is_done(trial.run(provider))
        no = answered(401, body={"message": f"the key {key} is not known"})
        failures = []
        for number, method in enumerate(("stage", "submit", "poll", "fetch")):
            trial.wire.rules.clear()
            trial.wire.spoil(no, method, times=None)
            failures.append(_failure(trial.shop.run, provider, trial.another(4 + number)))
            failures.append(_failure(trial.placed, provider))
        leaks = [path.name for path, content in trial.artefacts().items() if key.encode() in content]
        assert leaks == []
        assert key not in repr(provider) + repr(provider.context) + str(provider.context) + str(failures)
        assert key not in caplog.text

    def test_a_ticket_and_a_staged_plate_hold_no_key(self, trial: Trial) -> None:
        key, provider = self._key(trial), trial.provider()
        ready, place = trial.ready(provider)
        ticket = asyncio.run(provider.submit(ready, place))
        done = trial.ended(provider, ticket)
        assert key not in place.model_dump_json() + ticket.model_dump_json() + done.model_dump_json()

    def _is_refused(self, trial: Trial, method: str, status: int, call: Callable[[Provider], Any]) -> None:
        if self._key_env(trial) is None:
            pytest.skip("this provider needs no key")
        trial.wire.spoil(answered(status, body=NO), method, own=True, times=None)
        with pytest.raises(Unauthorized) as refused:
            call(trial.provider())
        assert self._key_env(trial) in told(refused), "the error is to name the variable that holds the key"
        trial.wire.rules.clear()

    def _key_env(self, trial: Trial) -> Any:
        return trial.provider().key_env

    def _key(self, trial: Trial) -> str:
        if not trial.service.key:
            pytest.skip("this provider needs no key")
        return trial.service.key


def _failure(call: Callable[..., Any], *given: Any) -> str:
    try:
        return repr(call(*given))
    except Exception as failure:
        return f"{failure!r} {failure}"
