"""A client whose clock is a day off, and what is left behind once an order is done."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from uprez.errors import Unavailable
from uprez.testing.faults import fail
from uprez.testing.trial import Trial

DAY = 86_400.0


class ServiceTime:
    """Check that nothing hangs on this machine's clock, and that nothing is left lying about."""

    @pytest.mark.parametrize("skew", [DAY, -DAY], ids=["a day ahead", "a day behind"])
    def test_a_clock_that_is_wrong_changes_nothing(self, trial: Trial, skew: float) -> None:
        trial.wall.ahead = skew
        trial.is_done(trial.run())

    @pytest.mark.parametrize("skew", [DAY, -DAY], ids=["a day ahead", "a day behind"])
    def test_a_clock_that_is_wrong_never_buys_twice(self, trial: Trial, skew: float) -> None:
        trial.wall.ahead = skew
        provider = trial.provider()
        fail(provider, "submit", Unavailable("the answer was lost"), after=True)
        trial.never_twice(trial.run(provider))

    def test_an_order_that_is_done_leaves_no_copies_in_the_scratch_folder(self, trial: Trial) -> None:
        standing = trial.run()
        trial.is_done(standing)
        folders = [trial.shop.workspace / name for name in ("plates", "fetched", "renders")]
        media = {_digest(path) for folder in folders for path in folder.glob("*") if path.is_file()}
        left = [path for path in trial.shop.scratch.rglob("*") if path.is_file() and _digest(path) in media]
        assert left == []

    def test_an_order_that_is_done_leaves_nothing_at_the_service(self, trial: Trial) -> None:
        trial.is_done(trial.run())
        kept = trial.service.kept(trial.order)
        if kept is None:
            pytest.skip("the service does not tell what it keeps")
        assert kept == 0

    def test_a_plate_staged_and_never_bought_can_be_cleared(self, trial: Trial) -> None:
        provider = trial.provider()
        _, place = trial.ready(provider)
        for _ in range(2):
            asyncio.run(provider.clear(place, None))
        assert trial.service.kept(trial.order) in (None, 0)
        assert trial.charges() == 0
        trial.is_done(trial.run())


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
