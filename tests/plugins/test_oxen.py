"""Orders at Oxen end well whichever of its documents holds, and say what is wrong where they don't."""

import asyncio
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from services.oxen import Oxen
from services.oxen_bench import SMALL, STARLIGHT, Bench, Lender

from uprez.errors import OutOfCredit, PlanError, Rejected, StagingError, Unauthorized, Unavailable
from uprez.keys import Key
from uprez.model import Size
from uprez.orders import Failed, Recipe, Running, Succeeded, Ticket
from uprez.provider import Context
from uprez_oxen.provider import OxenProvider

Make = Callable[..., Bench]
KEY = "a-key-for-oxen"
SECOND, SECOND_ABOVE, MICRO = Decimal("0.0374"), Decimal("0.1494"), Decimal("0.000001")
STILLS = [("topazlabs-image-upscale", "upscale_factor"), ("topazlabs-wonder-3-5-image", "scale")]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Oxen]:
    with Oxen(tmp_path / "oxen", KEY) as running:
        yield running
    assert running.broken == []
    assert running.storage.broken == []
    assert running.storage.leaks == []


@pytest.fixture
def at(tmp_path: Path, hub: Oxen) -> Make:
    return lambda *given, **how: Bench(tmp_path, hub, *given, **how)


def test_a_clip_comes_back_at_its_true_size_and_its_plate_is_taken_away(at: Make, hub: Oxen) -> None:
    bench = at(small=False, clip_size=(960, 540))
    quoted = bench.price()
    standing = bench.is_done()
    assert standing.render is not None
    assert (standing.render.info.width, standing.render.info.height) == (1920, 1080)
    assert quoted.amount == pytest.approx(SECOND * 4 / 24, abs=MICRO)
    bench.is_charged(standing)
    assert hub.lent() == []
    assert not hub.repositories["editor", "plates"].public


@pytest.mark.parametrize("rate", ["integer", "enum", "words"])
def test_the_request_schema_decides_how_the_rate_is_asked_for(at: Make, hub: Oxen, rate: str) -> None:
    hub.rate = rate
    bench = at()
    bench.is_done()
    sent = bench.only().sent
    assert sent["target_fps"] == ("24" if rate == "words" else 24)
    assert sent.get("interpolate_frames") is (False if rate == "enum" else None)


def test_a_rate_that_the_schema_does_not_have_is_refused_before_anything_is_sent(at: Make, hub: Oxen) -> None:
    hub.rate = "few"
    with pytest.raises(Rejected, match="24, 30 as target_fps and not 25"):
        at(rate=Fraction(25)).price()
    assert hub.jobs == {}


def test_a_model_without_a_schema_is_asked_by_what_holds_in_both_documents(at: Make, hub: Oxen) -> None:
    hub.schemas, hub.rate = False, "integer"
    bench = at()
    bench.is_done()
    assert bench.only().sent["target_fps"] == 24


