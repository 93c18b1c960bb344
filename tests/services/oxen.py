"""Oxen as its documents describe it: a queue that echoes what was sent, in its new form and its old one."""

from __future__ import annotations

import asyncio
import base64
import uuid
from decimal import Decimal
from pathlib import Path

from aiohttp import web
from services.common import Bill, probed
from services.common import digest as digest_of
from services.oxen_models import STILL, VIDEO, Fields, complaint, schema
from services.oxen_store import not_found
from services.oxen_telling import Telling
from services.oxen_work import Job, work

SECOND = {
    "720p": Decimal("0.0374"),
    "1080p": Decimal("0.0374"),
    "2k": Decimal("0.1494"),
    "4k": Decimal("0.1494"),
}
PICTURE = Decimal("0.05")


class Oxen(Telling):
    """Serve `/api`; `storage` is its delivery host. The switches turn on what the facts leave open."""

    def __init__(self, folder: Path, key: str) -> None:
        self.bill = Bill(Decimal(1000))
        self.history = True  # whether generations/{id} knows orders
        self.rate = "enum"  # which document about target_fps holds
        self.schemas = True
        self.dropped: set[str] = set()  # fields that the schema has no more
        self.demanded: list[str] = []  # fields that it asks for, and that nobody knew of
        self.priced = True
        self.empty = False  # an order is taken and answered with an empty list
        self.no_credit: int | str = 402  # or another status, or "late"
        self.reads_private = True
        self.seconds = 0.0  # from the enqueuing to the end
        self.lists_at_most: int | None = None
        self.sync_listed = False
        self.content = False  # the synchronous route answers with the bytes themselves
        self.fails: str | None = None
        self.refunds = True
        self.frames_off = 0
        self.sizes = {"720p": (1280, 720), "1080p": (1920, 1080), "2k": (2560, 1440), "4k": (3840, 2160)}
        super().__init__(folder, key)

    def routes(self) -> None:
        super().routes()
        add = self.app.router.add_route
        add("POST", "/api/ai/queue", self._enqueue)
        add("GET", "/api/ai/queue", self._list)
        add("GET", "/api/ai/queue/{id}", self._one)
        add("DELETE", "/api/ai/queue/{id}", self._cancel)
        add("GET", "/api/ai/generations/{id}", self._generation)
        add("GET", "/api/ai/models/{id}", self._model)
        add("POST", "/api/ai/videos/generate", self._generate)
        add("POST", "/api/ai/images/edit", self._generate)

    def __enter__(self) -> Oxen:
        self.storage.__enter__()
        return super().__enter__()

    def __exit__(self, *failure: object) -> None:
        super().__exit__(*failure)
        self.storage.__exit__(*failure)

    def charges(self, plate: Path) -> int:
        """Count how often the upscaling of a plate was charged and not given back."""
        found = digest_of(plate) if plate.exists() else ""
        return sum(job.digest == found and not job.given_back for job in self.jobs.values())

    async def _model(self, request: web.Request) -> web.Response:
        self._known(request)
        name = request.match_info["id"]
        if name not in VIDEO and name not in STILL:
            return _no_model(name)
        pricing: Fields = {"method": "per_video_output_second", "cost_per_second": 0.0374}
        pricing["cost_per_second_high_res"] = 0.1494
        if name in STILL:
            pricing = {"method": "per_image", "cost_per_image": float(PICTURE)}
        found = {
            "id": name,
            "object": "model",
            "endpoint": "/videos/generate" if name in VIDEO else "api/ai/images/edit",
            "pricing": pricing if self.priced else {},
            "request_schema": self._schema(name) if self.schemas else None,
        }
        return web.json_response(found)

    def _schema(self, name: str) -> Fields:
        told = schema(name, self.rate) or {}
        fields = {key: one for key, one in told["properties"].items() if key not in self.dropped}
        return {**told, "properties": fields, "required": [*told["required"], *self.demanded]}

    async def _enqueue(self, request: web.Request) -> web.Response:
        self._known(request)
        sent = await request.json()
        count = sent.get("num_generations", 1)
        if not isinstance(count, int) or not 1 <= count <= 4:
            return _wrong(400, "num_generations must be an integer between 1 and 4")
        if sent["model"] == "a-text-model":
            return _wrong(400, "unsupported_media_type")
        if sent["model"] not in VIDEO and sent["model"] not in STILL:
            return _no_model(sent["model"])
        jobs = [self._place(sent) for _ in range(count)]
        if any(job is None for job in jobs):
            assert isinstance(self.no_credit, int)
            return _wrong(self.no_credit, "Insufficient credits")
        if self.empty:
            return web.json_response({"generations": [], "error": {"message": "unknown_error"}})
        word = "processing" if self.old else "queued"
        return web.json_response(
            {"generations": [{"generation_id": job.id, "status": word} for job in jobs if job]}
        )

    def _place(self, sent: Fields, listed: bool = True) -> Job | None:
        """Take an order and its money; None where the account is empty and that is said at once."""
        job = Job(str(uuid.uuid4()), dict(sent), self.clock.now(), listed=listed)
        source = str(sent.get("input_video") or sent.get("input_image") or "")
        job.source = self._own_file(source)
        job.digest = digest_of(job.source) if job.source else ""
        job.price = self._price(sent, job.source)
        if not self.bill.reserve(job.id, job.price):
            if self.no_credit != "late":
                return None
            job.given_back, job.doom = True, "Insufficient credits"
        self.jobs[job.id] = job
        job.doom = job.doom or self.fails
        job.working = asyncio.get_running_loop().create_task(work(self, job, source))
        return job

    def _own_file(self, url: str) -> Path | None:
        for (namespace, name), one in self.repositories.items():
            start = f"{self.url}/api/repos/{namespace}/{name}/file/main/"
            if url.startswith(start):
                return one.files.get(url.removeprefix(start))
        return None

    def _price(self, sent: Fields, source: Path | None) -> Decimal:
        if sent["model"] in STILL or source is None:
            return PICTURE
        frames, rate, _, _ = probed(source)
        word = sent.get("resolution") or sent.get("target_resolution") or "1080p"
        return SECOND.get(word, SECOND["4k"]) * frames * rate.denominator / rate.numerator

    async def _generate(self, request: web.Request) -> web.Response:
        self._known(request)
        sent = await request.json()
        if why := complaint(sent["model"], self.rate, sent):
            return _wrong(422, f"Getting model response error: 422 - {why}")
        job = self._place(sent, listed=self.sync_listed)
        if job is None:
            return _wrong(402, "Insufficient credits")
        while job.state not in ("succeeded", "failed", "cancelled"):
            await asyncio.sleep(0.01)
        if job.state != "succeeded":
            return _wrong(500, job.reason or "unknown_error")
        item = {"url": self._address(job)}
        if self.content:
            item = {"b64_json": base64.b64encode(self.storage.path(job.file).read_bytes()).decode()}
        kind = "videos" if sent["model"] in VIDEO else "images"
        return web.json_response({"created": int(self.clock.now()), "model": sent["model"], kind: [item]})

    async def _list(self, request: web.Request) -> web.Response:
        self._known(request)
        asked = request.query.get("status")
        states = {asked} if asked and not self.old else {"queued", "processing"}
        jobs = [job for job in self.jobs.values() if job.state in states and job.listed]
        namespace = request.query.get("namespace", "editor")
        jobs = [job for job in jobs if job.sent.get("target_namespace", "editor") == namespace]
        listed = [self._told(job) for job in jobs[: self.lists_at_most]]
        return web.json_response({"count": len(jobs), "generations": listed})

    async def _one(self, request: web.Request) -> web.Response:
        self._known(request)
        job = self.jobs.get(request.match_info["id"])
        if job is None or not job.listed or (self.old and job.ended):
            raise not_found()
        return web.json_response(self._told(job))

    async def _generation(self, request: web.Request) -> web.Response:
        self._known(request)
        job = self.jobs.get(request.match_info["id"])
        if job is None or not self.history:
            raise not_found()
        cost = None if not job.ended else 0.0 if job.given_back else float(job.price)
        inner = {**self._told(job), "cost": cost, "user": "editor"}
        return web.json_response({"status": "success", "status_message": "found", "generation": inner})

    async def _cancel(self, request: web.Request) -> web.Response:
        self._known(request)
        job = self.jobs.get(request.match_info["id"])
        if job is None or (self.old and job.ended):
            raise not_found()
        if not job.ended:
            begun = job.state == "processing"
            job.state, job.completed_at = "cancelled", self.clock.now()
            if self.refunds or not begun:
                self.give_back(job)
            else:
                self.bill.commit(job.id, job.price)
        return web.json_response({"status": "success", "generation_id": job.id})

    def give_back(self, job: Job) -> None:
        if not job.given_back:
            job.given_back = True
            self.bill.rollback(job.id, job.price)


def _no_model(name: str) -> web.Response:
    return web.json_response({"error": {"message": f"Model not found: {name}"}}, status=404)


def _wrong(status: int, why: str) -> web.Response:
    error = {"type": "invalid", "title": why, "detail": why}
    return web.json_response({"error": error, "status": "error", "status_message": "invalid"}, status=status)
