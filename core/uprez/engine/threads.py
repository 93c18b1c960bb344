"""Work that takes long, off the loop and stoppable; and calls that a Ctrl-C must not cut in two."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from uprez.outcome import Progress, Stage

T = TypeVar("T")
GRACE = 15.0  # seconds that a purchase under way is given to answer after Ctrl-C
_OFTEN = 0.1  # seconds between two reports of progress


class Stopped(Exception):
    """End the work of a thread whose result nobody wants any more."""


class Meter:
    """Report an order's progress from a thread to the loop; raises Stopped there once the work is off."""

    def __init__(self, watch: Callable[[Progress], None], order: str, stage: Stage, total: int) -> None:
        self._watch, self._order, self._stage, self._total = watch, order, stage, total
        self._loop = asyncio.get_running_loop()
        self._next = 0.0
        self.stop = threading.Event()
        watch(Progress(order=order, stage=stage, total=total))

    def __call__(self, done: int, total: int | None = None) -> None:
        """Tell that `done` frames of `total` are through."""
        if self.stop.is_set():
            raise Stopped
        total = self._total if total is None else total
        now = time.monotonic()
        if now >= self._next or done >= total:
            self._next = now + _OFTEN
            progress = Progress(order=self._order, stage=self._stage, done=done, total=total)
            self._loop.call_soon_threadsafe(self._watch, progress)


async def in_thread(work: Callable[[], T], meter: Meter | None = None) -> T:
    """Run `work` in a thread; cancelled, it waits until the thread has stopped and cleaned up."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if meter is not None:
            meter.stop.set()
        with contextlib.suppress(Exception):
            await running
        raise


async def undivided(call: Coroutine[Any, Any, T]) -> tuple[asyncio.Future[T], bool]:
    """Wait for a call that money hangs on; returns it ended, and whether a cancellation is still due."""
    running = asyncio.ensure_future(call)
    try:
        await asyncio.wait({running})
    except asyncio.CancelledError:
        await asyncio.wait({running}, timeout=GRACE)
        if not running.done():
            running.cancel()
            raise
        return running, True
    return running, False
