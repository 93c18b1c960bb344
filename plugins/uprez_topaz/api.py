"""The calls of the Video API, each sent once; answers are read leniently."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from uprez.errors import Unavailable
from uprez.frozen import Frozen
from uprez.http import Client
from uprez.http.answer import words
from uprez.keys import required
from uprez.provider import Context

KEY_ENV = "TOPAZ_API_KEY"
PAGES = 20
ID = re.compile(r"[A-Za-z0-9-]{1,80}")
"""What an id of the service can be: it becomes a part of addresses and of file names."""


class Offer(Frozen):
    """Hold what a created request would cost, in credits, and take, in seconds."""

    request: str
    least: Decimal | None = None
    most: Decimal | None = None
    seconds: float | None = None


class Said(Frozen):
    """Hold a request's status; `progress` is from 0 to 100."""

    state: str
    progress: float = 0.0
    message: str = ""
    url: str | None = None


class Accepted(Frozen):
    """Hold what accepting was answered; `urls` are the addresses of the parts, in order."""

    status: int
    urls: tuple[str, ...] = ()
    message: str = ""


class Api:
    """Talk to the service; the key goes to it alone (facts: T-SPEC, T-DOC)."""

    def __init__(self, context: Context, base_url: str) -> None:
        self._key = context.key
        headers = {"X-API-Key": context.key.secret()} if context.key else {}
        self._client = Client("topaz", context.base_url or base_url, headers, KEY_ENV)

    @property
    def client(self) -> Client:
        """Return the client; raises Unauthorized where there is no key."""
        required(self._key, "topaz", KEY_ENV)
        return self._client

    async def create(self, body: Mapping[str, Any]) -> Offer:
        """Have a request quoted; free, and nothing starts. Raises Rejected, Unavailable, Unauthorized."""
        made = object_of((await self.client.ask("POST", "/video/", json=dict(body))).json())
        request = str(made.get("requestId", ""))
        if not ID.fullmatch(request):
            raise Unavailable(
                "topaz: a created request has no readable id; it is asked again", provider="topaz"
            )
        estimates = object_of(made.get("estimates"))
        (least, most), (_, seconds) = _span(estimates.get("cost")), _span(estimates.get("time"))
        return Offer(
            request=request, least=least, most=most, seconds=None if seconds is None else float(seconds)
        )

    async def accept(self, request: str) -> Accepted:
        """Reserve the credits: the one call that pays. Raises OutOfCredit, NotPlaced, Unavailable."""
        answer = await self.client.ask("PATCH", f"/video/{request}/accept", accept=(400, 404, 409))
        if answer.status >= 400:
            return Accepted(status=answer.status, message=words(answer))
        found = object_of(answer.json())
        urls = found.get("urls") or found.get("uploadUrls")
        return Accepted(status=answer.status, urls=tuple(urls) if isinstance(urls, list) else ())

    async def complete(self, request: str, etags: Mapping[int, str]) -> bool:
        """Say that all parts are there; False where the service won't have it (now, or a second time)."""
        results = [{"partNum": number, "eTag": tag} for number, tag in sorted(etags.items())]
        path = f"/video/{request}/complete-upload/"
        answer = await self.client.ask("PATCH", path, json={"uploadResults": results}, accept=(400, 404, 409))
        return answer.status < 300

    async def status(self, request: str) -> Said | None:
        """Ask how a request stands; None where the service does not know it."""
        answer = await self.client.ask("GET", f"/video/{request}/status", accept=(404,))
        if answer.status == 404:
            return None
        said = object_of(answer.json())
        state = str(said.get("status", "")).strip().lower()
        url = object_of(said.get("download")).get("url")
        progress = said.get("progress")
        return Said(
            state=_SPELLINGS.get(state, state),
            progress=float(progress) if isinstance(progress, int | float) else 0.0,
            message=str(said.get("message") or ""),
            url=url if isinstance(url, str) else None,
        )

    async def cancel(self, request: str) -> bool:
        """Ask to stop a request; False where it can't be stopped any more."""
        answer = await self.client.ask("DELETE", f"/video/{request}", accept=(400, 404, 409))
        return answer.status < 300

    async def drop_media(self, request: str) -> None:
        """Have the source and the render of a request removed."""
        await self.client.ask("DELETE", f"/video/{request}/media", accept=(400, 404, 409))

    async def charged(self, request: str) -> Decimal | None:
        """Return what a request has cost, None where the history does not tell (yet)."""
        moves = await self._moves(request)
        settled = any(object_of(move).get("operation") in ("commit", "rollback") for move in moves)
        return cost(moves) if settled else None

    async def held(self, request: str) -> Decimal:
        """Return what was reserved or taken for a request and has not come back, as far as is told."""
        sums = _sums(await self._moves(request))
        return max(Decimal(0), max(sums["reserve"], sums["commit"]) - sums["rollback"])

    async def was_paid(self, request: str) -> bool:
        """Tell whether the history knows that money of a request was moved."""
        return bool(await self._moves(request))

    async def balance(self) -> Decimal | None:
        """Return how many credits are left, None where that can't be read."""
        found = object_of((await self.client.ask("GET", "/account/v1/credits/balance")).json())
        return _number(found.get("available_credits"))

    async def _moves(self, request: str) -> list[Any]:
        params: dict[str, Any] = {"limit": 100}
        for _ in range(PAGES):
            page = object_of((await self.client.ask("GET", "/video/history", params=params)).json())
            entries = page.get("result")
            for entry in map(object_of, entries if isinstance(entries, list) else ()):
                if entry.get("id") == request:
                    moves = entry.get("transactions")
                    return moves if isinstance(moves, list) else []
            if not page.get("nextCursor"):
                break
            params["cursor"] = page["nextCursor"]
        return []


def cost(moves: list[Any]) -> Decimal:
    """Return commits less rollbacks (facts: T-COMM), at least 0.

    A rollback may give back what was reserved and never taken: where all that was reserved is accounted for,
    the commits alone are the cost.
    """
    sums = _sums(moves)
    if sums["reserve"] == sums["commit"] + sums["rollback"]:
        return sums["commit"]
    return max(Decimal(0), sums["commit"] - sums["rollback"])


def _sums(moves: list[Any]) -> dict[str, Decimal]:
    sums = dict.fromkeys(("reserve", "commit", "rollback"), Decimal(0))
    for move in map(object_of, moves):
        operation, amount = str(move.get("operation", "")).lower(), _number(move.get("amount"))
        if operation in sums and amount is not None:
            sums[operation] += abs(amount)
    return sums


_SPELLINGS = {"completed": "complete", "cancelled": "canceled", "cancelling": "canceling"}


def object_of(found: Any) -> dict[str, Any]:
    """Return what was read from JSON if it is an object, else an empty one."""
    return found if isinstance(found, dict) else {}


def _number(found: Any) -> Decimal | None:
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        return None
    return number if number.is_finite() and not isinstance(found, bool) else None


def _span(found: Any) -> tuple[Decimal | None, Decimal | None]:
    numbers = [_number(one) for one in (found if isinstance(found, list) else [found])]
    known = [number for number in numbers if number is not None]
    return (min(known), max(known)) if known else (None, None)
