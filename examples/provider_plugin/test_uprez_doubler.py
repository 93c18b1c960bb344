"""Say how Doubler behaves when it is well; the contract does the rest."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import httpx
import pytest
from uprez_doubler import CENT, DoublerProvider

from uprez.orders import Order
from uprez.provider import Context, Provider
from uprez.testing import ProviderContract, Service
from uprez.testing.fake_service import upscale


class Doubler(Service):
    key = "secret-of-doubler"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "doubler"
        self.folder.mkdir()
        self.placed: list[str] = []  # the token of each order, which is charged when it is placed

    def connect(self, scratch: Path) -> Provider:
        provider = DoublerProvider(Context(scratch=scratch, key=self.key, base_url="https://doubler.invalid"))
        provider.transport = httpx.MockTransport(self.answer)
        return provider

    def charges(self, order: Order) -> int:
        return Counter(self.placed)[order.id]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        _, kind, *rest = request.url.path.split("/")
        if request.headers["Authorization"] != f"Bearer {self.key}":
            return httpx.Response(401)
        if kind == "plates":
            (self.folder / rest[0]).write_bytes(await request.aread())
            return httpx.Response(204)
        if kind == "renders":
            return httpx.Response(200, content=self._render(int(rest[0])))
        if request.method == "POST":
            self.placed.append(json.loads(await request.aread())["token"])
            return httpx.Response(201, json={"id": str(len(self.placed) - 1)})
        if not rest:
            token = request.url.params["token"]
            found = [{"id": str(n)} for n, placed in enumerate(self.placed) if placed == token]
            return httpx.Response(200, json=found)
        return httpx.Response(200, json={"state": "ready", "charged": str(CENT * TestDoubler.count)})

    def _render(self, order: int) -> bytes:
        to = self.folder / f"{order}.mkv"
        width, height = TestDoubler.clip_size
        upscale(self.folder / self.placed[order], to, (2 * width, 2 * height))
        return to.read_bytes()


class TestDoubler(ProviderContract):
    provider = DoublerProvider

    @pytest.fixture
    def service(self, tmp_path: Path) -> Service:
        return Doubler(tmp_path)
