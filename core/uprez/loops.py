"""Run coroutines on an event loop in a thread of its own, so that the caller's thread stays the host's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Loop:
    """Turn an event loop in a thread for as long as the `with` block lasts."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="uprez engine", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_default_executor(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for a coroutine; Ctrl-C cancels it, waits until it has cleaned up, and is raised again."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            with_end = asyncio.run_coroutine_threadsafe(_others_ended(), self._loop)
            with_end.result()
            raise
        except CancelledError:
            raise KeyboardInterrupt from None


async def _others_ended() -> None:
    """Wait until every other task has dealt with its cancellation."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
