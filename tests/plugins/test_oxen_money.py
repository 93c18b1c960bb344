"""An order at Oxen whose answer was lost is found again or left to a person, and never bought twice."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from services.oxen import Oxen
from services.oxen_bench import STARLIGHT, Bench, Lender
from services.oxen_work import Job

from uprez.errors import InDoubt, NotPlaced, Rejected, Unavailable
from uprez.orders import Order, Staged, Succeeded, Ticket
from uprez.testing import read_numbers

Make = Callable[..., Bench]
Set = Callable[[Oxen], Any]
UNKNOWN = {"error": {"message": "unknown_error"}}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Oxen]:
    with Oxen(tmp_path / "oxen", "a-key-for-oxen") as running:
        yield running
    assert running.broken == []
    assert running.storage.leaks == []


@pytest.fixture
def at(tmp_path: Path, hub: Oxen) -> Make:
    return lambda *given, **how: Bench(tmp_path, hub, *given, **how)


def find(bench: Bench, ready: Order, staged: Staged) -> Ticket | None:
    return asyncio.run(bench.provider.find(ready, staged))


def aged(staged: Staged, seconds: float) -> Staged:
    return staged.model_copy(update={"sent": time.time() - seconds})


def spoil(**how: Any) -> Set:
    return lambda hub: hub.fault("POST", "/queue", **how)


@pytest.mark.parametrize(
    "oddity",
    [
        pytest.param(spoil(drop="after"), id="the answer is lost"),
        pytest.param(spoil(status=504, after=True), id="a gateway gives up"),
        pytest.param(spoil(status=500, body=UNKNOWN, after=True), id="an error after it was taken"),
        pytest.param(spoil(status=200, body="<html>", after=True), id="a page"),
        pytest.param(lambda hub: setattr(hub, "empty", True), id="an empty list beside an error"),
        pytest.param(spoil(status=429), id="busy"),
    ],
)
@pytest.mark.parametrize("seconds", [0.0, 2.0], ids=["ended meanwhile", "under way"])
def test_an_order_that_was_taken_in_silence_is_bought_once(
    at: Make, hub: Oxen, oddity: Set, seconds: float
) -> None:
    hub.seconds = seconds
    oddity(hub)
    bench = at()
    bench.is_charged(bench.is_done())


def test_an_order_that_never_arrived_is_placed_once_its_quiet_time_has_passed(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/queue", drop="before")
    at(quiet=0.2, second_look=0.1).is_done()
    assert hub.count("POST", "/queue") >= 2


def test_find_asks_for_every_state_and_waits_in_small_steps(at: Make, hub: Oxen) -> None:
    bench = at()
    ready, staged = bench.staged()
    hub.seen.clear()
    with pytest.raises(Unavailable) as early:
        find(bench, ready, staged)
    assert early.value.retry_after == 15
    asked = [one.query["status"] for one in hub.seen if one.path.endswith("/queue")]
    assert asked == ["queued", "processing", "succeeded", "failed", "cancelled"]


def test_find_denies_an_order_only_after_the_quiet_time_and_two_looks(at: Make, hub: Oxen) -> None:
    bench = at(quiet=20)
    ready, staged = bench.staged()
    with pytest.raises(Unavailable):
        find(bench, ready, aged(staged, 19))
    assert find(bench, ready, aged(staged, 21)) is None
    other = at(quiet=20)
    ready, staged = other.staged()
    with pytest.raises(Unavailable):
        find(other, ready, aged(staged, 21))


def test_what_was_never_sent_is_not_looked_for(at: Make, hub: Oxen) -> None:
    bench = at()
    ready, staged = bench.staged()
    hub.seen.clear()
    assert find(bench, ready, staged.model_copy(update={"sent": None})) is None
    assert hub.seen == []


@pytest.mark.parametrize(
    ("oddity", "why"),
    [
        pytest.param(lambda hub: setattr(hub, "lists_at_most", 0), "counts more", id="a list that is cut"),
        pytest.param(lambda hub: setattr(hub, "echoes", False), "without their plates", id="no echo"),
    ],
)
def test_a_queue_that_can_not_tell_leaves_the_order_to_a_person(
    at: Make, hub: Oxen, oddity: Set, why: str
) -> None:
    bench = at(quiet=0)
    ready, staged = bench.staged()
    asyncio.run(bench.provider.submit(ready, staged))
    oddity(hub)
    with pytest.raises(Unavailable):
        find(bench, ready, staged)
    with pytest.raises(InDoubt, match=why) as doubt:
        find(bench, ready, staged)
    assert "uprez orders settle" in str(doubt.value)


def test_orders_of_other_kinds_raise_no_doubt(at: Make, hub: Oxen) -> None:
    hub.jobs["other"] = Job("other", {"model": "text-to-video", "prompt": "a bear"}, time.time())
    old = Job("old", {"model": STARLIGHT}, time.time() - 200_000)
    hub.jobs["old"] = old
    bench = at(quiet=0)
    ready, staged = bench.staged()
    with pytest.raises(Unavailable):
        find(bench, ready, staged)
    assert find(bench, ready, staged) is None


def test_a_doubtful_order_keeps_its_money_reserved_and_is_found_later(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/queue", drop="after")
    hub.lists_at_most = 0
    bench = at(quiet=0, second_look=0)
    standing = bench.run()
    assert standing.state == "needs-you"
    assert standing.reserved > 0
    hub.lists_at_most = None
    bench.is_done()


def test_a_forgetful_hub_that_nobody_watched_leaves_the_order_to_a_person(at: Make, hub: Oxen) -> None:
    hub.old = True
    bench = at()
    ready, staged = bench.staged()
    asyncio.run(bench.provider.submit(ready, staged))
    bench.wait_until_ended()
    late = aged(staged, 3600)
    with pytest.raises(Unavailable):
        find(bench, ready, late)
    with pytest.raises(InDoubt, match="nobody looked in time"):
        find(bench, ready, late)


def test_a_forgetful_hub_that_was_watched_all_along_is_believed_also_by_another_process(
    at: Make, hub: Oxen
) -> None:
    hub.old = True
    bench = at(quiet=0.3)
    ready, staged = bench.staged()
    with pytest.raises(Unavailable):
        find(bench, ready, staged)
    time.sleep(0.4)
    assert asyncio.run(bench.another().find(ready, staged)) is None


def test_a_hub_that_keeps_ended_orders_is_believed_for_a_day(at: Make, hub: Oxen) -> None:
    bench = at()
    bench.is_done()
    for age, surely in ((3600, True), (90_000, False)):
        ready, staged = bench.staged()
        late = aged(staged, age)
        with pytest.raises(Unavailable):
            find(bench, ready, late)
        if surely:
            assert find(bench, ready, late) is None
            continue
        with pytest.raises(InDoubt, match="nobody looked in time"):
            find(bench, ready, late)


def test_an_order_lent_by_a_stager_is_found_by_its_address(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/queue", drop="after")
    bench = at(repository="uprez", stager=Lender(hub.storage))
    standing = bench.run()
    assert standing.state == "done", standing.error
    assert len(hub.jobs) == 1


def test_two_orders_of_one_plate_are_told_apart(at: Make, hub: Oxen) -> None:
    bench = at()
    first, second = bench.staged(), bench.staged()
    ticket = asyncio.run(bench.provider.submit(*first))
    found = find(bench, *first)
    assert found is not None
    assert found.id == ticket.id
    with pytest.raises(Unavailable):
        find(bench, *second)


@pytest.mark.parametrize("content", [False, True], ids=["an address", "the bytes"])
def test_the_route_that_waits_brings_the_render_with_its_answer(at: Make, hub: Oxen, content: bool) -> None:
    hub.content = content
    bench = at(sync=True)
    standing = bench.is_done()
    assert hub.count("POST", "/queue") == 0
    assert standing.charged == standing.quoted > 0
    assert list(bench.shop.scratch.rglob("*.render")) == []


def test_the_route_that_waits_says_at_once_what_is_wrong(at: Make, hub: Oxen) -> None:
    bench = at(sync=True)
    ready, staged = bench.staged()
    body = {**staged.data["body"], "target_fps": 61}
    with pytest.raises(Rejected, match="target_fps"):
        asyncio.run(
            bench.provider.submit(ready, staged.model_copy(update={"data": {**staged.data, "body": body}}))
        )
    assert hub.jobs == {}


def test_renders_that_come_inside_answers_are_not_mixed_up(at: Make, hub: Oxen) -> None:
    hub.content = True
    bench = at(repository="uprez", stager=Lender(hub.storage), sync=True)
    orders = [bench.shop.order(first, 2) for first in (0, 2, 4)]
    for standing in bench.shop.run(bench.provider, *orders):
        assert standing.state == "done", standing.error
        assert standing.render is not None
        assert read_numbers(standing.render.path) == bench.shop.numbers(standing.order)


@pytest.mark.parametrize("listed", [False, True], ids=["nowhere listed", "listed"])
def test_a_lost_answer_of_the_route_that_waits_is_never_asked_for_again(
    at: Make, hub: Oxen, listed: bool
) -> None:
    hub.sync_listed = listed
    hub.fault("POST", "/videos/generate", drop="after")
    bench = at(sync=True, quiet=0, second_look=0)
    if listed:
        bench.is_done()
        return
    standing = bench.run()
    assert standing.state == "needs-you"
    assert standing.reserved > 0
    assert hub.count("POST", "/videos/generate") == 1
    bench.run()
    assert hub.count("POST", "/videos/generate") == 1


def test_a_line_that_never_opened_took_nothing(at: Make, hub: Oxen) -> None:
    bench = at()
    ready, staged = bench.staged()
    hub.fault("POST", "/queue", status=429, headers={"Retry-After": "5"}, body={})
    with pytest.raises(NotPlaced) as busy:
        asyncio.run(bench.provider.submit(ready, staged))
    assert busy.value.retry_after == 5
    assert hub.jobs == {}


def test_a_record_that_only_says_that_it_was_found_is_no_status(at: Make, hub: Oxen) -> None:
    bench = at()
    ticket = bench.submit()
    bench.wait_until_ended()
    hub.fault("GET", "/queue/", status=404, body={})
    hub.fault("GET", "/generations/", status=200, body={"status": "success", "generation_id": ticket.id})
    old = ticket.model_copy(update={"data": {**ticket.data, "sent": time.time() - 90}})
    with pytest.raises(Unavailable, match="any more"):
        bench.poll(old)


def test_a_success_without_an_address_is_asked_again_and_not_written_off(at: Make, hub: Oxen) -> None:
    bench = at()
    ticket = bench.submit()
    told = {"generation_id": ticket.id, "status": "succeeded", "result_url": None}
    hub.fault("GET", f"/queue/{ticket.id}", status=200, body=told)
    with pytest.raises(Unavailable, match="without an address"):
        bench.poll(ticket)
    bench.wait_until_ended()
    assert isinstance(bench.poll(ticket), Succeeded)


@pytest.mark.parametrize("place", [("videos", 0, "url"), ("video", "url"), ("result", "url")], ids=str)
def test_a_render_is_found_wherever_an_answer_has_its_address(
    at: Make, hub: Oxen, place: tuple[str | int, ...]
) -> None:
    bench = at()
    ticket = bench.submit()
    bench.wait_until_ended()
    value: Any = hub.storage.sign(bench.only().file)
    for step in reversed(place):
        value = [value] if step == 0 else {step: value}
    told = {"generation_id": ticket.id, "status": "succeeded", **value}
    hub.fault("GET", f"/queue/{ticket.id}", status=200, body=told)
    done = bench.poll(ticket)
    assert isinstance(done, Succeeded)
    to = bench.folder / "render.mp4"
    asyncio.run(bench.provider.fetch(done, to))
    assert to.stat().st_size > 0
