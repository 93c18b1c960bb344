"""Where an order stands: by the queue, else by the history, else by what was heard; hubs differ in memory."""

from __future__ import annotations

import contextlib
import re
import time
from decimal import Decimal
from typing import Any

from uprez.errors import Unavailable, UprezError
from uprez.orders import Failed, Queued, Running, Status, Succeeded, Ticket
from uprez_oxen.api import ENDED, Api, Job, cost
from uprez_oxen.notes import Notes

LAG = 60.0  # seconds in which an order that was just placed may still be unknown
LARGEST = 1 << 37  # bytes of a render whose raster is not known


class Statuses:
    """Read the state of orders; `public` says that plates lie where everybody reads them."""

    def __init__(self, api: Api, notes: Notes, public: bool) -> None:
        self._api, self._notes, self._public = api, notes, public

    async def of(self, ticket: Ticket) -> Status:
        """Return where an order stands; raises Unavailable where nobody tells: nothing is written off."""
        job = await self._api.job(ticket.id) or await self._api.record(ticket.id)
        if job is None or job.state == "success":  # a record's envelope, which says nothing of the order
            return self._remembered(ticket)
        if job.state not in ENDED:
            return Queued() if job.state == "queued" else Running()
        return await self._ended(job, ticket)

    async def _ended(self, job: Job, ticket: Ticket) -> Status:
        if job.state == "succeeded":
            if job.url is None:
                raise Unavailable(
                    f"oxen: order {job.id} has succeeded without an address of its render; it is asked again",
                    provider="oxen",
                )
            paid = None
            with contextlib.suppress(UprezError):  # a render waits for nothing that only tells its cost
                paid = await self._cost(job)
            return Succeeded(data=_done(job.url, ticket), charged=paid)
        paid = await self._cost(job)
        if job.state == "cancelled":
            kept = _kept(ticket, job.begun) if paid is None else paid
            return Failed(reason="it was cancelled", charged=kept)
        return Failed(reason=_reason(job, self._public), charged=paid or Decimal(0))

    async def _cost(self, job: Job) -> Decimal | None:
        """Return what an order has cost, from the history where the queue doesn't tell."""
        known = cost(job)
        return known if known is not None else cost(await self._api.record(job.id))

    def _remembered(self, ticket: Ticket) -> Status:
        """Go by what was heard of an order that neither queue nor history know (any more)."""
        note = self._notes.read(ticket.id)
        if note is not None and note.state == "succeeded" and note.url:
            return Succeeded(data=_done(note.url, ticket))
        if note is not None and note.state in ("failed", "cancelled"):
            return Failed(reason=note.reason or f"it was {note.state}", charged=_kept(ticket, note.begun))
        if 0 <= time.time() - float(ticket.data.get("sent", 0)) < LAG:
            return Queued()
        raise Unavailable(
            f"oxen: order {ticket.id} is not known there any more; look for its render at hub.oxen.ai",
            provider="oxen",
        )


def _done(url: str, ticket: Ticket) -> dict[str, Any]:
    return {"url": url, "largest": ticket.data.get("largest", LARGEST)}


def _kept(ticket: Ticket, begun: bool) -> Decimal:
    """Return what a cancelled order is taken to have cost where nothing tells: no refund is promised."""
    return Decimal(ticket.data.get("price") or 0) if begun else Decimal(0)


def _reason(job: Job, public: bool) -> str:
    """Return why an order failed; whether models read private repositories isn't documented."""
    said = job.reason or "no reason is given"
    unread = re.search(r"download|fetch|input_(video|image)|\b40[134]\b", said, re.I)
    hint = "; where its models can't read a private repository, set public = true in [provider.oxen]"
    return f"{said}{hint}" if unread and not public else said
