"""Topaz as far as its documents and clients tell: Video API, Image API, a bill, storage on another port.

A job walks one state further each time it is asked for (`walks`), so that no test has to sleep.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aiohttp import ClientSession, web
from services.common import Bill, Handler, Server, Storage, etag, make_render, probed

from uprez.testing.clips import decoded, read_number

DAY = 86_400.0
STATES = ("initializing", "preprocessing", "processing", "postprocessing", "complete")
ENDED = ("complete", "canceled", "failed")
LARGEST = {"H264": (4096, 4096), "H265": (8192, 8192), "ProRes": (16386, 16386), "AV1": (16384, 8704),
           "VP9": (8192, 8192)}  # fmt: skip
PROFILES = {"H264": {"High"}, "H265": {"Main", "Main10"}, "AV1": {"8-bit", "10-bit"}, "VP9": {"Good", "Best"},
            "ProRes": {"422 Proxy", "422 LT", "422 Std", "422 HQ"}}  # fmt: skip
SPEC = {
    "aaa-9", "ahq-12", "alq-13", "alqs-2", "amq-13", "amqs-2", "color-1", "ddv-3", "dtd-4", "dtds-2", "dtv-4",
    "dtvs-2", "gcg-5", "ghq-5", "iris-2", "iris-3", "nxf-1", "nxl-1", "nxhf-1", "nyx-3", "prob-4", "rhea-1",
    "thd-3", "thf-4", "thm-2",
}  # fmt: skip
BEYOND_SPEC = {"ast-2", "slp-2.5", "slp-2.6", "slf-1", "slf-2", "slf-3", "slc-1", "sl-1", "hyp-2"}
SIGNED = ("compression", "details", "noise", "halo", "preblur", "blur")
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(SIGNED, (-1, 1)), "prenoise": (0, 0.1), "grain": (0, 0.1), "grainSize": (0, 5),
    "recoverOriginalDetailValue": (0, 1), "realism": (0, 1), "sharp": (0, 1), "sharpness": (1, 5),
}  # fmt: skip
ENUMS = {"auto": {"Auto", "Manual", "Relative"}, "focusFixLevel": {"None", "Normal", "Strong"}}
FRAMES_A_CREDIT = {"ast-2": (10.0, 6.0), "slp-2.5": (26.0417, 11.9179)}  # up to 1080p, above it


class Invalid(Exception):
    """What a create body does wrong."""


@dataclass
class Request:
    id: str
    body: dict[str, Any]
    cost: tuple[int, int]
    made: float
    state: str = "requested"
    parts: int = 0
    progress: float = 0.0
    message: str = ""
    ts: dict[str, float] = field(default_factory=dict)
    express: bool = False
    source: Path | None = None
    gone: bool = False
    number: int | None = None  # what the first frame of its source carries

    @property
    def result(self) -> str:
        return f"results/{self.id}.{self.body['output'].get('container') or self.body['source']['container']}"

    def part(self, number: int) -> str:
        return f"uploads/{self.id}/part-{number}"


class TopazService(Server):
    """Be the Video API and the Image API; `storage` holds parts and renders."""

    key_header = "X-API-Key"

    def __init__(self, folder: Path, key: str = "topaz-key-of-the-test", **settings: Any) -> None:
        super().__init__(folder / "api", key)
        self.storage = Storage(folder / "storage")
        self.storage.clock = self.clock
        self.bill = Bill(settings.pop("balance", Decimal(1_000_000)))
        self.block, self.few_frames = 500_000_000, 1000  # when and how a source is uploaded in parts
        self.part_rule = "blocks"  # or "equal": which of the two documents is held to
        self.spread, self.price = 1, 1.0  # upper end over lower end; a factor on prices
        self.accepted_twice = 409
        self.tolerance = 0  # frames a source may differ from what was said
        self.more = 0  # frames that a render has more, or fewer
        self.walks = True
        self.failing: str | None = None  # why the next job to process fails
        self.available = True
        self.american = True  # spells `canceled`; False answers as the image side does
        self.models = SPEC | BEYOND_SPEC
        self.requests: dict[str, Request] = {}
        self.stills: dict[str, dict[str, Any]] = {}
        self.hooks: list[dict[str, Any]] = []
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
        add("POST", "/image/v1/estimate", self._still_estimate)
        add("POST", "/image/v1/enhance/async", self._still_enhance)
        add("GET", "/image/v1/status/{id}", self._still_status)
        add("GET", "/image/v1/download/{id}", self._still_download)
        add("DELETE", "/image/v1/cancel/{id}", self._still_cancel)

    def __enter__(self) -> TopazService:
        self.storage.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        super().__exit__(*failure)
        self.storage.__exit__(*failure)

    def held(self, name: str) -> Decimal:
        """Return what was reserved for a request or still and has not come back."""
        sign = {"reserve": 1, "commit": 0, "rollback": -1}
        return sum(
            (sign[kind] * amount for order, kind, amount in self.bill.entries if order == name), Decimal(0)
        )

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
            return _say(401, "Unauthorized")
        if (request.content_length or 0) > 500_000_000:
            return _say(413, "Request Entity Too Large")
        try:
            return await handler(request)
        except Invalid as wrong:
            return _say(400, f"Invalid input: {wrong}")
        except web.HTTPNotFound:
            return _say(404, "Not Found")

    async def _system(self, request: web.Request) -> web.Response:
        message = "" if self.available else "Down for maintenance"
        return web.json_response({"isAvailable": self.available, "availabilityMessage": message,
                                  "supportedModels": sorted(self.models)})  # fmt: skip

    async def _create(self, request: web.Request) -> web.Response:
        if not self.available:
            return _say(503, "Service unavailable")
        body = await request.json()
        check_body(body, self.models)
        made = self._make(body)
        return web.json_response({"requestId": made.id, "estimates": self._estimates(made)})

    def _make(self, body: dict[str, Any]) -> Request:
        least = math.ceil(credits_for(body) * self.price) if "frameCount" in body["source"] else 0
        made = Request(str(uuid.uuid4()), body, (least, least + self.spread), self.clock.now())
        self.requests[made.id] = made
        self._reach(made, "requested")
        return made

    def _estimates(self, made: Request) -> dict[str, list[int]]:
        return {"cost": list(made.cost), "time": [30, 60]}

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
            return _say(self.accepted_twice, "Request has already been accepted")
        if not self.bill.reserve(made.id, Decimal(made.cost[0])):
            return _say(402, "Insufficient credits")
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
            return _say(409, "Upload has already been completed")
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
        wrong = "md5Hash does not match" if given and given != etag(whole) else self._deviation(made, whole)
        made.number = first_number(whole)
        if wrong:
            self._fail(made, wrong)
        else:
            self._reach(made, "initializing")
        return _say(202, "Processing has been queued")

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

    def _deviation(self, made: Request, whole: Path) -> str | None:
        said = made.body["source"]
        if whole.stat().st_size != said["size"]:
            return f"source has {whole.stat().st_size} bytes, {said['size']} were said"
        try:
            frames, rate, width, height = probed(whole)
        except (av.FFmpegError, IndexError):
            return "source can't be read"
        if abs(frames - said["frameCount"]) > self.tolerance:
            return f"source has {frames} frames, {said['frameCount']} were said"
        if abs(float(rate) - said["frameRate"]) > 1e-3:
            return f"source has {float(rate)} frames a second, {said['frameRate']} were said"
        if [width, height] != [said["resolution"]["width"], said["resolution"]["height"]]:
            return "source has another resolution than was said"
        return None

    async def _status(self, request: web.Request) -> web.Response:
        made = self._named(request)
        if made.express and made.state == "requested" and self.storage.path(made.part(1)).exists():
            self._start_express(made)
        answer = self._shown(made)
        if self.walks:
            await self.walk(made)
        return web.json_response(answer)

    def _start_express(self, made: Request) -> None:
        made.source = self.storage.path(made.part(1))
        made.number = first_number(made.source)
        frames, rate, _, _ = probed(made.source)
        made.body["source"] |= {"frameCount": frames, "frameRate": float(rate)}
        made.cost = (math.ceil(credits_for(made.body)), math.ceil(credits_for(made.body)) + self.spread)
        self.bill.reserve(made.id, Decimal(made.cost[0]))
        self._reach(made, "initializing")

    def _shown(self, made: Request) -> dict[str, Any]:
        frames = made.body["source"].get("frameCount", 0)
        state = made.state if self.american else made.state.replace("cancel", "cancell")
        answer: dict[str, Any] = {
            "status": state,
            "progress": made.progress,
            "estimates": self._estimates(made),
            "message": made.message,
            "averageFps": 3.5,
            "combinedFps": 3.5,
        }
        if made.state == "processing":
            done = int(frames * made.progress / 100)
            answer["processingJobs"] = [
                {"chunkId": made.id, "chunkIndex": 0, "taskIndex": 0, "status": "processing",
                 "currentFrame": done, "expectedOutputFrames": frames, "progress": made.progress}
            ]  # fmt: skip
        if made.state == "complete":
            answer["outputSize"] = "1 MB"
            if not made.gone and self.clock.now() < made.ts["complete"] + 7 * DAY:
                url = self.storage.sign(made.result, seconds=DAY)
                answer["download"] = {"url": url, "expiresIn": 86_400_000,
                                      "expiresAt": int((self.clock.now() + DAY) * 1000)}  # fmt: skip
        return answer

    async def walk(self, made: Request) -> None:
        """Bring a job one state further."""
        if made.state == "canceling":
            self._reach(made, "canceled")
        elif made.state == "processing" and self.failing:
            self._fail(made, self.failing)
        elif made.state == "processing" and made.progress < 100:
            made.progress += 50
        elif made.state == "postprocessing":
            await self._render(made)
            self.bill.commit(made.id, Decimal(made.cost[0]))
            self._reach(made, "complete")
            await self._call_hook(made)
        elif made.state in STATES[:-1]:
            self._reach(made, STATES[STATES.index(made.state) + 1])

    async def _render(self, made: Request) -> None:
        assert made.source is not None
        out = made.body["output"]
        size = (out["resolution"]["width"], out["resolution"]["height"])
        codec, pixels, options = ENCODERS[out["videoEncoder"]]
        to = self.storage.path(made.result)
        rate = Fraction(out["frameRate"]).limit_denominator(1001)
        await asyncio.to_thread(
            make_render, made.source, to, size, rate=rate, more=self.more, codec=codec, pixel_format=pixels,
            options=options,
        )  # fmt: skip

    def _fail(self, made: Request, why: str) -> None:
        made.message = why
        self.bill.rollback(made.id, Decimal(made.cost[0]))
        self._reach(made, "failed")

    async def _call_hook(self, made: Request) -> None:
        """Call the webhook once; the shape of what it carries is invented."""
        url = made.body.get("notifications", {}).get("webhookUrl")
        if url:
            said = {"requestId": made.id, "status": made.state}
            self.hooks.append(said)
            async with ClientSession() as session, session.post(url, json=said):
                pass

    async def _cancel(self, request: web.Request) -> web.Response:
        made = self._named(request)
        if made.state in ("canceling", "canceled"):
            return web.Response(status=204)
        if made.state in ENDED:
            return _say(400, f"Request is {made.state}")
        if made.state != "requested":
            self._give_back(made)
        self._reach(made, "canceling")
        return _say(200, "Cancellation in progress. Partial credits have been refunded.")

    def _give_back(self, made: Request) -> None:
        """Give all back before processing, later the share that is left."""
        cost = made.cost[0]
        worked = made.state in ("processing", "postprocessing")
        kept = math.ceil(cost * made.progress / 100) if worked else 0
        if kept:
            self.bill.commit(made.id, Decimal(cost))
        if cost - kept:
            self.bill.rollback(made.id, Decimal(cost - kept))

    async def _drop(self, request: web.Request) -> web.Response:
        made = self._named(request)
        made.gone = True
        for name in (made.result, *(made.part(number) for number in range(1, made.parts + 1))):
            self.storage.path(name).unlink(missing_ok=True)
        if made.source:
            made.source.unlink(missing_ok=True)
        return web.Response(status=204)

    def kept(self, made: Request) -> int:
        """Count the files of a request that are still here."""
        names = (made.result, *(made.part(number) for number in range(1, made.parts + 1)))
        return sum(self.storage.path(name).exists() for name in names)

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

    def _entry(self, made: Request) -> dict[str, Any]:
        moves = [
            {"operation": kind, "amount": int(amount)}
            for order, kind, amount in self.bill.entries
            if order == made.id
        ]
        return {"id": made.id, "userId": "u", "status": made.state, "ts": made.ts, "transactions": moves,
                "estimates": self._estimates(made), "error": {"message": made.message}}  # fmt: skip

    async def _balance(self, request: web.Request) -> web.Response:
        left = int(self.bill.balance)
        return web.json_response({"available_credits": left, "reserved_credits": 0, "total_credits": left})

    def _named(self, request: web.Request) -> Request:
        try:
            return self.requests[request.match_info["id"]]
        except KeyError:
            raise web.HTTPNotFound from None

    def _reach(self, made: Request, state: str) -> None:
        made.state = state
        made.ts[state] = self.clock.now()
        if state == "postprocessing":
            made.progress = 100

    async def _still_form(self, request: web.Request) -> dict[str, Any]:
        form = await request.post()
        if form.get("model", "Standard V2") not in STILL_MODELS:
            raise Invalid(f"model {form.get('model')!r}")
        return dict(form)

    async def _still_estimate(self, request: web.Request) -> web.Response:
        form = await self._still_form(request)
        if not ("input_width" in form and "input_height" in form):
            raise Invalid("input_width and input_height are required")
        return web.json_response({"credits": self._still_price(form), "eta": 5})

    def _still_price(self, form: Mapping[str, Any]) -> int:
        pixels = int(form["output_width"]) * int(form["output_height"])
        return math.ceil(math.ceil(pixels / 24_000_000) * self.price)

    async def _still_enhance(self, request: web.Request) -> web.Response:
        form = await self._still_form(request)
        image = form.get("image")
        if not isinstance(image, web.FileField) or form.get("output_format") not in STILL_FORMATS:
            raise Invalid("image and output_format are required")
        name, price = str(uuid.uuid4()), self._still_price(form)
        if not self.bill.reserve(name, Decimal(price)):
            return _say(402, "Insufficient funds.")
        source = self.folder / f"{name}{Path(image.filename).suffix}"
        source.write_bytes(image.file.read())
        self.stills[name] = {"form": form, "source": source, "price": price, "status": "Pending",
                             "number": first_number(source)}  # fmt: skip
        answer = {"process_id": name, "source_id": uuid.uuid4().hex, "eta": 5}
        return web.json_response(answer, headers={"X-Process-ID": name})

    async def _still_status(self, request: web.Request) -> web.Response:
        still = self._still(request)
        answer = {
            "process_id": request.match_info["id"],
            "status": still["status"],
            "credits": still["price"],
        }
        if still["status"] in ("Pending", "Processing"):
            still["status"] = {"Pending": "Processing", "Processing": "Completed"}[still["status"]]
            if still["status"] == "Completed":
                self.bill.commit(request.match_info["id"], Decimal(still["price"]))
                self._render_still(request.match_info["id"], still)
        return web.json_response(answer)

    def _render_still(self, name: str, still: Mapping[str, Any]) -> None:
        form, to = still["form"], self.storage.path(f"stills/{name}.{still['form']['output_format']}")
        with av.open(str(still["source"])) as file:
            frame = next(file.decode(video=0))
        width, height = int(form["output_width"]), int(form["output_height"])
        codec, pixels = STILL_FORMATS[form["output_format"]]
        encoder: Any = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = (
            width,
            height,
            pixels,
            Fraction(1, 25),
        )
        scaled = frame.reformat(width=width, height=height, format=pixels, interpolation="LANCZOS")
        to.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(scaled), *encoder.encode(None)]))

    async def _still_download(self, request: web.Request) -> web.Response:
        still = self._still(request)
        if still["status"] != "Completed":
            return _say(409, "Not ready")
        name = f"stills/{request.match_info['id']}.{still['form']['output_format']}"
        url = self.storage.sign(name)
        return web.json_response({"download_url": url, "expiry": int(self.clock.now() + 3600)})

    async def _still_cancel(self, request: web.Request) -> web.Response:
        still = self._still(request)
        if still["status"] not in ("Pending", "Processing"):
            return _say(409, f"Process is {still['status']}")
        still["status"] = "Cancelled"
        self.bill.rollback(request.match_info["id"], Decimal(still["price"]))
        return web.json_response({})

    def _still(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.stills[request.match_info["id"]]
        except KeyError:
            raise web.HTTPNotFound from None


@contextmanager
def topaz(folder: Path, **settings: Any) -> Iterator[TopazService]:
    """Serve for as long as a `with` block lasts, and hold that no key leaked and nothing broke inside."""
    with TopazService(folder, **settings) as service:
        yield service
        service.expect_nothing_broke()


STILL_MODELS = {"Standard V2", "Low Resolution V2", "CGI", "High Fidelity V2", "Text Refine"}
STILL_FORMATS = {"png": ("png", "rgb24"), "jpeg": ("mjpeg", "yuvj444p"), "tiff": ("tiff", "rgb24")}
_X265 = {"crf": "8", "preset": "ultrafast", "x265-params": "log-level=error:pools=1"}
ENCODERS = {
    "H264": ("libx264", "yuv420p", {"crf": "8", "preset": "veryfast"}),
    "H265": ("libx265", "yuv420p10le", _X265),
    "ProRes": ("prores_ks", "yuv422p10le", {"profile": "3"}),
}


def first_number(path: Path) -> int | None:
    """Return the number that the first frame of a source carries, None where it can't be read."""
    try:
        return read_number(next(decoded(path)))
    except (av.FFmpegError, StopIteration, IndexError):
        return None


