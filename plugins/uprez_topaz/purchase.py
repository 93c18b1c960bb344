"""The purchase of one request: accept pays, parts go up, complete begins; what broke is gone on with."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

from uprez.errors import InDoubt, OutOfCredit, Rejected, StagingError, Unavailable, UprezError
from uprez.orders import Order, Ticket
from uprez_topaz.api import Accepted, Api
from uprez_topaz.records import Record, Records
from uprez_topaz.uploading import Stuck, finish

LARGEST_FRAME = 8  # bytes a pixel: more than any encoder of the service needs


class Purchases:
    """Bring requests from quoted to begun; `block` is the size of a part in bytes."""

    def __init__(self, api: Api, records: Records, block: int) -> None:
        self._api, self._records, self._block = api, records, block

    async def requested(self, order: Order, body: dict[str, Any]) -> Record:
        """Return a request that waits to be accepted: the last one of the order if it still does."""
        asked = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        last = self._records.last(order.id)
        if last is not None and last.asked == asked:
            said = await self._api.status(last.request)
            if said is not None and said.state == "requested":
                return last
        offer = await self._api.create(body)
        record = Record(request=offer.request, asked=asked, least=offer.least, most=offer.most)
        self._records.keep(record)
        self._records.remember(order.id, offer.request)
        return record

    async def buy(self, order: Order, request: str) -> Ticket:
        """Accept, upload, begin; raises Rejected, OutOfCredit and NotPlaced only where nothing was paid."""
        accepted = await self._accept(order, request)
        record = self._records.read(request) or Record(request=request, asked="")
        record = self._records.keep(record.model_copy(update={"urls": accepted.urls}))
        try:
            if not accepted.urls:
                raise Stuck("accepting gave no upload address")
            await finish(self._api, self._records, record, order.plate.path, self._block)
        except Stuck as stuck:
            self._give_up(record)
            raise _unfinished(order, stuck) from None
        except (UprezError, OSError) as broken:  # credits are reserved: nothing may pass as `not placed`
            raise _unfinished(order, broken) from None
        return _ticket(order, request)

    async def find(self, order: Order, request: str) -> Ticket | None:
        """Say how far a request came, going on with what is paid. Raises Unavailable, InDoubt."""
        said = await self._api.status(request)
        if said is None:
            if await self._api.was_paid(request):
                raise InDoubt(
                    f"topaz: request {request} was paid and is gone there; settle it",
                    provider="topaz",
                    order=order.id,
                )
            return None
        if said.state == "requested":
            return None
        if said.state == "accepted":
            return await self._go_on(order, request)
        if said.state == "canceling":
            raise _giving_back(order)
        if said.state == "canceled":
            return await self._after_cancel(order, request)
        return _ticket(order, request)

    async def _accept(self, order: Order, request: str) -> Accepted:
        """Pay. Raises Rejected where the request surely still waits to be accepted, OutOfCredit."""
        try:
            accepted = await self._api.accept(request)
        except OutOfCredit as empty:
            raise OutOfCredit(
                await self._with_balance(str(empty)), provider="topaz", order=order.id
            ) from None
        if accepted.status < 400:
            return accepted
        what = f"topaz: request {request} was not accepted ({accepted.status} {accepted.message})"
        try:
            said = await self._api.status(request)
        except UprezError as broken:
            raise _unfinished(order, broken) from None
        if accepted.status != 409 and (said is None or said.state == "requested"):
            raise Rejected(f"{what}; run again to have a new one made", provider="topaz", order=order.id)
        raise Unavailable(f"{what}; it is looked at again", provider="topaz", order=order.id)

    async def _go_on(self, order: Order, request: str) -> Ticket | None:
        """End an upload that is paid for; where that can't be, cancel it while nothing is worked on."""
        record = self._records.read(request) or Record(request=request, asked="")
        if record.urls and not record.given_up:
            try:
                await finish(self._api, self._records, record, order.plate.path, self._block)
                return _ticket(order, request)
            except (Stuck, StagingError, FileNotFoundError):
                pass
        self._give_up(record)
        await self._api.cancel(request)
        said = await self._api.status(request)
        if said is not None and said.state == "canceled":
            return await self._after_cancel(order, request)
        raise _giving_back(order)

    async def _after_cancel(self, order: Order, request: str) -> Ticket | None:
        """Return None once nothing is held of a request that we gave up; what was kept is its cost."""
        record = self._records.read(request)
        if record is None or not record.given_up:
            return _ticket(order, request)
        if not await self._api.held(request):
            return None
        if await self._api.charged(request) is None:
            raise _giving_back(order)
        return _ticket(order, request)

    def _give_up(self, record: Record) -> None:
        self._records.keep(record.model_copy(update={"given_up": True}))

    async def _with_balance(self, refusal: str) -> str:
        with contextlib.suppress(UprezError):
            left = await self._api.balance()
            if left is not None:
                return f"{refusal}, {left} credits are left"
        return refusal


def _ticket(order: Order, request: str) -> Ticket:
    frames = order.plate.pull.frames.count
    largest = order.width * order.height * frames * LARGEST_FRAME + (64 << 20)
    return Ticket(id=request, data={"frames": frames, "largest": largest})


def _unfinished(order: Order, broken: Exception) -> Unavailable:
    return Unavailable(
        f"topaz: order {order.id} is accepted and not begun ({broken}); it is gone on with",
        provider="topaz",
        order=order.id,
    )


def _giving_back(order: Order) -> Unavailable:
    return Unavailable(
        f"topaz: order {order.id} is being cancelled there to get its credits back; it is asked again",
        provider="topaz",
        order=order.id,
        retry_after=2.0,
    )
