"""The contract is proved in its turn: each sabotaged provider is caught by the check that is named for it.

All of them are the example's provider with one fault, at the example's service; the check passes for the
honest one first.
"""

from __future__ import annotations

import importlib.util
import inspect
import logging
import re
import sys
import time
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from pydantic import BaseModel

from uprez.errors import Rejected, Unavailable
from uprez.orders import Estimate, Failed, Order, Staged, Status, Succeeded, Ticket
from uprez.testing.clips import decoded
from uprez.testing.wire import answered

EXAMPLE = Path(__file__).parents[2] / "examples" / "provider_plugin"


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Honest: Any = _module("uprez_doubler").DoublerProvider
far = _module("test_uprez_doubler")


class Denies(Honest):
    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        return None


class DeniesWhenDeaf(Honest):
    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        try:
            return await super().find(order, staged)  # type: ignore[no-any-return]
        except Exception:
            return None


class RetriesSubmit(Honest):
    async def submit(self, order: Order, staged: Staged) -> Ticket:
        try:
            return await super().submit(order, staged)  # type: ignore[no-any-return]
        except Unavailable:
            return await super().submit(order, staged)  # type: ignore[no-any-return]


class ChargesInStage(Honest):
    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        staged = await super().stage(order, estimate)
        ticket = await super().submit(order, staged)
        return Staged(data={**staged.data, "ticket": ticket.id})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        return Ticket(id=staged.data["ticket"])


class ChargesInEstimate(Honest):
    async def estimate(self, *given: Any) -> Estimate:
        await self.client.ask(
            "POST", "/orders", json={"token": "any order", "frames": 1, "width": 64, "height": 36}
        )
        return await super().estimate(*given)  # type: ignore[no-any-return]


class MintsInFind(Honest):
    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        fresh = Staged(data={"token": staged.data["token"] + "-again"})
        return await super().submit(order, fresh)  # type: ignore[no-any-return]


class LeaksInError(Honest):
    async def submit(self, order: Order, staged: Staged) -> Ticket:
        try:
            return await super().submit(order, staged)  # type: ignore[no-any-return]
        except Exception as failure:
            raise Rejected(f"{failure} (the key was {self.context.key.secret()})") from None


class LeaksIntoScratch(Honest):
    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        self.context.scratch.mkdir(parents=True, exist_ok=True)
        (self.context.scratch / "session.json").write_text(self.context.key.secret())
        return await super().stage(order, estimate)  # type: ignore[no-any-return]


class LeaksIntoUrls(Honest):
    async def poll(self, ticket: Ticket) -> Status:
        await self.client.ask("GET", f"/orders/{ticket.id}?key={self.context.key.secret()}")
        return await super().poll(ticket)  # type: ignore[no-any-return]


class LeaksIntoTickets(Honest):
    async def submit(self, order: Order, staged: Staged) -> Ticket:
        ticket = await super().submit(order, staged)
        return Ticket(id=ticket.id, data={"headers": {"Authorization": self.context.key.secret()}})


