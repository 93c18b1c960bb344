"""Runware as its documents and clients describe it: arrays of tasks at one address, and a bill in USD."""

from __future__ import annotations

import asyncio
import base64
import binascii
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from services.common import Server, Storage, digest, make_render, make_still, probed

Fields = dict[str, Any]
ALLOWED = {
    "taskType", "taskUUID", "model", "inputs", "width", "height", "fps", "outputType", "outputFormat",
    "outputQuality", "deliveryMethod", "includeCost", "ttl", "webhookURL", "uploadEndpoint", "upscaleFactor",
}  # fmt: skip
RATES = {False: Decimal("0.080") / 24, True: Decimal("0.175") / 24}


class Refused(Exception):
    """Answer a task with an item of `errors`."""

    def __init__(self, code: str, parameter: str | None = None, **more: Any) -> None:
        super().__init__(code)
        self.item = {"code": code, "message": f"{code} is what is wrong", **more}
        if parameter:
            self.item["parameter"] = parameter


class Runware(Server):
    """Serve `/v1`; `storage` is its delivery host. Switches below turn on what the facts leave open."""

    def __init__(self, folder: Path, key: str) -> None:
        self.storage = Storage(folder / "storage")
        self.media: dict[str, Path] = {}
        self.jobs: dict[str, Fields] = {}
        self.bill: list[tuple[str, str, Decimal]] = []  # (digest of the input, task, USD)
        self.not_ready = 0  # how often an upload answers with mediaUUID "1"
        self.late: list[int] = []  # statuses of the first fetches of a result
        self.duplicates = "conflict"  # or "same"
        self.pending = "processing"
        self.errors_beside = True  # a failed job is told in errors[], else in its item
        self.fails: str | None = None
        self.seconds = 0.0
        self.frames_off = 0
        self.balance = Decimal(1000)
        super().__init__(folder, key)

    def routes(self) -> None:
        self.app.router.add_post("/v1", self._tasks)

    def __enter__(self) -> Runware:
        self.storage.__enter__()
        return super().__enter__()

    def __exit__(self, *failure: object) -> None:
        super().__exit__(*failure)
        self.storage.__exit__(*failure)

    def charges(self, source: Path) -> int:
        """Count how often the upscaling of a plate was charged."""
        found = digest(source) if source.exists() else ""
        return sum(one == found for one, _, _ in self.bill)

    async def _tasks(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response(
                {"errors": [{"code": "invalidApiKey", "message": "Invalid API key"}]}, status=401
            )
        try:
            tasks = await request.json()
        except ValueError:
            tasks = None
        if not isinstance(tasks, list):
            return web.json_response(
                {"error": {"code": "invalidRequest", "message": "send an array"}}, status=400
            )
        data: list[Fields] = []
        errors: list[Fields] = []
        for task in tasks:
            named = {"taskUUID": task.get("taskUUID"), "taskType": task.get("taskType")}
            try:
                data += await self._done(task)
            except Refused as refused:
                errors.append({**refused.item, **named})
        body = {
            name: found for name, found in (("data", data), ("errors", errors)) if found or name == "data"
        }
        return web.json_response(body, status=400 if errors and not data else 200)

    async def _done(self, task: Fields) -> list[Fields]:
        kinds = {
            "mediaStorage": self._media, "upscale": self._upscale, "getResponse": self._response,
            "accountManagement": self._account,
        }  # fmt: skip
        kind = kinds.get(task.get("taskType", ""))
        if kind is None:
            raise Refused("unsupportedTaskType", "taskType")
        if task["taskType"] != "getResponse":
            self._check_uuid(task)
        return await kind(task)

    def _check_uuid(self, task: Fields) -> None:
        try:
            fits = uuid.UUID(task["taskUUID"]).version == 4
        except (ValueError, KeyError, TypeError, AttributeError):
            fits = False
        if not fits:
            raise Refused("invalidTaskUUID", "taskUUID")

    async def _account(self, task: Fields) -> list[Fields]:
        return [{**_named(task), "organizationName": "A cutting room", "balance": float(self.balance)}]

    async def _media(self, task: Fields) -> list[Fields]:
        if task.get("operation") == "delete":
            if self.media.pop(task.get("media", ""), None) is None:
                raise Refused("mediaNotFound", "media")
            return [{**_named(task), "operation": "delete", "mediaUUID": task["media"]}]
        if task.get("operation") != "upload":
            raise Refused("invalidOperation", "operation")
        name = str(uuid.uuid4())
        path = self.folder / f"media-{name}"
        path.write_bytes(await self._bytes(task.get("media", "")))
        self.media[name] = path
        item = {**_named(task), "operation": "upload", "mediaUUID": name, "mediaURL": f"{self.url}/m/{name}"}
        if not self.not_ready:
            return [item]
        self.jobs[task["taskUUID"]] = {"upload": item, "left": self.not_ready}
        return [{**item, "mediaUUID": "1"}]

    async def _bytes(self, media: str) -> bytes:
        if media.startswith("http"):
            return await self._fetched(media)
        if media.startswith("data:"):
            media = media.partition("base64,")[2]
        try:
            return base64.b64decode(media, validate=True)
        except binascii.Error:
            raise Refused("invalidMedia", "media") from None

    async def _fetched(self, url: str) -> bytes:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            if answer.status != 200:
                raise Refused("downloadFailed", "inputs.video")
            return await answer.read()

    async def _upscale(self, task: Fields) -> list[Fields]:
        for name in task.keys() - ALLOWED:
            raise Refused("unknownParameter", name)
        known = self.jobs.get(task["taskUUID"])
        if known is not None and self.duplicates == "conflict":
            raise Refused("conflictTaskUUID", "taskUUID")
        if known is not None:
            return [_named(task)]
        still = task.get("model") == "topazlabs:wonder@3.5"
        source = await self._source(task, "image" if still else "video")
        size, rate, frames = self._size(task, source, still)
        price = RATES[max(size) > 1920 or min(size) > 1080] * frames
        if price > self.balance:
            raise Refused("insufficientCredits")
        job = {
            "task": task,
            "ready": self.clock.now() + self.seconds,
            "price": price,
            "uuid": str(uuid.uuid4()),
        }
        self.jobs[task["taskUUID"]] = job
        if self.fails is None:
            self.balance -= price
            self.bill.append((digest(source), task["taskUUID"], price))
        job["work"] = asyncio.create_task(self._work(job, source, size, rate, still))
        return [_named(task)]

    async def _source(self, task: Fields, kind: str) -> Path:
        given = (task.get("inputs") or {}).get(kind)
        if not given:
            raise Refused("missingParameter", f"inputs.{kind}")
        if given in self.media:
            return self.media[given]
        if not str(given).startswith("http"):
            raise Refused("invalidParameter", f"inputs.{kind}")
        path = self.folder / f"fetched-{uuid.uuid4()}"
        path.write_bytes(await self._fetched(given))
        return path

    def _size(self, task: Fields, source: Path, still: bool) -> tuple[tuple[int, int], Fraction, int]:
        if task.get("outputType", "URL") != "URL":
            raise Refused("unsupportedOutputType", "outputType", allowedValues=["URL"])
        if task.get("deliveryMethod", "async") != "async":
            raise Refused("unsupportedDeliveryMethod", "deliveryMethod", allowedValues=["async"])
        formats = ("PNG", "JPG", "WEBP") if still else ("MP4", "MOV", "WEBM")
        if task.get("outputFormat", formats[0]) not in formats:
            raise Refused("invalidParameter", "outputFormat", allowedValues=list(formats))
        _between(task, "outputQuality", 20, 99)
        _between(task, "ttl", 60, 2_592_000)
        frames, rate, width, height = probed(source)
        if still:
            factor = task.get("upscaleFactor")
            if factor not in (2, 4, 6):
                raise Refused("invalidParameter", "upscaleFactor")
            return (width * factor, height * factor), rate, 1
        for name, most in (("width", 3840), ("height", 2160)):
            if not isinstance(task.get(name), int):
                raise Refused("missingParameter", name)
            _between(task, name, 1, most)
        wanted = Fraction(str(task.get("fps", float(rate))))
        if not max(Fraction(15), rate) <= wanted <= 120:
            raise Refused("invalidParameter", "fps")
        factor = Fraction(min(task["width"], task["height"]), min(width, height))
        size = (2 * round(width * factor / 2), 2 * round(height * factor / 2))
        return size, wanted, frames

    async def _work(
        self, job: Fields, source: Path, size: tuple[int, int], rate: Fraction, still: bool
    ) -> None:
        try:
            endings = {"MP4": ".mp4", "MOV": ".mov", "WEBM": ".mkv", "PNG": ".png", "JPG": ".jpg"}
            name = f"{job['uuid']}{endings[job['task'].get('outputFormat', 'PNG' if still else 'MP4')]}"
            to = self.storage.path(name)
            if still:
                await asyncio.to_thread(make_still, source, to, size)
            else:
                await asyncio.to_thread(make_render, source, to, size, rate=rate, more=self.frames_off)
            job["file"] = name
            if "uploadEndpoint" in job["task"]:
                async with aiohttp.ClientSession() as session:
                    await session.put(job["task"]["uploadEndpoint"], data=to.read_bytes())
            if "webhookURL" in job["task"]:
                await self._tell(job)
        except asyncio.CancelledError:  # the test has ended before the work
            raise
        except BaseException as broken:
            self.broken.append(broken)
            raise

    async def _tell(self, job: Fields) -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(3):
                answer = await session.post(job["task"]["webhookURL"], json={"data": [self._item(job)]})
                if answer.status < 300:
                    return

    async def _response(self, task: Fields) -> list[Fields]:
        job = self.jobs.get(task.get("taskUUID", ""))
        if job is None:
            return []
        if "upload" in job:
            job["left"] -= 1
            return [{**job["upload"], **({"mediaUUID": "1"} if job["left"] > 0 else {})}]
        if self.fails and "file" in job:
            error = {"code": self.fails, "message": "the upscaler gave up"}
            if self.errors_beside:
                raise Refused(self.fails)
            return [{**_named(job["task"]), "status": "error", "error": error}]
        if "file" not in job or self.clock.now() < job["ready"]:
            return [{**_named(job["task"]), "status": self.pending, "progress": 40}]
        return [self._item(job)]

    def _item(self, job: Fields) -> Fields:
        for status in self.late:
            self.storage.fault("GET", job["file"], status=status)
        self.late.clear()
        url = self.storage.sign(job["file"], seconds=job["task"].get("ttl", 604_800))
        still = job["task"].get("model") == "topazlabs:wonder@3.5"
        item = {**_named(job["task"]), "status": "success"}
        item |= (
            {"imageUUID": job["uuid"], "imageURL": url}
            if still
            else {"videoUUID": job["uuid"], "videoURL": url}
        )
        return item | ({"cost": float(job["price"])} if job["task"].get("includeCost") else {})


def _named(task: Fields) -> Fields:
    return {"taskType": task["taskType"], "taskUUID": task["taskUUID"]}


def _between(task: Fields, name: str, low: int, high: int) -> None:
    if name in task and not low <= task[name] <= high:
        raise Refused("invalidParameter", name)
