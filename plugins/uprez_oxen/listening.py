"""Listen to the stream of ended orders: no order is told there twice, so it is heard before one is placed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from typing import cast

from uprez.errors import UprezError
from uprez_oxen.api import ID, Api, object_of
from uprez_oxen.notes import Note, Notes

EVENT = "media_generation_completed"
_OPENING = 2.0  # seconds that an order waits for the stream to open: it is placed in any case
_AGAIN = 60.0  # seconds before a stream that broke is opened again
_MOST = 1000  # events that are remembered of orders which nobody waits for (yet)


class Listener:
    """Hear which orders have ended while any is waited for; polling goes on all the same (facts: O-DOC)."""

    def __init__(self, api: Api, notes: Notes) -> None:
        self._api, self._notes = api, notes
        self._waiting: set[str] = set()
        self._heard: dict[str, Note] = {}
        self._hearing: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self._tried = -_AGAIN

    async def open(self) -> None:
        """Have the stream open, or go on without it."""
        self._begin()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._opened.wait(), _OPENING)

    def expect(self, order: str) -> None:
        """Wait for an order; what was heard of it before is written down now."""
        self._waiting.add(order)
        if order in self._heard:
            self._notes.keep(order, self._heard.pop(order))
        if self._hearing is None or self._hearing.done():
            self._begin()

    def done(self, order: str) -> None:
        """Wait for an order no more; nobody listens once none is waited for."""
        self._waiting.discard(order)
        if not self._waiting and self._hearing is not None:
            with contextlib.suppress(RuntimeError):  # its loop may be closed already
                self._hearing.cancel()
            self._hearing, self._tried = None, -_AGAIN

    def _begin(self) -> None:
        """Open the stream in this loop, unless it is open or broke a moment ago."""
        loop = asyncio.get_running_loop()
        task = self._hearing
        if task is not None and task.get_loop() is loop and not task.done():
            return
        if (task is None or task.get_loop() is loop) and time.monotonic() - self._tried < _AGAIN:
            return
        self._tried = time.monotonic()
        self._opened = asyncio.Event()
        self._hearing = loop.create_task(self._hear(self._opened))

    async def _hear(self, opened: asyncio.Event) -> None:
        try:
            stream = self._api.client.events("/events", opened)
            async with contextlib.aclosing(cast(AsyncGenerator[tuple[str, str]], stream)) as events:
                async for name, said in events:
                    if name == EVENT:
                        self._note(said)
        except (UprezError, OSError):
            return  # polling tells as well
        finally:
            opened.set()

    def _note(self, said: str) -> None:
        with contextlib.suppress(ValueError):
            told = object_of(json.loads(said))
            order, url = str(told.get("generation_id") or ""), told.get("url")
            if not ID.fullmatch(order):
                return
            note = Note(
                state=str(told.get("status") or ""),
                url=self._api.whole(url) if isinstance(url, str) and url else None,
                reason=str(told.get("error") or "")[:300],
            )
            if order in self._waiting:
                self._notes.keep(order, note)
            elif len(self._heard) < _MOST:
                self._heard[order] = note
