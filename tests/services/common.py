"""What the four services share: real sockets on loopback, faults on demand, signed storage, a bill, media."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import av
from aiohttp import web

from uprez.testing.clips import decoded

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KEY_HEADERS = ("authorization", "x-api-key")


@dataclass
class Fault:
    """Spoil requests: the `nth` that fits and the `times - 1` after it.

    `drop` cuts the line before the request has its effect, or after it; `status` is answered instead of the
    effect, or after it where `after` says so.
    """

    method: str
    path: str  # a regular expression, searched for in the path
    nth: int = 1
    times: int = 1
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    drop: Literal["before", "after"] | None = None
    delay: float = 0.0
    met: int = 0

    def fits(self, request: web.Request) -> bool:
        if request.method != self.method or not re.search(self.path, request.path):
            return False
        self.met += 1
        return self.nth <= self.met < self.nth + self.times


@dataclass(frozen=True)
class Seen:
    """Hold a request as it came; the key is masked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class Clock:
    """Tell the service's own time, in seconds since 1970; a test turns it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


class Bill:
    """Count money the way the service does: what is reserved, taken, given back, order by order."""

    def __init__(self, balance: Decimal = Decimal(1_000_000)) -> None:
        self.balance = balance
        self.entries: list[tuple[str, str, Decimal]] = []  # (order, reserve | commit | rollback, amount)

    def reserve(self, order: str, amount: Decimal) -> bool:
        if amount > self.balance:
            return False
        self.balance -= amount
        self.entries.append((order, "reserve", amount))
        return True

    def commit(self, order: str, amount: Decimal) -> None:
        """Take for good what was reserved."""
        self.entries.append((order, "commit", amount))

    def rollback(self, order: str, amount: Decimal) -> None:
        """Give back what was reserved."""
        self.balance += amount
        self.entries.append((order, "rollback", amount))

    def charge(self, order: str, amount: Decimal) -> bool:
        """Reserve and take at once."""
        if not self.reserve(order, amount):
            return False
        self.commit(order, amount)
        return True

    def charges(self) -> Counter[str]:
        """Count how many times each order was charged and not given its money back."""
        net: Counter[str] = Counter()
        for order, kind, _ in self.entries:
            net[order] += {"reserve": 0, "commit": 1, "rollback": 0}[kind]
        return net

    def taken(self, order: str) -> Decimal:
        """Return what an order has cost in the end."""
        return sum(
            (amount for name, kind, amount in self.entries if name == order and kind == "commit"), Decimal(0)
        )


class Server:
    """Serve on a loopback port from a thread of its own, for as long as a `with` block or a test lasts."""

    key_header: str | None = None  # set where the service checks a key in a header

    def __init__(self, folder: Path, key: str = "") -> None:
        self.folder, self.key = folder, key
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = Clock()
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.broken: list[BaseException] = []  # what went wrong in the service itself: a test must look
        self.app = web.Application(middlewares=[self._around], client_max_size=1 << 34)
        self.routes()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def routes(self) -> None:
        """Add the routes to `self.app`."""
        raise NotImplementedError

    def fault(self, method: str, path: str, **how: Any) -> Fault:
        """Add a fault; the first one that fits a request spoils it."""
        self.faults.append(Fault(method, path, **how))
        return self.faults[-1]

    def count(self, method: str, path: str) -> int:
        """Count the requests that fit."""
        return sum(one.method == method and bool(re.search(path, one.path)) for one in self.seen)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *failure: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def _serve(self) -> None:
        asyncio.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self.app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = {
            name.lower(): "***" if name.lower() in KEY_HEADERS else value
            for name, value in request.headers.items()
        }
        self.seen.append(Seen(request.method, request.path, dict(request.query), headers))
        fault = next((one for one in self.faults if one.fits(request)), None)
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault is not None and fault.drop == "before":
            return _cut(request)
        if fault is not None and fault.status is not None and not fault.after:
            await request.read()
            return answered(fault)
        answer = await self._handled(request, handler)
        if fault is not None and fault.drop == "after":
            return _cut(request)
        return answered(fault) if fault is not None and fault.after else answer

    async def _handled(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPException, asyncio.CancelledError, ConnectionError):
            raise
        except BaseException as broken:
            self.broken.append(broken)
            raise


def answered(fault: Fault) -> web.Response:
    assert fault.status is not None
    if isinstance(fault.body, str | bytes):
        return web.Response(status=fault.status, body=fault.body, headers=dict(fault.headers))
    return web.json_response(fault.body, status=fault.status, headers=dict(fault.headers))


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()  # type: ignore[attr-defined]
    return web.Response()


class Storage(Server):
    """Keep files behind signed URLs, on a host of its own that must never see a key.

    `leaks` lists the requests that carried one. Files lie in `folder` under the names of their paths.
    """

    def routes(self) -> None:
        self.leaks: list[str] = []
        self._secret = b"signs the urls of this storage"
        self.app.router.add_route("*", "/{name:.+}", self._file)

    def sign(self, name: str, *, method: str = "GET", seconds: float = 3600.0, **more: str) -> str:
        """Return a URL that allows one method on one file until the service's clock has passed."""
        expires = str(int(self.clock.now() + seconds))
        query = {**more, "expires": expires, "signature": self._signature(method, name, expires)}
        return f"{self.url}/{name}?{urlencode(query)}"

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self.folder / name.replace("/", "__")

    def _signature(self, method: str, name: str, expires: str) -> str:
        return hmac.new(self._secret, f"{method} {name} {expires}".encode(), hashlib.sha256).hexdigest()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if any(header in request.headers for header in KEY_HEADERS):
            self.leaks.append(f"{request.method} {request.path}")
        expires = request.query.get("expires", "0")
        method = "GET" if request.method == "HEAD" else request.method
        if not hmac.compare_digest(
            request.query.get("signature", ""), self._signature(method, name, expires)
        ):
            return _denied("SignatureDoesNotMatch", "The signature does not fit")
        if float(expires) < self.clock.now():
            return _denied("AccessDenied", "Request has expired")
        if request.method == "PUT":
            return await self._put(request, name)
        path = self.path(name)
        if not path.exists():
            return web.Response(
                status=404, text="<Error><Code>NoSuchKey</Code></Error>", content_type="application/xml"
            )
        return web.FileResponse(path, headers={"ETag": f'"{etag(path)}"'})

    async def _put(self, request: web.Request, name: str) -> web.Response:
        if request.content_length is None:
            return web.Response(status=411, text="<Error><Code>MissingContentLength</Code></Error>")
        part = self.path(f"{name}.{id(request)}")
        with part.open("wb") as file:
            async for block in request.content.iter_chunked(1 << 20):
                file.write(block)
        if part.stat().st_size == 0:
            part.unlink()
            return web.Response(status=400, text="<Error><Code>EntityTooSmall</Code></Error>")
        part.replace(self.path(name))
        return web.Response(headers={"ETag": f'"{etag(self.path(name))}"'})


