"""Find an order whose answer was lost, by the unique name of its plate among what the queue echoes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from uprez.errors import InDoubt, Unavailable
from uprez.frozen import Frozen
from uprez.orders import Order, Staged
from uprez_oxen.api import ENDED, STATES, Api, Job, strings_of
from uprez_oxen.settings import OxenSettings

PROMPT = 30.0
"""Seconds that nobody may have looked for an order after it was sent, on a hub that forgets what ended."""
KEPT = 24 * 3600.0  # seconds for which a hub that keeps ended orders surely does (facts: O-OLD's life of one)
_INPUTS = ("input", "image", "video")


class Watch(Frozen):
    """Remember since when an order is looked for without a break, when last, and how often."""

    since: float
    last: float
    looks: int = 1


class Finder:
    """Look for orders; a hub that forgets what has ended must have been watched all along to deny one."""

    def __init__(self, api: Api, settings: OxenSettings, folder: Path) -> None:
        self._api, self._settings, self._folder = api, settings, folder

    async def find(self, order: Order, staged: Staged) -> Job | None:
        """Return the order, None where it surely isn't there.

        Raises Unavailable while it is too early to be sure, InDoubt where the service can't tell.
        """
        token, sent = token_of(staged), staged.sent or time.time()
        listed = [await self._api.listed(state, self._settings.target_namespace) for state in STATES]
        jobs = {job.id: job for one in listed for job in one.jobs}
        found = next((job for job in jobs.values() if bears(job, token)), None)
        if found is not None:
            return found
        watch = self._seen(token)
        left = self._settings.quiet - (time.time() - sent)
        if left > 0 or watch.looks < 2:
            raise Unavailable(
                f"oxen: order {order.id} is not listed yet; it is looked for again",
                provider="oxen",
                order=order.id,
                retry_after=self._settings.second_look,
            )
        why = self._doubt(staged, watch, sent, jobs, all(one.whole for one in listed))
        if why:
            raise InDoubt(
                f"oxen: order {order.id} may stand with plate {token} ({why}); look at hub.oxen.ai, then "
                "`uprez orders settle`",
                provider="oxen",
                order=order.id,
            )
        return None

    def forget(self, staged: Staged) -> None:
        """Remove what is remembered of the search for an order."""
        self._path(token_of(staged)).unlink(missing_ok=True)

    def _seen(self, token: str) -> Watch:
        """Note that an order was looked for; it is remembered beyond this process."""
        path, now = self._path(token), time.time()
        try:
            before = Watch.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            before = Watch(since=now, last=now, looks=0)
        unbroken = 0 <= now - before.last <= max(PROMPT, 2 * self._settings.second_look)
        since = before.since if unbroken else now
        watch = Watch(since=since, last=now, looks=before.looks + 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(watch.model_dump_json(), encoding="utf-8")
        part.replace(path)
        return watch

    def _path(self, token: str) -> Path:
        return self._folder / f"{hashlib.sha256(token.encode()).hexdigest()[:24]}.json"

    def _doubt(
        self, staged: Staged, watch: Watch, sent: float, jobs: Mapping[str, Job], whole: bool
    ) -> str | None:
        """Return why an order that isn't listed may stand all the same."""
        if staged.data.get("route"):
            return "the synchronous route need not show its orders in the queue"
        if not whole:
            return "the queue counts more orders than it lists"
        model = str(staged.data["body"]["model"])
        if any(_could_be(job, model, sent) and not _tells(job) for job in jobs.values()):
            return "the queue lists orders without their plates"
        keeps = time.time() - sent < KEPT and any(job.state in ENDED for job in jobs.values())
        if not keeps and watch.since - sent > PROMPT:
            return "the queue may have forgotten it, and nobody looked in time"
        return None


def token_of(staged: Staged) -> str:
    """Return what the address of a plate has that no other has, without what signs it."""
    return str(staged.data["token"]) if "plate" in staged.data else urlsplit(str(staged.url)).path


def bears(job: Job, token: str) -> bool:
    """Tell whether an order was sent with the plate that a token names."""
    return any(token in said for said in strings_of(job.fields))


def _could_be(job: Job, model: str, sent: float) -> bool:
    """Tell whether an entry may be an upscale that was sent then; the clocks may differ by a day."""
    name, at = job.fields.get("model_name") or job.fields.get("model"), job.fields.get("enqueued_at")
    if isinstance(at, int | float) and at < sent - 24 * 3600:
        return False
    return name in (None, "", model) or not job.fields.get("prompt")


def _tells(job: Job) -> bool:
    """Tell whether an entry says which plate was sent with it."""
    return any(
        isinstance(value, str) and "://" in value
        for name, value in job.fields.items()
        if name.startswith(_INPUTS)
    )
