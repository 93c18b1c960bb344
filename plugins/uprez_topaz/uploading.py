"""Bring a plate to the addresses that accepting gave, part by part, and have the work begin."""

from __future__ import annotations

import asyncio
from pathlib import Path

from uprez.errors import MediaError, Rejected, Unauthorized, Unavailable
from uprez.http import Client
from uprez.http.guard import admitted, origin
from uprez_topaz.api import Api
from uprez_topaz.asking import KINDS
from uprez_topaz.records import Record, Records

BLOCK = 500_000_000
"""Bytes of a part, where the addresses allow it (facts: T-DOC)."""
AT_ONCE = 4


class Stuck(Exception):
    """An upload can't be ended any more: its request is to be cancelled, which gives the credits back."""


def slices(size: int, parts: int, block: int = BLOCK) -> list[tuple[int, int]]:
    """Return offset and length of each part: full blocks, the rest last, none empty.

    Two documents disagree: equal ranges, or blocks of 500 MB. Blocks hold for both where they fill every
    address; where one would stay empty, only equal ranges can have been meant.
    """
    count = max(block, -(-size // parts))
    if -(-size // count) < parts:
        count = -(-size // parts)
    return [(start, min(count, size - start)) for start in range(0, size, count)]


async def finish(api: Api, records: Records, record: Record, plate: Path, block: int) -> None:
    """Upload what is missing and say that it is complete; what has arrived is not sent again.

    Raises Unavailable to be gone on with later, StagingError where the plate is gone, Stuck.
    """
    record = await _all_parts(api.client, records, record, plate, block)
    if await api.complete(record.request, record.etags):
        return
    said = await api.status(record.request)
    if said is None or said.state in ("requested", "accepted"):
        raise Stuck("the service does not take the parts that were uploaded")


async def _all_parts(client: Client, records: Records, record: Record, plate: Path, block: int) -> Record:
    parts = slices(plate.stat().st_size, len(record.urls), block)
    kind = KINDS["mov" if plate.suffix == ".mov" else "mp4"]
    places, etags = asyncio.Semaphore(AT_ONCE), dict(record.etags)

    async def put(number: int, offset: int, count: int) -> None:
        async with places:
            url = record.urls[number - 1]
            etags[number] = await _part(client, url, plate, offset, count, kind, len(parts) > 1)
            records.keep(record.model_copy(update={"etags": dict(etags)}))

    missing = [(number, *part) for number, part in enumerate(parts, 1) if number not in etags]
    ended = await asyncio.gather(*(put(*part) for part in missing), return_exceptions=True)
    for failure in ended:
        if isinstance(failure, BaseException):
            raise failure
    return record.model_copy(update={"etags": etags})


async def _part(
    client: Client, url: str, plate: Path, offset: int, count: int, kind: str, needs_tag: bool
) -> str:
    try:
        await admitted(url, origin(client.base_url))
        answer = await client.put(url, plate, offset=offset, count=count, headers={"Content-Type": kind})
    except (Unauthorized, Rejected, MediaError) as refused:
        raise Stuck(f"an upload address is not valid any more ({refused})") from None
    tag = answer.headers.get("etag", "").strip('"')
    if needs_tag and not tag:
        raise Unavailable("topaz: a part was taken without an ETag; it is sent again", provider="topaz")
    return tag
