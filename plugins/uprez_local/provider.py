"""The local provider: orders become threads, and a ticket is all that is needed to begin one again."""

from __future__ import annotations

import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from uprez.errors import MediaError
from uprez.model import Pull
from uprez.orders import Estimate, Failed, Model, Order, Recipe, Running, Staged, Status, Succeeded, Ticket
from uprez.plan import raster
from uprez.provider import Context, Provider
from uprez_local.models import MODELS
from uprez_local.work import Brief, Work

_ENCODED = 30e-9  # seconds of one core to resize and encode an output pixel, measured with prores


class LocalProvider(Provider):
    """Upscale by a small network or by FFmpeg's filters; free, and nothing leaves the machine."""

    name: ClassVar[str] = "local"
    models: ClassVar[tuple[Model, ...]] = MODELS
    at_once: ClassVar[int] = 1
    poll_every: ClassVar[float] = 0.1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._works: dict[str, Work] = {}

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Return the price, 0, and the seconds that this machine will need, timed on itself."""
        seconds = _seconds(pull, recipe)
        return Estimate(amount=Decimal(0), basis="published", seconds=seconds)

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Begin the work in a thread."""
        brief = self._brief(order)
        self._begin(order.id, brief)
        return Ticket(id=order.id, data=brief.model_dump(mode="json"))

    async def poll(self, ticket: Ticket) -> Status:
        """Say how many frames are done; a ticket of an earlier process is begun again."""
        brief = Brief.model_validate(ticket.data)
        if brief.result.exists():
            return Succeeded(data={"path": str(brief.result)}, charged=Decimal(0))
        work = self._works.get(ticket.id)
        if work is None:
            work = self._begin(ticket.id, brief)
        if work.running or brief.result.exists():
            return Running(done=work.done, total=brief.frames)
        del self._works[ticket.id]
        return Failed(reason=work.error or "it ended without a render")

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Find an order that runs or is done here; None is certain, since nothing else could hold it."""
        brief = self._brief(order)
        if order.id in self._works or brief.result.exists():
            return Ticket(id=order.id, data=brief.model_dump(mode="json"))
        return None

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Move the render to where it is wanted."""
        path = Path(done.data["path"])
        try:
            path.replace(to)
        except FileNotFoundError:
            raise MediaError(f"{path}: the render is gone; run `uprez resume` to make it again") from None
        except OSError:  # another file system
            shutil.copyfile(path, to)
            path.unlink()

    async def cancel(self, ticket: Ticket) -> bool:
        """Stop the thread; it leaves nothing behind."""
        work = self._works.pop(ticket.id, None)
        if work is not None:
            work.cancel()
        return True

    def _begin(self, ticket: str, brief: Brief) -> Work:
        if ticket not in self._works:
            self._works[ticket] = Work(brief)
        return self._works[ticket]

    def _brief(self, order: Order) -> Brief:
        from uprez.media.presets import suffix

        plate, options = order.plate, order.recipe.options
        still = plate.preset == "still"
        preset = plate.preset if still else order.recipe.render
        ending = plate.path.suffix if still else suffix(order.recipe.render)
        return Brief(
            plate=plate.path,
            result=self.context.scratch / f"{order.id}{ending}",
            preset=preset,
            model=order.recipe.model,
            width=order.width,
            height=order.height,
            frames=plate.pull.frames.count,
            strength=float(options.get("strength", 0.5)),
        )


def _seconds(pull: Pull, recipe: Recipe) -> float:
    """Foresee how long a pull takes: the network's time on each doubling, then resize and encode."""
    info = pull.media.info
    width, height = raster(recipe.size, info)
    cores = os.cpu_count() or 1
    frame = width * height * _ENCODED / cores
    if recipe.model == "cnn":
        from uprez_local.network import seconds_per_pixel

        reached = info.width, info.height
        while reached[0] < width or reached[1] < height:
            frame += reached[0] * reached[1] * seconds_per_pixel()
            reached = 2 * reached[0], 2 * reached[1]
    return frame * pull.frames.count
