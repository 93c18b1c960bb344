"""Upload what is too large for one request: pieces named by the file's hash, joined and committed there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import xxhash

from uprez.errors import Rejected, Unavailable, UprezError
from uprez.http import Client
from uprez.http.answer import check, words
from uprez_oxen.settings import OxenSettings

PIECE = 10 << 20
"""Bytes of a piece: the service's own segment, and its most (facts: O-DOC, large-file-upload)."""
AT_ONCE = 4
_COMMIT = 300.0  # seconds that the service may take to join or commit


async def upload(
    client: Client,
    base: str,
    plate: Path,
    name: str,
    token: str,
    settings: OxenSettings,
    alone: asyncio.Lock,
) -> None:
    """Bring a plate to `name` on the branch, through a workspace of its own that is merged and removed.

    `alone` is held while it is committed. Raises Rejected, Unavailable, Unauthorized.
    """
    version = await asyncio.to_thread(digest, plate)
    folder, _, file = name.rpartition("/")
    about = {"hash": version, "file_name": file, "dst_dir": folder}
    place = f"{base}/versions/{version}"
    announced = await client.ask(
        "POST", f"{place}/create", json={**about, "size": plate.stat().st_size}, accept=(400, 409)
    )
    known = announced.status >= 400  # the store has these very bytes already
    pieces = -(-plate.stat().st_size // PIECE)
    if not known:
        await _pieces(client, place, plate, pieces)
    async with alone, _workspace(client, base, token, settings.branch):
        join = {"files": [{**about, "num_chunks": pieces}], "workspace_id": token}
        joined = await client.ask("POST", f"{place}/complete", json=join, accept=(400,), wait=_COMMIT)
        if joined.status == 400 and known:
            await _pieces(client, place, plate, pieces)
            joined = await client.ask("POST", f"{place}/complete", json=join, accept=(400,), wait=_COMMIT)
        if joined.status == 400:
            raise Rejected(f"oxen: {file} could not be joined there ({words(joined)})", provider="oxen")
        await _merge(client, base, token, name, settings)


def digest(path: Path) -> str:
    """Return a file's xxh3-128 in hex without leading zeros, which names it in the version store."""
    found = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest().lstrip("0")


async def _pieces(client: Client, place: str, plate: Path, pieces: int) -> None:
    places, size = asyncio.Semaphore(AT_ONCE), plate.stat().st_size

    async def put(number: int) -> None:
        offset = number * PIECE
        count = min(PIECE, size - offset)
        async with places:
            await client.put(
                f"{place}/chunks?offset={offset}&size={count}",
                plate,
                offset=offset,
                count=count,
                headers={"Content-Type": "application/octet-stream"},
            )

    for ended in await asyncio.gather(*map(put, range(pieces)), return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended


@contextlib.asynccontextmanager
async def _workspace(client: Client, base: str, token: str, branch: str) -> AsyncIterator[None]:
    """Make a workspace, and remove it; the route's documented name and the one of the server differ."""
    wanted = {"branch_name": branch, "workspace_id": token}
    answer = await client.ask("PUT", f"{base}/workspaces", json=wanted, accept=(404, 405))
    if answer.status >= 400:
        await client.ask("PUT", f"{base}/workspaces/get_or_create", json=wanted)
    try:
        yield
    finally:
        with contextlib.suppress(UprezError):
            await client.ask("DELETE", f"{base}/workspaces/{token}", accept=(404,))


async def _merge(client: Client, base: str, token: str, name: str, settings: OxenSettings) -> None:
    path = f"{base}/workspaces/{token}/merge/{settings.branch}"
    signed = {"author": settings.author, "email": settings.email, "message": f"lend {name}"}
    answer = await client.ask("POST", path, json=signed, accept=(409,), wait=_COMMIT)
    if answer.status == 409:
        raise Unavailable(
            f"oxen: the branch of {base} moved on while {name} was uploaded; it is uploaded again",
            provider="oxen",
            retry_after=1.0,
        )
    check(answer, "oxen", "a commit", None)
