"""What goes wrong between accept and begin at Topaz: no credit is held twice, none is held for nothing."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from services import topaz_buying
from services.topaz import DAY, Request, TopazService, topaz
from services.topaz_buying import COUNT, is_done

from uprez.errors import InDoubt, NotPlaced, OutOfCredit, Rejected, Unauthorized, Unavailable
from uprez.orders import Estimate, Failed, Order, Queued, Recipe, Running, Staged, Succeeded, Ticket
from uprez.outcome import Standing
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop, estimate
from uprez_topaz.provider import TopazProvider

BLOCK = 2000
AT_ONCE = {"Retry-After": "0"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TopazService]:
    with topaz(tmp_path / "topaz", block=BLOCK, few_frames=0) as service:
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    clip = make_clip(tmp_path / "clip.mkv", frames=2 * COUNT, size=(160, 90))
    recipe = Recipe(provider="topaz", model="ast-2", options={"creativity": 0.2}, render="ffv1")
    return Workshop(tmp_path, clip, recipe, TopazProvider)


def connect(service: TopazService, shop: Workshop) -> TopazProvider:
    return topaz_buying.connect(service, shop, part_bytes=BLOCK)


def bought(service: TopazService, shop: Workshop, first: int = 5) -> Standing:
    (standing,) = shop.run(connect(service, shop), shop.order(first, COUNT))
    return standing


def on_hand(service: TopazService, shop: Workshop) -> tuple[TopazProvider, Order, Staged]:
    provider, order = connect(service, shop), shop.exported(shop.order(5, COUNT))
    return provider, order, staged(provider, order)


def placed(service: TopazService, shop: Workshop) -> tuple[TopazProvider, Ticket, Request]:
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    return provider, ticket, service.requests[ticket.id]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_an_accept_without_an_answer_ends_in_one_purchase(
    service: TopazService, shop: Workshop, drop: str
) -> None:
    service.fault("PATCH", "/accept$", drop=drop)
    is_done(bought(service, shop), shop, service)
    if drop == "before":  # nobody had accepted it, so the same request is accepted after all
        assert [one.state for one in service.requests.values()].count("requested") == 1
    else:
        assert [one.state for one in service.requests.values()].count("canceled") == 1


@pytest.mark.parametrize("status", [500, 503, 504])
def test_an_accept_that_was_taken_and_answered_with_an_error_is_given_back(
    service: TopazService, shop: Workshop, status: int
) -> None:
    service.fault("PATCH", "/accept$", status=status, after=True)
    is_done(bought(service, shop), shop, service)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_part_without_an_answer_is_sent_again(
    service: TopazService, shop: Workshop, drop: str, nth: int
) -> None:
    service.storage.fault("PUT", "/part-", nth=nth, drop=drop)
    is_done(bought(service, shop), shop, service)
    assert service.count("PATCH", "/accept$") == 1


def test_a_later_process_sends_only_the_parts_that_are_missing_and_accepts_nothing_anew(
    service: TopazService, shop: Workshop
) -> None:
    provider, order, place = on_hand(service, shop)
    service.storage.fault("PUT", "/part-2$", times=4, status=503, headers=AT_ONCE)
    with pytest.raises(Unavailable, match="accepted and not begun"):
        asyncio.run(provider.submit(order, place))
    made = service.requests[place.data["request"]]
    assert made.parts >= 3
    sent = service.storage.count("PUT", "/part-")
    ticket = asyncio.run(connect(service, shop).find(order, place))
    assert ticket is not None
    assert service.storage.count("PUT", "/part-") == sent + 1
    assert isinstance(ended(connect(service, shop), ticket), Succeeded)
    assert service.count("PATCH", "/accept$") == 1


def test_what_breaks_after_the_accept_is_never_called_not_placed(
    service: TopazService, shop: Workshop
) -> None:
    provider, order, place = on_hand(service, shop)
    service.storage.fault("PUT", "/part-1$", times=4, status=429, headers=AT_ONCE)
    with pytest.raises(Unavailable) as broken:
        asyncio.run(provider.submit(order, place))
    assert not isinstance(broken.value, NotPlaced)


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_complete_without_an_answer_begins_the_work_once(
    service: TopazService, shop: Workshop, drop: str
) -> None:
    service.fault("PATCH", "/complete-upload", drop=drop)
    is_done(bought(service, shop), shop, service)
    assert service.count("PATCH", "/accept$") == 1


def test_upload_addresses_that_have_expired_give_the_credits_back(
    service: TopazService, shop: Workshop
) -> None:
    service.storage.fault("PUT", "/part-2$", status=403, body="<Error><Code>AccessDenied</Code></Error>")
    is_done(bought(service, shop), shop, service)
    assert [one.state for one in service.requests.values()].count("canceled") == 1


def test_parts_that_the_service_does_not_take_give_the_credits_back(
    service: TopazService, shop: Workshop
) -> None:
    service.fault("PATCH", "/complete-upload", status=400, body={"message": "Invalid input"})
    is_done(bought(service, shop), shop, service)
    assert [one.state for one in service.requests.values()].count("canceled") == 1


def test_addresses_lost_with_the_scratch_folder_give_the_credits_back(
    service: TopazService, shop: Workshop
) -> None:
    provider, order, place = on_hand(service, shop)
    service.fault("PATCH", "/complete-upload", drop="before")
    with pytest.raises(Unavailable):
        asyncio.run(provider.submit(order, place))
    for file in (shop.scratch / "requests").iterdir():
        file.unlink()
    later = connect(service, shop)
    with pytest.raises(Unavailable, match="get its credits back"):
        asyncio.run(later.find(order, place))
    asyncio.run(later._api.status(place.data["request"]))  # the service needs a moment to cancel
    assert asyncio.run(later.find(order, place)) is None
    assert service.paid() == []


def test_parts_as_the_older_document_says_are_taken_where_blocks_would_leave_one_empty(
    service: TopazService, shop: Workshop
) -> None:
    service.part_rule = "equal"
    (standing,) = shop.run(topaz_buying.connect(service, shop), shop.order(5, COUNT))
    is_done(standing, shop, service)


def test_an_empty_account_is_named_with_what_is_left_and_costs_nothing(
    service: TopazService, shop: Workshop
) -> None:
    service.bill.balance = Decimal(1)
    provider, order, place = on_hand(service, shop)
    with pytest.raises(OutOfCredit, match=r"Insufficient credits.*1 credits are left"):
        asyncio.run(provider.submit(order, place))
    assert service.bill.entries == []


@pytest.mark.parametrize("status", [400, 404])
def test_an_accept_that_is_refused_costs_nothing(service: TopazService, shop: Workshop, status: int) -> None:
    service.fault("PATCH", "/accept$", status=status, body={"message": "Invalid input"})
    standing = bought(service, shop)
    assert standing.state == "failed"
    assert "Invalid input" in (standing.error or "")
    assert service.bill.entries == []


@pytest.mark.parametrize("status", [400, 409])
def test_an_accept_that_came_before_is_found_and_not_paid_again(
    service: TopazService, shop: Workshop, status: int
) -> None:
    service.accepted_twice = status
    provider, order, place = on_hand(service, shop)
    asyncio.run(provider.submit(order, place))
    with pytest.raises(Unavailable):
        asyncio.run(provider.submit(order, place))
    found = asyncio.run(provider.find(order, place))
    assert found is not None
    assert len(service.paid()) == 1
    assert isinstance(ended(provider, found), Succeeded)


def test_a_service_down_for_maintenance_is_waited_for(service: TopazService, shop: Workshop) -> None:
    provider, order = connect(service, shop), shop.order(5, COUNT)
    service.available = False
    with pytest.raises(Unavailable, match="503"):
        asyncio.run(estimate(provider, order))


def test_a_moved_service_is_not_followed_with_the_key(service: TopazService, shop: Workshop) -> None:
    service.fault("POST", "^/video/$", status=301, headers={"Location": f"{service.storage.url}/video/"})
    with pytest.raises(Rejected, match="301"):
        asyncio.run(estimate(connect(service, shop), shop.order(5, COUNT)))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(service: TopazService, shop: Workshop, status: int) -> None:
    service.fault("POST", "^/video/$", status=status, body={"message": "Forbidden"})
    with pytest.raises(Unauthorized, match="TOPAZ_API_KEY"):
        asyncio.run(estimate(connect(service, shop), shop.order(5, COUNT)))


def test_a_price_that_rises_after_the_quote_is_refused_before_anything_is_reserved(
    service: TopazService, shop: Workshop
) -> None:
    def dearer(ledger: object) -> None:
        service.price = 3.0

    (standing,) = shop.run(connect(service, shop), shop.order(5, COUNT), before=dearer)
    assert standing.state == "failed"
    assert "quote it again" in (standing.error or "")
    assert service.bill.entries == []


def test_a_request_that_nobody_accepted_is_used_again_while_it_waits(
    service: TopazService, shop: Workshop
) -> None:
    provider, order, place = on_hand(service, shop)
    assert staged(connect(service, shop), order).data == place.data
    service.requests[place.data["request"]].state = "canceled"
    assert staged(provider, order).data != place.data


def test_a_job_that_fails_costs_nothing_and_says_why(service: TopazService, shop: Workshop) -> None:
    service.failing = "GPU worker was lost"
    standing = bought(service, shop)
    assert standing.state == "failed"
    assert "GPU worker was lost" in (standing.error or "")
    assert standing.charged == 0
    assert service.paid() == []


@pytest.mark.parametrize("more", [-1, 1])
def test_a_render_of_another_length_is_named_and_kept(
    service: TopazService, shop: Workshop, more: int
) -> None:
    service.more = more
    standing = bought(service, shop)
    assert standing.state == "failed"
    assert standing.charged == 2
    assert standing.render is not None
    assert standing.render.path.parent.name == "rejected"
    assert f"{COUNT + more}" in (standing.error or "")


def test_all_states_are_understood_in_both_spellings(service: TopazService, shop: Workshop) -> None:
    service.walks = False
    provider, ticket, made = placed(service, shop)
    told: dict[str, object] = {}
    for state in ("accepted", "initializing", "preprocessing", "processing", "postprocessing", "canceling"):
        made.state = state
        told[state] = asyncio.run(provider.poll(ticket))
    assert [type(status) for status in told.values()] == [Queued, Queued, Running, Running, Running, Running]
    made.state, made.progress = "processing", 50
    assert asyncio.run(provider.poll(ticket)) == Running(done=COUNT // 2, total=COUNT)
    for service.american in (True, False):
        made.state = "canceled"
        assert isinstance(asyncio.run(provider.poll(ticket)), Failed)


@pytest.mark.parametrize(
    ("state", "progress", "kept"), [("initializing", 0, 0), ("processing", 50, 1), ("processing", 100, 2)]
)
def test_a_cancelled_job_costs_what_was_worked_off(
    service: TopazService, shop: Workshop, state: str, progress: int, kept: int
) -> None:
    service.walks = False
    provider, ticket, made = placed(service, shop)
    made.state, made.progress = state, progress
    assert asyncio.run(provider.cancel(ticket)) is False  # under way is not stopped
    made.state = "canceled"
    assert asyncio.run(provider.cancel(ticket)) is True
    status = asyncio.run(provider.poll(ticket))
    assert isinstance(status, Failed)
    assert status.charged == kept == service.held(ticket.id)


def test_a_job_that_is_ready_is_not_cancelled(service: TopazService, shop: Workshop) -> None:
    provider, ticket, made = placed(service, shop)
    ended(provider, ticket)
    assert asyncio.run(provider.cancel(ticket)) is False
    assert made.state == "complete"


def test_a_render_that_was_removed_after_seven_days_is_said_to_be_gone(
    service: TopazService, shop: Workshop, tmp_path: Path
) -> None:
    provider, ticket, _ = placed(service, shop)
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded)
    service.clock.advance(8 * DAY)
    with pytest.raises(Unavailable, match="7 days"):
        asyncio.run(provider.fetch(done, tmp_path / "render.mp4"))
    assert not (tmp_path / "render.mp4").exists()


def test_an_address_that_expired_is_replaced_by_a_fresh_one(
    service: TopazService, shop: Workshop, tmp_path: Path
) -> None:
    provider, ticket, _ = placed(service, shop)
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded)
    service.clock.advance(2 * DAY)
    asyncio.run(provider.fetch(done, tmp_path / "render.mp4"))
    assert len(read_numbers(tmp_path / "render.mp4")) == COUNT


def test_a_cost_is_found_on_a_later_page_of_the_history(service: TopazService, shop: Workshop) -> None:
    provider, ticket, _ = placed(service, shop)
    body = service.requests[ticket.id].body
    for _ in range(150):
        service._make(body)
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded)
    assert done.charged == 2
    assert service.count("GET", "/history$") >= 2


def test_a_request_that_is_gone_is_absent_only_if_it_never_cost_anything(
    service: TopazService, shop: Workshop
) -> None:
    provider, order, place = on_hand(service, shop)
    service.fault("GET", "/status$", times=2, status=404, body={"message": "Not Found"})
    assert asyncio.run(provider.find(order, place)) is None
    asyncio.run(provider.submit(order, place))
    with pytest.raises(InDoubt, match="settle"):
        asyncio.run(provider.find(order, place))


def test_a_source_that_is_not_what_was_said_fails_with_all_credits_back(
    service: TopazService, shop: Workshop
) -> None:
    provider, ticket, made = placed(service, shop)
    del provider
    assert made.state == "initializing"
    order = shop.exported(shop.order(0, COUNT))
    provider = connect(service, shop)
    place = asyncio.run(provider.stage(order, Estimate(amount=Decimal(9), unit="credits", basis="quoted")))
    service.requests[place.data["request"]].body["source"]["frameCount"] += 1
    ticket = asyncio.run(provider.submit(order, place))
    status = ended(provider, ticket)
    assert isinstance(status, Failed)
    assert "frames" in status.reason
    assert status.charged == 0
    assert service.held(ticket.id) == 0


def test_a_found_id_is_gone_on_with(service: TopazService, shop: Workshop, tmp_path: Path) -> None:
    _, ticket, _ = placed(service, shop)
    later = connect(service, shop)
    done = ended(later, later.ticket(ticket.id))
    assert isinstance(done, Succeeded)
    asyncio.run(later.fetch(done, tmp_path / "render.mp4"))
    assert len(read_numbers(tmp_path / "render.mp4")) == COUNT


def test_a_check_of_the_key_tells_the_credits(service: TopazService, shop: Workshop) -> None:
    assert "1000000 credits" in asyncio.run(connect(service, shop).check())


def test_what_was_given_up_is_not_bought_again_before_its_credits_are_back(
    service: TopazService, shop: Workshop
) -> None:
    provider, order, place = on_hand(service, shop)
    service.storage.fault("PUT", "/part-2$", status=403, body="<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(Unavailable):
        asyncio.run(provider.submit(order, place))
    with pytest.raises(Unavailable, match="get its credits back"):
        asyncio.run(provider.find(order, place))
    request = service.requests[place.data["request"]]
    asyncio.run(service.walk(request))
    assert request.state == "canceled"
    back = service.bill.entries.pop()
    assert back[:2] == (request.id, "rollback")
    with pytest.raises(Unavailable, match="get its credits back"):
        asyncio.run(provider.find(order, place))
    service.bill.entries += [(request.id, "commit", Decimal(1)), (request.id, "rollback", Decimal(1))]
    kept = asyncio.run(provider.find(order, place))
    assert kept is not None
    assert asyncio.run(provider.poll(kept)) == Failed(reason="it was cancelled", charged=Decimal(1))
    service.bill.entries[-2:] = [back]
    assert asyncio.run(provider.find(order, place)) is None
