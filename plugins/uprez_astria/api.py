"""The calls of Astria's API, each sent once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from uprez.errors import Rejected, Unavailable
from uprez.http import Answer, Client
from uprez.http.client import Part
from uprez.keys import required
from uprez.provider import Context
from uprez_astria.prompts import Prompt, read, read_all

KEY_ENV = "ASTRIA_API_KEY"
PAGE = 100  # the service gives at most 120
SERVER_PATIENCE = 30.0  # seconds after which the service itself gives up, and before a 500 is asked again
_LONGEST_WORDS = 300


class Api:
    """Talk to the service; the key goes to it alone (facts: A-DOC, A-CLI)."""

    def __init__(self, context: Context, base_url: str) -> None:
        self._key = context.key
        headers = {"Authorization": f"Bearer {context.key.secret()}"} if context.key else {}
        if workspace := context.settings.get("workspace"):
            headers["X-Workspace-Id"] = str(workspace)
        self._client = Client("astria", context.base_url or base_url, headers, KEY_ENV)

    @property
    def client(self) -> Client:
        """Return the client; raises Unauthorized where there is no key."""
        required(self._key, "astria", KEY_ENV)
        return self._client

    async def create(self, tune: int, fields: Mapping[str, str], files: Mapping[str, Part]) -> Prompt:
        """Place an order: the one call that pays. Raises Rejected with what the service finds wrong."""
        path = f"/tunes/{tune}/prompts"
        if files:
            form = {key(name): value for name, value in fields.items()}
            parts = [(key(name), part) for name, part in files.items()]
            answer = await self.client.ask("POST", path, form=form, files=parts, accept=(400, 422))
        else:
            answer = await self.client.ask("POST", path, json={"prompt": dict(fields)}, accept=(400, 422))
        if answer.status in (400, 422):
            raise Rejected(
                f"astria: the order was refused ({complaint(answer)}); change it", provider="astria"
            )
        return _prompt(answer)

    async def prompt(self, tune: int | None, number: str) -> tuple[Prompt | None, float]:
        """Ask for a prompt by both of its addresses; None where neither knows it, and the service's time."""
        paths = [f"/prompts/{number}.json"]
        if tune is not None:
            paths.insert(0, f"/tunes/{tune}/prompts/{number}")
        for path in paths:
            answer = await self._get(path, accept=(404,))
            if answer.status != 404:
                return _prompt(answer), _told_time(answer)
        return None, 0.0

    async def listed(self, tune: int, before: int | None = None, count: int = PAGE) -> list[Prompt]:
        """Return prompts of a tune, the newest first, of those `before` an id. Raises Unavailable."""
        params = {"limit": count} | ({} if before is None else {"before_id": before})
        found = read_all((await self._get(f"/tunes/{tune}/prompts", params=params)).json())
        if found is None:
            raise Unavailable(
                "astria: the list of prompts can't be read; it is asked again", provider="astria"
            )
        return found

    async def delete(self, number: str) -> None:
        """Remove a prompt with its render; one that is gone already is no error."""
        await self.client.ask("DELETE", f"/prompts/{number}", accept=(404,))

    async def _get(self, path: str, params: Any = None, accept: tuple[int, ...] = ()) -> Answer:
        answer = await self.client.ask("GET", path, params=params, accept=(*accept, 500))
        if answer.status == 500:
            raise Unavailable(
                f"astria: GET {path} was answered 500; it is asked again",
                provider="astria",
                retry_after=answer.retry_after or SERVER_PATIENCE,
            )
        return answer


def key(name: str) -> str:
    """Return the name of a field in a form: `a` is `prompt[a]`, `a[]` is `prompt[a][]`."""
    bare = name.removesuffix("[]")
    return f"prompt[{bare}]{name[len(bare) :]}"


def complaint(answer: Answer) -> str:
    """Return what a refusal says, field by field where it is told so: the shape isn't documented."""
    try:
        said = "; ".join(_flat(answer.json()))
    except Unavailable:
        said = "" if "<" in answer.text[:20] else answer.text
    return " ".join(said.split())[:_LONGEST_WORDS] or f"status {answer.status} without words"


def _flat(body: Any, name: str = "") -> list[str]:
    if isinstance(body, dict):
        return [one for key, value in body.items() for one in _flat(value, "" if key in _PLAIN else str(key))]
    if isinstance(body, list):
        return [one for value in body for one in _flat(value, name)]
    return [f"{name} {body}".strip()] if body is not None else []


_PLAIN = frozenset({"error", "errors", "message", "base"})


def _prompt(answer: Answer) -> Prompt:
    found = read(answer.json())
    if found is None:
        raise Unavailable("astria: an answer names no prompt; it is asked again", provider="astria")
    return found


def _told_time(answer: Answer) -> float:
    try:
        return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return time.time()
