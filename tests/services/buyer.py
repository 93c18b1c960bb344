"""Drive a workspace's orders in a process of its own, so that a test can kill it at any point.

    python buyer.py WORKSPACE PROVIDER BASE_URL KEY SETTINGS_JSON

With UPREZ_COUNT it prints how often each failpoint was passed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import Counter
from pathlib import Path

from uprez import failpoints
from uprez.engine import Engine
from uprez.engine.clock import Clock
from uprez.keys import Key
from uprez.ledger import Ledger
from uprez.plugins import load
from uprez.provider import Context


class Hasty(Clock):
    """Wait a twentieth of a second at most: services on this machine are quick."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))


def main(workspace: Path, name: str, url: str, key: str, settings: str) -> None:
    kind = load().provider(name)
    kind.poll_every = 0.05
    context = Context(
        scratch=workspace / "scratch" / name, key=Key(key), base_url=url, settings=json.loads(settings)
    )
    with contextlib.closing(Ledger(workspace / "ledger.db")) as ledger:
        engine = Engine(ledger, workspace, {name: kind(context)}, clock=Hasty(), patience=60)
        asyncio.run(engine.run([(standing.order, None) for standing in ledger.standings()]))
        print(json.dumps({one.order.id: [one.state, one.error] for one in ledger.standings()}))


if __name__ == "__main__":
    passed: Counter[str] = Counter()
    if os.environ.get("UPREZ_COUNT"):
        import uprez.engine.bringing
        import uprez.engine.buying
        import uprez.engine.engine
        import uprez.engine.steps
        import uprez.http.wires

        def counted(point: str) -> None:
            passed[point] += 1

        for module in (
            uprez.engine.bringing, uprez.engine.buying, uprez.engine.engine, uprez.engine.steps,
            uprez.http.wires, failpoints,
        ):  # fmt: skip
            module.failpoint = counted  # type: ignore[attr-defined]
    main(Path(sys.argv[1]), *sys.argv[2:6])
    if passed:
        print(json.dumps(passed))
