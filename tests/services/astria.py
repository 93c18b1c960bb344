"""Astria on this machine: prompts without a status, a still before its clip, and no second answer."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from services import astria_rules as rules
from services.astria_work import DAY, Prompt, Work
from services.common import Server, Storage

KEY = "sd_of-this-test"
_FIELD = re.compile(r"prompt\[(\w+)\](\[\])?$")


class Astria(Work, Server):
    """Take prompts and make stills and clips; every poll of a prompt moves it one step on.

    Money is in thousandths of a cent. The switches are attributes: a test sets them.
    """

    key_header = "Authorization"

    def __init__(self, folder: Path, storage: Storage, key: str = KEY) -> None:
        Work.__init__(self, storage)
        self.idempotent = self.in_a_list = False
        self.lag = 0.0  # seconds until a prompt is listed
        self.polls_per_minute: int | None = None
        self.prompts: dict[int, Prompt] = {}
        self.mock_tunes: set[int] = set()
        self._polled: deque[float] = deque()
        self._next = 41_000_000
        Server.__init__(self, folder, key)

    def routes(self) -> None:
        add = self.app.router
        add.add_post("/tunes/{tune}/prompts", self._create)
        add.add_get("/tunes/{tune}/prompts", self._list)
        add.add_get("/tunes/{tune}/prompts/{id}", self._poll)
        add.add_delete("/tunes/{tune}/prompts/{id}", self._delete)
        add.add_get("/prompts/{id}.json", self._poll)
        add.add_delete("/prompts/{id}", self._delete)
        add.add_get("/cli/models", self._models)
        add.add_get("/users/me", self._user)
        add.add_post("/tunes", self._tune)
        add.add_post("/__fake/advance", self._advance)

    def of(self, digest: str) -> list[Prompt]:
        """Return the prompts that were given a file with this SHA-256, deleted ones as well."""
        return [one for one in self.prompts.values() if digest in one.digests.values()]

    def charges(self, digest: str) -> int:
        """Count the charges for orders of a file."""
        counted = self.bill.charges()
        return sum(counted[str(one.id)] for one in self.of(digest))

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("User-Agent", "").startswith("astria-cli/0."):
            return web.json_response({"error": "Please upgrade the CLI"}, status=426)
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return None

    async def _create(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        number = self._number()
        fields, files = await self._parsed(request, number)
        fields, tune = rules.promoted(fields), int(request.match_info["tune"])
        given = set(files) | {
            name.removesuffix("_url").removesuffix("_urls")
            for name in fields
            if name.endswith(("_url", "_urls"))
        }
        if found := rules.problems(fields, given):
            return web.json_response(found, status=422)
        known = next((one for one in self._of_tune(tune) if rules.same(one.fields, fields)), None)
        if self.idempotent and known is not None:
            return self._answer(known, 200)
        cost = 0 if tune in self.mock_tunes else rules.cost(fields)
        if not self.bill.charge(str(number), Decimal(cost)):
            return web.json_response({"error": "Insufficient balance"}, status=402)
        digests = {name: hashlib.sha256(paths[0].read_bytes()).hexdigest() for name, paths in files.items()}
        self.prompts[number] = Prompt(number, tune, self.clock.now(), fields, files, digests, cost)
        return self._answer(self.prompts[number], 201)

    async def _parsed(
        self, request: web.Request, number: int
    ) -> tuple[dict[str, Any], dict[str, list[Path]]]:
        if request.content_type == "application/json":
            return dict((await request.json())["prompt"]), {}
        fields, files = dict[str, Any](), dict[str, list[Path]]()
        async for part in await request.multipart():
            assert isinstance(part, aiohttp.BodyPartReader)
            named = _FIELD.match(part.name or "")
            if named is None:
                await part.release()
            elif part.filename:
                suffix = Path(part.filename).suffix
                path = self.folder / f"{number}-{named[1]}-{len(files.get(named[1], []))}{suffix}"
                path.write_bytes(await part.read())
                files.setdefault(named[1], []).append(path)
            elif named[2]:
                fields.setdefault(named[1], []).append(await part.text())
            else:
                fields[named[1]] = await part.text()
        return fields, files

    async def _list(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        offset = int(request.query.get("offset", 0))
        if offset > 10_000:
            return web.json_response({"error": "offset is too large, use before_id"}, status=400)
        limit, before = (
            min(int(request.query.get("limit", 20)), 120),
            int(request.query.get("before_id", 1 << 62)),
        )
        listed = [
            one
            for one in reversed(self._of_tune(int(request.match_info["tune"])))
            if one.id < before and one.at + self.lag <= self.clock.now()
        ]
        return web.json_response([self._told(one) for one in listed[offset : offset + limit]])

    async def _poll(self, request: web.Request) -> web.Response:
        if refused := self._refused(request) or self._too_often():
            return refused
        found = self._found(request)
        if found is None:
            return web.json_response({"error": "Not found"}, status=404)
        await self._step(found)
        return self._answer(found, 200)

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        found = self._found(request)
        if found is None:
            return web.json_response({"error": "Not found"}, status=404)
        self._remove(found)
        return web.json_response({"message": "Prompt successfully deleted"})

    async def _models(self, request: web.Request) -> web.Response:
        flags = {
            name: {"first_last": row["last"] == "1", "text_to_video": row["text"] == "1"}
            for name, row in rules.table().items()
        }
        said = {
            "models": {},
            "video_models": flags,
            "default_video_model": "seedance_480p",
            "cache_ttl": 3600,
        }
        return web.json_response(said)

    async def _user(self, request: web.Request) -> web.Response:
        return self._refused(request) or web.json_response({"usd_balance_mc": int(self.bill.balance)})

    async def _tune(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        tune = self._number()
        if (await request.json()).get("tune", {}).get("branch") == "fast":
            self.mock_tunes.add(tune)
        return web.json_response({"id": tune}, status=201)

    async def _advance(self, request: web.Request) -> web.Response:
        """Turn the service's clock, or move every prompt on by steps."""
        said = await request.json()
        self.clock.advance(float(said.get("seconds", 0)))
        for _ in range(int(said.get("steps", 0))):
            for one in list(self.prompts.values()):
                await self._step(one)
        return web.json_response({})

    def _too_often(self) -> web.Response | None:
        now = self.clock.now()
        while self._polled and self._polled[0] < now - 60:
            self._polled.popleft()
        if self.polls_per_minute is not None and len(self._polled) >= self.polls_per_minute:
            return web.json_response({"error": "Too many requests, use callbacks"}, status=429)
        self._polled.append(now)
        return None

    def _of_tune(self, tune: int) -> list[Prompt]:
        for one in self.prompts.values():
            if not one.deleted and self.clock.now() - one.at > 30 * DAY:
                self._remove(one)
        return [one for one in self.prompts.values() if one.tune == tune and not one.deleted]

    def _found(self, request: web.Request) -> Prompt | None:
        one = self.prompts.get(int(request.match_info["id"]))
        if one is None or one not in self._of_tune(one.tune):
            return None
        return one if request.match_info.get("tune", str(one.tune)) == str(one.tune) else None

    def _answer(self, one: Prompt, status: int) -> web.Response:
        listed = self.in_a_list and status in (200, 201)
        return web.json_response([self._told(one)] if listed else self._told(one), status=status)

    def _number(self) -> int:
        self._next += 7
        return self._next


@contextmanager
def astria(folder: Path, key: str = KEY) -> Iterator[Astria]:
    """Serve for as long as a `with` block lasts, and hold that no key leaked and nothing broke inside."""
    with Storage(folder / "storage") as storage, Astria(folder / "service", storage, key) as service:
        yield service
    assert service.broken == []
    assert storage.broken == []
    assert storage.leaks == []
