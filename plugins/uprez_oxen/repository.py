"""Keep plates in a repository of the service's own file store, where its models read them by address."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from pathlib import Path
from typing import Any
from urllib.parse import quote

from uprez.errors import Rejected, StagingError, Unavailable, UprezError
from uprez.http.answer import words
from uprez_oxen import chunks
from uprez_oxen.api import Api, object_of
from uprez_oxen.asking import KINDS
from uprez_oxen.settings import OxenSettings

FOLDER = "uprez"
_COMMIT = 300.0  # seconds that the service may take to commit an upload


class Repository:
    """Put files into the repository that the settings name, and take them out again (facts: O-SRV, O-API)."""

    def __init__(self, api: Api, settings: OxenSettings) -> None:
        self._api, self._settings = api, settings
        self._made = False
        self._locks: weakref.WeakKeyDictionary[Any, asyncio.Lock] = weakref.WeakKeyDictionary()

    async def put(self, plate: Path, token: str) -> tuple[str, str]:
        """Upload a plate under a token's name; returns its name there and its address.

        Raises StagingError, Unavailable, Unauthorized.
        """
        name = f"{FOLDER}/{token}{plate.suffix.lower()}"
        base = self._base()
        try:
            await self._make()
            await self._upload(base, plate, name, token)
        except Rejected as refused:
            raise StagingError(f"{plate.name}: could not be put into {base} ({refused})") from None
        except FileNotFoundError:
            raise StagingError(f"{plate}: the plate is gone; run `uprez resume` to export it again") from None
        except Unavailable:
            with contextlib.suppress(UprezError):
                await self.remove(name)  # it may be there all the same, and would lie there for ever
            raise
        return name, self._api.client.url(self._file(base, name))

    async def remove(self, name: str) -> None:
        """Take a file out of the branch; one that is gone already is fine."""
        fields = self._signed(f"remove {name}").items()
        files: Any = {key: (None, value.encode(), "text/plain") for key, value in fields}
        path = self._file(self._base(), name)
        async with self._alone():  # the route reads a multipart form alone, hence parts without a file name
            await self._api.client.ask("DELETE", path, files=files, accept=(404,), wait=_COMMIT)

    async def _make(self) -> None:
        """Make the repository where there is none yet; an old one stays what it is."""
        if self._made:
            return
        namespace, name = self._home()
        wanted = {
            "namespace": namespace,
            "name": name,
            "description": "plates that uprez lends to the service's models",
            "is_public": self._settings.public,
            "user": {"name": self._settings.author, "email": self._settings.email},
        }
        answer = await self._api.client.ask("POST", "/repos", json=wanted, accept=(400, 409))
        if answer.status == 400 and "exist" not in words(answer).lower():
            raise StagingError(
                f"oxen: repository {namespace}/{name} could not be made ({words(answer)}); "
                "make it at the service, or name another one by provider.oxen.repository"
            )
        self._made = True

    async def _upload(self, base: str, plate: Path, name: str, token: str) -> None:
        """Send a plate whole or in pieces; a commit refuses another one that began beside it."""
        alone = self._alone()
        if plate.stat().st_size > self._settings.single_put_mb * (1 << 20):
            await chunks.upload(self._api.client, base, plate, name, token, self._settings, alone)
            return
        async with alone:
            await self._whole(base, plate, name)

    async def _whole(self, base: str, plate: Path, name: str) -> None:
        kind = KINDS.get(plate.suffix.lower(), "application/octet-stream")
        answer = await self._api.client.ask(
            "PUT",
            self._file(base, name),
            files={"file": (name.rpartition("/")[2], plate, kind)},
            form=self._signed(f"lend {name}"),
            wait=_COMMIT,
        )
        if not object_of(answer.json()):
            raise Unavailable("oxen: an upload was answered with nothing; it is made again", provider="oxen")

    def _signed(self, message: str) -> dict[str, str]:
        return {"message": message, "name": self._settings.author, "email": self._settings.email}

    def _file(self, base: str, name: str) -> str:
        return f"{base}/file/{quote(self._settings.branch)}/{quote(name)}"

    def _base(self) -> str:
        namespace, name = self._home()
        return f"/repos/{namespace}/{name}"

    def _home(self) -> tuple[str, str]:
        home = self._settings.home
        if home is None:
            raise StagingError(
                'oxen: there is no place for plates; set `repository = "your-name/uprez"` in '
                "[provider.oxen] of uprez.toml, or set up a stager"
            )
        return home

    def _alone(self) -> asyncio.Lock:
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