def _denied(code: str, said: str) -> web.Response:
    body = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>"
    return web.Response(status=403, text=body, content_type="application/xml")


def etag(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def make_render(
    plate: Path,
    to: Path,
    size: tuple[int, int],
    *,
    rate: Fraction | None = None,
    more: int = 0,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: Mapping[str, str] | None = None,
) -> None:
    """Scale a plate as an honest service would, in MP4 or as the name of `to` says, tagged like the plate.

    `rate` is what the file is stamped with, the plate's own where not given; `more` frames are added at the
    end, or cut off where it is negative.
    """
    with av.open(str(plate)) as source:
        was = source.streams.video[0]
        rate = rate or was.average_rate or Fraction(24)
        like: Any = was.codec_context
        tags = {
            name: getattr(like, name)
            for name in ("color_primaries", "color_trc", "colorspace", "color_range")
        }
    frames = list(decoded(plate))
    frames = frames[:more] if more < 0 else frames + frames[-1:] * more
    part = to.with_name(f"{to.stem}.part{to.suffix}")
    with av.open(str(part), "w") as out:
        video: Any = out.add_stream(
            codec, rate=rate, options=dict(options or {"crf": "8", "preset": "veryfast"})
        )
        video.width, video.height, video.pix_fmt, video.time_base = *size, pixel_format, 1 / rate
        for name, value in tags.items():
            setattr(video.codec_context, name, value)
        for index, frame in enumerate(frames):
            scaled = frame.reformat(
                width=size[0], height=size[1], format=pixel_format, interpolation="LANCZOS"
            )
            scaled.pts, scaled.time_base = index, 1 / rate
            out.mux(video.encode(scaled))
        out.mux(video.encode(None))
    part.replace(to)


def probed(path: Path) -> tuple[int, Fraction, int, int]:
    """Return frames, rate, width and height of a file, the frames counted."""
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        return (
            sum(1 for _ in source.decode(video)),
            Fraction(video.average_rate or 0),
            video.width,
            video.height,
        )


def make_still(plate: Path, to: Path, size: tuple[int, int]) -> None:
    """Scale a still as an honest service would, in the format that the name of `to` says."""
    codec, pixel_format = {".png": ("png", "rgb24"), ".jpg": ("mjpeg", "yuvj444p")}[to.suffix]
    with av.open(str(plate)) as source:
        frame = next(source.decode(video=0))
    scaled = frame.reformat(width=size[0], height=size[1], format=pixel_format, interpolation="LANCZOS")
    scaled.pts = 0
    with av.open(str(to), "w", format="image2", options={"update": "1"}) as out:
        video: Any = out.add_stream(
            codec, rate=1, options={"qmin": "1", "qmax": "2"} if codec == "mjpeg" else {}
        )
        video.width, video.height, video.pix_fmt = *size, pixel_format
        out.mux(video.encode(scaled))
        out.mux(video.encode(None))


def digest(path: Path) -> str:
    """Name a file by what is in it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
