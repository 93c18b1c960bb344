"""A provider for Doubler, an imaginary service that doubles a clip's size for a cent a frame.

PUT  /plates/{name}          keeps a plate; free
POST /orders {token, plate}  {"id"}; starts and charges; 402 without credit
GET  /orders?token=          [{"id"}]; every order that was placed with that token
GET  /orders/{id}            {"state", "done", "total", "charged"}
GET  /renders/{id}           the file
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import httpx

import uprez
from uprez.errors import MediaError, OutOfCredit, Rejected, Unauthorized, Unavailable
from uprez.model import Pull
from uprez.orders import Estimate, Failed, Model, Order, Recipe, Running, Staged, Status, Succeeded, Ticket
from uprez.provider import Provider

CENT = Decimal("0.01")


class DoublerProvider(Provider):
    name: ClassVar[str] = "doubler"
    base_url = "https://doubler.invalid"
    key_env = "DOUBLER_API_KEY"
    models = (
        Model(
            name="double",
            does=("upscale-video",),
            summary="twice the size, lossless",
            price="0.01 USD a frame",
            plates=("ffv1",),
        ),
    )
    transport: httpx.AsyncBaseTransport | None = None

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        return Estimate(amount=CENT * pull.frames.count, unit="USD", basis="published")

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        path = order.plate.path
        size = str(path.stat().st_size)
        await self._call(
            "PUT", f"/plates/{order.id}", content=_blocks(path), headers={"Content-Length": size}
        )
        return Staged(data={"plate": order.id})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        # the order's own id is the token: whatever happens to the answer, `find` can ask for it
        answer = await self._call("POST", "/orders", json={"token": order.id, **staged.data})
        return Ticket(id=answer["id"])

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        placed = await self._call("GET", "/orders", params={"token": order.id})
        return Ticket(id=placed[0]["id"]) if placed else None

    async def poll(self, ticket: Ticket) -> Status:
        answer = await self._call("GET", f"/orders/{ticket.id}")
        charged = Decimal(answer["charged"])
        if answer["state"] == "failed":
            return Failed(reason=answer["reason"], charged=charged)
        if answer["state"] == "ready":
            return Succeeded(data={"id": ticket.id}, charged=charged)
        return Running(done=answer["done"], total=answer["total"])

    async def fetch(self, done: Succeeded, to: Path) -> None:
        part = to.with_name(f"{to.name}.download")
        try:
            async with (
                self._client() as client,
                client.stream("GET", f"/renders/{done.data['id']}") as answer,
            ):
                _check(answer)
                with part.open("wb") as file:
                    async for block in answer.aiter_bytes():
                        file.write(block)
            expected = answer.headers.get("Content-Length")
            if expected and part.stat().st_size != int(expected):
                raise Unavailable("doubler: the download was cut short; it is repeated", provider=self.name)
            part.replace(to)
        except httpx.TransportError as lost:
            raise Unavailable(
                f"doubler: the download broke ({lost}); it is repeated", provider=self.name
            ) from lost
        except OSError as broken:
            raise MediaError(f"{to}: can't be written ({broken.strerror}); free space or move it") from broken
        finally:
            part.unlink(missing_ok=True)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.context.base_url,
            headers={"Authorization": f"Bearer {self.context.key}"},
            transport=self.transport,
            timeout=30,
        )

    async def _call(self, method: str, path: str, **given: Any) -> Any:
        try:
            async with self._client() as client:
                answer = await client.request(method, path, **given)
        except httpx.TransportError as lost:
            raise Unavailable(f"doubler: no answer ({lost}); it is asked again", provider=self.name) from lost
        _check(answer)
        return answer.json() if answer.content else None


def _check(answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise Unauthorized("doubler: the key is refused; set DOUBLER_API_KEY", provider="doubler")
    if answer.status_code == 402:
        raise OutOfCredit("doubler: the account is empty; buy credit", provider="doubler")
    if answer.status_code == 422:
        raise Rejected(f"doubler: {answer.text}; choose other frames", provider="doubler")
    if answer.is_error:
        wait = answer.headers.get("Retry-After", "")
        raise Unavailable(
            f"doubler: answered {answer.status_code}; it is asked again",
            provider="doubler",
            retry_after=float(wait) if wait.isdigit() else None,
        )


async def _blocks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


@uprez.hookimpl
def uprez_providers() -> list[type[Provider]]:
    return [DoublerProvider]
