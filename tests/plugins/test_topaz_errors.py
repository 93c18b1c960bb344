"""Every answer that Topaz' documents name, at every call: one purchase or none, and said as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from services.common import probed
from services.topaz import TopazService, topaz
from services.topaz_buying import COUNT, PRICE, connect, is_done

from uprez.errors import Rejected, Unauthorized, Unavailable
from uprez.orders import Failed, Order, Recipe, Running, Staged, Succeeded
from uprez.outcome import Standing
from uprez.testing.clips import make_clip
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop, estimate
from uprez_topaz.provider import TopazProvider

BLOCK = 2000
ACCEPT, COMPLETE, STATUS = "/accept$", "/complete-upload", "/status$"
SAID = {"message": "said by Topaz"}
XML = "<Error><Code>{}</Code><Message>refused</Message></Error>"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TopazService]:
    with topaz(tmp_path / "topaz", block=BLOCK, few_frames=0) as service:
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    clip = make_clip(tmp_path / "clip.mkv", frames=2 * COUNT, size=(160, 90))
    recipe = Recipe(provider="topaz", model="ast-2", options={"creativity": 0.2}, render="ffv1")
    return Workshop(tmp_path, clip, recipe, TopazProvider)


def at(service: TopazService, shop: Workshop) -> TopazProvider:
    return connect(service, shop, part_bytes=BLOCK)


def bought(service: TopazService, shop: Workshop) -> Standing:
    (standing,) = shop.run(at(service, shop), shop.order(5, COUNT))
    return standing


def on_hand(service: TopazService, shop: Workshop) -> tuple[TopazProvider, Order, Staged]:
    provider, order = at(service, shop), shop.exported(shop.order(5, COUNT))
    return provider, order, staged(provider, order)


CREATE = [
    (400, Rejected),
    (401, Unauthorized),
    (403, Unauthorized),
    (413, Rejected),
    (429, Unavailable),
    (500, Unavailable),
    (503, Unavailable),
]


@pytest.mark.parametrize(("status", "error"), CREATE, ids=lambda one: str(one) if one in range(999) else "")
def test_a_create_that_is_refused_is_told_as_what_it_is_and_asked_once(
    service: TopazService, shop: Workshop, status: int, error: type[Exception]
) -> None:
    service.fault("POST", "^/video/$", status=status, body=SAID)
    with pytest.raises(error) as told:
        asyncio.run(estimate(at(service, shop), shop.order(5, COUNT)))
    assert isinstance(told.value, error)
    assert service.count("POST", "^/video/$") == 1
    assert service.bill.entries == []


@pytest.mark.parametrize(
    "body",
    [SAID, {"detail": "said by Topaz"}, {"detail": [{"msg": "said by Topaz"}]}, {"error": "said by Topaz"}],
    ids=["message", "detail", "details", "error"],
)
def test_a_refusal_is_told_in_the_services_own_words_in_every_shape(
    service: TopazService, shop: Workshop, body: dict[str, Any]
) -> None:
    service.fault("POST", "^/video/$", status=400, body=body)
    with pytest.raises(Rejected, match="said by Topaz"):
        asyncio.run(estimate(at(service, shop), shop.order(5, COUNT)))


@pytest.mark.parametrize("in_words", [False, True], ids=["seconds", "date"])
def test_a_busy_service_says_when_to_come_again(
    service: TopazService, shop: Workshop, in_words: bool
) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    service.fault("POST", "^/video/$", status=429, headers={"Retry-After": then if in_words else "30"})
    with pytest.raises(Unavailable) as busy:
        asyncio.run(estimate(at(service, shop), shop.order(5, COUNT)))
    assert 25 < (busy.value.retry_after or 0) <= 30


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_accept_that_failed_unseen_is_looked_for_and_made_once(
    service: TopazService, shop: Workshop, status: int
) -> None:
    service.fault("PATCH", ACCEPT, status=status, body=SAID)
    is_done(bought(service, shop), shop, service)
    assert service.count("PATCH", ACCEPT) == 2


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_an_accept_that_is_never_let_through_ends_without_a_purchase_and_says_why(
    service: TopazService, shop: Workshop, status: int
) -> None:
    service.fault("PATCH", ACCEPT, status=status, body=SAID, times=1_000_000)
    standing = bought(service, shop)
    assert standing.state in ("active", "queued", "failed")
    assert str(status) in (standing.error or "")
    assert service.count("PATCH", ACCEPT) < 50
    assert service.bill.entries == []
    service.faults.clear()
    is_done(bought(service, shop), shop, service)


UNSEEN = [(status, False) for status in (400, 401, 403, 404, 409, 429, 500)]
TAKEN = [(status, True) for status in (409, 500, 504)]


@pytest.mark.parametrize(("status", "after"), UNSEEN + TAKEN)
def test_a_complete_that_is_answered_with_an_error_begins_the_work_once(
    service: TopazService, shop: Workshop, status: int, after: bool
) -> None:
    service.fault("PATCH", COMPLETE, status=status, body=SAID, after=after)
    is_done(bought(service, shop), shop, service)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "EntityTooSmall"),
        (403, "AccessDenied"),
        (404, "NoSuchUpload"),
        (411, "MissingContentLength"),
        (500, "InternalError"),
        (503, "SlowDown"),
    ],
)
def test_an_upload_that_the_storage_refuses_costs_one_purchase_at_most(
    service: TopazService, shop: Workshop, status: int, code: str
) -> None:
    service.storage.fault(
        "PUT", "/part-2$", status=status, body=XML.format(code), headers={"Retry-After": "0"}
    )
    is_done(bought(service, shop), shop, service)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_poll_that_fails_loses_nothing(service: TopazService, shop: Workshop, status: int) -> None:
    service.fault("GET", STATUS, status=status, body=SAID, nth=2)
    standing = bought(service, shop)
    if status in (401, 403):  # nobody is asked again with a key that is refused: a later run goes on
        assert (standing.state, len(service.paid())) == ("active", 1)
        assert "TOPAZ_API_KEY" in (standing.error or "")
        standing = bought(service, shop)
    is_done(standing, shop, service)
    assert service.count("PATCH", ACCEPT) == 1


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_history_that_does_not_answer_leaves_the_cost_at_the_quote(
    service: TopazService, shop: Workshop, status: int
) -> None:
    service.fault("GET", "/history$", status=status, times=9, body=SAID)
    standing = bought(service, shop)
    assert standing.state == "done", standing.error
    assert PRICE <= standing.charged <= PRICE + 1  # the quote was a range, and its end was reserved
    assert len(service.paid()) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_media_that_can_not_be_removed_there_spoils_nothing(
    service: TopazService, shop: Workshop, status: int
) -> None:
    service.fault("DELETE", "/media$", status=status, body=SAID)
    is_done(bought(service, shop), shop, service)


@pytest.mark.parametrize("status", [400, 404])
def test_a_cancel_that_is_refused_is_told_as_not_stopped(
    service: TopazService, shop: Workshop, status: int
) -> None:
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    service.fault("DELETE", rf"/video/{ticket.id}$", status=status, body=SAID)
    assert asyncio.run(provider.cancel(ticket)) is False
    assert isinstance(ended(provider, ticket), Succeeded)


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (403, Unauthorized), (500, Unavailable)])
def test_a_cancel_that_fails_says_so(
    service: TopazService, shop: Workshop, status: int, error: type[Exception]
) -> None:
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    service.fault("DELETE", rf"/video/{ticket.id}$", status=status, body=SAID)
    with pytest.raises(error):
        asyncio.run(provider.cancel(ticket))


def test_what_is_posted_is_exact_where_the_service_is_strict(service: TopazService, shop: Workshop) -> None:
    _, order, place = on_hand(service, shop)
    body = service.requests[place.data["request"]].body
    frames, rate, width, height = probed(order.plate.path)
    source, output = body["source"], body["output"]
    assert (source["frameCount"], source["size"]) == (frames, order.plate.path.stat().st_size)
    assert source["resolution"] == {"width": width, "height": height}
    assert type(source["frameRate"]) is int
    assert source["frameRate"] == output["frameRate"] == rate  # another rate would need a filter of its own
    assert source["duration"] == pytest.approx(frames / float(rate), abs=1e-6)
    assert (output["audioTransfer"], output["videoEncoder"], output["videoProfile"]) == (
        "None",
        "H265",
        "Main10",
    )
    assert output["dynamicCompressionLevel"] == "High"
    assert "videoBitrate" not in output
    assert body["filters"] == [{"model": "ast-2", "creativity": 0.2, "sharp": 0.5}]


def test_options_travel_under_the_services_own_names(service: TopazService, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=COUNT, size=(160, 90))
    options = {"grain_size": 2, "recover_original_detail_value": 0.5, "focus_fix_level": "Normal"}
    recipe = Recipe(provider="topaz", model="prob-4", options=options)
    shop = Workshop(tmp_path, clip, recipe, TopazProvider)
    asyncio.run(estimate(at(service, shop), shop.order(0, COUNT)))
    (made,) = service.requests.values()
    assert made.body["filters"] == [
        {"model": "prob-4", "grainSize": 2, "recoverOriginalDetailValue": 0.5, "focusFixLevel": "Normal"}
    ]


@pytest.mark.parametrize("field", ["urls", "uploadUrls"])
def test_upload_addresses_are_found_under_both_names(
    service: TopazService, shop: Workshop, field: str
) -> None:
    whole = connect(service, shop)
    service.few_frames = 1000  # one address
    order = shop.exported(shop.order(5, COUNT))
    place = staged(whole, order)
    request = service.requests[place.data["request"]]
    address = service.storage.sign(request.part(1), method="PUT", partNumber="1", **{"x-id": "PutObject"})
    service.fault("PATCH", ACCEPT, status=202, body={"uploadId": "u", field: [address]}, after=True)
    ticket = asyncio.run(whole.submit(order, place))
    assert isinstance(ended(whole, ticket), Succeeded)


def test_one_part_without_an_etag_is_complete_and_several_are_not(
    service: TopazService, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.etag", lambda path: "")
    service.few_frames = 1000
    is_done(bought(service, shop), shop, service)
    service.few_frames = 0
    provider, order = at(service, shop), shop.exported(shop.order(0, COUNT))
    with pytest.raises(Unavailable, match="without an ETag"):
        asyncio.run(provider.submit(order, staged(provider, order)))


def test_the_calls_that_do_not_exist_or_skip_the_quote_are_never_made(
    service: TopazService, shop: Workshop
) -> None:
    is_done(bought(service, shop), shop, service)
    assert service.count("GET", r"^/video/[^/]+$") == service.count("GET", "^/video/history$")
    assert service.count("POST", "/express") == 0


def test_a_job_without_progress_or_with_a_wild_one_is_still_running(
    service: TopazService, shop: Workshop
) -> None:
    service.walks = False
    provider, order, place = on_hand(service, shop)
    ticket = asyncio.run(provider.submit(order, place))
    for progress, done in ((None, 0), ("half", 0), (-3, 0), (140, COUNT), (50, COUNT // 2)):
        body = {"status": "processing", "progress": progress, "outputSize": 12345}
        service.fault("GET", STATUS, status=200, body=body)
        assert asyncio.run(provider.poll(ticket)) == Running(done=done, total=COUNT)
        service.faults.clear()


def test_a_failure_without_words_is_one_all_the_same(service: TopazService, shop: Workshop) -> None:
    service.failing = " "
    standing = bought(service, shop)
    assert standing.state == "failed"
    provider, order = at(service, shop), shop.exported(shop.order(0, COUNT))
    service.failing = ""
    ticket = asyncio.run(provider.submit(order, staged(provider, order)))
    service.fault("GET", STATUS, status=200, body={"status": "failed", "message": None})
    assert asyncio.run(provider.poll(ticket)) == Failed(reason="no reason is given")
