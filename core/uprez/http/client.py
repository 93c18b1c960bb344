"""A service's client: the key goes to its own host, errors come as ours, nothing that costs is repeated."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from uprez.errors import Unavailable
from uprez.http import downloads, uploads
from uprez.http.answer import Answer, check
from uprez.http.guard import host_of, origin
from uprez.http.wires import sent

Part = tuple[str, Path | bytes, str]
"""A file of a form: its name there, where it lies, its media type."""
TRIES = 4
LARGEST_ANSWER = 64 << 20  # bytes


class Client:
    """Talk to one service.

    `headers` hold its key: they are sent to the scheme, host and port of `base_url` and nowhere else, and
    no redirect is followed with them. `key_env` is named where the key is refused.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        key_env: str | None = None,
    ) -> None:
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        given = (headers or {}).items()  # one that ends in a blank lacks its key: the service says so better
        self._headers = {name: value for name, value in given if value and value == value.strip()}
        self._key_env = key_env
        self._own = origin(self.base_url)

    def __repr__(self) -> str:
        return f"Client({self.provider!r}, {host_of(self.base_url)!r})"

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,
        json: Any = None,
        form: Any = None,
        files: Mapping[str, Part] | list[tuple[str, Part]] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
        wait: float | None = 60.0,
    ) -> Answer:
        """Send one request, once; `wait` is how many seconds the service may be silent, None for ever.

        Raises what `answer.check` says for an error status that is not in `accept`, NotPlaced where
        nothing was sent, and Unavailable where the answer was lost.
        """
        url = self.url(path)
        given = {"params": params, "json": json, "data": form}
        given = {name: value for name, value in given.items() if value is not None}
        with contextlib.ExitStack() as opened:
            if files:
                given["files"] = [(name, _part(part, opened)) for name, part in _pairs(files)]
            async with sent(
                method, url, self.provider, headers=self._for(url, headers), read=wait, **given
            ) as reply:
                text = await _text(reply)
                found = {name.lower(): value for name, value in reply.headers.items()}
                answer = Answer(status=reply.status_code, headers=found, text=text)
        if answer.status not in accept:
            check(answer, self.provider, f"{method} {_shown(path)}", self._key_env)
        return answer

    async def put(
        self,
        url: str,
        path: Path,
        *,
        offset: int = 0,
        count: int | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "PUT",
    ) -> Answer:
        """Upload `count` bytes of a file from `offset` on to a URL, again and again until it is there.

        The body is read as it is sent. Raises StagingError, Unavailable, Rejected.
        """
        url = self.url(url)
        for tried in range(TRIES):
            try:
                answer = await uploads.upload(
                    self.provider, method, url, path, offset, count, self._for(url, headers)
                )
                check(answer, self.provider, f"{method} to {host_of(url)}", self._key_env)
                return answer
            except Unavailable as lost:
                if tried == TRIES - 1:
                    raise
                await asyncio.sleep(
                    min(0.25 * 2**tried if lost.retry_after is None else lost.retry_after, 60)
                )
        raise AssertionError("unreachable")

    async def download(self, url: str, to: Path, *, largest: int) -> None:
        """Fetch a file of at most `largest` bytes to `to`, whole or not at all; a broken one is gone on with.

        Raises Unavailable for a lost line or an expired address, MediaError for what can't be the file.
        """
        await downloads.download(self.provider, self.url(url), to, largest, self._own, self._for)

    async def events(self, path: str, opened: asyncio.Event | None = None) -> AsyncIterator[tuple[str, str]]:
        """Yield the name and data of each server-sent event until the line ends; raises Unavailable.

        `opened` is set once the service has answered: what happens from then on is told.
        """
        url = self.url(path)
        headers = self._for(url, {"Accept": "text/event-stream"})
        async with sent("GET", url, self.provider, headers=headers) as reply:
            check(Answer(status=reply.status_code), self.provider, f"GET {_shown(path)}", self._key_env)
            if opened is not None:
                opened.set()
            name, data = "message", list[str]()
            async for line in reply.aiter_lines():
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if field == "event":
                    name = value
                elif field == "data":
                    data.append(value)
                elif not line:
                    if data:
                        yield name, "\n".join(data)
                    name, data = "message", []

    def url(self, path: str) -> str:
        """Return the whole address of a path of the service; a whole address stays what it is."""
        return (
            path
            if "://" in path
            else urljoin(f"{self.base_url}/", path.lstrip("/"))
            if path
            else self.base_url
        )

    def is_own(self, url: str) -> bool:
        """Tell whether an address is the service's own host, which may be given the key."""
        return origin(url) == self._own

    def _for(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the headers of a request: with the key only for the service's own host."""
        return {**(self._headers if self.is_own(url) else {}), **(headers or {})}


def _pairs(files: Mapping[str, Part] | list[tuple[str, Part]]) -> list[tuple[str, Part]]:
    return list(files.items()) if isinstance(files, Mapping) else files


def _part(part: Part, opened: contextlib.ExitStack) -> tuple[str, Any, str]:
    name, content, kind = part
    return name, content if isinstance(content, bytes) else opened.enter_context(content.open("rb")), kind


async def _text(reply: Any) -> str:
    gathered = bytearray()
    async for block in reply.aiter_bytes():
        gathered += block
        if len(gathered) > LARGEST_ANSWER:
            raise Unavailable(f"an answer of more than {LARGEST_ANSWER} bytes is not read; it is asked again")
    return gathered.decode(reply.charset_encoding or "utf-8", "replace")


def _shown(path: str) -> str:
    return host_of(path) if "://" in path else path.partition("?")[0] or "/"
