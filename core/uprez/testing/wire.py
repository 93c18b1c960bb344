"""What goes wrong on the way to a service, put between any provider and its sockets."""

from __future__ import annotations

import asyncio
import contextvars
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from uprez.http.guard import is_loopback, origin
from uprez.provider import Provider

METHODS = ("estimate", "stage", "submit", "poll", "find", "fetch", "cancel", "clear")
Deliver = Callable[[], Awaitable[httpx.Response]]
Spoil = Callable[[httpx.Request, Deliver], Awaitable[httpx.Response | None]]
_inside: contextvars.ContextVar[str] = contextvars.ContextVar("uprez_inside", default="")


def inside() -> str:
    """Return which method of a watched provider is at work here, empty for none."""
    return _inside.get()


@dataclass(frozen=True)
class Sent:
    """Hold a request as it left: `own` says that it went to the provider's own host."""

    during: str
    method: str
    url: str
    headers: Mapping[str, str]
    own: bool

    def shows(self, secret: str) -> bool:
        """Tell whether a secret travelled in its address or headers."""
        return secret in self.url or any(secret in value for value in self.headers.values())


@dataclass
class Rule:
    """Spoil the requests that fit from the `nth` on, `times` of them (None: all); `met` counts them."""

    spoil: Spoil
    during: frozenset[str]
    own: bool | None = None
    nth: int = 1
    times: int | None = 1
    seen: int = 0
    met: int = 0

    def fits(self, sent: Sent) -> bool:
        """Tell whether a request is to be spoilt, and count it."""
        if sent.during not in self.during or self.own not in (None, sent.own):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.met < self.times)


class Wire:
    """See every request that httpx sends for a watched provider, and spoil those that a rule names."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[Sent] = []
        self.rules: list[Rule] = []
        self._own: set[Any] = set()
        self._elsewhere: dict[str, httpx.Response] = {}
        for kind in (httpx.AsyncHTTPTransport, httpx.MockTransport):
            monkeypatch.setattr(kind, "handle_async_request", self._between(kind.handle_async_request))

    def watch(self, provider: Provider) -> Provider:
        """Note of every request which method of `provider` sent it; returns the provider."""
        if "://" in provider.context.base_url:
            self._own.add(origin(provider.context.base_url))
        for method in METHODS:
            setattr(provider, method, _noted(method, getattr(provider, method)))
        return provider

    def spoil(
        self,
        how: Spoil,
        *during: str,
        own: bool | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Add a rule; a request is spoilt by the first one that fits."""
        self.rules.append(Rule(how, frozenset(during or METHODS), own, nth, times))
        return self.rules[-1]

    def redirect(self, *during: str) -> Files:
        """Let the first file be answered with a redirect to another host, where it then lies."""
        files = Files(elsewhere=self._elsewhere)
        self.spoil(files, *during, times=None)
        return files

    def _between(self, handle: Any) -> Any:
        async def handled(transport: Any, request: httpx.Request) -> httpx.Response:
            url = _named(request)
            sent = Sent(inside(), request.method, url, dict(request.headers), origin(url) in self._own)
            self.sent.append(sent)
            if url in self._elsewhere:
                return _unread(self._elsewhere[url])

            async def deliver() -> httpx.Response:
                return await _whole(await handle(transport, request))

            for rule in self.rules:
                if rule.fits(sent):
                    rule.met += 1
                    spoilt = await rule.spoil(request, deliver)
                    if spoilt is not None:
                        return _unread(spoilt)
            answer: httpx.Response = await handle(transport, request)
            return answer

        return handled


def answered(status: int, headers: Mapping[str, str] | None = None, body: Any = None) -> Spoil:
    """Answer a status; the request never arrives."""

    async def spoil(request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
        return _reply(status, headers, body)

    return spoil


def answered_after(status: int, headers: Mapping[str, str] | None = None, body: Any = None) -> Spoil:
    """Let a request have its effect and answer a status all the same."""

    async def spoil(request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
        await deliver()
        return _reply(status, headers, body)

    return spoil


async def unsent(request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
    """Fail to connect: the request never leaves."""
    raise httpx.ConnectError("connection refused", request=request)


async def lost(request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
    """Let a request have its effect and lose the answer."""
    await deliver()
    raise httpx.ReadError("connection reset", request=request)


async def slow(request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
    """Take a moment longer than anything else."""
    await asyncio.sleep(0.2)
    return None


@dataclass
class Files:
    """Spoil the first file that comes, and nothing else: its body, its headers, its status, its place.

    `breaks` cuts the line after the body; `met` counts the files spoilt, `read` the bytes that were taken.
    """

    change: Callable[[bytes], Iterable[bytes]] = lambda body: (body,)
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks: bool = False
    status: int | None = None
    elsewhere: dict[str, httpx.Response] | None = None
    met: int = 0
    read: int = 0

    async def __call__(self, request: httpx.Request, deliver: Deliver) -> httpx.Response | None:
        """Answer a request with what came, spoilt where it is the first file."""
        answer = await deliver()
        if self.met or not is_file(answer):
            return answer
        self.met += 1
        if self.elsewhere is not None:
            url = "http://localhost:1/x" if is_loopback(request.url.host) else "https://elsewhere.invalid/x"
            self.elsewhere[url] = answer
            return httpx.Response(302, headers={"Location": url})
        headers = {**dict(answer.headers), **self.headers}
        return httpx.Response(self.status or answer.status_code, headers=headers, stream=self._body(answer))

    def _body(self, answer: httpx.Response) -> httpx.AsyncByteStream:
        async def blocks() -> AsyncIterator[bytes]:
            for block in self.change(answer.content):
                self.read += len(block)
                yield block
            if self.breaks:
                raise httpx.ReadError("connection reset")

        return _Body(blocks())


def is_file(answer: httpx.Response) -> bool:
    """Tell whether an answer is a render, and not a service's words."""
    kind = answer.headers.get("content-type", "")
    words = "json" in kind or "html" in kind or "xml" in kind
    return answer.status_code in (200, 206) and not words and not re.match(rb"\s*[\[{<]|\s*$", answer.content)


class _Body(httpx.AsyncByteStream):
    def __init__(self, blocks: AsyncIterator[bytes]) -> None:
        self._blocks = blocks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._blocks


def _noted(method: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def noted(*given: Any) -> Any:
        token = _inside.set(_inside.get() or method)
        try:
            return await call(*given)
        finally:
            _inside.reset(token)

    return noted


def _named(request: httpx.Request) -> str:
    """Return the address that was meant: a client that pins a checked number keeps the name in Host."""
    host = request.extensions.get("sni_hostname")
    return str(request.url.copy_with(host=host) if isinstance(host, str) else request.url)


async def _whole(answer: httpx.Response) -> httpx.Response:
    content = b"".join([block async for block in answer.aiter_raw()])
    await answer.aclose()
    kept = {name: value for name, value in answer.headers.items() if name != "transfer-encoding"}
    return httpx.Response(answer.status_code, headers=kept, content=content)


def _unread(answer: httpx.Response) -> httpx.Response:
    """Return an answer that can be read once more."""
    if not answer.is_stream_consumed:
        return answer
    body = httpx.ByteStream(answer.content)
    return httpx.Response(answer.status_code, headers=answer.headers, stream=body)


def _reply(status: int, headers: Mapping[str, str] | None, body: Any) -> httpx.Response:
    if isinstance(body, str):
        return httpx.Response(status, headers=headers, text=body)
    return httpx.Response(status, headers=headers, json=body)
