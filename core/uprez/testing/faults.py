"""What goes wrong between a client and a service, and a workshop to go wrong in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from uprez.engine import Engine
from uprez.errors import Unavailable
from uprez.ledger import Ledger
from uprez.media.export import export
from uprez.media.presets import suffix
from uprez.media.probe import fingerprint, probe
from uprez.model import Media, Plate, Pull
from uprez.orders import Estimate, Order, Recipe, Running, Status, Succeeded, Ticket
from uprez.outcome import Standing
from uprez.plan import plate_preset, raster
from uprez.provider import Provider
from uprez.testing.clock import FakeClock
from uprez.times import FrameRange


class Crash(BaseException):
    """End the client as a kill would: no `except Exception` hears of it."""


def fail(
    provider: Provider, method: str, failure: BaseException, *, times: int = 1, after: bool = False
) -> None:
    """Let a method of `provider` fail a number of times, before or `after` it did its work."""
    inner: Callable[..., Awaitable[Any]] = getattr(provider, method)
    left = times

    async def failing(*args: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            return await inner(*args)
        if after:
            await inner(*args)
        raise failure

    setattr(provider, method, failing)


def break_fetch(provider: Provider) -> None:
    """Let the first fetch leave half a file and lose its connection."""
    inner, calls = provider.fetch, iter([True])

    async def breaking(done: Succeeded, to: Path) -> None:
        if next(calls, False):
            to.write_bytes(b"half of a render")
            raise Unavailable("the connection was cut", provider=provider.name)
        await inner(done, to)

    setattr(provider, "fetch", breaking)  # noqa: B010 - mypy knows no assigned methods


def slow_down(provider: Provider, polls: int, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Let the first `polls` polls say that it runs, each doing something `meanwhile`."""
    inner, left = provider.poll, iter(range(polls))

    async def slow(ticket: Ticket) -> Status:
        if next(left, None) is None:
            return await inner(ticket)
        meanwhile()
        return Running()

    setattr(provider, "poll", slow)  # noqa: B010


class Workshop:
    """Hold a workspace and a clip; every run opens the ledger anew, as a new process would."""

    def __init__(self, folder: Path, clip: Path, recipe: Recipe, provider: type[Provider]) -> None:
        self.workspace = folder / "cut.uprez"
        self.recipe, self.clip = recipe, clip
        self.model = next(model for model in provider.models if model.name == recipe.model)

    def order(self, first: int, count: int) -> Order:
        """Order `count` frames of the clip from `first` on."""
        info = probe(self.clip)
        available = FrameRange(start=0, count=info.frames)
        media = Media(
            url=self.clip.as_uri(),
            path=self.clip,
            fingerprint=fingerprint(self.clip),
            rate=info.rate,
            available=available,
            info=info,
        )
        pull = Pull(
            id=f"pull-{first}", media=media, frames=FrameRange(start=first, count=count), shots=("s",)
        )
        preset = plate_preset(self.model, info)
        ending = self.clip.suffix if preset == "still" else suffix(preset)
        path = self.workspace / "plates" / f"{pull.id}{ending}"
        width, height = raster(self.recipe.size, info)
        carrier = None if preset == "still" else self.model.limits_for(self.recipe.options).carrier(info.rate)
        plate = Plate(pull=pull, preset=preset, path=path, carrier=carrier)
        return Order(plate=plate, recipe=self.recipe, width=width, height=height)

    def exported(self, order: Order) -> Order:
        """Return an order with its plate on disk, for calling a provider by hand."""
        return order.model_copy(update={"plate": export(order.plate)})

    @contextlib.contextmanager
    def engine(self, provider: Provider) -> Iterator[tuple[Engine, Ledger]]:
        """Open the ledger with an engine that knows one provider."""
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            yield Engine(ledger, self.workspace, {provider.name: provider}, clock=FakeClock()), ledger

    def run(self, provider: Provider, *orders: Order) -> tuple[Standing, ...]:
        """Run orders to their end, priced by the provider."""

        async def run(engine: Engine) -> tuple[Standing, ...]:
            return await engine.run([(order, await estimate(provider, order)) for order in orders])

        with self.engine(provider) as (engine, _):
            return asyncio.run(run(engine))

    def crash(self, provider: Provider, order: Order) -> None:
        """Drive an order until it crashes; raises AssertionError where it doesn't."""

        async def drive(engine: Engine) -> None:
            await engine.enqueue(order, await estimate(provider, order))
            await engine.drive(order.id)

        with self.engine(provider) as (engine, _):
            try:
                asyncio.run(drive(engine))
            except Crash:
                return
        raise AssertionError("the crash was never reached")


async def estimate(provider: Provider, order: Order) -> Estimate:
    """Ask what an order costs."""
    return await provider.estimate(order.plate.pull, order.recipe)
