"""The provider of Topaz Labs: create quotes, accept pays, parts go up, complete begins the work."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from uprez.errors import PlanError, Rejected, Unavailable, UprezError
from uprez.model import Pull
from uprez.orders import (
    Estimate,
    Failed,
    Model,
    Order,
    Queued,
    Recipe,
    Running,
    Staged,
    Status,
    Succeeded,
    Ticket,
)
from uprez.provider import Context, Provider
from uprez_topaz import asking
from uprez_topaz.api import ID, KEY_ENV, Api, Said
from uprez_topaz.models import MODELS, described
from uprez_topaz.purchase import Purchases
from uprez_topaz.records import Records
from uprez_topaz.stills import Stills
from uprez_topaz.uploading import BLOCK

LARGEST = 1 << 37  # bytes of a render whose raster is not known
RETENTION = "Topaz keeps renders for 7 days"


class TopazProvider(Provider):
    """Buy upscales by Topaz' Video API, of stills by its Image API.

    Settings: `keep_media` leaves source and render at the service; `part_bytes` is the size of a part;
    `prices` holds what the list of models shows, for orders are priced by the service's own quote.
    """

    name: ClassVar[str] = "topaz"
    models: ClassVar[tuple[Model, ...]] = MODELS
    base_url: ClassVar[str] = "https://api.topazlabs.com"
    key_env: ClassVar[str | None] = KEY_ENV

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._api = Api(context, self.base_url)
        self._records = Records(context.scratch / "requests")
        self._stills = Stills(self._api, self._records)
        block = int(context.settings.get("part_bytes", BLOCK))
        self._purchases = Purchases(self._api, self._records, block)

    @classmethod
    def offering(cls, prices: Mapping[str, Any]) -> type[Provider]:
        """Return this provider with the prices of the settings laid over the listed ones."""
        return type(cls.__name__, (cls,), {"models": described(prices), "__doc__": cls.__doc__})

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Have a request created, which quotes it and is free (facts: T-SPEC); its lower end is billed."""
        width, height = asking.size_of(pull, recipe)
        asking.check(recipe, pull.frames.count, width, height)
        if pull.media.info.still:
            return await self._stills.estimate(pull, recipe)
        source = asking.foreseen(pull, recipe)
        offer = await self._api.create(asking.body(source, recipe, width, height))
        return Estimate(
            amount=offer.least,
            unit="credits",
            basis="unknown" if offer.least is None else "quoted",
            at_most=offer.most,
            seconds=offer.seconds,
            frames=source.frames,
            billed=round(Decimal(source.frames) / source.rate.numerator * source.rate.denominator, 3),
        )

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        """Have the request created with the plate's true size; one that nobody accepted is used again."""
        if order.plate.preset == "still":
            _refuse_dearer(
                (await self._stills.estimate(order.plate.pull, order.recipe)).amount, estimate, order
            )
            return Staged(data={"still": str(uuid.uuid4())})
        source = asking.film(order)
        asking.check(order.recipe, source.frames, order.width, order.height)
        record = await self._purchases.requested(
            order, asking.body(source, order.recipe, order.width, order.height)
        )
        _refuse_dearer(record.least, estimate, order)
        return Staged(data={"request": record.request})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Accept, which reserves the credits, then upload and begin; what breaks after that is for `find`."""
        if order.plate.preset == "still":
            return await self._stills.submit(order, str(staged.data["still"]))
        return await self._purchases.buy(order, str(staged.data["request"]))

    async def poll(self, ticket: Ticket) -> Status:
        """Ask how a request stands (facts: T-SPEC); its cost comes from the history."""
        if await self._is_still(ticket):
            return await self._stills.poll(ticket)
        said = await self._said(ticket.id)
        if said.state == "complete":
            charged = None
            with contextlib.suppress(UprezError):
                charged = await self._api.charged(ticket.id)
            return Succeeded(data={**ticket.data, "request": ticket.id}, charged=charged)
        if said.state in ("failed", "canceled"):
            reason = "it was cancelled" if said.state == "canceled" else said.message or "no reason is given"
            return Failed(reason=reason, charged=await self._api.charged(ticket.id) or Decimal(0))
        if said.state in ("requested", "accepted", "initializing"):
            return Queued()
        return _running(said, int(ticket.data.get("frames", 0)))

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Ask the request: `requested` is surely not paid; what is paid is gone on with, or given back."""
        if "still" in staged.data:
            return self._stills.find(order, str(staged.data["still"]))
        return await self._purchases.find(order, str(staged.data["request"]))

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Bring the render home from the address that a fresh status tells."""
        if done.data.get("still"):
            await self._stills.fetch(done, to)
            return
        said = await self._said(str(done.data["request"]))
        if said.url is None:
            raise Unavailable(
                f"topaz: request {done.data['request']} offers no download now; {RETENTION}, look there",
                provider=self.name,
            )
        await self._api.client.download(said.url, to, largest=int(done.data.get("largest", LARGEST)))

    async def cancel(self, ticket: Ticket) -> bool:
        """Ask to stop; before the work begins all credits come back, later a part (facts: T-SPEC)."""
        if await self._is_still(ticket):
            return await self._stills.cancel(ticket)
        if not await self._api.cancel(ticket.id):
            return False
        said = await self._api.status(ticket.id)  # "in progress" is not stopped: polling tells what it cost
        return said is not None and said.state == "canceled"

    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:
        """Remove source and render at the service, which else keeps them for 7 days."""
        self._records.forget(str(staged.data.get("still", "")))
        if ticket is None or ticket.data.get("still") or self.context.settings.get("keep_media"):
            return
        await self._api.drop_media(ticket.id)
        self._records.forget(ticket.id)

    def ticket(self, name: str) -> Ticket:
        """Return the ticket of a request or still that a person found; raises PlanError for what is no id."""
        if not ID.fullmatch(name):
            raise PlanError(f"{name!r} is no id of Topaz; its request ids and process ids are UUIDs")
        return Ticket(id=name, data={"found": True})

    async def check(self) -> str:
        """Say how many credits the key's account has; free. Raises Unauthorized, Unavailable."""
        left = await self._api.balance()
        return "topaz takes the key" + ("" if left is None else f"; {left} credits are left")

    async def _is_still(self, ticket: Ticket) -> bool:
        if ticket.data.get("found"):  # by a person, who needn't know which of the two interfaces gave the id
            return await self._api.status(ticket.id) is None
        return bool(ticket.data.get("still"))

    async def _said(self, request: str) -> Said:
        said = await self._api.status(request)
        if said is None:
            raise Unavailable(
                f"topaz: request {request} is not known there now; it is asked again", provider=self.name
            )
        return said


def _running(said: Said, frames: int) -> Running:
    if not frames:
        return Running()
    return Running(done=max(0, min(frames, int(said.progress * frames / 100))), total=frames)


def _refuse_dearer(least: Decimal | None, estimate: Estimate, order: Order) -> None:
    """Raise Rejected where a price went beyond what was shown, or beyond knowing."""
    most = estimate.reserved
    if most is not None and (least is None or least > most):
        raise Rejected(
            f"topaz: order {order.id} would now cost {least} credits and {most} were quoted; quote it again",
            provider="topaz",
            order=order.id,
        )
