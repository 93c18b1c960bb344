"""The work at Astria's service: a prompt moves step by step, and only its fields tell how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
from services import astria_media as media
from services import astria_rules as rules
from services.common import Bill, Clock, Storage

DAY = 86_400.0


@dataclass
class Prompt:
    """Hold an order; `step` is how far it is, `digests` are of its files by field."""

    id: int
    tune: int
    at: float
    fields: dict[str, Any]
    files: dict[str, list[Path]]
    digests: dict[str, str]
    cost: int
    step: int = 0
    shown: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False


class Work:
    """Make what was ordered, tell of it, call back once, and remove it; switches are set by a test."""

    clock: Clock
    url: str

    def __init__(self, storage: Storage) -> None:
        self.storage, self.bill = storage, Bill()
        self.factor = Fraction(2)
        self.bare_callback = False
        self.still_first = self.tells_types = True
        self.error: str | None = None  # the user_error that the next orders end with
        self.refunds = True  # a failed order costs nothing in the end
        self.called: list[str] = []

    async def _step(self, one: Prompt) -> None:
        """Begin, show the still before the clip, end: a step each."""
        if one.deleted or one.step >= 3:
            return
        one.step += 1
        if one.step == 1:
            one.shown["started_training_at"] = self._date()
        elif one.step == 2 and "video_model" in one.fields and self.still_first and self.error is None:
            self._show(one, await asyncio.to_thread(media.first, one.files, self._place(one, "jpg")))
        elif one.step == 3:
            await self._end(one)

    async def _end(self, one: Prompt) -> None:
        one.shown["trained_at"] = self._date()
        if self.error is not None:
            one.shown |= {"user_error": self.error, "images": [], "content_types": [], "filenames": []}
            if self.refunds:
                self.bill.rollback(str(one.id), Decimal(one.cost))
                one.cost = 0
        elif "video_model" in one.fields:
            seconds = rules.duration(one.fields)
            self._show(one, await asyncio.to_thread(media.clip, one.files, self._place(one, "mp4"), seconds))
        else:
            factor = Fraction(1) if one.tune in self.mock_tunes else self.factor
            source = one.files.get("input_image", [None])[0]
            self._show(one, await asyncio.to_thread(media.still, source, self._place(one, "png"), factor))
        await self._call(one)

    async def _call(self, one: Prompt) -> None:
        """Post the prompt to its callback, once; a call that is lost is lost."""
        url = str(one.fields.get("callback", ""))
        if not url:
            return
        self.called.append(url)
        if ".invalid/" in url:
            return
        body = self._told(one) if self.bare_callback else {"prompt": self._told(one)}
        try:
            async with aiohttp.ClientSession() as session, session.post(url, json=body):
                pass
        except aiohttp.ClientError:
            pass

    def _place(self, one: Prompt, suffix: str) -> Path:
        return self.storage.path(f"{one.id}.{suffix}")

    def _show(self, one: Prompt, path: Path) -> None:
        kinds = {".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg"}
        for name, value in (
            ("images", self.storage.sign(path.name, seconds=40 * DAY)),
            ("content_types", kinds[path.suffix]),
            ("filenames", path.name),
        ):
            one.shown.setdefault(name, []).append(value)

    def _remove(self, one: Prompt) -> None:
        one.deleted = True
        for name in one.shown.get("filenames", []):
            self.storage.path(name).unlink(missing_ok=True)
        for path in (path for paths in one.files.values() for path in paths):
            path.unlink(missing_ok=True)

    def _told(self, one: Prompt) -> dict[str, Any]:
        told: dict[str, Any] = dict.fromkeys(("trained_at", "started_training_at", "user_error", "callback"))
        kept: Mapping[str, Any] = {
            name: value
            for name, value in one.fields.items()
            if name not in rules.FILES and name != "only_upscale"
        }
        told |= {**kept, "id": one.id, "tune_id": one.tune, "images": [], "cost_mc": one.cost}
        told |= {"created_at": self._date(one.at), "url": f"{self.url}/prompts/{one.id}.json", **one.shown}
        if not self.tells_types:
            told.pop("content_types", None)
        return told

    def _date(self, at: float | None = None) -> str:
        moment = datetime.fromtimestamp(self.clock.now() if at is None else at, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
