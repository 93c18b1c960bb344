"""How Oxen tells of orders: entries that echo what was sent, renders at four kinds of address, a stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

from aiohttp import web
from services.common import Storage
from services.oxen_models import VIDEO, Fields
from services.oxen_store import Store, not_found, unauthenticated
from services.oxen_work import Job

OWN_FIELDS = ("model", "num_generations", "target_namespace")


class Telling(Store):
    """Serve renders and the stream; the switches turn on what the facts leave open."""

    def __init__(self, folder: Path, key: str) -> None:
        self.storage = Storage(folder / "storage")
        self.jobs: dict[str, Job] = {}
        self.listeners: list[asyncio.Queue[str | None]] = []
        self.old = False  # the hub of April 2026: ended orders are gone, `model` is the key
        self.results = "signed"  # or "own", "redirect", "path"
        self.echoes = True
        self.keep_alive = 15.0
        super().__init__(folder, key)

    def routes(self) -> None:
        super().routes()
        self.app.router.add_get("/api/events", self._events)
        self.app.router.add_get("/api/results/{id}", self._result)

    def tell(self, name: str, said: Any) -> None:
        """Send an event to whoever listens now."""
        for one in self.listeners:
            one.put_nowait(f"event: {name}\ndata: {json.dumps(said)}\n\n")

    def hang_up(self) -> None:
        """Cut every stream of events."""
        for one in self.listeners:
            self._loop.call_soon_threadsafe(one.put_nowait, None)

    def _known(self, request: web.Request) -> None:
        if not self.may(request):
            raise unauthenticated()

    def _told(self, job: Job) -> Fields:
        own = {
            "generation_id": job.id,
            "model" if self.old else "model_name": job.sent["model"],
            "prompt": job.sent.get("prompt"),
            "media_type": "video" if job.sent["model"] in VIDEO else "image",
            "enqueued_at": int(job.enqueued_at),
        }
        if not self.old:
            own |= {
                "status": job.state,
                "result_url": self._address(job) if job.state == "succeeded" else None,
                "error_message": job.reason or None,
                "started_at": job.started_at,
                "completed_at": job.completed_at,
            }
        elif job.ended:  # its history tells how an order ended, its queue does not know it any more
            own |= {"status": job.state, "result_url": self._address(job) if job.file else None}
        echo = {name: value for name, value in job.sent.items() if name not in OWN_FIELDS}
        return {**(echo if self.echoes else {}), **own}

    def _address(self, job: Job) -> str:
        if self.results == "signed":
            return self.storage.sign(job.file)
        path = f"/api/results/{job.id}"
        return path if self.results == "path" else f"{self.url}{path}"

    async def _result(self, request: web.Request) -> web.StreamResponse:
        self._known(request)
        job = self.jobs.get(request.match_info["id"])
        if job is None or not job.file:
            raise not_found()
        if self.results == "redirect":
            raise web.HTTPFound(self.storage.sign(job.file))
        return web.FileResponse(self.storage.path(job.file))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self._known(request)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        mine: asyncio.Queue[str | None] = asyncio.Queue()
        self.listeners.append(mine)
        try:
            while True:
                try:
                    said = await asyncio.wait_for(mine.get(), self.keep_alive)
                except TimeoutError:
                    said = ": keep-alive\n\n"
                if said is None or request.transport is None or request.transport.is_closing():
                    return stream
                with contextlib.suppress(ConnectionError):  # who listened may be gone by now
                    await stream.write(said.encode())
        finally:
            self.listeners.remove(mine)
