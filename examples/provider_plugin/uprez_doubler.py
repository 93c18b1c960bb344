"""A provider for Doubler, an imaginary service that makes clips larger for a cent a frame.

PUT    /plates/{token}         keeps a plate; free
POST   /orders {token, frames, width, height}  {"id"}; starts and charges; 402 without credit
GET    /orders?token=          [{"id"}]; every order that was placed with that token
GET    /orders/{id}            {"state", "done", "total", "charged"}
DELETE /orders/{id}            {"stopped"}; gives the money back where it was in time
GET    /renders/{id}           the file
DELETE /plates/{token}         forgets a plate
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import uprez
from uprez.http import Client
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

CENT = Decimal("0.01")
LARGEST = 1 << 36  # bytes of a render


class DoublerProvider(Provider):
    name: ClassVar[str] = "doubler"
    base_url = "https://doubler.invalid"
    key_env = "DOUBLER_API_KEY"
    models = (
        Model(
            name="larger",
            does=("upscale-video",),
            summary="larger, and lossless",
            price="0.01 USD a frame",
            plates=("ffv1",),
        ),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        key = context.key.secret() if context.key else ""
        self.client = Client(self.name, context.base_url, {"Authorization": f"Bearer {key}"}, self.key_env)

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        frames = pull.frames.count
        return Estimate(amount=CENT * frames, basis="published", frames=frames)

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        # what is staged is in the ledger before submit: whatever happens then, `find` can ask for its token
        token = f"{order.id}-{uuid.uuid4().hex}"
        await self.client.put(f"/plates/{token}", order.plate.path)
        return Staged(data={"token": token})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        frames = order.plate.pull.frames.count
        bought = {"frames": frames, "width": order.width, "height": order.height}
        answer = await self.client.ask("POST", "/orders", json={**staged.data, **bought})
        return Ticket(id=answer.json()["id"])

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        answer = await self.client.ask("GET", "/orders", params={"token": staged.data["token"]})
        placed: list[dict[str, str]] = answer.json()
        return Ticket(id=placed[0]["id"]) if placed else None

    async def poll(self, ticket: Ticket) -> Status:
        order = (await self.client.ask("GET", f"/orders/{ticket.id}")).json()
        match order["state"]:
            case "queued":
                return Queued()
            case "running":
                return Running(done=order["done"], total=order["total"])
            case "ready":
                return Succeeded(data={"id": ticket.id}, charged=Decimal(order["charged"]))
            case _:
                return Failed(reason=order["reason"], charged=Decimal(order["charged"]))

    async def fetch(self, done: Succeeded, to: Path) -> None:
        await self.client.download(f"/renders/{done.data['id']}", to, largest=LARGEST)

    async def cancel(self, ticket: Ticket) -> bool:
        answer = await self.client.ask("DELETE", f"/orders/{ticket.id}")
        return bool(answer.json()["stopped"])

    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:
        await self.client.ask("DELETE", f"/plates/{staged.data['token']}", accept=(404,))


@uprez.hookimpl
def uprez_providers() -> list[type[Provider]]:
    return [DoublerProvider]
