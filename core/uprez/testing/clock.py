"""Clocks that a test turns: one that runs as fast as it is read, and the wall clock of the client's side."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from uprez.engine.clock import Clock


class Wall:
    """Turn the client's `time.time` by `ahead` seconds; services in threads of their own keep their time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from uprez.testing.wire import inside

        self.ahead = 0.0
        real = time.time

        def told() -> float:
            ours = threading.current_thread() is threading.main_thread() or inside()
            return real() + (self.ahead if ours else 0.0)

        monkeypatch.setattr(time, "time", told)


class FakeClock(Clock):
    """Pass time at once, on a `wall` clock too; `slept` lists how many seconds each sleep was to take."""

    def __init__(self, wall: Wall | None = None) -> None:
        self.time = 0.0
        self.slept: list[float] = []
        self._wall = wall

    def now(self) -> float:
        """Return the seconds that were slept so far."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Pass time, and let a real moment go by for work in threads."""
        self.slept.append(seconds)
        self.time += seconds
        if self._wall is not None:
            self._wall.ahead += seconds
        await asyncio.sleep(0.002)
