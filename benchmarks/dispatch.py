"""500 orders at a service that takes 2 s for each, 20 at a time, against the ideal; an upload against curl.

    python benchmarks/dispatch.py [--orders 500] [--megabytes 500]

The service runs in a process of its own. The ideal is orders / 20 x 2 s. Memory is the engine's process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import resource
import shutil
import subprocess
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web

from uprez.engine import Engine
from uprez.http import Client
from uprez.ledger import Ledger
from uprez.model import Pull
from uprez.orders import Estimate, Model, Order, Recipe, Running, Staged, Status, Succeeded, Ticket
from uprez.provider import Context, Provider
from uprez.testing.clips import make_clip
from uprez.testing.fake_service import upscale
from uprez.testing.samples import sample_media, sample_order

LATENCY, AT_ONCE = 2.0, 20
FRAMES, SIZE = 2, (64, 36)


def serve(port: Any, render: str) -> None:
    """Take 20 orders at a time, refuse the rest with 429, and hand out one and the same render."""
    begun: dict[str, float] = {}

    def running() -> int:
        return sum(time.monotonic() - at < LATENCY for at in begun.values())

    async def place(request: web.Request) -> web.Response:
        if running() >= AT_ONCE:
            return web.json_response({"message": "20 at a time"}, status=429, headers={"Retry-After": "1"})
        begun[(await request.json())["token"]] = time.monotonic()
        return web.json_response({})

    async def look(request: web.Request) -> web.Response:
        return web.json_response({"done": time.monotonic() - begun[request.match_info["token"]] >= LATENCY})

    async def sink(request: web.Request) -> web.Response:
        async for _ in request.content.iter_any():
            pass
        return web.Response()

    async def main() -> None:
        app = web.Application(client_max_size=1 << 40)
        app.router.add_post("/orders", place)
        app.router.add_get("/orders/{token}", look)
        app.router.add_get("/render", lambda request: _file(render))
        app.router.add_put("/sink", sink)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.put(site._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]
        await asyncio.Event().wait()

    asyncio.run(main())


async def _file(render: str) -> web.FileResponse:
    return web.FileResponse(render)


class Bench(Provider):
    name = "bench"
    models = (Model(name="double", does=("upscale-video",), summary="a bench", plates=("ffv1",)),)
    at_once = AT_ONCE
    poll_every = 0.2

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.client = Client("bench", context.base_url)

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        return Estimate(amount=Decimal("0.01"), basis="published")

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        await self.client.ask("POST", "/orders", json={"token": order.id})
        return Ticket(id=order.id)

    async def poll(self, ticket: Ticket) -> Status:
        answer = await self.client.ask("GET", f"/orders/{ticket.id}")
        return Succeeded() if answer.json()["done"] else Running()

    async def fetch(self, done: Succeeded, to: Path) -> None:
        await self.client.download("/render", to, largest=1 << 30)


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def dispatch(folder: Path, url: str, clip: Path, count: int) -> dict[str, float]:
    media = sample_media(clip, frames=FRAMES, size=SIZE)
    orders = [
        sample_order(media, folder / "cut.uprez", count=FRAMES, provider="bench").model_copy(
            update={"recipe": Recipe(provider="bench", model="double", options={"n": n}, render="ffv1")}
        )
        for n in range(count)
    ]
    with contextlib.closing(Ledger(folder / "cut.uprez" / "ledger.db")) as ledger:
        provider = Bench(Context(scratch=folder, base_url=url))
        engine = Engine(ledger, folder / "cut.uprez", {"bench": provider})
        began = time.monotonic()
        ended = asyncio.run(engine.run([(order, Estimate(amount=Decimal("0.01"))) for order in orders]))
        wall = time.monotonic() - began
    assert {standing.state for standing in ended} == {"done"}, {one.error for one in ended}
    ideal = count / AT_ONCE * LATENCY
    return {"orders": count, "wall_s": wall, "ideal_s": ideal, "ratio": wall / ideal, "memory_mb": memory()}


def upload(folder: Path, url: str, megabytes: int) -> dict[str, float]:
    plate = folder / "plate.bin"
    with plate.open("wb") as file:
        for _ in range(megabytes):
            file.write(b"\x5a" * (1 << 20))
    client, times = Client("bench", url), {"ours": [float("inf")], "curl": [float("inf")]}
    for _ in range(3):
        began = time.monotonic()
        asyncio.run(client.put("/sink", plate))
        times["ours"].append(time.monotonic() - began)
        began = time.monotonic()
        subprocess.run(["curl", "-sS", "-T", str(plate), f"{url}/sink"], check=True)
        times["curl"].append(time.monotonic() - began)
    ours, curl = min(times["ours"]), min(times["curl"])
    return {
        "megabytes": megabytes,
        "ours_mb_s": megabytes / ours,
        "curl_mb_s": megabytes / curl,
        "ratio": curl / ours,
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    words.add_argument("--orders", type=int, default=500)
    words.add_argument("--megabytes", type=int, default=500)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = make_clip(folder / "clip.mkv", frames=FRAMES, size=SIZE)
        upscale(clip, folder / "render.mkv", (2 * SIZE[0], 2 * SIZE[1]))
        port: Any = multiprocessing.Queue()
        service = multiprocessing.Process(target=serve, args=(port, str(folder / "render.mkv")), daemon=True)
        service.start()
        url = f"http://127.0.0.1:{port.get(timeout=20)}"
        if shutil.which("curl"):
            print(json.dumps(upload(folder, url, given.megabytes)), flush=True)
        for count in (given.orders // 5, given.orders):
            print(json.dumps(dispatch(folder / str(count), url, clip, count)), flush=True)
        service.terminate()


if __name__ == "__main__":
    main()