class Fetching(Honest):
    """Fetch with a client of its own, which believes what it is sent."""

    follows = False

    async def fetch(self, done: Succeeded, to: Path) -> None:
        key = self.context.key.secret()
        headers = {"Authorization": f"Bearer {key}", "X-Api-Key": key}
        url = f"{self.context.base_url}/renders/{done.data['id']}"
        async with (
            httpx.AsyncClient(headers=headers, follow_redirects=self.follows) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise Unavailable(f"doubler: answered {answer.status_code}")
            await self.keep(answer, to)

    async def keep(self, answer: httpx.Response, to: Path) -> None:
        to.write_bytes(b"".join([block async for block in answer.aiter_raw()]))


class AcceptsShortFiles(Fetching):
    pass


class LeavesHalfAFile(Fetching):
    async def keep(self, answer: httpx.Response, to: Path) -> None:
        await super().keep(answer, to)
        if to.stat().st_size != int(answer.headers["content-length"]):
            raise Unavailable("doubler: the download was cut")


class ReadsWithoutEnd(Fetching):
    async def keep(self, answer: httpx.Response, to: Path) -> None:
        body = b"".join([block async for block in answer.aiter_raw()])
        if len(body) != int(answer.headers["content-length"]):
            raise Unavailable("doubler: the download was cut")
        to.write_bytes(body)


class FollowsWithTheKey(Fetching):
    follows = True


class BelievesNames(Fetching):
    async def keep(self, answer: httpx.Response, to: Path) -> None:
        await super().keep(answer, to)
        named = re.search('filename="(.+)"', answer.headers.get("content-disposition", ""))
        if named:
            (to.parent / named[1]).write_bytes(to.read_bytes())


class KeepsCopies(Honest):
    async def fetch(self, done: Succeeded, to: Path) -> None:
        await super().fetch(done, to)
        self.context.scratch.mkdir(parents=True, exist_ok=True)
        (self.context.scratch / "copy.mkv").write_bytes(to.read_bytes())


class LeavesPlates(Honest):
    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:
        pass


class TicketInMemory(Honest):
    names: dict[str, str]

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        self.names = {"mine": (await super().submit(order, staged)).id}
        return Ticket(id="mine")

    async def poll(self, ticket: Ticket) -> Status:
        return await super().poll(Ticket(id=self.names[ticket.id]))  # type: ignore[no-any-return]


class MixesUp(Honest):
    ticket: Ticket | None = None

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        self.ticket = self.ticket or await super().submit(order, staged)
        return self.ticket


class TooEarly(Honest):
    async def poll(self, ticket: Ticket) -> Status:
        await super().poll(ticket)
        return Succeeded(data={"id": ticket.id})


class WritesOff(Honest):
    async def poll(self, ticket: Ticket) -> Status:
        try:
            return await super().poll(ticket)  # type: ignore[no-any-return]
        except Exception as failure:
            return Failed(reason=repr(failure))


class IgnoresRetryAfter(Honest):
    async def poll(self, ticket: Ticket) -> Status:
        try:
            return await super().poll(ticket)  # type: ignore[no-any-return]
        except Unavailable:
            raise Unavailable("doubler: busy") from None


class TrustsItsClock(Honest):
    async def submit(self, order: Order, staged: Staged) -> Ticket:
        ticket = await super().submit(order, staged)
        answer = await self.client.ask("GET", "/orders", params={"token": "none"})
        placed = parsedate_to_datetime(answer.headers["date"]).timestamp()
        return Ticket(id=ticket.id, data={"until": placed + 3600})

    async def poll(self, ticket: Ticket) -> Status:
        if time.time() > ticket.data["until"]:
            return Failed(reason="it took too long")
        return await super().poll(ticket)  # type: ignore[no-any-return]


class CancelLies(Honest):
    async def cancel(self, ticket: Ticket) -> bool:
        return True


class TakesAnyOption(Honest):
    models = (Honest.models[0].model_copy(update={"options": type("Any", (BaseModel,), {})}),)


class DropsLastFrame(Honest):
    async def fetch(self, done: Succeeded, to: Path) -> None:
        await super().fetch(done, to)
        _rewrite(to, lambda frames: frames[:-1])


class SwapsFrames(Honest):
    async def fetch(self, done: Succeeded, to: Path) -> None:
        await super().fetch(done, to)
        _rewrite(to, lambda frames: [*frames[:2], frames[3], frames[2], *frames[4:]])


def _rewrite(path: Path, change: Any) -> None:
    frames = change(list(decoded(path)))
    with av.open(str(path), "w", format="matroska") as out:
        video: Any = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = frames[0].width, frames[0].height, frames[0].format.name
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, 1 / video.rate
            out.mux(video.encode(frame))
        out.mux(video.encode(None))


CAUGHT: tuple[tuple[Any, str, dict[str, Any]], ...] = (
    (Denies, "what_was_placed_is_found_or_in_doubt_but_never_denied", {}),
    (DeniesWhenDeaf, "a_find_that_can_not_ask_does_not_deny", {"how": answered(500)}),
    (RetriesSubmit, "a_line_that_drops_after_submit_arrived_never_buys_twice", {}),
    (RetriesSubmit, "a_gateway_that_gives_up_after_acceptance_never_buys_twice", {}),
    (ChargesInStage, "staging_is_free_and_may_be_repeated", {}),
    (ChargesInEstimate, "an_estimate_is_free_and_may_be_asked_again", {}),
    (MintsInFind, "what_was_placed_is_found_or_in_doubt_but_never_denied", {}),
    (LeaksInError, "a_key_is_in_nothing_that_a_run_leaves", {}),
    (LeaksIntoScratch, "a_key_is_in_nothing_that_a_run_leaves", {}),
    (LeaksIntoUrls, "a_key_goes_to_the_services_own_host_only", {}),
    (LeaksIntoTickets, "a_ticket_and_a_staged_plate_hold_no_key", {}),
    (AcceptsShortFiles, "a_truncated_download_is_never_taken_for_the_render", {}),
    (LeavesHalfAFile, "a_failed_fetch_leaves_no_file", {}),
    (ReadsWithoutEnd, "a_download_larger_than_any_render_is_refused_before_it_fills_the_disk", {}),
    (FollowsWithTheKey, "a_redirect_off_the_host_never_carries_the_key", {}),
    (BelievesNames, "a_name_from_the_service_is_never_a_path", {}),
    (KeepsCopies, "an_order_that_is_done_leaves_no_copies_in_the_scratch_folder", {}),
    (LeavesPlates, "an_order_that_is_done_leaves_nothing_at_the_service", {}),
    (TicketInMemory, "a_ticket_outlives_its_process", {}),
    (MixesUp, "orders_at_once_are_not_mixed_up", {}),
    (TooEarly, "a_lost_render_can_be_fetched_again", {}),
    (WritesOff, "a_status_that_nobody_can_read_writes_nothing_off", {"body": "<html>down</html>"}),
    (IgnoresRetryAfter, "busy_for_some_seconds_is_waited_for_that_long", {}),
    (TrustsItsClock, "a_clock_that_is_wrong_changes_nothing", {"skew": 86_400.0}),
    (CancelLies, "an_order_said_to_be_cancelled_never_succeeds", {}),
    (TakesAnyOption, "an_unknown_option_is_refused_by_name", {}),
    (DropsLastFrame, "an_order_becomes_the_render_of_its_frames_and_is_charged_once", {}),
    (SwapsFrames, "an_order_becomes_the_render_of_its_frames_and_is_charged_once", {}),
)


class Far(far.Doubler):  # type: ignore[name-defined, misc]
    def charges(self, order: Order) -> int:
        stray = sum(placed.token == "any order" for placed in self.orders)
        return super().charges(order) + stray  # type: ignore[no-any-return]


@cache
def contract_of(kind: Any) -> Any:
    """Return the contract of a provider, which counts once how many requests a well order sends."""
    return type("Contract", (far.TestDoubler,), {"provider": kind})


def failure_of(
    kind: Any, check: str, given: dict[str, Any], folder: Path, caplog: Any
) -> BaseException | None:
    """Carry out one check of the contract on a provider; returns how it failed, None where it passed."""
    contract = contract_of(kind)
    folder.mkdir()
    service = type("Service", (Far,), {"provider": kind})(folder)
    caplog.clear()
    with pytest.MonkeyPatch.context() as patches:
        trial = contract.on_trial(service, folder, patches)
        known = {"trial": trial, "tmp_path": folder, "caplog": caplog, **given}
        call = getattr(contract(), f"test_{check}")
        try:
            call(**{name: known[name] for name in inspect.signature(call).parameters})
        except pytest.skip.Exception as skipped:
            pytest.fail(f"the check was skipped: {skipped}")
        except (Exception, pytest.fail.Exception) as failure:
            return failure
        finally:
            service.close()
    return None


@pytest.mark.parametrize(
    ("kind", "check", "given"), CAUGHT, ids=[f"{kind.__name__}-{check}" for kind, check, _ in CAUGHT]
)
def test_a_sabotaged_provider_is_caught_by_the_check_named_for_it(
    kind: Any, check: str, given: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert failure_of(Honest, check, given, tmp_path / "honest", caplog) is None
    assert failure_of(kind, check, given, tmp_path / "sabotaged", caplog) is not None


def test_the_contract_has_at_least_40_checks_and_15_sabotages() -> None:
    checks = [name for name in dir(far.TestDoubler) if name.startswith("test_")]
    assert len(checks) >= 40
    assert len({kind for kind, _, _ in CAUGHT}) >= 15
    assert {f"test_{check}" for _, check, _ in CAUGHT} <= set(checks)
