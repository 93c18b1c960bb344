"""What a well order is: free until it is placed, charged once, and the render of its own frames."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from pathlib import Path
from typing import ClassVar

from uprez.errors import InDoubt, Unavailable
from uprez.orders import Order, Running, Staged, Succeeded, Ticket
from uprez.provider import Provider
from uprez.testing.faults import heard
from uprez.testing.trial import Trial


class Buying:
    """Check the happy way, and what its methods promise of themselves."""

    provider: ClassVar[type[Provider]]
    count: ClassVar[int]

    def test_it_says_what_it_is(self) -> None:
        kind = self.provider
        assert re.fullmatch(r"[a-z][a-z0-9-]*", kind.name), (
            "a provider's name is lower case, and goes into names"
        )
        assert kind.models, "a provider has at least one model"
        assert len({model.name for model in kind.models}) == len(kind.models)
        assert all(model.summary and model.does and model.plates for model in kind.models)
        assert kind.key_env is None or re.fullmatch(r"[A-Z][A-Z0-9_]*", kind.key_env)
        assert kind.at_once >= 1
        assert kind.poll_every > 0

    def test_an_estimate_is_free_and_may_be_asked_again(self, trial: Trial) -> None:
        provider = trial.provider()
        first, second = (trial.price(provider) for _ in range(2))
        assert (first.amount, first.unit, first.basis) == (second.amount, second.unit, second.basis)
        assert (first.amount is None) == (first.basis == "unknown")
        assert trial.charges() == 0

    def test_staging_is_free_and_may_be_repeated(self, trial: Trial) -> None:
        for _ in range(2):
            trial.ready(trial.provider())
        assert trial.charges() == 0

    def test_a_plate_is_only_read(self, trial: Trial) -> None:
        provider = trial.provider()
        path = trial.shop.exported(trial.order).plate.path
        before = hashlib.sha256(path.read_bytes()).digest()
        ready, place = trial.ready(provider)
        asyncio.run(provider.submit(ready, place))
        assert hashlib.sha256(path.read_bytes()).digest() == before

    def test_an_order_becomes_the_render_of_its_frames_and_is_charged_once(self, trial: Trial) -> None:
        standing = trial.run()
        trial.is_done(standing)
        assert trial.run().render == standing.render
        assert trial.charges() == trial.paid

    def test_orders_at_once_are_not_mixed_up(self, trial: Trial) -> None:
        orders = [trial.another(first) for first in (0, self.count, 2 * self.count)]
        for standing in trial.shop.run(trial.provider(), *orders):
            trial.is_done(standing)

    def test_a_clip_with_an_odd_name_is_bought_like_any_other(self, trial: Trial) -> None:
        clip = trial.shop.clip
        trial.shop.clip = clip.rename(clip.with_name("Größe #1 & 'ça'; 映像 50%.mkv"))
        trial.is_done(trial.run())

    def test_driving_an_order_twice_at_once_buys_it_once(self, trial: Trial) -> None:
        provider, order = trial.provider(), trial.order
        with trial.shop.engine(provider) as (engine, ledger):

            async def both() -> None:
                await engine.enqueue(order, await provider.estimate(order.plate.pull, order.recipe))
                await asyncio.gather(engine.drive(order.id), engine.drive(order.id))

            asyncio.run(both())
            trial.is_done(ledger.standing(order.id))

    def test_a_ticket_outlives_its_process(self, trial: Trial) -> None:
        dying = trial.provider()
        ticket = trial.placed(dying)
        trial.service.left(dying)
        written = Ticket.model_validate_json(ticket.model_dump_json())
        assert isinstance(trial.ended(trial.provider(), written), Succeeded)

    def test_a_lost_render_can_be_fetched_again(self, trial: Trial, tmp_path: Path) -> None:
        dying = trial.provider()
        ticket = trial.placed(dying)
        trial.service.left(dying)
        for _ in range(2):
            provider = trial.provider()
            done = trial.ended(provider, ticket)
            assert isinstance(done, Succeeded)
            to = tmp_path / "far away" / "rendér.mkv"
            to.parent.mkdir(exist_ok=True)
            asyncio.run(provider.fetch(done, to))
            assert [path.name for path in to.parent.iterdir()] == [to.name]
            to.unlink()
        assert trial.charges() <= 1

    def test_what_was_never_placed_is_not_found(self, trial: Trial) -> None:
        provider = trial.provider()
        found = _found(provider, *trial.ready(provider))
        if isinstance(found, Ticket):
            assert trial.charges() == trial.paid, "find names an order that was never placed"
            assert isinstance(trial.ended(provider, found), Succeeded)
        else:
            assert trial.charges() == 0

    def test_what_was_placed_is_found_or_in_doubt_but_never_denied(self, trial: Trial) -> None:
        provider = trial.provider()
        ready, place = trial.ready(provider)
        ticket = asyncio.run(provider.submit(ready, place))
        found = _found(provider, ready, place)
        assert found is not None, "find denies an order that was placed: it would be bought twice"
        if isinstance(found, Ticket):
            assert found.id == ticket.id
            assert isinstance(trial.ended(provider, found), Succeeded)
        assert trial.charges() == trial.paid

    def test_progress_is_told_in_frames_that_there_are(self, trial: Trial) -> None:
        provider = trial.provider()
        told = heard(provider)
        trial.is_done(trial.run(provider))
        for status in told:
            if isinstance(status, Running) and status.done is not None:
                assert 0 <= status.done <= (status.total or status.done)


def _found(provider: Provider, order: Order, place: Staged) -> Ticket | Exception | None:
    """Look for an order, also once the time that the provider asks for has passed; a doubt is returned."""
    wait = 0.0
    for _ in range(3):
        try:
            sent = time.time() - wait
            return asyncio.run(provider.find(order, place.model_copy(update={"sent": sent})))
        except InDoubt as doubt:
            return doubt
        except Unavailable as early:
            wait += (early.retry_after or 60.0) + 1
            late = early
    return late
