"""A workspace and a clip for a test: orders are made here, and every run is a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from uprez.engine import Engine
from uprez.ledger import Ledger
from uprez.media.export import export
from uprez.media.probe import fingerprint, probe
from uprez.model import Media, Pull
from uprez.orders import Estimate, Order, Recipe
from uprez.outcome import Progress, Standing
from uprez.plan import raster
from uprez.plates import plate_of
from uprez.provider import Provider
from uprez.testing.clips import picture
from uprez.testing.clock import FakeClock, Wall
from uprez.times import FrameRange


class Crash(BaseException):
    """End the client as a kill would: no `except Exception` hears of it."""


class Workshop:
    """Hold a workspace and a clip; every run opens the ledger anew, as a new process would.

    `stills` orders numbered stills instead of stretches of the clip; `slept` are the seconds that the last
    run waited, `shown` what it told of its progress.
    """

    def __init__(
        self,
        folder: Path,
        clip: Path,
        recipe: Recipe,
        provider: type[Provider],
        *,
        stills: bool = False,
        wall: Wall | None = None,
    ) -> None:
        self.workspace = folder / "cut.uprez"
        self.recipe, self.clip, self.stills, self.wall = recipe, clip, stills, wall
        self.model = next(model for model in provider.models if model.name == recipe.model)
        self.slept: list[float] = []
        self.shown: list[Progress] = []
        self.clock = FakeClock(wall)
        self._numbers: dict[str, list[int]] = {}
        self._sources: dict[Path, Media] = {}

    @property
    def scratch(self) -> Path:
        """Return the folder that a provider gets, as the session names it."""
        return self.workspace / "scratch" / self.recipe.provider

    def order(self, first: int, count: int, **recipe: Any) -> Order:
        """Order `count` frames of the clip from `first` on, or the still that carries that number."""
        source = self._still(first) if self.stills else self.clip
        media = self._sources.get(source) or self._sources.setdefault(source, _media(source))
        frames = FrameRange(start=0, count=1) if self.stills else FrameRange(start=first, count=count)
        pull = Pull(id=f"pull-{first}", media=media, frames=frames, shots=("s",))
        bought = self.recipe.model_copy(update=recipe)
        width, height = raster(bought.size, media.info)
        order = Order(
            plate=plate_of(pull, bought, self.model, self.workspace),
            recipe=bought,
            width=width,
            height=height,
        )
        self._numbers[order.id] = [first] if self.stills else list(range(first, first + count))
        return order

    def numbers(self, order: Order) -> list[int]:
        """Return the numbers that the frames of an order carry."""
        return self._numbers[order.id]

    def exported(self, order: Order) -> Order:
        """Return an order with its plate on disk, for calling a provider by hand."""
        return order.model_copy(update={"plate": export(order.plate)})

    @contextlib.contextmanager
    def engine(self, provider: Provider) -> Iterator[tuple[Engine, Ledger]]:
        """Open the ledger with an engine that knows one provider."""
        self.clock = FakeClock(self.wall)
        self.shown, self.slept = [], self.clock.slept
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            providers = {provider.name: provider}
            yield Engine(ledger, self.workspace, providers, watch=self.shown.append, clock=self.clock), ledger

    def run(
        self, provider: Provider, *orders: Order, before: Callable[[Ledger], None] = lambda ledger: None
    ) -> tuple[Standing, ...]:
        """Run orders to their end, priced by the provider; `before` has the ledger first."""

        async def run(engine: Engine, ledger: Ledger) -> tuple[Standing, ...]:
            priced = [(order, await estimate(provider, order)) for order in orders]
            for order, price in priced:
                await engine.enqueue(order, price)
            before(ledger)
            return await engine.run(priced)

        with self.engine(provider) as (engine, ledger):
            return asyncio.run(run(engine, ledger))

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

    def _still(self, number: int) -> Path:
        path = self.clip.with_name(f"still-{number}.png")
        if not path.exists():
            info = probe(self.clip)
            path.write_bytes(_png(picture(number, (info.width, info.height))))
        return path


async def estimate(provider: Provider, order: Order) -> Estimate:
    """Ask what an order costs."""
    return await provider.estimate(order.plate.pull, order.recipe)


def _media(path: Path) -> Media:
    info = probe(path)
    available = FrameRange(start=0, count=info.frames)
    return Media(
        url=path.as_uri(),
        path=path,
        fingerprint=fingerprint(path),
        rate=info.rate,
        available=available,
        info=info,
    )


def _png(frame: Any) -> bytes:
    encoder: Any = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "rgb24"
    encoder.time_base = Fraction(1, 24)
    packets = [*encoder.encode(frame.reformat(format="rgb24")), *encoder.encode(None)]
    return b"".join(map(bytes, packets))
