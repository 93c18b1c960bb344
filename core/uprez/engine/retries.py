"""Repeat what is free while a service can't answer; what costs never comes here."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from uprez.engine.clock import Clock
from uprez.errors import Unavailable

T = TypeVar("T")
LONGEST = 60.0
LONGEST_ASKED_FOR = 300.0


async def keep_asking(ask: Callable[[], Awaitable[T]], clock: Clock, patience: float) -> T:
    """Repeat a free call until it answers; raises the last Unavailable after `patience` seconds of them."""
    began, tries = clock.now(), 0
    while True:
        try:
            return await ask()
        except Unavailable as refused:
            pause = pause_after(tries, refused.retry_after)
            if clock.now() + pause - began > patience:
                raise
        await clock.sleep(pause)
        tries += 1


def pause_after(tries: int, retry_after: float | None) -> float:
    """Return the seconds to wait: what the service asked for, else ever longer, never in step with others."""
    if retry_after is not None:
        return min(max(retry_after, 0.0), LONGEST_ASKED_FOR) * random.uniform(1.0, 1.1)
    return float(min(LONGEST, 2.0 ** min(tries, 10)) * random.uniform(0.5, 1.0))
