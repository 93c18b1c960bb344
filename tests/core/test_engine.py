import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from uprez.engine import Engine
from uprez.errors import NotPlaced, OutOfCredit, Rejected, Unauthorized, Unavailable
from uprez.ledger import Ledger
from uprez.model import Call
from uprez.orders import Estimate, Event, Order, Recipe, Staged, Succeeded, Ticket
from uprez.outcome import Progress, Standing
from uprez.provider import Context, Provider
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.clock import FakeClock
from uprez.testing.fake_service import PRICE, FakeService, PaidProvider, SilentProvider
from uprez.testing.samples import sample_media, sample_order
from uprez.testing.workshop import Workshop

SIZE = (128, 72)


class Shop:
    """A workspace, a clip, a service, and as many engines one after another as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "cut.uprez"
        self.clip = make_clip(folder / "a.mkv", frames=72, size=SIZE)
        self.service = FakeService(folder / "service")
        self.clock = FakeClock()
        self.heard: list[Event] = []
        self.progress: list[Progress] = []

    def order(self, first: int = 0, provider: str = "paid", count: int = 12) -> Order:
        media = sample_media(self.clip, frames=72, size=SIZE)
        return sample_order(media, self.workspace, first=first, count=count, provider=provider)

    def provider(self, kind: type[PaidProvider] = PaidProvider) -> PaidProvider:
        return kind(Context(scratch=self.workspace / "scratch", base_url=str(self.service.folder)))

    @contextlib.contextmanager
    def engine(self, *providers: Provider, patience: float = 900) -> Iterator[Engine]:
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            yield Engine(
                ledger,
                self.workspace,
                {provider.name: provider for provider in providers or (self.provider(),)},
                watch=self.progress.append,
                observe=lambda order, event: self.heard.append(event),
                clock=self.clock,
                patience=patience,
            )

    def run(self, *orders: Order, by: Provider | None = None, cap: str | None = None) -> tuple[Standing, ...]:
        with self.engine(*([by] if by else [])) as engine:
            if cap:
                engine._ledger.set_cap("run", "USD", Decimal(cap), anew=True)
            return asyncio.run(engine.run([(order, costs(order)) for order in orders]))

    def charges(self, order: Order) -> int:
        return self.service.charges()[order.id]


def costs(order: Order) -> Estimate:
    return Estimate(amount=PRICE * order.plate.pull.frames.count)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def states(standings: tuple[Standing, ...]) -> list[str]:
    return [standing.state for standing in standings]


def test_an_order_becomes_a_render_of_its_own_frames(shop: Shop) -> None:
    order = shop.order(first=7)
    (standing,) = shop.run(order)
    assert standing.state == "done", standing.error
    render = standing.render
    assert render is not None
    assert render.verdict.call is Call.MATCH
    assert read_numbers(render.path) == list(range(7, 19))
    assert (render.info.width, render.info.height) == (256, 144)
    assert render.path == shop.workspace / "renders" / f"a_7-18_paid-double_144p_{order.id[:8]}.mkv"
    assert standing.charged == Decimal("0.12")
    assert standing.reserved == 0


def test_the_same_order_twice_is_bought_once_and_nothing_is_done_the_second_time(shop: Shop) -> None:
    shop.run(shop.order())
    before = len(shop.heard)
    (standing,) = shop.run(shop.order())
    assert standing.state == "done"
    assert len(shop.heard) == before
    assert shop.charges(shop.order()) == 1


def test_many_orders_run_at_once_and_each_is_bought_once(shop: Shop) -> None:
    orders = [shop.order(first) for first in range(0, 60, 6)]
    standings = shop.run(*orders)
    assert states(standings) == ["done"] * 10
    assert set(shop.service.charges().values()) == {1}
    assert [standing.order.id for standing in standings] == [order.id for order in orders]


def test_progress_and_events_tell_every_stage(shop: Shop) -> None:
    shop.run(shop.order())
    stages = list(dict.fromkeys(progress.stage for progress in shop.progress))
    assert stages == ["export", "stage", "submit", "wait", "fetch", "finish", "verify", "done"]
    kinds = [event.kind for event in shop.heard]
    assert kinds[0] == "queued"
    assert kinds[-1] == "placed"


def test_a_paid_fetch_is_kept_and_a_lost_render_is_finished_again_from_it(shop: Shop) -> None:
    order = shop.order()
    (standing,) = shop.run(order)
    assert standing.render is not None
    assert len(list((shop.workspace / "fetched").iterdir())) == 1
    standing.render.path.unlink()
    (again,) = shop.run(order)
    assert again.state == "done"
    assert read_numbers(standing.render.path) == list(range(12))
    assert shop.charges(order) == 1


def test_a_lost_render_and_a_lost_fetch_are_fetched_again_without_a_charge(shop: Shop) -> None:
    order = shop.order()
    (standing,) = shop.run(order)
    assert standing.render is not None
    standing.render.path.unlink()
    next((shop.workspace / "fetched").iterdir()).unlink()
    (again,) = shop.run(order)
    assert (again.state, again.charged) == ("done", Decimal("0.12"))
    assert shop.charges(order) == 1


class FailingOnce(PaidProvider):
    """Let one method fail a number of times, before or after it did its work."""

    def __init__(
        self, context: Context, method: str, failure: Exception, times: int = 1, *, after: bool = False
    ):
        super().__init__(context)
        inner = getattr(self, method)
        self.left = times

        async def failing(*args: object) -> object:
            self.left -= 1
            if self.left >= 0:
                if after:
                    await inner(*args)
                raise failure
            return await inner(*args)

        setattr(self, method, failing)


def failing(
    shop: Shop, method: str, failure: Exception, times: int = 1, *, after: bool = False
) -> FailingOnce:
    context = shop.provider().context
    return FailingOnce(context, method, failure, times, after=after)


@pytest.mark.parametrize("method", ["stage", "poll", "fetch"])
def test_a_service_that_is_away_is_asked_again_as_late_as_it_says(shop: Shop, method: str) -> None:
    provider = failing(shop, method, Unavailable("paid: busy", retry_after=7), times=2)
    (standing,) = shop.run(shop.order(), by=provider)
    assert standing.state == "done", standing.error
    assert len([slept for slept in shop.clock.slept if 7 <= slept <= 7.7]) == 2


def test_a_service_that_stays_away_leaves_a_paid_order_to_the_next_run(shop: Shop) -> None:
    order = shop.order()
    (standing,) = shop.run(order, by=failing(shop, "poll", Unavailable("paid: away; wait"), times=10**6))
    assert (standing.state, standing.error) == ("active", "paid: away; wait")
    (again,) = shop.run(order)
    assert (again.state, shop.charges(order)) == ("done", 1)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "failure", [Unavailable("paid: no answer"), ConnectionError("reset"), KeyError("bug")]
)
def test_a_submit_without_an_answer_is_looked_up_and_never_repeated_blindly(
    shop: Shop, failure: Exception, after: bool
) -> None:
    order = shop.order()
    (standing,) = shop.run(order, by=failing(shop, "submit", failure, after=after))
    assert standing.state == "done", standing.error
    assert shop.charges(order) == 1
    kinds = [event.kind for event in shop.heard]
    assert ("void" in kinds) is not after


def test_a_service_that_never_takes_it_ends_the_order_after_a_few_attempts(shop: Shop) -> None:
    order = shop.order()
    (standing,) = shop.run(order, by=failing(shop, "submit", Unavailable("paid: no answer; wait"), times=99))
    assert (standing.state, standing.error) == ("failed", "paid: no answer; wait")
    assert (shop.charges(order), standing.reserved) == (0, 0)


def silent(shop: Shop) -> SilentProvider:
    provider = shop.provider(SilentProvider)
    inner = provider.submit

    async def lose_reply(order: Order, staged: Staged) -> Ticket:
        await inner(order, staged)
        raise Unavailable("silent: no answer")

    provider.submit = lose_reply  # type: ignore[method-assign]
    assert isinstance(provider, SilentProvider)
    return provider


def test_what_nothing_tells_needs_a_person_and_keeps_its_money(shop: Shop) -> None:
    order = shop.order(provider="silent")
    (standing,) = shop.run(order, by=silent(shop))
    assert (standing.state, standing.reserved) == ("needs-you", Decimal("0.12"))
    assert "settle it" in str(standing.error)
    (again,) = shop.run(order, by=silent(shop))
    assert (again.state, shop.charges(order)) == ("needs-you", 1)


def test_a_person_who_names_the_ticket_lets_the_order_go_on(shop: Shop) -> None:
    order = shop.order(provider="silent")
    shop.run(order, by=silent(shop))
    placed = shop.service.named(order.id)
    assert placed is not None
    with shop.engine(silent(shop)) as engine:
        asyncio.run(engine.settle(order.id, Ticket(id=placed)))
    (standing,) = shop.run(order, by=silent(shop))
    assert (standing.state, shop.charges(order)) == ("done", 1)


def test_a_rejected_order_fails_alone(shop: Shop) -> None:
    bad, good = shop.order(0), shop.order(12)
    provider = shop.provider()
    inner = provider.submit

    async def reject(order: Order, staged: Staged) -> Ticket:
        if order.id == bad.id:
            raise Rejected("a.mkv: too dark; grade it")
        return await inner(order, staged)

    provider.submit = reject  # type: ignore[method-assign]
    standings = shop.run(bad, good, by=provider)
    assert states(standings) == ["failed", "done"]
    assert standings[0].error == "a.mkv: too dark; grade it"
    assert standings[0].reserved == 0


def test_a_bug_in_a_provider_is_a_sentence_and_fails_one_order(shop: Shop) -> None:
    (standing,) = shop.run(shop.order(), by=failing(shop, "stage", ZeroDivisionError("x"), times=9))
    assert standing.state == "failed"
    assert str(standing.error).startswith("a.mkv: paid failed with ZeroDivisionError")


@pytest.mark.parametrize(
    "refusal", [Unauthorized("paid: no key; set PAID_KEY"), OutOfCredit("paid: no credit")]
)
def test_a_refused_key_or_an_empty_account_stops_the_queue_with_one_message(
    shop: Shop, refusal: Exception
) -> None:
    orders = [shop.order(first) for first in range(0, 60, 6)]
    provider = failing(shop, "stage", refusal, times=99)
    standings = shop.run(*orders, by=provider)
    assert {standing.state for standing in standings} == {"failed"}
    assert {standing.error for standing in standings} == {str(refusal)}
    assert provider.left >= 99 - 4
    assert states(shop.run(*orders)) == ["done"] * 10


def test_an_account_that_runs_dry_keeps_what_is_running(shop: Shop) -> None:
    provider = shop.provider()
    provider.service.credit = Decimal("0.25")
    standings = shop.run(*(shop.order(first) for first in range(0, 60, 12)), by=provider)
    assert sorted(states(standings)) == ["done"] * 2 + ["failed"] * 3
    assert shop.service.spent() == Decimal("0.24")


def test_a_cap_leaves_queued_what_does_not_fit_and_does_the_rest(shop: Shop) -> None:
    orders = [shop.order(0, count=12), shop.order(12, count=30), shop.order(48, count=10)]
    standings = shop.run(*orders, cap="0.25")
    assert states(standings) == ["done", "queued", "done"]
    assert "cap of 0.25 USD" in str(standings[1].error)
    assert states(shop.run(*orders, cap="1")) == ["done"] * 3


def test_another_picture_is_refused_kept_and_not_bought_again(shop: Shop) -> None:
    order = shop.order()
    provider = shop.provider()
    other = make_clip(shop.workspace / "other.mkv", frames=12, first=400, size=(256, 144))

    async def mix_up(done: Succeeded, to: Path) -> None:
        to.write_bytes(other.read_bytes())

    provider.fetch = mix_up  # type: ignore[method-assign]
    (standing,) = shop.run(order, by=provider)
    assert standing.state == "failed"
    assert standing.render is not None
    assert standing.render.verdict.call in (Call.WRONG, Call.OFFSET)
    assert standing.render.path.parent.name == "rejected"
    assert standing.render.path.exists()
    assert str(standing.error).startswith("a.mkv 0-11: the render is not its plate's picture")
    assert standing.charged == Decimal("0.12")
    assert not list((shop.workspace / "renders").glob("*.mkv"))
    (again,) = shop.run(order)
    assert (again.state, shop.charges(order)) == ("failed", 1)


def test_garbage_for_money_is_kept_and_tried_again_without_another_charge(shop: Shop) -> None:
    order = shop.order()
    provider = shop.provider()

    async def garbage(done: Succeeded, to: Path) -> None:
        to.write_bytes(b"<html>not today</html>")

    provider.fetch = garbage  # type: ignore[method-assign]
    (standing,) = shop.run(order, by=provider)
    assert standing.state == "active"
    assert "can't be read as media" in str(standing.error)
    assert len(list((shop.workspace / "fetched").iterdir())) == 1


def test_a_fetch_that_breaks_half_way_is_repeated(shop: Shop) -> None:
    provider = shop.provider()
    inner, calls = provider.fetch, []

    async def half(done: Succeeded, to: Path) -> None:
        calls.append(to)
        if len(calls) == 1:
            to.write_bytes(b"half")
            raise Unavailable("paid: cut off")
        await inner(done, to)

    provider.fetch = half  # type: ignore[method-assign]
    (standing,) = shop.run(shop.order(), by=provider)
    assert (standing.state, len(calls)) == ("done", 2)


def test_a_file_of_that_name_is_never_overwritten(shop: Shop) -> None:
    order = shop.order()
    foreign = shop.workspace / "renders" / f"a_0-11_paid-double_144p_{order.id[:8]}.mkv"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    (standing,) = shop.run(order)
    assert foreign.read_text() == "mine"
    assert standing.render is not None
    assert standing.render.path.stem.endswith("-2")


def test_a_cancelled_order_says_what_it_cost(shop: Shop) -> None:
    order = shop.order()
    provider = shop.provider()
    provider.service.polls = 50

    async def scenario(engine: Engine) -> None:
        driving = asyncio.create_task(engine.run([(order, costs(order))]))
        while not shop.service.charges():
            await asyncio.sleep(0.01)
        await engine.cancel(order.id)
        await driving

    with shop.engine(provider) as engine:
        asyncio.run(scenario(engine))
        standing = engine._ledger.standing(order.id)
    assert (standing.state, standing.charged) == ("cancelled", Decimal("0.12"))


@pytest.mark.parametrize("meanwhile", ["drive", "cancel"])
def test_nobody_looks_for_what_is_just_being_sent(shop: Shop, meanwhile: str) -> None:
    order = shop.order()
    provider = shop.provider()
    inner, begun = provider.submit, asyncio.Event()

    async def slow(order: Order, staged: Staged) -> Ticket:
        begun.set()
        await asyncio.sleep(0.1)
        return await inner(order, staged)

    provider.submit = slow  # type: ignore[method-assign]

    async def scenario(engine: Engine) -> None:
        driving = asyncio.create_task(engine.run([(order, costs(order))]))
        await begun.wait()
        await getattr(engine, meanwhile)(order.id)
        await driving

    with shop.engine(provider) as engine:
        asyncio.run(scenario(engine))
        standing = engine._ledger.standing(order.id)
    assert standing.state == ("done" if meanwhile == "drive" else "cancelled")
    assert (standing.charged, shop.charges(order)) == (Decimal("0.12"), 1)


def test_a_queued_order_is_cancelled_at_once(shop: Shop) -> None:
    order = shop.order()
    with shop.engine() as engine:
        asyncio.run(engine.enqueue(order, costs(order)))
        asyncio.run(engine.cancel(order.id))
        assert engine._ledger.standing(order.id).state == "cancelled"


def test_an_order_that_a_living_process_is_at_is_left_to_it(shop: Shop) -> None:
    order = shop.order()
    with contextlib.closing(Ledger(shop.workspace / "ledger.db")) as other:
        other.add(order, costs(order))
        other.take(order.id)
        (standing,) = shop.run(order)
        assert standing.state == "active"
        assert "another uprez process" in str(standing.error)
        assert shop.charges(order) == 0


def test_driving_twice_at_once_buys_once(shop: Shop) -> None:
    order = shop.order()

    async def both(engine: Engine) -> None:
        await engine.enqueue(order, costs(order))
        await asyncio.gather(engine.drive(order.id), engine.drive(order.id))

    with shop.engine() as engine:
        asyncio.run(both(engine))
        assert engine._ledger.standing(order.id).state == "done"
    assert shop.charges(order) == 1


def test_an_observer_that_raises_stops_nothing(shop: Shop) -> None:
    order = shop.order()

    def broken(order: str, event: Event) -> None:
        raise RuntimeError("observer")

    with contextlib.closing(Ledger(shop.workspace / "ledger.db")) as ledger:
        engine = Engine(ledger, shop.workspace, {"paid": shop.provider()}, observe=broken, clock=shop.clock)
        (standing,) = asyncio.run(engine.run([(order, costs(order))]))
    assert standing.state == "done"


def test_a_missing_plugin_is_named(shop: Shop) -> None:
    (standing,) = shop.run(shop.order(provider="gone"))
    assert standing.state == "failed"
    assert "provider 'gone' is not loaded" in str(standing.error)


def test_media_that_can_not_be_exported_fails_alone_and_free(shop: Shop) -> None:
    bad = shop.order(first=70)
    standings = shop.run(bad, shop.order())
    assert states(standings) == ["failed", "done"]
    assert (standings[0].reserved, shop.charges(bad)) == (0, 0)


def stopped_in(shop: Shop, moment: Callable[[], bool], order: Order, provider: PaidProvider) -> None:
    async def scenario(engine: Engine) -> None:
        running = asyncio.create_task(engine.run([(order, costs(order))]))
        while not moment():
            await asyncio.sleep(0.005)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    with shop.engine(provider) as engine:
        asyncio.run(scenario(engine))


def test_an_interrupt_while_buying_waits_for_the_answer_and_writes_it_down(shop: Shop) -> None:
    order = shop.order(provider="silent")
    provider = shop.provider(SilentProvider)
    inner, begun = provider.submit, threading.Event()

    async def slow(order: Order, staged: Staged) -> Ticket:
        begun.set()
        await asyncio.sleep(0.2)
        return await inner(order, staged)

    provider.submit = slow  # type: ignore[method-assign]
    stopped_in(shop, begun.is_set, order, provider)
    assert [event.kind for event in shop.heard][-1] == "acked"
    (standing,) = shop.run(order, by=shop.provider(SilentProvider))
    assert (standing.state, shop.charges(order)) == ("done", 1)


def test_an_interrupt_while_exporting_leaves_no_half_plate(shop: Shop) -> None:
    order = shop.order(count=72)
    stopped_in(shop, lambda: any(p.stage == "export" for p in shop.progress), order, shop.provider())
    assert not list((shop.workspace / "plates").glob("*.part"))
    (standing,) = shop.run(order)
    assert (standing.state, shop.charges(order)) == ("done", 1)


def test_memory_holds_no_more_orders_at_once_than_a_provider_takes(shop: Shop) -> None:
    provider = shop.provider()
    inner, here, most = provider.submit, [0], [0]

    async def count(order: Order, staged: Staged) -> Ticket:
        here[0] += 1
        most[0] = max(most[0], here[0])
        return await inner(order, staged)

    fetch = provider.fetch

    async def leave(done: Succeeded, to: Path) -> None:
        await fetch(done, to)
        here[0] -= 1

    provider.submit, provider.fetch = count, leave  # type: ignore[method-assign]
    shop.run(*(shop.order(first) for first in range(0, 60, 6)), by=provider)
    assert 1 <= most[0] <= provider.at_once


def test_a_busy_service_is_asked_again_with_the_same_staging_and_buys_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "c.mkv", frames=12, size=(64, 36))
    shop = Workshop(tmp_path, clip, Recipe(provider="paid", model="double", render="ffv1"), PaidProvider)
    service = FakeService(tmp_path / "service")
    provider = PaidProvider(Context(scratch=tmp_path / "scratch", base_url=str(service.folder)))
    staged: list[Staged] = []
    inner, calls = provider.submit, iter(range(4))

    async def busy(order: Order, place: Staged) -> Ticket:
        staged.append(place)
        if next(calls, None) is not None:
            raise NotPlaced("paid: busy; try again later", provider="paid", retry_after=3)
        return await inner(order, place)

    provider.submit = busy  # type: ignore[method-assign]
    order = shop.order(0, 6)
    (standing,) = shop.run(provider, order)
    assert standing.state == "done", standing.error
    assert service.charges()[order.id] == 1
    assert len(staged) == 5
    assert all(place.sent is not None for place in staged)
