"""The proof of a provider: an author says how the service behaves when well, the faults are added here.

    class TestMine(ProviderContract):
        provider = MyProvider

        @pytest.fixture
        def service(self, tmp_path):
            return MyService(tmp_path)

A test of the contract can be left out only by an `xfail` with a reason. What was charged is counted at the
service; the ledger is never asked.
"""
# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import asyncio
import re
from abc import ABC
from pathlib import Path
from typing import ClassVar

import pytest

from uprez.errors import InDoubt, Unavailable
from uprez.model import Call
from uprez.orders import Option, Order, Recipe, Succeeded, Ticket
from uprez.outcome import Standing
from uprez.provider import Provider
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.faults import Crash, Workshop, break_fetch, estimate, fail, slow_down
from uprez.testing.service import Service, ended, staged

__all__ = ["ProviderContract", "Service"]

AWAY = Unavailable("the service is away for a moment")


class ProviderContract(ABC):
    """Inherit this in a test class named `Test…`; set `provider`, and define a fixture `service`."""

    provider: ClassVar[type[Provider]]
    model: ClassVar[str] = ""
    options: ClassVar[dict[str, Option]] = {}
    paid: ClassVar[bool] = True
    clip_size: ClassVar[tuple[int, int]] = (128, 72)
    count: ClassVar[int] = 8  # frames of an order

    @classmethod
    def recipe(cls) -> Recipe:
        """Say what is bought."""
        model = cls.model or cls.provider.models[0].name
        return Recipe(provider=cls.provider.name, model=model, options=cls.options, render="ffv1")

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        """Return the service when it is well."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture `service` that returns a Service")

    @pytest.fixture
    def shop(self, tmp_path: Path) -> Workshop:
        """Return a workspace with a clip whose frames carry their numbers."""
        clip = make_clip(tmp_path / "clip.mkv", frames=3 * self.count, size=self.clip_size)
        return Workshop(tmp_path, clip, self.recipe(), self.provider)

    @pytest.fixture
    def order(self, shop: Workshop) -> Order:
        """Return an order of some frames from the middle of the clip."""
        return shop.order(3, self.count)

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

    def test_an_estimate_is_free_and_may_be_asked_again(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        provider = service.connect(shop.workspace)
        first, second = (asyncio.run(estimate(provider, order)) for _ in range(2))
        assert (first.amount, first.unit, first.basis) == (second.amount, second.unit, second.basis)
        assert (first.amount is None) == (first.basis == "unknown")
        assert service.charges(order) == 0

    def test_staging_is_free_and_may_be_repeated(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        for _ in range(2):
            staged(service.connect(shop.workspace), shop.exported(order))
        assert service.charges(order) == 0

    def test_an_order_becomes_the_render_of_its_frames_and_is_charged_once(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        (standing,) = shop.run(service.connect(shop.workspace), order)
        self._is_done(standing, service)
        again = shop.run(service.connect(shop.workspace), order)[0]
        assert again.render == standing.render
        assert service.charges(order) == self.paid

    def test_orders_at_once_are_not_mixed_up(self, service: Service, shop: Workshop) -> None:
        orders = [shop.order(first, self.count) for first in (0, self.count, 2 * self.count)]
        for standing in shop.run(service.connect(shop.workspace), *orders):
            self._is_done(standing, service)

    def test_a_ticket_outlives_its_process(self, service: Service, shop: Workshop, order: Order) -> None:
        ticket, _ = self._submitted(service, shop, order)
        written = Ticket.model_validate_json(ticket.model_dump_json())
        assert isinstance(ended(service.connect(shop.workspace), written), Succeeded)

    def test_a_lost_render_can_be_fetched_again(
        self, service: Service, shop: Workshop, order: Order, tmp_path: Path
    ) -> None:
        ticket, provider = self._submitted(service, shop, order)
        for _ in range(2):
            provider = service.connect(shop.workspace)
            done = ended(provider, ticket)
            assert isinstance(done, Succeeded)
            to = tmp_path / "away" / "render.mkv"
            to.parent.mkdir(exist_ok=True)
            asyncio.run(provider.fetch(done, to))
            assert [path.name for path in to.parent.iterdir()] == ["render.mkv"]
            to.unlink()
        assert service.charges(order) <= 1

    def test_what_was_never_placed_is_not_found(self, service: Service, shop: Workshop, order: Order) -> None:
        provider, ready = service.connect(shop.workspace), shop.exported(order)
        place = staged(provider, ready)
        try:
            found = asyncio.run(provider.find(ready, place))
        except InDoubt:
            return
        assert found is None

    def test_what_was_placed_is_found_or_in_doubt_but_never_denied(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        provider, ready = service.connect(shop.workspace), shop.exported(order)
        place = staged(provider, ready)
        asyncio.run(provider.submit(ready, place))
        try:
            found = asyncio.run(provider.find(ready, place))
        except InDoubt:
            return
        assert found is not None, "find denies an order that was placed: it would be bought twice"
        assert isinstance(ended(provider, found), Succeeded)

    @pytest.mark.parametrize("arrives", [True, False], ids=["arrived", "never arrived"])
    @pytest.mark.parametrize("failure", [AWAY, ValueError("unreadable")], ids=repr)
    def test_a_submit_without_an_answer_never_buys_twice(
        self, service: Service, shop: Workshop, order: Order, failure: Exception, arrives: bool
    ) -> None:
        provider = service.connect(shop.workspace)
        fail(provider, "submit", failure, after=arrives)
        (standing,) = shop.run(provider, order)
        self._is_done_or_asks(standing, service)

    @pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
    @pytest.mark.parametrize("method", ["stage", "submit", "poll", "fetch"])
    def test_a_crash_never_buys_twice_and_loses_nothing(
        self, service: Service, shop: Workshop, order: Order, method: str, after: bool
    ) -> None:
        dying = service.connect(shop.workspace)
        fail(dying, method, Crash(), after=after)
        shop.crash(dying, order)
        service.left(dying)
        (standing,) = shop.run(service.connect(shop.workspace), order)
        if method == "submit":
            self._is_done_or_asks(standing, service)
        else:
            self._is_done(standing, service)

    @pytest.mark.parametrize("method", ["stage", "poll", "fetch"])
    def test_a_service_that_is_away_for_a_moment_is_waited_for(
        self, service: Service, shop: Workshop, order: Order, method: str
    ) -> None:
        provider = service.connect(shop.workspace)
        fail(provider, method, AWAY, times=2)
        (standing,) = shop.run(provider, order)
        self._is_done(standing, service)

    def test_a_fetch_that_breaks_half_way_ends_whole(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        provider = service.connect(shop.workspace)
        break_fetch(provider)
        (standing,) = shop.run(provider, order)
        self._is_done(standing, service)

    def test_a_slow_order_is_waited_for(self, service: Service, shop: Workshop, order: Order) -> None:
        provider = service.connect(shop.workspace)
        slow_down(provider, 5)
        (standing,) = shop.run(provider, order)
        self._is_done(standing, service)

    def test_driving_an_order_twice_at_once_buys_it_once(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        provider = service.connect(shop.workspace)
        with shop.engine(provider) as (engine, ledger):

            async def both() -> None:
                await engine.enqueue(order, await estimate(provider, order))
                await asyncio.gather(engine.drive(order.id), engine.drive(order.id))

            asyncio.run(both())
            self._is_done(ledger.standing(order.id), service)

    def test_a_cancelled_order_ends_and_is_charged_at_most_once(
        self, service: Service, shop: Workshop, order: Order
    ) -> None:
        provider = service.connect(shop.workspace)
        with shop.engine(provider) as (engine, ledger):
            slow_down(provider, 2, lambda: ledger.ask_cancel(order.id))
            asyncio.run(engine.run([(order, asyncio.run(estimate(provider, order)))]))
            assert ledger.standing(order.id).state in ("cancelled", "done")
        assert service.charges(order) <= 1

    def test_the_key_never_enters_the_ledger(self, service: Service, shop: Workshop, order: Order) -> None:
        shop.run(service.connect(shop.workspace), order)
        if service.key:
            assert service.key.encode() not in (shop.workspace / "ledger.db").read_bytes()

    def _submitted(self, service: Service, shop: Workshop, order: Order) -> tuple[Ticket, Provider]:
        """Place an order by hand and let the process that did so die."""
        provider, ready = service.connect(shop.workspace), shop.exported(order)
        ticket = asyncio.run(provider.submit(ready, staged(provider, ready)))
        service.left(provider)
        return ticket, provider

    def _is_done(self, standing: Standing, service: Service) -> None:
        assert standing.state == "done", standing.error
        render, frames = standing.render, standing.order.plate.pull.frames
        assert render is not None
        assert render.verdict.call in (Call.MATCH, Call.UNSURE)
        assert read_numbers(render.path) == list(range(frames.start, frames.end))
        assert service.charges(standing.order) == self.paid

    def _is_done_or_asks(self, standing: Standing, service: Service) -> None:
        if standing.state == "needs-you":
            assert service.charges(standing.order) <= 1
        else:
            self._is_done(standing, service)
