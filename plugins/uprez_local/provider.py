"""The local provider: orders become threads, and a ticket is all that is needed to begin one again."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from uprez.model import Pull
from uprez.orders import Estimate, Failed, Model, Order, Recipe, Running, Staged, Status, Succeeded, Ticket
from uprez.provider import Context, Provider
from uprez_local.delivery import deliver, finished
from uprez_local.models import MODELS
from uprez_local.work import Brief, Work


class LocalProvider(Provider):
    """Upscale by a small network or by FFmpeg's filters; free, and nothing leaves the machine."""

    name: ClassVar[str] = "local"
    models: ClassVar[tuple[Model, ...]] = MODELS
    at_once: ClassVar[int] = 1  # one order keeps every core busy
    poll_every: ClassVar[float] = 0.1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._works: dict[str, Work] = {}
        self._cancelled: set[str] = set()

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Return the price, 0, and the seconds that this machine will need, timed on itself."""
        from uprez_local.pace import seconds

        foreseen = await asyncio.to_thread(seconds, pull, recipe)
        return Estimate(amount=Decimal(0), basis="published", seconds=round(foreseen, 1))

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Begin the work in a thread; again and again is the same as once."""
        brief = self._brief(order)
        self._cancelled.discard(order.id)
        work = self._works.get(order.id)
        if work is None or not (work.running or finished(work.brief.result)):
            self._works[order.id] = Work(brief)
        return _ticket(order, brief)

    async def poll(self, ticket: Ticket) -> Status:
        """Say how many frames are done; a ticket of an earlier process is begun again."""
        brief = Brief.model_validate(ticket.data)
        if ticket.id in self._cancelled:
            return Failed(reason="it was cancelled")
        work = self._works.get(ticket.id)
        running = work is not None and work.running  # asked first: the file appears before the thread ends
        render = finished(brief.result)
        if render is not None:
            return Succeeded(data={"path": str(render)}, charged=Decimal(0))
        if work is None:
            self._works[ticket.id] = Work(brief)
            return Running(done=0, total=brief.frames)
        if running:
            return Running(done=work.done, total=brief.frames)
        return Failed(reason=work.error or "it ended without a render")

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Find an order that runs or is done here; None is certain, since nothing else could hold it."""
        brief = self._brief(order)
        running = order.id in self._works and self._works[order.id].running
        return _ticket(order, brief) if running or finished(brief.result) else None

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Move the render to where it is wanted."""
        await asyncio.to_thread(deliver, Path(done.data["path"]), to.absolute(), self.context.scratch)

    async def cancel(self, ticket: Ticket) -> bool:
        """Stop the thread; it leaves nothing behind. False where the render is there already."""
        brief = Brief.model_validate(ticket.data)
        work = self._works.pop(ticket.id, None)
        if work is not None:
            await asyncio.to_thread(work.cancel)
        if finished(brief.result) is not None:
            return False
        self._cancelled.add(ticket.id)
        return True

    def _brief(self, order: Order) -> Brief:
        from uprez.media.presets import suffix

        plate, options = order.plate, order.recipe.options
        still = plate.preset == "still"
        ending = plate.path.suffix if still else suffix(order.recipe.render)
        return Brief(
            plate=plate.path,
            result=self.context.scratch / f"{order.id}{ending}",
            preset="still" if still else order.recipe.render,
            model=order.recipe.model,
            width=order.width,
            height=order.height,
            frames=plate.pull.frames.count,
            strength=float(options.get("strength", 0.5)),
        )


def _ticket(order: Order, brief: Brief) -> Ticket:
    return Ticket(id=order.id, data=brief.model_dump(mode="json"))
