"""Topaz as far as its documents and clients tell: Video API, Image API, a bill, storage on another port.

A job walks one state further each time it is asked for (`walks`), so that no test has to sleep.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web
from services import topaz_media as media
from services.common import Bill, Handler, Server, Storage, etag
from services.topaz_rules import BEYOND_SPEC, SPEC, Invalid, check_body, say
from services.topaz_stills import StillDesk
from services.topaz_work import DAY, ENDED, Request, Work

__all__ = ["DAY", "Request", "TopazService", "topaz"]


class TopazService(Work, StillDesk, Server):
    """Be the Video API and the Image API; `storage` holds parts and renders."""

    key_header = "X-API-Key"

    def __init__(self, folder: Path, key: str = "topaz-key-of-the-test", **settings: Any) -> None:
        Work.__init__(self, Storage(folder / "storage"), Bill(settings.pop("balance", Decimal(1_000_000))))
        StillDesk.__init__(self)
        self.block, self.few_frames = 500_000_000, 1000  # when and how a source is uploaded in parts
        self.part_rule = "blocks"  # or "equal": which of the two documents is held to
        self.accepted_twice = 409
        self.tolerance = 0  # frames a source may differ from what was said
        self.available = True
        self.models = SPEC | BEYOND_SPEC
        Server.__init__(self, folder / "api", key)
        self.storage.clock = self.clock
        vars(self).update(settings)

    def routes(self) -> None:
        add = self.app.router.add_route
        self.app.middlewares.append(self._admitted)
        add("GET", "/video/status", self._system)
        add("POST", "/video/", self._create)
        add("POST", "/video/express", self._express)
        add("GET", "/video/history", self._history)
        for method, path, handler in (
            ("PATCH", "accept", self._accept), ("PATCH", "complete-upload", self._complete),
            ("PATCH", "complete-upload/", self._complete), ("GET", "status", self._status),
            ("DELETE", "media", self._drop), ("GET", "metrics", self._metrics),
        ):  # fmt: skip
            add(method, f"/video/{{id}}/{path}", handler)
        add("DELETE", "/video/{id}", self._cancel)
        add("GET", "/account/v1/credits/balance", self._balance)
        self.still_routes(self.app)

    def __enter__(self) -> TopazService:
        self.storage.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        super().__exit__(*failure)
        self.storage.__exit__(*failure)

    def paid(self) -> list[str]:
        """Name the requests and stills that cost money in the end."""
        return [name for name in (*self.requests, *self.stills) if self.held(name) > 0]

    def charges(self, number: int) -> int:
        """Count what was paid for sources that begin with a frame's number, or whose source never came."""
        numbers = [
            self.stills[name]["number"] if name in self.stills else self.requests[name].number
            for name in self.paid()
        ]
        return sum(one in (number, None) for one in numbers)

    def expect_nothing_broke(self) -> None:
        assert self.broken == []
        assert self.storage.broken == []
        assert self.storage.leaks == []

    @web.middleware
    async def _admitted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.key and request.headers.get("X-API-Key") != self.key:
            return say(401, "Unauthorized")
        if (request.content_length or 0) > 500_000_000:
            return say(413, "Request Entity Too Large")
        try:
            return await handler(request)
        except Invalid as wrong:
            return say(400, f"Invalid input: {wrong}")
        except web.HTTPNotFound:
            return say(404, "Not Found")

    async def _system(self, request: web.Request) -> web.Response:
        message = "" if self.available else "Down for maintenance"
        return web.json_response({"isAvailable": self.available, "availabilityMessage": message,
                                  "supportedModels": sorted(self.models)})  # fmt: skip

    async def _create(self, request: web.Request) -> web.Response:
        if not self.available:
            return say(503, "Service unavailable")
        body = await request.json()
        check_body(body, self.models)
        made = self._make(body)
        return web.json_response({"requestId": made.id, "estimates": self._estimates(made)})

    async def _express(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("source", {}).get("container") not in ("mp4", "mov", "mkv"):
            raise Invalid("source.container")
        made = self._make(body)
        made.express, made.parts = True, 1
        urls = [self.storage.sign(made.part(1), method="PUT", **{"x-id": "PutObject"})]
        return web.json_response({"requestId": made.id, "uploadId": uuid.uuid4().hex, "uploadUrls": urls})

    async def _accept(self, request: web.Request) -> web.Response:
        made = self._named(request)
        if made.state != "requested":
            return say(self.accepted_twice, "Request has already been accepted")
        if not self.bill.reserve(made.id, Decimal(made.cost[0])):
            return say(402, "Insufficient credits")
        self._reach(made, "accepted")
        if "external" in made.body["source"]:
            return web.json_response({"message": "Accepted"}, status=202)
        size, frames = made.body["source"]["size"], made.body["source"]["frameCount"]
        one = size <= self.block or frames <= self.few_frames
        made.parts = 1 if one else min(150, max(2, math.ceil(size / self.block)))
        kind = "PutObject" if one else "UploadPart"
        urls = [
            self.storage.sign(made.part(n), method="PUT", partNumber=str(n), **{"x-id": kind})
            for n in range(1, made.parts + 1)
        ]
        return web.json_response({"uploadId": uuid.uuid4().hex, "urls": urls}, status=202)

    async def _complete(self, request: web.Request) -> web.Response:
        made = self._named(request)
        if made.state != "accepted":
            return say(409, "Upload has already been completed")
        body = await request.json()
        results = body.get("uploadResults") if isinstance(body, dict) else None
        if not isinstance(results, list):
            raise Invalid("uploadResults is required")
        paths = [self.storage.path(made.part(number)) for number in range(1, made.parts + 1)]
        if not all(path.exists() for path in paths):
            raise Invalid("parts are missing")
        if made.parts > 1:
            self._check_parts(made, paths, results)
        whole = self.folder / f"{made.id}.{made.body['source']['container']}"
        whole.write_bytes(b"".join(path.read_bytes() for path in paths))
        made.source = whole
        given = body.get("md5Hash")
        wrong = (
            "md5Hash does not match"
            if given and given != etag(whole)
            else media.deviation(made.body["source"], whole, self.tolerance)
        )
        made.number = media.first_number(whole)
        if wrong:
            self._fail(made, wrong)
        else:
            self._reach(made, "initializing")
        return say(202, "Processing has been queued")

    def _check_parts(self, made: Request, paths: list[Path], results: list[Any]) -> None:
        if [one.get("partNum") for one in results] != list(range(1, made.parts + 1)):
            raise Invalid("partNum must go from 1 on without a gap")
        sizes = [path.stat().st_size for path in paths]
        size = made.body["source"]["size"]
        full = (
            max(self.block, -(-size // made.parts)) if self.part_rule == "blocks" else -(-size // made.parts)
        )
        if sizes[:-1] != [full] * (made.parts - 1):
            raise Invalid(f"parts of {sizes} bytes where {full} are expected")
        for one, path in zip(results, paths, strict=True):
            if str(one.get("eTag", "")).strip('"') != etag(path):
                raise Invalid("eTag does not match")

    async def _status(self, request: web.Request) -> web.Response:
        made = self._named(request)
        if made.express and made.state == "requested" and self.storage.path(made.part(1)).exists():
            self._start_express(made)
        answer = self._shown(made)
        if self.walks:
            await self.walk(made)
        return web.json_response(answer)

    async def _cancel(self, request: web.Request) -> web.Response:
        made = self._named(request)
        if made.state in ("canceling", "canceled"):
            return web.Response(status=204)
        if made.state in ENDED:
            return say(400, f"Request is {made.state}")
        if made.state != "requested":
            self._give_back(made)
        self._reach(made, "canceling")
        return say(200, "Cancellation in progress. Partial credits have been refunded.")

    async def _drop(self, request: web.Request) -> web.Response:
        made = self._named(request)
        made.gone = True
        for name in (made.result, *(made.part(number) for number in range(1, made.parts + 1))):
            self.storage.path(name).unlink(missing_ok=True)
        if made.source:
            made.source.unlink(missing_ok=True)
        return web.Response(status=204)

    async def _metrics(self, request: web.Request) -> web.Response:
        made = self._named(request)
        frames = made.body["source"].get("frameCount")
        return web.json_response(
            {"minutesInState": {}, "inputFrames": frames, "outputFrames": frames, "chunks": []}
        )

    async def _history(self, request: web.Request) -> web.Response:
        limit, start = int(request.query.get("limit", 20)), int(request.query.get("cursor", 0))
        newest = list(reversed(self.requests.values()))
        page: dict[str, Any] = {"result": [self._entry(made) for made in newest[start : start + limit]]}
        if start + limit < len(newest):
            page["nextCursor"] = str(start + limit)
        return web.json_response(page)

    async def _balance(self, request: web.Request) -> web.Response:
        left = int(self.bill.balance)
        return web.json_response({"available_credits": left, "reserved_credits": 0, "total_credits": left})

    def _named(self, request: web.Request) -> Request:
        try:
            return self.requests[request.match_info["id"]]
        except KeyError:
            raise web.HTTPNotFound from None


@contextmanager
def topaz(folder: Path, **settings: Any) -> Iterator[TopazService]:
    """Serve for as long as a `with` block lasts, and hold that no key leaked and nothing broke inside."""
    with TopazService(folder, **settings) as service:
        yield service
        service.expect_nothing_broke()
