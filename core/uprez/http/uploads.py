"""Send a file, or a stretch of it, as it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from uprez.errors import StagingError
from uprez.http.answer import Answer
from uprez.http.wires import sent

BLOCK = 1 << 20


async def upload(
    provider: str,
    method: str,
    url: str,
    path: Path,
    offset: int,
    count: int | None,
    headers: Mapping[str, str],
) -> Answer:
    """Send `count` bytes from `offset` on, once; the length is said, since storage takes no chunks.

    Raises StagingError where the file can't be read, NotPlaced and Unavailable.
    """
    try:
        size = path.stat().st_size - offset if count is None else count
        if size <= 0:
            raise StagingError(
                f"{path.name}: there is nothing to upload from byte {offset} on; export it again"
            )
        whole = {"Content-Length": str(size), **headers}
        async with sent(method, url, provider, headers=whole, content=_blocks(path, offset, size)) as reply:
            text = (await reply.aread()).decode("utf-8", "replace")
            found = {name.lower(): value for name, value in reply.headers.items()}
            return Answer(status=reply.status_code, headers=found, text=text)
    except FileNotFoundError:
        raise StagingError(f"{path}: the plate is gone; run `uprez resume` to export it again") from None


async def _blocks(path: Path, offset: int, left: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while left > 0:
            block = file.read(min(BLOCK, left))
            if not block:
                raise StagingError(f"{path.name}: became shorter while it was uploaded; run `uprez resume`")
            left -= len(block)
            yield block