def credits_for(body: Mapping[str, Any]) -> float:
    """Return what a request costs, unrounded: by frames, and by whether its render is more than HD."""
    model, frames = body["filters"][0]["model"], body["source"]["frameCount"]
    small, large = FRAMES_A_CREDIT.get(model, (30.0, 12.0))
    return float(frames / (small if body["output"]["resolution"]["height"] <= 1080 else large))


def check_body(body: Any, models: set[str]) -> None:
    """Raise Invalid for what the API answers with 400."""
    source, out, filters = (_given(body, name, kind) for name, kind in
                            (("source", dict), ("output", dict), ("filters", list)))  # fmt: skip
    _check_source(source)
    _check_output(out)
    if not filters:
        raise Invalid("filters is empty")
    for one in filters:
        if _given(one, "model", str) not in models:
            raise Invalid(f"filters.model {one['model']!r}")
        _check_filter(one, source["frameCount"])


def _check_source(source: dict[str, Any]) -> None:
    _one_of(source, "container", {"mp4", "mov", "mkv"})
    for name in ("size", "frameCount"):
        if _given(source, name, int) <= 0:
            raise Invalid(f"source.{name} must be positive")
    for name in ("duration", "frameRate"):
        if _given(source, name, int, float) <= 0:
            raise Invalid(f"source.{name} must be positive")
    _check_size(source)
    if abs(source["duration"] * source["frameRate"] - source["frameCount"]) > 1:
        raise Invalid("source.duration, frameRate and frameCount contradict each other")


