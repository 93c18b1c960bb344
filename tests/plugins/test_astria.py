"""Astria's stills: bought once whatever the line does, found by their token, refused before money moves."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from services.astria import Astria, astria
from services.astria_work import DAY

from uprez.errors import (
    InDoubt,
    NotPlaced,
    OutOfCredit,
    PlanError,
    Rejected,
    Unauthorized,
    Unavailable,
)
from uprez.keys import Key
from uprez.orders import Failed, Order, Recipe, Staged, Succeeded, Ticket
from uprez.provider import Context
from uprez.recipes import settled
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.clock import Wall
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop
from uprez_astria.provider import AstriaProvider

PROMPTS = r"/tunes/\d+/prompts$"
UPSCALE = AstriaProvider.models[0]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Astria]:
    with astria(tmp_path) as service:
        yield service


Connect = Callable[..., AstriaProvider]


@pytest.fixture
def connect(service: Astria, tmp_path: Path) -> Connect:
    def connected(key: str = "sd_of-this-test", **settings: Any) -> AstriaProvider:
        context = Context(scratch=tmp_path / "scratch", key=Key(key), base_url=service.url, settings=settings)
        return AstriaProvider(context)

    return connected


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    clip = make_clip(tmp_path / "clip.mkv", frames=1, size=(128, 72))
    recipe = settled(Recipe(provider="astria", model="only-upscale"), UPSCALE)
    return Workshop(tmp_path, clip, recipe, AstriaProvider, stills=True, wall=Wall(monkeypatch))


def charges(service: Astria, order: Order) -> int:
    return service.charges(hashlib.sha256(order.plate.pull.media.path.read_bytes()).hexdigest())


def test_stills_come_home_larger_in_their_own_right_and_are_deleted_there(service, connect, shop) -> None:
    orders = [shop.order(number, 1) for number in (3, 4, 5)]
    for standing in shop.run(connect(), *orders):
        assert standing.state == "done", standing.error
        assert read_numbers(standing.render.path) == shop.numbers(standing.order)
        assert (standing.render.info.width, standing.render.info.height) == (256, 144)
        assert charges(service, standing.order) == 1
        assert standing.charged == Decimal("0.05")
    assert all(one.deleted for one in service.prompts.values())


def test_what_is_posted_is_an_upscale_with_the_file_and_nothing_of_this_machine(
    service, connect, shop
) -> None:
    order = shop.exported(shop.order(3, 1))
    asyncio.run(connect().submit(order, staged(connect(), order)))
    (made,) = service.prompts.values()
    assert made.tune == 690204
    assert made.fields["text"] == "--only_upscale"
    assert made.fields["denoising_strength"] == "0.1"
    assert set(made.digests) == {"input_image"}
    assert str(order.plate.path.parent) not in str(made.fields)


def test_every_attempt_has_a_callback_and_a_seed_of_its_own(connect, shop) -> None:
    order, provider = shop.exported(shop.order(3, 1)), connect(callback="https://me.example/hook?a=1")
    first, second = (staged(provider, order) for _ in range(2))
    assert first.data["token"] != second.data["token"]
    assert first.data["seed"] != second.data["seed"]


def test_equal_texts_never_collapse_into_one_prompt(service, connect, shop) -> None:
    service.idempotent = True
    orders = [shop.order(number, 1) for number in range(3)]
    assert [one.state for one in shop.run(connect(), *orders)] == ["done"] * 3
    assert [charges(service, order) for order in orders] == [1, 1, 1]


def test_a_prompt_given_for_another_order_is_refused_and_not_taken_for_ours(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    asyncio.run(provider.submit(order, staged(provider, order)))
    (older,) = service.prompts.values()
    told = {"id": older.id, "callback": "https://callback.invalid/another", "images": []}
    service.fault("POST", PROMPTS, status=200, body=told)
    with pytest.raises(Rejected, match="choose another seed"):
        asyncio.run(provider.submit(order, staged(provider, order)))


@pytest.mark.parametrize("how", [{"status": 504, "after": True}, {"drop": "after"}], ids=["504", "dropped"])
def test_a_lost_answer_is_found_by_its_token_and_never_sent_again(service, connect, shop, how) -> None:
    service.fault("POST", PROMPTS, **how)
    (standing,) = shop.run(connect(), shop.order(3, 1))
    assert standing.state == "done", standing.error
    assert service.count("POST", PROMPTS) == 1
    assert charges(service, standing.order) == 1


def test_an_order_that_never_arrived_is_placed_anew_after_the_quiet_time(service, connect, shop) -> None:
    service.fault("POST", PROMPTS, drop="before")
    (standing,) = shop.run(connect(), shop.order(3, 1))
    assert sum(shop.slept) >= 120
    assert (standing.state, charges(service, standing.order)) == ("done", 1)
    assert service.count("POST", PROMPTS) == 2


def test_absence_needs_two_looks_and_a_quiet_time(service, connect, shop) -> None:
    provider, order = connect(quiet=60), shop.exported(shop.order(3, 1))
    fresh = staged(provider, order)
    with pytest.raises(Unavailable) as early:
        asyncio.run(provider.find(order, fresh))
    assert 50 < (early.value.retry_after or 0) <= 60
    old = fresh.model_copy(update={"sent": time.time() - 61})
    assert asyncio.run(provider.find(order, old)) is None
    with pytest.raises(Unavailable):
        asyncio.run(connect(quiet=60).find(order, old))


def test_an_order_that_is_listed_late_is_found_in_the_quiet_time(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ready = staged(provider, order)
    ticket = asyncio.run(provider.submit(order, ready))
    service.lag = 60.0
    with pytest.raises(Unavailable):
        asyncio.run(provider.find(order, ready))
    service.clock.advance(61)
    assert asyncio.run(provider.find(order, ready)) == ticket


def test_an_order_is_found_behind_many_newer_ones(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ready = staged(provider, order)
    ticket = asyncio.run(provider.submit(order, ready))
    (made,) = service.prompts.values()
    for number in range(made.id + 1, made.id + 251):
        fields = {**made.fields, "callback": f"https://callback.invalid/{number}"}
        service.prompts[number] = type(made)(number, made.tune, made.at, fields, {}, {}, 0)
    assert asyncio.run(provider.find(order, ready)) == ticket
    assert service.count("GET", PROMPTS) == 4


def test_a_list_that_tells_no_callbacks_leaves_it_to_a_person(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ready = staged(provider, order)
    newer = [{"id": ready.data["after"] + 1, "seed": None}]
    service.fault("GET", PROMPTS, status=200, body=newer)
    with pytest.raises(InDoubt):
        asyncio.run(provider.find(order, ready))


ERRORS = [
    (401, Unauthorized),
    (402, OutOfCredit),
    (400, Rejected),
    (422, Rejected),
    (426, Rejected),
    (429, NotPlaced),
    (500, Unavailable),
    (504, Unavailable),
]


@pytest.mark.parametrize(("status", "error"), ERRORS, ids=lambda one: str(one))
def test_every_documented_error_is_told_as_what_it_is(service, connect, shop, status, error) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ready = staged(provider, order)
    service.fault("POST", PROMPTS, status=status, body={"error": "said by Astria"})
    with pytest.raises(error) as told:
        asyncio.run(provider.submit(order, ready))
    assert type(told.value) is error
    assert charges(service, order) == 0


def test_a_validation_error_is_told_field_by_field(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    service.fault("POST", PROMPTS, status=422, body={"steps": ["must be from 0 to 50"]})
    with pytest.raises(Rejected, match="steps must be from 0 to 50"):
        asyncio.run(provider.submit(order, staged(provider, order)))


def test_an_empty_account_and_a_wrong_key_cost_nothing(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    service.bill.balance = Decimal(10)
    with pytest.raises(OutOfCredit):
        asyncio.run(provider.submit(order, staged(provider, order)))
    with pytest.raises(Unauthorized, match="ASTRIA_API_KEY"):
        asyncio.run(connect(key="sd_wrong").check())
    assert service.bill.entries == []


def test_polling_too_often_is_waited_for(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ticket = asyncio.run(provider.submit(order, staged(provider, order)))
    service.polls_per_minute = 1
    asyncio.run(provider.poll(ticket))
    with pytest.raises(Unavailable):
        asyncio.run(provider.poll(ticket))
    service.polls_per_minute = None
    service.fault("GET", rf"/prompts/{ticket.id}", status=500)
    with pytest.raises(Unavailable) as broken:
        asyncio.run(provider.poll(ticket))
    assert broken.value.retry_after == 30


def test_a_user_error_fails_the_order_with_what_it_cost(service, connect, shop) -> None:
    service.error = "the picture holds a face"
    (standing,) = shop.run(connect(keep=True), shop.order(3, 1))
    assert standing.state == "failed"
    assert "holds a face" in (standing.error or "")
    assert standing.charged == 0
    service.refunds = False
    (kept,) = shop.run(connect(keep=True), shop.order(4, 1))
    assert (kept.state, kept.charged) == ("failed", Decimal("0.05"))


def test_a_prompt_that_was_deleted_there_ends_the_order_at_its_price(service, connect, shop) -> None:
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ticket = asyncio.run(provider.submit(order, staged(provider, order)))
    service.clock.advance(31 * DAY)
    gone = asyncio.run(provider.poll(ticket))
    assert isinstance(gone, Failed)
    assert gone.charged == Decimal("0.05")


def test_answers_in_a_list_without_types_and_by_the_other_address_are_read(service, connect, shop) -> None:
    service.in_a_list, service.tells_types = True, False
    provider, order = connect(), shop.exported(shop.order(3, 1))
    ticket = asyncio.run(provider.submit(order, staged(provider, order)))
    done = ended(provider, provider.ticket(ticket.id))
    assert isinstance(done, Succeeded)
    assert service.count("GET", rf"^/prompts/{ticket.id}.json$") == 3


def test_a_number_is_a_ticket_and_nothing_else_is(connect) -> None:
    assert connect().ticket("41") == Ticket(id="41")
    with pytest.raises(PlanError, match="number"):
        connect().ticket("../tunes")


def test_a_flag_in_a_prompt_is_refused_by_the_name_of_its_option() -> None:
    for text in ("--video_model kling25", "a bear --super_resolution"):
        with pytest.raises(PlanError, match="prompt"):
            settled(Recipe(provider="astria", options={"prompt": text}), UPSCALE)


def test_a_still_of_unknown_price_says_so_until_the_settings_know_it(connect, shop) -> None:
    order = shop.order(3, 1)
    price = asyncio.run(connect().estimate(order.plate.pull, order.recipe))
    assert (price.amount, price.basis) == (None, "unknown")
    known = connect(models={"only-upscale": {"cents": 4}})
    assert asyncio.run(known.estimate(order.plate.pull, order.recipe)).amount == Decimal("0.04")


def test_nothing_is_deleted_there_where_the_person_keeps_it(service, connect, shop) -> None:
    shop.run(connect(keep=True), shop.order(3, 1))
    assert [one.deleted for one in service.prompts.values()] == [False]
    assert asyncio.run(connect().cancel(Ticket(id="1"))) is False
    asyncio.run(connect().clear(Staged(), None))


def test_without_a_key_its_variable_is_named(service, tmp_path: Path) -> None:
    with pytest.raises(Unauthorized, match="ASTRIA_API_KEY"):
        asyncio.run(AstriaProvider(Context(scratch=tmp_path, base_url=service.url)).check())


@pytest.mark.live
@pytest.mark.skipif("ASTRIA_API_KEY" not in os.environ, reason="needs ASTRIA_API_KEY")
def test_the_true_service_takes_the_key_and_lists_prompts(tmp_path: Path) -> None:
    provider = AstriaProvider(Context(scratch=tmp_path, key=Key(os.environ["ASTRIA_API_KEY"])))
    assert "takes the key" in asyncio.run(provider.check())