def test_a_fractional_rate_travels_as_a_whole_one_and_comes_home_true(at: Make) -> None:
    bench = at(rate=Fraction(24000, 1001))
    standing = bench.is_done()
    assert bench.only().sent["target_fps"] == 24
    assert standing.render is not None
    assert standing.render.info.rate == Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("model", "width", "field", "word"),
    [
        (STARLIGHT, 320, "resolution", "2k"),
        (STARLIGHT, 384, "resolution", "4k"),
        ("topazlabs-video-upscale", 192, "target_resolution", "720p"),
        ("topazlabs-proteus-video", 192, "resolution", "720p"),
    ],
)
def test_a_raster_is_asked_for_by_its_word(at: Make, model: str, width: int, field: str, word: str) -> None:
    bench = at(model, size=Size(width=width, height=width * 9 // 16))
    bench.is_done()
    assert bench.only().sent[field] == word


def test_a_raster_that_no_word_makes_is_refused_by_name(at: Make, hub: Oxen) -> None:
    with pytest.raises(Rejected, match="1920x1080 or 2560x1440 or 3840x2160"):
        at(small=False, size=Size(width=1280, height=720)).price()
    assert hub.jobs == {}


def test_a_high_tier_costs_what_the_catalogue_says_of_it(at: Make) -> None:
    assert at(size=Size(width=384, height=216)).price().amount == pytest.approx(
        SECOND_ABOVE * 4 / 24, abs=MICRO
    )


def test_prices_of_the_settings_win_and_the_list_here_is_the_last_resort(at: Make, hub: Oxen) -> None:
    assert at(prices={STARLIGHT: {"1080p": "6"}}).price().amount == 1
    hub.priced = False
    assert at().price().amount == pytest.approx(SECOND * 4 / 24, abs=MICRO)
    unknown = at("topazlabs-rhea-video").price()
    assert (unknown.amount, unknown.basis) == (None, "unknown")


def test_an_order_that_became_dearer_is_not_staged(at: Make, hub: Oxen) -> None:
    bench = at()
    cheap = bench.price().model_copy(update={"amount": Decimal("0.000001")})
    with pytest.raises(Rejected, match="quote it again"):
        asyncio.run(bench.provider.stage(bench.shop.exported(bench.order), cheap))
    assert hub.lent() == []


@pytest.mark.parametrize(("model", "field"), STILLS)
def test_a_still_is_made_larger_by_a_factor(at: Make, model: str, field: str) -> None:
    bench = at(model, still=True)
    standing = bench.is_done()
    assert bench.only().sent[field] == "2x"
    assert standing.render is not None
    assert standing.render.info.width == 256
    bench.is_charged(standing)


def test_a_prompt_narrows_what_astra_takes(at: Make) -> None:
    astra = "topazlabs-astra-2-video"
    plain, prompted = at(astra), at(astra, options={"prompt": "a bear"})
    for bench, most in ((plain, 9000), (prompted, 450)):
        for frames, fits in ((most, True), (most + 1, False)):
            pull = bench.shop.order(0, frames).plate.pull
            if fits:
                asyncio.run(bench.provider.estimate(pull, bench.order.recipe))
                continue
            with pytest.raises(Rejected, match=f"{most} frames"):
                asyncio.run(bench.provider.estimate(pull, bench.order.recipe))
    prompted.is_done()
    assert prompted.only().sent["prompt"] == "a bear"


def test_a_model_of_new_colours_is_never_a_conform() -> None:
    kept = {model.name: model.keeps_picture for model in OxenProvider.models}
    assert [name for name, keeps in kept.items() if not keeps] == ["topazlabs-hyperion-2-video"]


def test_a_model_that_keeps_the_size_is_asked_for_none(at: Make, hub: Oxen) -> None:
    hyperion = "topazlabs-hyperion-2-video"
    with pytest.raises(Rejected, match="makes 128x72"):
        at(hyperion).price()
    bench = at(hyperion, size=Size(scale=Fraction(1)))
    assert bench.price().amount == pytest.approx(SECOND * 4 / 24, abs=MICRO)
    asyncio.run(bench.provider.submit(*bench.staged()))
    assert "resolution" not in bench.only().sent
    assert bench.only().sent["output_encoder"] == "ProRes"


def test_an_option_that_the_service_dropped_is_refused_by_name(at: Make, hub: Oxen) -> None:
    hub.dropped = {"softness"}
    soft = "topazlabs-upscale-starlight-2-6-video"
    with pytest.raises(Rejected, match="softness"):
        at(soft, options={"softness": 0.5}).price()
    at(soft).price()


def test_a_parameter_that_nobody_knew_of_is_named_before_it_fails_in_the_queue(at: Make, hub: Oxen) -> None:
    hub.demanded = ["licence"]
    with pytest.raises(Rejected, match="licence"):
        at().price()


@pytest.mark.parametrize("results", ["signed", "own", "redirect", "path"])
def test_a_render_comes_home_from_wherever_it_lies(at: Make, hub: Oxen, results: str) -> None:
    hub.results = results
    at().is_done()


@pytest.mark.parametrize("off", [1, -1])
def test_a_render_with_other_frames_is_named_and_kept(at: Make, hub: Oxen, off: int) -> None:
    hub.frames_off = off
    standing = at().run()
    assert standing.state == "failed"
    assert f"has {4 + off} frames instead of 4" in (standing.error or "")
    assert standing.render is not None and standing.render.path.exists()
    assert standing.charged > 0


@pytest.mark.parametrize("history", [True, False], ids=["by its history", "by what was heard"])
def test_a_hub_that_forgets_ended_orders_is_served_as_well(at: Make, hub: Oxen, history: bool) -> None:
    hub.old, hub.history = True, history
    at().is_done()


def test_what_was_heard_of_an_order_outlives_the_process(at: Make, hub: Oxen) -> None:
    hub.old, hub.history = True, False
    bench = at()

    async def placed() -> Ticket:
        ticket = await bench.provider.submit(*ready)
        await asyncio.to_thread(bench.wait_until_ended)
        await asyncio.sleep(0.2)
        return ticket

    ready = bench.staged()
    ticket = asyncio.run(placed())
    assert isinstance(asyncio.run(bench.another().poll(ticket)), Succeeded)


def test_an_order_that_nobody_knows_of_any_more_is_not_written_off(at: Make, hub: Oxen) -> None:
    bench = at(events=False)
    ticket = bench.submit()
    hub.old, hub.history = True, False
    old = ticket.model_copy(update={"data": {**ticket.data, "sent": hub.clock.now() - 90}})
    bench.wait_until_ended()
    with pytest.raises(Unavailable, match="any more"):
        bench.poll(old)
    hub.history = True
    done = bench.poll(old)
    assert isinstance(done, Succeeded)
    assert done.charged == pytest.approx(bench.only().price)


def test_the_stream_is_opened_for_each_order_and_left_once_none_is_waited_for(at: Make, hub: Oxen) -> None:
    bench = at()
    for first in (0, 2):
        (standing,) = bench.shop.run(bench.provider, bench.shop.order(first, 2))
        assert standing.state == "done"
    assert hub.count("GET", "/api/events") == 2


def test_a_cost_that_can_not_be_told_holds_no_render_back(at: Make, hub: Oxen) -> None:
    hub.fault("GET", "/generations/", status=500, times=99)
    standing = at().is_done()
    assert standing.charged == standing.quoted


def test_a_stream_that_is_cut_or_refused_changes_nothing(at: Make, hub: Oxen) -> None:
    hub.fault("GET", "/api/events", status=500, times=10)
    at().is_done()


def test_a_stream_that_hangs_up_is_polled_past(at: Make, hub: Oxen) -> None:
    hub.seconds = 0.4
    bench = at()
    seen: list[Any] = []
    inner = bench.provider.poll

    async def poll(ticket: Ticket) -> Any:
        hub.hang_up()
        seen.append(await inner(ticket))
        return seen[-1]

    bench.provider.poll = poll  # type: ignore[method-assign]
    bench.is_done()
    assert any(isinstance(status, Running) or status.kind == "queued" for status in seen)
    assert hub.count("GET", "/api/events") == 1


@pytest.mark.parametrize("public", [True, False])
def test_a_private_repository_that_models_can_not_read_is_said_and_a_public_one_works(
    at: Make, hub: Oxen, public: bool
) -> None:
    hub.reads_private = False
    bench = at(public=public)
    if public:
        bench.is_done()
        return
    standing = bench.run()
    assert (standing.state, standing.charged) == ("failed", 0)
    assert "Could not download the input" in (standing.error or "")
    assert "public = true" in (standing.error or "")
    assert hub.bill.taken(bench.only().id) == 0


def test_a_plate_is_lent_by_the_stager_where_no_repository_is_named(at: Make, hub: Oxen) -> None:
    lender = Lender(hub.storage)
    at(repository="uprez", stager=lender).is_done()
    assert len(lender.lent) == 1
    assert not hub.storage.path(lender.lent[0]).exists()
    assert hub.repositories == {}


def test_without_a_place_for_plates_the_settings_are_named(at: Make) -> None:
    with pytest.raises(StagingError, match="repository"):
        at(repository="uprez").staged()


@pytest.mark.parametrize(
    ("settings", "key"),
    [({"repository": "a/b/c"}, "repository"), ({"quiet": -1}, "quiet"), ({"nothing": 1}, "nothing"),
     ({"sizes": {"2k": "wide"}}, "sizes"), ({"branch": "../x"}, "branch")],
)  # fmt: skip
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, settings: dict[str, Any], key: str) -> None:
    with pytest.raises(PlanError, match=f"provider.oxen.{key}"):
        OxenProvider(Context(scratch=tmp_path, settings=settings))


def test_an_unknown_model_is_refused_by_name(at: Make) -> None:
    bench = at()
    with pytest.raises(Rejected, match="no-such-model"):
        recipe = Recipe(provider="oxen", model="no-such-model")
        asyncio.run(bench.provider.estimate(bench.order.plate.pull, recipe))


@pytest.mark.parametrize("code", [402, 400, 422])
def test_an_account_without_credit_buys_nothing(at: Make, hub: Oxen, code: int) -> None:
    hub.bill.balance, hub.no_credit = Decimal(0), code
    bench = at()
    ready = bench.staged()
    with pytest.raises(OutOfCredit, match="Insufficient credits"):
        asyncio.run(bench.provider.submit(*ready))
    assert bench.run().state == "failed"
    assert hub.jobs == {}


@pytest.mark.parametrize("why", ["late", "content"])
def test_an_order_that_fails_later_ends_with_the_services_words_and_costs_nothing(
    at: Make, hub: Oxen, why: str
) -> None:
    if why == "late":
        hub.bill.balance, hub.no_credit = Decimal(0), "late"
    else:
        hub.fails = "DataInspectionFailed - Green net check"
    bench = at()
    standing = bench.run()
    assert (standing.state, standing.charged) == ("failed", 0)
    assert bench.only().doom in (standing.error or "")


def test_what_the_queue_refuses_is_told(at: Make, hub: Oxen) -> None:
    bench = at()
    ready, staged = bench.staged()
    for change, words in (({"model": "gone"}, "Model not found"), ({"model": "a-text-model"}, "unsupported")):
        body = {**staged.data["body"], **change}
        other = staged.model_copy(update={"data": {**staged.data, "body": body}})
        with pytest.raises(Rejected, match=words):
            asyncio.run(bench.provider.submit(ready, other))
    assert hub.jobs == {}


@pytest.mark.parametrize("old", [False, True], ids=["new hub", "old hub"])
def test_an_order_is_cancelled_and_stays_so(at: Make, hub: Oxen, old: bool) -> None:
    hub.seconds, hub.old, hub.history = 600, old, not old
    bench = at()
    ticket = bench.submit()
    assert asyncio.run(bench.provider.cancel(ticket)) is True
    ended = asyncio.run(bench.another().poll(ticket))
    kept = bench.price().amount if old else 0  # where nothing tells, no refund is promised
    assert ended == Failed(reason="it was cancelled", charged=kept)
    assert hub.charges(bench.order.plate.path) == 0


def test_what_a_cancelled_order_kept_is_written_down(at: Make, hub: Oxen) -> None:
    hub.seconds, hub.refunds = 600, False
    bench = at()
    ticket = bench.submit()
    hub.clock.advance(400)
    bench.wait_until("processing")
    assert asyncio.run(bench.provider.cancel(ticket)) is True
    ended = bench.poll(ticket)
    assert isinstance(ended, Failed)
    assert ended.charged == pytest.approx(bench.only().price)


def test_an_order_that_is_done_can_not_be_cancelled_although_the_answer_is_the_same(at: Make) -> None:
    bench = at()
    ticket = bench.submit()
    bench.wait_until_ended()
    assert asyncio.run(bench.provider.cancel(ticket)) is False
    assert isinstance(bench.poll(ticket), Succeeded)


def test_orders_are_paid_from_another_namespace_and_found_there(at: Make, hub: Oxen) -> None:
    hub.fault("POST", "/api/ai/queue", drop="after")
    bench = at(target_namespace="studio")
    bench.is_done()
    assert bench.only().sent["target_namespace"] == "studio"


def test_a_person_names_an_order_by_its_id(at: Make) -> None:
    bench = at()
    ticket = bench.submit()
    bench.wait_until_ended()
    assert isinstance(bench.poll(bench.provider.ticket(ticket.id)), Succeeded)
    with pytest.raises(PlanError, match="generation id"):
        bench.provider.ticket("../../etc")


def test_a_key_is_checked_for_free(at: Make, hub: Oxen) -> None:
    bench = at()
    assert "takes the key" in asyncio.run(bench.provider.check())
    hub.key = "another"
    with pytest.raises(Unauthorized, match="OXEN_API_KEY"):
        asyncio.run(bench.provider.check())


def test_the_small_sizes_are_the_ones_of_the_hub(hub: Oxen, at: Make) -> None:
    at()
    assert {word: f"{width}x{height}" for word, (width, height) in hub.sizes.items()} == SMALL


@pytest.mark.live
@pytest.mark.skipif("OXEN_API_KEY" not in os.environ, reason="needs OXEN_API_KEY")
def test_the_true_service_takes_the_key_and_tells_of_its_models(tmp_path: Path) -> None:
    provider = OxenProvider(Context(scratch=tmp_path, key=Key(os.environ["OXEN_API_KEY"])))
    assert "takes the key" in asyncio.run(provider.check())
    offer = asyncio.run(provider._catalogue.offer(STARLIGHT, False))
    assert offer.shape.knows("input_video")
    assert provider._catalogue.price(offer, STARLIGHT, "1080p") is not None
