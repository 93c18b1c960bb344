"""A clock that runs as fast as it is read, so that a test of waiting does not wait."""

from __future__ import annotations

import asyncio

from uprez.engine.clock import Clock


class FakeClock(Clock):
    """Pass time at once; `slept` lists how many seconds each sleep was to take."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Return the seconds that were slept so far."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Pass time, and let a real moment go by for work in threads."""
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0.002)
