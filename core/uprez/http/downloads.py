"""Fetch a file whole: by range where the line broke, its length and checksum held against what was said."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from uprez.errors import MediaError, Unavailable
from uprez.frozen import Frozen
from uprez.http.answer import retry_after
from uprez.http.guard import Origin, admitted, host_of
from uprez.http.wires import sent

HOPS, PATIENCE = 5, 6
_RANGE = re.compile(r"bytes (\d+)-\d*/(\d+|\*)")
_WORDS = frozenset({"text/html", "application/json", "application/xml", "text/xml"})
HeadersFor = Callable[[str, Mapping[str, str]], dict[str, str]]


class _Known(Frozen):
    """Remember which file a part is the beginning of, so that a later process can go on with it."""

    etag: str


async def download(
    provider: str, url: str, to: Path, largest: int, own: Origin, headers_for: HeadersFor
) -> None:
    """Fetch `url` to `to`; the part stays beside it while the line is down, and is gone on with.

    Raises Unavailable, MediaError.
    """
    part = to.with_name(f"{to.name}.download")
    part.parent.mkdir(parents=True, exist_ok=True)
    for tried in range(PATIENCE):
        had = _size(part)
        try:
            await _fetched(provider, url, part, largest, own, headers_for)
            break
        except Unavailable as lost:
            if _size(part) <= had or tried == PATIENCE - 1:  # only a line that brings something is held on to
                raise
            await asyncio.sleep(lost.retry_after or 0.1)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(to)
    _note(part).unlink(missing_ok=True)


async def _fetched(
    provider: str, url: str, part: Path, largest: int, own: Origin, headers_for: HeadersFor
) -> None:
    known = _known(part)
    asked = {"Accept-Encoding": "identity"}
    if known is not None:
        asked |= {"Range": f"bytes={_size(part)}-", "If-Range": known.etag}
    for _ in range(HOPS):
        address = await admitted(url, own)
        pinned = None if urllib.request.getproxies() else address
        async with sent("GET", url, provider, headers=headers_for(url, asked), address=pinned) as reply:
            if reply.is_redirect and "location" in reply.headers:
                url = urljoin(url, reply.headers["location"])
                continue
            await _received(provider, url, reply, part, largest)
            return
    raise Unavailable(
        f"{provider}: {host_of(url)} redirects without an end; it is asked again", provider=provider
    )


async def _received(provider: str, url: str, reply: Any, part: Path, largest: int) -> None:
    """Write what comes to the part, and hold it against what the headers said."""
    _refuse(provider, url, reply, part)
    if reply.headers.get("content-type", "").partition(";")[0].strip().lower() in _WORDS:
        raise Unavailable(
            f"{provider}: {host_of(url)} sent words in place of the render; a new address is asked for",
            provider=provider,
        )
    start, total = _span(reply)
    if start not in (0, _size(part)):
        part.unlink(missing_ok=True)
        raise Unavailable(
            f"{provider}: {host_of(url)} sent another stretch than asked for", provider=provider
        )
    if (total or 0) > largest:
        raise MediaError(f"{host_of(url)}: offers {total} bytes, more than a render can have ({largest})")
    etag = reply.headers.get("etag", "")
    if etag and not etag.startswith("W/"):
        _note(part).write_text(_Known(etag=etag).model_dump_json())
    elif start == 0:
        _note(part).unlink(missing_ok=True)
    with part.open("ab" if start else "wb") as file:
        async for block in reply.aiter_raw():
            file.write(block)
            if file.tell() > (total or largest):
                break
    _check(provider, url, reply, part, total, largest)


def _check(provider: str, url: str, reply: Any, part: Path, total: int | None, largest: int) -> None:
    got, host = _size(part), host_of(url)
    if total is not None and got < total:
        raise Unavailable(
            f"{provider}: {host} sent {got} of {total} bytes; the rest is fetched", provider=provider
        )
    if got > (total or largest):
        _drop(part)
        raise MediaError(f"{host}: sent more bytes than it said ({total or largest}); try again later")
    if got == 0:
        _drop(part)
        raise Unavailable(f"{provider}: {host} sent an empty file; it is fetched again", provider=provider)
    if not _sums_agree(reply.headers, part):
        _drop(part)
        raise Unavailable(f"{provider}: what {host} sent is damaged; it is fetched again", provider=provider)


def _refuse(provider: str, url: str, reply: Any, part: Path) -> None:
    status, host = reply.status_code, host_of(url)
    if status in (200, 206):
        return
    if status == 416:  # the part is longer than the file: not the same file
        _drop(part)
    wait = retry_after(reply.headers.get("retry-after"))
    raise Unavailable(
        f"{provider}: {host} answered {status} for the render; a new address is asked for",
        provider=provider,
        retry_after=wait,
    )


def _span(reply: Any) -> tuple[int, int | None]:
    """Return where the body begins in the file, and how long the file is, where that is said."""
    if reply.status_code == 206:
        found = _RANGE.match(reply.headers.get("content-range", ""))
        if found is None:
            return -1, None
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = reply.headers.get("content-length", "")
    return 0, int(length) if length.isdigit() else None


def _sums_agree(headers: Mapping[str, str], part: Path) -> bool:
    """Hold the file against the checksums that HTTP knows; one that sends none is taken at its length."""
    sums = {"md5": headers.get("content-md5", "")}
    for said in (headers.get("repr-digest", ""), headers.get("digest", "")):
        found = re.search(r"(?i)sha-256=:?([A-Za-z0-9+/=]+):?", said)
        sums |= {"sha256": found[1]} if found else {}
    for name, wanted in sums.items():
        if wanted:
            with part.open("rb") as file:
                if base64.b64encode(hashlib.file_digest(file, name).digest()).decode() != wanted:
                    return False
    return True


def _known(part: Path) -> _Known | None:
    if not _size(part):
        return None
    try:
        return _Known.model_validate(json.loads(_note(part).read_text()))
    except (OSError, ValueError):
        return None


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
