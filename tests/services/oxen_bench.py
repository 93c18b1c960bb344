"""A hub, a provider that talks to it, and an order of a few frames: what the tests of Oxen begin with."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from services.common import Storage
from services.oxen import Oxen

from uprez.keys import Key
from uprez.model import Size
from uprez.orders import Estimate, Order, Recipe, Staged, Status, Ticket
from uprez.outcome import Standing
from uprez.provider import Context
from uprez.recipes import settled
from uprez.stager import Stager
from uprez.testing import make_clip, read_numbers
from uprez.testing.clock import Wall
from uprez.testing.workshop import Workshop
from uprez_oxen.provider import OxenProvider

STARLIGHT = "topazlabs-upscale-starlight-2-5-video"
SMALL = {"720p": "192x108", "1080p": "256x144", "2k": "320x180", "4k": "384x216"}


class Bench:
    """Set the hub's rasters small unless `small` is off, and order frames 1 to 4 of a clip."""

    def __init__(
        self,
        folder: Path,
        hub: Oxen,
        model: str = STARLIGHT,
        *,
        small: bool = True,
        clip_size: tuple[int, int] = (128, 72),
        rate: Fraction = Fraction(24),
        size: Size | None = None,
        options: dict[str, Any] | None = None,
        still: bool = False,
        stager: Stager | None = None,
        wall: Wall | None = None,
        **settings: Any,
    ) -> None:
        self.hub, self.folder = hub, folder
        clip = make_clip(folder / "clip.mkv", frames=1 if still else 8, size=clip_size, rate=rate)
        found = next(one for one in OxenProvider.models if one.name == model)
        recipe = Recipe(provider="oxen", model=model, options=options or {}, render="ffv1")
        recipe = settled(recipe if size is None else recipe.model_copy(update={"size": size}), found)
        self.shop = Workshop(folder, clip, recipe, OxenProvider, stills=still, wall=wall)
        self.settings = {"repository": "editor/plates", **settings}
        if small:
            hub.sizes |= {word: _raster(said) for word, said in SMALL.items()}
            self.settings.setdefault("sizes", SMALL)
        self.stager = stager
        self.provider = self.another()
        self.order = self.shop.order(1, 1 if still else 4)

    def another(self) -> OxenProvider:
        """Return a provider as a new process would make it."""
        provider = OxenProvider(
            Context(
                scratch=self.shop.scratch,
                key=Key(self.hub.key),
                base_url=f"{self.hub.url}/api",
                settings=self.settings,
                stager=self.stager,
            )
        )
        provider.poll_every = 0.02  # type: ignore[misc]
        return provider

    def price(self) -> Estimate:
        return asyncio.run(self.provider.estimate(self.order.plate.pull, self.order.recipe))

    def staged(self) -> tuple[Order, Staged]:
        """Export and stage the order, as if it was sent now."""
        ready = self.shop.exported(self.order)
        staged = asyncio.run(self.provider.stage(ready, self.price()))
        return ready, staged.model_copy(update={"sent": self.hub.clock.now()})

    def submit(self) -> Ticket:
        return asyncio.run(self.provider.submit(*self.staged()))

    def poll(self, ticket: Ticket) -> Status:
        return asyncio.run(self.provider.poll(ticket))

    def run(self) -> Standing:
        return self.shop.run(self.provider, self.order)[0]

    def is_done(self) -> Standing:
        """Run the order, and hold it against what it must be."""
        standing = self.run()
        assert standing.state == "done", standing.error
        assert standing.render is not None
        assert read_numbers(standing.render.path) == self.shop.numbers(self.order)
        assert self.hub.charges(self.order.plate.path) == 1
        assert len(self.hub.jobs) == 1
        return standing

    def is_charged(self, standing: Standing) -> None:
        assert standing.charged == pytest.approx(self.hub.bill.taken(self.only().id), abs=Decimal("0.000001"))

    def wait_until_ended(self) -> None:
        self.wait_until("succeeded", "failed", "cancelled")

    def wait_until(self, *states: str) -> None:
        until = time.monotonic() + 10
        while self.only().state not in states:
            assert time.monotonic() < until, f"the order is {self.only().state} and never became {states}"
            time.sleep(0.01)

    def only(self) -> Any:
        (job,) = self.hub.jobs.values()
        return job


class Lender(Stager):
    """Lend plates by signed addresses of a storage host, as a bucket does."""

    name = "lender"

    def __init__(self, storage: Storage) -> None:
        super().__init__({})
        self.storage, self.lent = storage, list[str]()

    async def put(self, path: Path, *, hours: float) -> Staged:
        name = f"uprez/{len(self.lent)}/in{path.suffix}"
        self.storage.path(name).write_bytes(path.read_bytes())
        self.lent.append(name)
        return Staged(url=self.storage.sign(name, seconds=hours * 3600), data={"name": name})

    async def drop(self, staged: Staged) -> None:
        self.storage.path(staged.data["name"]).unlink(missing_ok=True)


def _raster(said: str) -> tuple[int, int]:
    width, height = said.split("x")
    return int(width), int(height)
