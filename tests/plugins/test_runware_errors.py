"""Every class of error that Runware's clients know, and each pitfall of its tasks."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from services.common import Server, probed
from services.runware import Refused, Runware

from uprez.errors import (
    NotPlaced,
    OutOfCredit,
    ProviderError,
    Rejected,
    StagingError,
    Unauthorized,
    Unavailable,
)
from uprez.keys import Key
from uprez.model import Size
from uprez.orders import Order, Recipe, Staged, Succeeded, Ticket
from uprez.outcome import Standing
from uprez.provider import Context
from uprez.testing import make_clip, read_numbers
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop
from uprez_runware.provider import RunwareProvider

VIDEO, STILL = "topazlabs:starlight-precise@2.5", "topazlabs:wonder@3.5"


class Refusing(Runware):
    """Refuse every upscale with a code, before anything is charged."""

    code = ""

    async def _upscale(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        raise Refused(self.code, "inputs.video")


class OtherSize(Runware):
    """Return another raster than was asked for: the factor comes from the shorter edge (facts 3.3)."""

    def _size(self, task: dict[str, Any], source: Path, still: bool) -> Any:
        (width, height), rate, frames = super()._size(task, source, still)
        return (width - 2, height), rate, frames


class Bench:
    """A service, a provider that talks to it, and a workshop of its orders."""

    def __init__(self, folder: Path, server: Runware, **settings: Any) -> None:
        self.folder, self.server = folder, server
        clip = make_clip(folder / "clip.mkv", frames=8, size=(128, 72))
        self.shop = self.workshop(clip, VIDEO, format="MP4", quality=95)
        context = Context(
            scratch=folder / "s", key=Key("a-key"), base_url=f"{server.url}/v1", settings=settings
        )
        self.provider = RunwareProvider(context)
        self.provider.poll_every = 0.02  # type: ignore[misc]

    def workshop(self, clip: Path, model: str, *, stills: bool = False, **options: Any) -> Workshop:
        recipe = Recipe(provider="runware", model=model, options=options, render="ffv1")
        return Workshop(self.folder, clip, recipe, RunwareProvider, stills=stills)

    def ready(self, shop: Workshop | None = None) -> tuple[Order, Staged]:
        shop = shop or self.shop
        order = shop.exported(shop.order(1, 1 if shop.stills else 4))
        return order, staged(self.provider, order)

    def bought(self, shop: Workshop | None = None) -> Standing:
        shop = shop or self.shop
        return shop.run(self.provider, shop.order(1, 1 if shop.stills else 4))[0]


At = Callable[..., Bench]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[At]:
    running: list[Runware] = []

    def begun(kind: type[Runware] = Runware, **settings: Any) -> Bench:
        server = kind(tmp_path / "runware", "a-key").__enter__()
        running.append(server)
        return Bench(tmp_path, server, **settings)

    yield begun
    for server in running:
        server.__exit__(None, None, None)
        assert server.broken == []
        assert server.storage.leaks == []


CODES: list[tuple[str, type[ProviderError]]] = [
    *((code, Unauthorized) for code in ("invalidApiKey", "missingApiKey", "unauthorized", "forbidden")),
    *((code, Unauthorized) for code in ("tokenExpired", "accountSuspended", "organizationDisabled")),
    *((code, OutOfCredit) for code in ("insufficientCredits", "quotaExceeded", "insufficientBalance")),
    *((code, OutOfCredit) for code in ("paymentRequired", "environmentPaused")),
    *((code, Rejected) for code in ("contentPolicyViolation", "nsfwContentDetected", "promptBlocked")),
    *((code, Rejected) for code in ("imageBlocked", "unknownModel", "unknownParameter")),
    *((code, Rejected) for code in ("invalidParameter", "missingParameter", "unsupportedOutputType")),
    *((code, Rejected) for code in ("valueTooLarge", "arrayTooLong", "maxFileSize")),
    ("incompatibleParameters", Rejected),
    *((code, Unavailable) for code in ("rateLimitExceeded", "timeoutProvider", "inferenceError")),
    *((code, Unavailable) for code in ("processingFailed", "taskFailed", "downloadFailed", "uploadFailed")),
    *((code, Unavailable) for code in ("noAvailableServer", "modelUnavailable", "modelNotReady")),
    *((code, Unavailable) for code in ("providerError", "invalidProviderContent", "moderationFailed")),
    *((code, Unavailable) for code in ("internalServerError", "serviceUnavailable", "standardError")),
    *((code, Unavailable) for code in ("unknownError", "taskCancelled", "neverHeardOf")),
]


def test_every_code_is_told_as_what_it_is_and_names_its_parameter(at: At) -> None:
    bench = at(Refusing)
    order, place = bench.ready()
    for code, error in CODES:
        bench.server.code = code  # type: ignore[attr-defined]
        with pytest.raises(error) as told:
            asyncio.run(bench.provider.submit(order, place))
        assert type(told.value) is error, code
        assert code in str(told.value)
        assert "parameter inputs.video" in str(told.value)
    assert bench.server.bill == []


STATUSES = [
    (401, Unauthorized),
    (402, OutOfCredit),
    (403, Unauthorized),
    (404, Rejected),
    (413, Rejected),
    (429, NotPlaced),
    (500, Unavailable),
    (503, Unavailable),
]


@pytest.mark.parametrize(("status", "error"), STATUSES)
def test_an_answer_that_never_reached_the_tasks_is_told_by_its_status(
    at: At, status: int, error: type[Exception]
) -> None:
    bench = at()
    order, place = bench.ready()
    bench.server.fault("POST", "/v1", status=status, body="<html>a gateway</html>")
    with pytest.raises(error) as told:
        asyncio.run(bench.provider.submit(order, place))
    assert type(told.value) is error
    assert bench.server.bill == []


def test_a_plate_that_is_too_large_for_the_service_names_the_stager(at: At) -> None:
    bench = at()
    order = bench.shop.exported(bench.shop.order(1, 4))
    estimate = asyncio.run(bench.provider.estimate(order.plate.pull, order.recipe))
    bench.server.fault("POST", "/v1", status=413, body="<html>too large</html>")
    with pytest.raises(StagingError, match=r"413.*\[stager\.s3\]"):
        asyncio.run(bench.provider.stage(order, estimate))


@pytest.mark.parametrize("status", [400, 409, 422])
def test_an_answer_that_nobody_can_read_is_looked_for(at: At, status: int) -> None:
    bench = at()
    bench.server.fault("POST", "/v1", nth=2, status=status, body="<html>?</html>", after=True)
    standing = bench.bought()
    assert standing.state == "done", standing.error
    assert len(bench.server.bill) == 1


@pytest.mark.parametrize("several", [False, True], ids=["an object", "an array"])
def test_a_singular_error_is_read_as_well(at: At, several: bool) -> None:
    bench = at()
    order, place = bench.ready()
    error = {"code": "invalidParameter", "message": "no such width", "parameter": ["width", "height"]}
    bench.server.fault("POST", "/v1", status=400, body={"error": [error] if several else error})
    with pytest.raises(Rejected, match="no such width"):
        asyncio.run(bench.provider.submit(order, place))


def test_what_is_said_of_other_tasks_beside_ours_is_not_about_ours(at: At) -> None:
    bench = at()
    order, place = bench.ready()
    other = str(uuid.uuid4())
    body = {
        "data": [{"taskType": "upscale", "taskUUID": place.data["task"]}],
        "errors": [{"code": "insufficientCredits", "taskUUID": other}],
    }
    bench.server.fault("POST", "/v1", status=200, body=body)
    assert asyncio.run(bench.provider.submit(order, place)).id == place.data["task"]
    body = {
        "data": [{"taskUUID": other, "status": "success", "videoURL": "https://elsewhere.example/v.mp4"}],
        "errors": [{"code": "processingFailed", "taskUUID": other}],
    }
    bench.server.fault("POST", "/v1", status=200, body=body)
    status = asyncio.run(bench.provider.poll(Ticket(id=place.data["task"], data={"sent": 1e12})))
    assert status.kind == "queued"


def test_the_task_says_what_the_service_would_else_choose(at: At) -> None:
    bench = at(ttl=7200)
    order, place = bench.ready()
    ended(bench.provider, asyncio.run(bench.provider.submit(order, place)))
    (task,) = (job["task"] for job in bench.server.jobs.values() if "task" in job)
    assert uuid.UUID(task["taskUUID"]).version == 4
    said = {name: task[name] for name in ("outputType", "outputFormat", "outputQuality", "deliveryMethod")}
    assert said == {
        "outputType": "URL",
        "outputFormat": "MP4",
        "outputQuality": 95,
        "deliveryMethod": "async",
    }
    assert (task["includeCost"], task["ttl"]) == (True, 7200)
    assert (task["width"], task["height"], task["fps"]) == (256, 144, 24)


def test_a_slow_clip_travels_at_the_lowest_rate_there_is_and_comes_home_at_its_own(at: At) -> None:
    bench = at()
    clip = make_clip(bench.folder / "slow.mkv", frames=8, size=(128, 72), rate=Fraction(12))
    standing = bench.bought(bench.workshop(clip, VIDEO, format="MP4", quality=95))
    assert standing.state == "done", standing.error
    assert standing.render is not None
    frames, rate, _, _ = probed(standing.render.path)
    assert (frames, rate) == (4, 12)
    (task,) = (job["task"] for job in bench.server.jobs.values() if "task" in job)
    assert task["fps"] == 15  # least that is taken, and not below the plate's


def test_another_raster_than_was_asked_for_is_named_and_kept(at: At) -> None:
    bench = at(OtherSize)
    standing = bench.bought()
    assert standing.state == "failed"
    assert "254" in (standing.error or "")
    assert standing.render is not None and standing.render.path.parent.name == "rejected"
    assert standing.charged > 0


def test_a_portrait_that_does_not_fit_is_refused_before_it_is_sent(at: At) -> None:
    bench = at()
    order, place = bench.ready()
    before = len(bench.server.seen)
    limits = next(model for model in RunwareProvider.models if model.name == VIDEO).limits
    assert (limits.max_width, limits.max_height) == (3840, 2160)
    tall = order.model_copy(update={"height": 3840, "width": 2160})
    with pytest.raises(Rejected, match="parameter height"):  # the plan leaves it out; the service would too
        asyncio.run(bench.provider.submit(tall, place))
    assert len(bench.server.seen) == before + 1
    assert bench.server.bill == []


@pytest.mark.parametrize("ending", ["MP4", "MOV"])
def test_each_container_comes_home(at: At, ending: str) -> None:
    bench = at()
    shop = bench.workshop(bench.shop.clip, VIDEO, format=ending, quality=20)
    standing = bench.bought(shop)
    assert standing.state == "done", standing.error
    assert standing.render is not None
    assert read_numbers(standing.render.path) == [1, 2, 3, 4]


def test_a_still_is_enlarged_by_a_whole_factor_or_refused(at: At) -> None:
    bench = at()
    shop = bench.workshop(bench.shop.clip, STILL, stills=True, format="PNG", quality=95)
    standing = bench.bought(shop)
    assert standing.state == "done", standing.error
    order = shop.order(2, 1)
    odd = order.recipe.model_copy(update={"size": Size(scale=Fraction(3, 2))})
    with pytest.raises(Rejected, match="whole factors"):
        asyncio.run(bench.provider.estimate(order.plate.pull, odd))


def test_a_stop_is_not_claimed_where_the_service_knows_none(at: At) -> None:
    bench = at()
    order, place = bench.ready()
    ticket = asyncio.run(bench.provider.submit(order, place))
    assert asyncio.run(bench.provider.cancel(ticket)) is False
    assert isinstance(ended(bench.provider, ticket), Succeeded)
    assert len(bench.server.bill) == 1


def test_a_price_is_by_the_output_frame_and_the_settings_change_it(at: At) -> None:
    bench = at()
    pull = bench.shop.order(1, 6).plate.pull
    price = asyncio.run(bench.provider.estimate(pull, bench.shop.recipe))
    assert (price.amount, price.basis) == (Decimal("0.08") / 24 * 6, "published")
    large = bench.shop.recipe.model_copy(update={"size": Size(height=2160)})
    assert asyncio.run(bench.provider.estimate(pull, large)).amount == Decimal("0.175") / 24 * 6
    dearer = Bench(bench.folder, bench.server, prices={VIDEO: {"1k": "0.24"}})
    assert asyncio.run(dearer.provider.estimate(pull, bench.shop.recipe)).amount == Decimal("0.06")


class Hook(Server):
    """Hear what is posted and put, wherever."""

    def routes(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.app.router.add_route("*", "/{name:.*}", self._heard)

    async def _heard(self, request: web.Request) -> web.Response:
        body = await (request.json() if request.method == "POST" else request.read())
        self.heard.append((request.method, body))
        return web.Response(status=500 if len(self.heard) == 1 and request.method == "POST" else 200)


def test_a_webhook_and_an_address_for_the_result_are_passed_on_and_polling_goes_on(
    at: At, tmp_path: Path
) -> None:
    with Hook(tmp_path / "hook") as hook:
        bench = at(webhook_url=f"{hook.url}/w?secret=1", upload_endpoint=f"{hook.url}/result.mp4")
        standing = bench.bought()
        assert standing.state == "done", standing.error
        methods = [method for method, _ in hook.heard]
        assert methods[0] == "PUT"
        assert set(methods) == {"PUT", "POST"}
    assert len(bench.server.bill) == 1
