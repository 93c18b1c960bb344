"""Send Runware tasks, which are arrays of one object to one address, and read what it says of them."""

from __future__ import annotations

import asyncio
import base64
import uuid
from pathlib import Path
from typing import Any

from uprez.errors import Rejected, StagingError, Unavailable
from uprez.http import Client
from uprez.http.answer import check
from uprez.keys import Key
from uprez_runware.answers import Said, error_of, said_of

KEY_ENV = "RUNWARE_API_KEY"
_ENVELOPE = (400, 404, 409, 413, 422)
_UNREAD = (404, 413)  # a page of words with one of these comes from before the tasks: none was taken
NOT_READY = "1"  # the mediaUUID of an upload that is still being taken in (facts: R-COMFY)
_LOOKS, _PAUSE = 40, 0.5


class Tasks:
    """Speak to Runware as one account."""

    def __init__(self, base_url: str, key: Key | None) -> None:
        headers = {"Authorization": f"Bearer {key.secret()}"} if key else {}
        self.client = Client("runware", base_url, headers, KEY_ENV)

    async def send(self, task: dict[str, Any]) -> Said:
        """Send a task once and return what the answer says of it.

        Raises Unauthorized, OutOfCredit, Rejected, Unavailable and NotPlaced for what the status says.
        """
        answer = await self.client.ask("POST", "", json=[task], accept=_ENVELOPE)
        try:
            said = said_of(answer.json(), task["taskUUID"])
        except Unavailable:
            if answer.status in _UNREAD:
                check(answer, "runware", str(task["taskType"]), KEY_ENV)
            raise
        if answer.status >= 300 and not said.errors:
            check(answer, "runware", str(task["taskType"]), KEY_ENV)
        return said

    async def look(self, task: str) -> Said:
        """Ask how a task stands; free."""
        return await self.send({"taskType": "getResponse", "taskUUID": task})

    async def upload(self, path: Path, kind: str) -> str:
        """Store a file at the service; returns its mediaUUID. Free; raises StagingError."""
        content = base64.b64encode(path.read_bytes()).decode()
        task = {
            "taskType": "mediaStorage",
            "taskUUID": str(uuid.uuid4()),
            "operation": "upload",
            "media": f"data:{kind};base64,{content}",
        }
        try:
            said = await self.send(task)
        except Rejected as refused:
            raise StagingError(
                f"{path.name}: {refused}; set up a stager, `[stager.s3]` in uprez.toml"
            ) from None
        for _ in range(_LOOKS):
            if said.errors:
                error = error_of(said.errors[0], f"the upload of {path.name}")
                if isinstance(error, Unavailable):
                    raise error
                raise StagingError(str(error))
            stored = next((item for item in said.items if item.get("mediaUUID")), {})
            if stored.get("mediaUUID", NOT_READY) != NOT_READY:
                return str(stored["mediaUUID"])
            await asyncio.sleep(_PAUSE)
            said = await self.look(task["taskUUID"])
        raise Unavailable(
            "runware: the uploaded plate is still not ready; it is staged again", provider="runware"
        )

    async def remove(self, media: str) -> None:
        """Delete a stored file; what is gone already is fine."""
        task = {
            "taskType": "mediaStorage",
            "taskUUID": str(uuid.uuid4()),
            "operation": "delete",
            "media": media,
        }
        await self.send(task)

    async def account(self) -> str:
        """Say whose key it is and what is left; free."""
        said = await self.send(
            {"taskType": "accountManagement", "taskUUID": str(uuid.uuid4()), "operation": "getDetails"}
        )
        if said.errors:
            raise error_of(said.errors[0], "the account's details")
        found = said.items[0] if said.items else {}
        name, balance = found.get("organizationName") or "an account", found.get("balance")
        return f"the key is good: {name}" + (f", balance {balance}" if balance is not None else "")
