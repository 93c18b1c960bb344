"""Say how Doubler behaves when it is well; the contract does the rest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from uprez_doubler import CENT, DoublerProvider

from uprez.orders import Order
from uprez.testing import Asked, ProviderContract, Reply, Service, WebService
from uprez.testing.fake_service import upscale


@dataclass
class Placed:
    token: str
    frames: int
    width: int
    height: int
    polls: int = 0
    stopped: bool = False

    def state(self) -> str:
        if self.stopped:
            return "cancelled"
        return ("queued", "running", "ready")[min(self.polls, 2)]


class Doubler(WebService):
    """Keep plates in a folder, and orders in a list that they are charged for as they enter it."""

    provider = DoublerProvider

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder / "doubler"
        self.folder.mkdir()
        self.orders: list[Placed] = []

    def charges(self, order: Order) -> int:
        return sum(placed.token.startswith(order.id) and not placed.stopped for placed in self.orders)

    def kept(self, order: Order) -> int:
        return len(list(self.folder.glob(f"{order.id}-*")))

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return Reply({"message": "unknown key"}, 401)
        kind, *named = asked.path.strip("/").split("/")
        match (asked.method, kind, *named):
            case ("PUT", "plates", name):
                (self.folder / name).write_bytes(asked.body)
                return Reply(status=204)
            case ("DELETE", "plates", name):
                (self.folder / name).unlink(missing_ok=True)
                return Reply(status=204)
            case ("POST", "orders"):
                self.orders.append(Placed(**asked.json()))
                return Reply({"id": str(len(self.orders) - 1)}, 201)
            case ("GET", "orders"):
                placed = enumerate(self.orders)
                return Reply([{"id": str(n)} for n, one in placed if one.token == asked.query["token"]])
            case ("GET", "orders", number):
                return Reply(self._status(self.orders[int(number)]))
            case ("DELETE", "orders", number):
                return Reply({"stopped": self._stop(self.orders[int(number)])})
            case ("GET", "renders", number):
                return self._render(self.orders[int(number)])
        return Reply(status=404)

    def _status(self, order: Placed) -> dict[str, object]:
        order.polls += 1
        price = Decimal(0) if order.stopped else CENT * order.frames
        facts = {"done": 0, "total": order.frames, "charged": str(price), "reason": "it was cancelled"}
        return {"state": order.state(), **facts}

    def _stop(self, order: Placed) -> bool:
        order.stopped = order.stopped or order.state() != "ready"
        return order.stopped

    def _render(self, order: Placed) -> Reply:
        if order.state() != "ready":
            return Reply({"message": "not ready"}, 409)
        to = self.folder / f"render-of-{order.token}.mkv"
        upscale(self.folder / order.token, to, (order.width, order.height))
        return Reply(to.read_bytes())


class TestDoubler(ProviderContract):
    provider = DoublerProvider

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Doubler(tmp_path)
