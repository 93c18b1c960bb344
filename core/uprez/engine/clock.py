"""The time that waiting is measured by, so that a test need not wait."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Tell and spend time, in seconds."""

    def now(self) -> float:
        """Return seconds since some moment that stays the same while the process lives."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