def _check_size(of: dict[str, Any]) -> tuple[int, int]:
    size = _given(of, "resolution", dict)
    return _given(size, "width", int), _given(size, "height", int)


def _check_output(out: dict[str, Any]) -> None:
    width, height = _check_size(out)
    _given(out, "frameRate", int, float)
    audio = _one_of(out, "audioTransfer", {"Copy", "Convert", "None"})
    _one_of(out, "audioCodec", {"AAC", "AC3", "PCM"}, required=audio != "None")
    encoder = _one_of(out, "videoEncoder", set(LARGEST))
    _one_of(out, "videoProfile", PROFILES[encoder], required=False)
    _one_of(out, "container", {"mp4", "mov", "mkv"}, required=False)
    if ("videoBitrate" in out) == ("dynamicCompressionLevel" in out):
        raise Invalid("one of videoBitrate and dynamicCompressionLevel is required")
    _one_of(out, "dynamicCompressionLevel", {"Low", "Mid", "High"}, required=False)
    if width > LARGEST[encoder][0] or height > LARGEST[encoder][1]:
        raise Invalid(f"{encoder} takes {LARGEST[encoder]} at most")
    if encoder == "ProRes" and out.get("container") != "mov":
        raise Invalid("ProRes needs mov")


def _check_filter(one: dict[str, Any], frames: int) -> None:
    model = one["model"]
    for name, (low, high) in RANGES.items():
        if name in one and not low <= _given(one, name, int, float) <= high:
            raise Invalid(f"filters.{name} must be from {low} to {high}")
    for name, words in ENUMS.items():
        _one_of(one, name, words, required=False)
    if model == "ast-2" and not 0 <= _given(one, "creativity", int, float) <= 1:
        raise Invalid("filters.creativity must be from 0 to 1")
    if model == "slc-1":
        _one_of(one, "creativity", {"low", "middle", "high"})
    most = 450 if model == "ast-2" and one.get("prompt") else 9000
    if model in ("ast-2", "slp-2.5", "slp-2.6") and frames > most:
        raise Invalid(f"{model} takes {most} frames at most")


def _given(of: Any, name: str, *kinds: type) -> Any:
    found = of.get(name) if isinstance(of, dict) else None
    if not isinstance(found, kinds) or isinstance(found, bool):
        raise Invalid(f"{name} is missing or of a wrong type")
    return found


def _one_of(of: dict[str, Any], name: str, words: set[str], *, required: bool = True) -> str:
    found = of.get(name)
    if found is None and not required:
        return ""
    if found not in words:
        raise Invalid(f"{name} must be one of {sorted(words)}")
    return str(found)


def _say(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
