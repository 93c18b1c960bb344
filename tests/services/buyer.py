"""Drive a workspace's orders in a process of its own, so that a test can kill it at any point.

    python buyer.py WORKSPACE PROVIDER BASE_URL KEY SETTINGS_JSON CLOCK

CLOCK is a file of seconds that every process and the service add to the time: who would have to wait skips
them there, so a quiet time of two minutes is kept in full and costs nothing. With UPREZ_TRACE the points
that were passed are printed, in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path

from uprez import failpoints
from uprez.engine import Engine
from uprez.engine.clock import Clock
from uprez.keys import Key
from uprez.ledger import Ledger
from uprez.plugins import load
from uprez.provider import Context

LONGEST = 0.05  # seconds that are truly waited: services on this machine are quick


class Skipping(Clock):
    """Skip what need not be waited for, on the wall clock as well."""

    def __init__(self, path: Path) -> None:
        self._path, self._real = path, time.time
        time.time = self.now  # type: ignore[assignment]

    def now(self) -> float:
        return self._real() + float(self._path.read_text() or 0)

    async def sleep(self, seconds: float) -> None:
        skipped = float(self._path.read_text() or 0) + max(0.0, seconds - LONGEST)
        part = self._path.with_suffix(".part")
        part.write_text(str(skipped))
        part.replace(self._path)
        await asyncio.sleep(min(seconds, LONGEST))


def main(workspace: Path, name: str, url: str, key: str, settings: str, clock: str) -> None:
    kind = load().provider(name)
    kind.poll_every = LONGEST
    context = Context(
        scratch=workspace / "scratch" / name, key=Key(key), base_url=url, settings=json.loads(settings)
    )
    with contextlib.closing(Ledger(workspace / "ledger.db")) as ledger:
        engine = Engine(ledger, workspace, {name: kind(context)}, clock=Skipping(Path(clock)))
        asyncio.run(engine.run([(standing.order, None) for standing in ledger.standings()]))
        print(json.dumps({one.order.id: [one.state, one.error] for one in ledger.standings()}))


def traced() -> list[str]:
    """Have every point note that it was passed; it still kills where it is asked to."""
    import uprez.engine.bringing
    import uprez.engine.buying
    import uprez.engine.engine
    import uprez.engine.steps
    import uprez.http.wires

    passed: list[str] = []
    kill = failpoints.failpoint

    def noted(point: str) -> None:
        passed.append(point)
        kill(point)

    for module in (
        uprez.engine.bringing, uprez.engine.buying, uprez.engine.engine, uprez.engine.steps, uprez.http.wires,
    ):  # fmt: skip
        module.failpoint = noted  # type: ignore[attr-defined]
    return passed


if __name__ == "__main__":
    passed = traced() if os.environ.get("UPREZ_TRACE") else []
    main(Path(sys.argv[1]), *sys.argv[2:7])
    if passed:
        print(json.dumps(passed))
