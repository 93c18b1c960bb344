"""Whatever Runware answers, an order is charged once there, and what may stand is never written off."""

import asyncio
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from services.runware import Refused, Runware

from uprez.errors import InDoubt, Rejected, StagingError, Unauthorized, Unavailable
from uprez.keys import Key
from uprez.orders import Failed, Queued, Recipe, Running, Staged, Ticket
from uprez.outcome import Standing
from uprez.provider import Context
from uprez.testing import make_clip, read_numbers
from uprez.testing.workshop import Workshop
from uprez_runware.provider import RunwareProvider

MODEL = "topazlabs:starlight-precise@2.5"
OPTIONS = {"format": "MP4", "quality": 95}
Set = Callable[[Runware], None]


class Forgetful(Runware):
    """Say nothing yet of a task that stands, as the facts allow."""

    blind = 1

    async def _response(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        job = self.jobs.get(task["taskUUID"])
        if job is not None and "upload" not in job and self.blind:
            self.blind -= 1
            return []
        return await super()._response(task)


class InputFirst(Forgetful):
    """Refuse a repeated task for its input before its UUID is looked at."""

    async def _upscale(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        if task["taskUUID"] in self.jobs:
            raise Refused("invalidParameter", "inputs.video")
        return await super()._upscale(task)


class LateError(Runware):
    """Take and charge an order, and answer with a code of what lies behind the service."""

    code = ""

    async def _upscale(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        await super()._upscale(task)
        raise Refused(self.code)


class Bench:
    """A service, a provider that talks to it, and an order of four frames."""

    def __init__(self, folder: Path, server: Runware, **settings: Any) -> None:
        clip = make_clip(folder / "clip.mkv", frames=8, size=(128, 72))
        recipe = Recipe(provider="runware", model=MODEL, options=OPTIONS, render="ffv1")
        self.shop, self.server = Workshop(folder, clip, recipe, RunwareProvider), server
        context = Context(
            scratch=folder / "s", key=Key("a-key"), base_url=f"{server.url}/v1", settings=settings
        )
        self.provider = RunwareProvider(context)
        self.provider.poll_every = 0.02
        self.order = self.shop.order(1, 4)

    def run(self) -> Standing:
        return self.shop.run(self.provider, self.order)[0]

    def is_done(self) -> None:
        standing = self.run()
        assert standing.state == "done", standing.error
        assert standing.render is not None
        assert read_numbers(standing.render.path) == [1, 2, 3, 4]
        assert len(self.server.bill) == 1
        assert standing.charged == pytest.approx(self.server.bill[0][2], abs=Decimal("0.000001"))


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
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


def lose_the_answer(server: Runware) -> None:
    server.fault("POST", "/v1", nth=2, drop="after")  # the first request uploads the plate


@pytest.mark.parametrize(
    "oddity",
    [
        pytest.param(lambda server: server.late.extend([422, 502]), id="the result's address is late"),
        pytest.param(lambda server: setattr(server, "not_ready", 2), id="an upload is not ready yet"),
        pytest.param(
            lambda server: setattr(server, "pending", "pending"), id="the older word for processing"
        ),
        pytest.param(lose_the_answer, id="a lost answer"),
    ],
)
def test_an_oddity_of_the_service_ends_well_and_is_charged_once(
    at: Callable[..., Bench], oddity: Set
) -> None:
    bench = at()
    oddity(bench.server)
    bench.is_done()


@pytest.mark.parametrize("duplicates", ["conflict", "same"])
def test_a_task_that_is_sent_again_stands_once(at: Callable[..., Bench], duplicates: str) -> None:
    bench = at(Forgetful)
    bench.server.duplicates = duplicates
    lose_the_answer(bench.server)
    bench.is_done()


def test_a_repeated_task_that_is_refused_for_its_input_needs_a_person(at: Callable[..., Bench]) -> None:
    bench = at(InputFirst)
    bench.server.blind = 1_000_000  # type: ignore[attr-defined]
    lose_the_answer(bench.server)
    standing = bench.run()
    assert standing.state == "needs-you"
    assert standing.reserved > 0
    assert len(bench.server.bill) == 1
    assert "uprez orders settle" in (standing.error or "")


def test_a_task_in_doubt_is_gone_on_with_once_the_service_tells_of_it(at: Callable[..., Bench]) -> None:
    bench = at(InputFirst)
    lose_the_answer(bench.server)
    bench.is_done()


@pytest.mark.parametrize("code", ["timeoutProvider", "inferenceError", "somethingNew", ""])
def test_an_order_that_was_taken_and_answered_with_a_failure_is_not_written_off(
    at: Callable[..., Bench], code: str
) -> None:
    bench = at(LateError)
    bench.server.code = code  # type: ignore[attr-defined]
    bench.is_done()


@pytest.mark.parametrize("beside", [True, False], ids=["beside data", "in the item"])
@pytest.mark.parametrize("code", ["processingFailed", "timeoutProvider"])
def test_a_task_that_failed_ends_the_order_and_costs_nothing(
    at: Callable[..., Bench], beside: bool, code: str
) -> None:
    bench = at()
    bench.server.fails, bench.server.errors_beside = code, beside
    standing = bench.run()
    assert (standing.state, standing.charged) == ("failed", 0)
    assert code in (standing.error or "")
    assert bench.server.bill == []


def test_an_account_without_credit_buys_nothing(at: Callable[..., Bench]) -> None:
    bench = at()
    bench.server.balance = Decimal(0)
    standing = bench.run()
    assert (standing.state, standing.charged) == ("failed", 0)
    assert "insufficientCredits" in (standing.error or "")
    assert bench.server.bill == []


@pytest.mark.parametrize("off", [1, -1])
def test_a_render_with_other_frames_is_named_and_kept(at: Callable[..., Bench], off: int) -> None:
    bench = at()
    bench.server.frames_off = off
    standing = bench.run()
    assert standing.state == "failed"
    assert f"has {4 + off} frames instead of 4" in (standing.error or "")
    assert standing.render is not None and standing.render.path.exists()
    assert standing.charged > 0


def test_a_task_that_nothing_is_said_of_waits_a_day_and_is_not_written_off_then(
    at: Callable[..., Bench],
) -> None:
    bench = at()

    def poll(age: float) -> object:
        ticket = Ticket(id="0" * 8, data={"sent": time.time() - age})
        return asyncio.run(bench.provider.poll(ticket))

    async def gone(task: dict[str, Any]) -> list[dict[str, Any]]:
        raise Refused("taskFailedOrNotFound")

    assert poll(120) == Queued()
    with pytest.raises(Unavailable, match="any more"):
        poll(100_000)
    bench.server._response = gone  # type: ignore[method-assign]
    assert poll(5) == Queued()
    assert isinstance(poll(120), Failed)
    with pytest.raises(Unavailable, match="any more"):
        poll(100_000)


def test_a_purchase_older_than_a_day_is_not_sent_again(at: Callable[..., Bench]) -> None:
    bench = at()
    staged = Staged(data={"task": "a-task", "media": "a-media"}, sent=time.time() - 90_000)
    with pytest.raises(InDoubt, match="more than a day ago"):
        asyncio.run(bench.provider.find(bench.order, staged))
    assert bench.server.bill == []


def test_what_the_service_refuses_names_its_parameter(at: Callable[..., Bench]) -> None:
    bench = at()
    ready = bench.shop.exported(bench.order)
    estimate = asyncio.run(bench.provider.estimate(ready.plate.pull, ready.recipe))
    staged = asyncio.run(bench.provider.stage(ready, estimate))
    with pytest.raises(Rejected, match="parameter width"):
        asyncio.run(bench.provider.submit(ready.model_copy(update={"width": 5000}), staged))
    assert bench.server.bill == []


def test_a_plate_too_large_to_send_inside_a_request_names_the_stager(at: Callable[..., Bench]) -> None:
    bench = at(inline_mb=0)
    ready = bench.shop.exported(bench.order)
    estimate = asyncio.run(bench.provider.estimate(ready.plate.pull, ready.recipe))
    with pytest.raises(StagingError, match=r"\[stager.s3\]"):
        asyncio.run(bench.provider.stage(ready, estimate))


def test_a_key_is_checked_for_free(at: Callable[..., Bench]) -> None:
    bench = at()
    assert "A cutting room" in asyncio.run(bench.provider.check())
    bench.server.key = "another"
    with pytest.raises(Unauthorized, match="RUNWARE_API_KEY"):
        asyncio.run(bench.provider.check())


def test_progress_is_told_in_frames_and_never_beyond_them(at: Callable[..., Bench]) -> None:
    bench = at()
    told: list[object] = [40, 99.9, 250, -5, None, "soon"]

    async def said(task: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"taskUUID": task["taskUUID"], "status": "processing", "progress": told.pop(0)}]

    bench.server._response = said  # type: ignore[method-assign]
    ticket = Ticket(id="0" * 8, data={"sent": time.time(), "frames": 4})
    shown = [asyncio.run(bench.provider.poll(ticket)) for _ in range(6)]
    assert shown == [*(Running(done=done, total=4) for done in (1, 3, 4, 0)), Running(), Running()]


def test_an_order_shows_its_progress_in_its_own_frames(at: Callable[..., Bench]) -> None:
    bench = at()
    bench.server.seconds = 0.5
    bench.is_done()
    waited = [(one.done, one.total) for one in bench.shop.shown if one.stage == "wait"]
    assert (1, 4) in waited  # the service tells 40 per cent
    assert all(total == 4 for _, total in waited)
