"""Kill -9 before and after each step and each request, at every service; its own bill is the oracle.

The whole matrix is marked slow; the suite runs what is around the purchase.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from services.shops import SHOPS, Shop

from uprez.engine import FAILPOINTS
from uprez.ledger import Ledger
from uprez.outcome import Standing
from uprez.testing.clips import read_numbers

BUYER = Path(__file__).parents[1] / "services" / "buyer.py"
AROUND_THE_PURCHASE = ("staged", "intent", "answered", "acked", "fetched")


class Work:
    """A workspace with one order at a service, and processes that drive it."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.shop, self.workspace = shop, folder / "cut.uprez"
        self.order, estimate = shop.order(folder, self.workspace)
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            ledger.add(self.order, estimate)

    def drive(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        shop = self.shop
        words = [str(self.workspace), shop.name, shop.url, shop.key, json.dumps(shop.settings)]
        return subprocess.run(
            [sys.executable, str(BUYER), *words],
            env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def standing(self) -> Standing:
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            return ledger.standing(self.order.id)

    def is_right(self, killed_at: str) -> None:
        """Hold that the order is done and was paid once, or needs a person where nothing tells."""
        standing, charges = self.standing(), self.shop.charges(self.order)
        assert charges <= 1, f"{killed_at}: charged {charges} times"
        if standing.state == "needs-you":
            assert killed_at.partition(":")[0] in self.shop.may_ask_after, (killed_at, standing.error)
            return
        assert standing.state == "done", (killed_at, standing.state, standing.error)
        assert charges == 1
        assert standing.render is not None
        frames = self.order.plate.pull.frames
        if self.order.plate.preset != "still":
            assert read_numbers(standing.render.path) == list(range(frames.start, frames.end))


def killed(folder: Path, name: str, point: str) -> bool:
    """Kill at a point and resume, at a service of its own; False where the point was never reached."""
    with SHOPS[name](folder / "far") as shop:
        return _killed(folder, shop, point)


def _killed(folder: Path, shop: Shop, point: str) -> bool:
    work = Work(folder, shop)
    first = work.drive(UPREZ_FAILPOINT=point)
    if first.returncode != -signal.SIGKILL:
        assert first.returncode == 0, first.stderr[-2000:]
        return False
    again = work.drive()
    assert again.returncode == 0, again.stderr[-2000:]
    work.is_right(point)
    return True


@pytest.mark.parametrize("name", sorted(SHOPS))
def test_a_kill_around_the_purchase_never_pays_twice_and_loses_nothing(name: str, tmp_path: Path) -> None:
    for point in AROUND_THE_PURCHASE:
        assert killed(tmp_path / point, name, point), f"{point} was never reached"


def passed(folder: Path, shop: Shop) -> dict[str, int]:
    """Count how often each point is passed when all goes well."""
    ended = Work(folder, shop).drive(UPREZ_COUNT="1")
    assert ended.returncode == 0, ended.stderr[-2000:]
    counted: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return counted


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SHOPS))
def test_a_kill_at_every_point_and_every_request_never_pays_twice(name: str, tmp_path: Path) -> None:
    with SHOPS[name](tmp_path / "far") as shop:
        counts = passed(tmp_path / "well", shop)
    assert set(FAILPOINTS) <= set(counts)
    assert counts["request"] == counts["response"] >= 4
    names = (*FAILPOINTS, "request", "response")
    points = [f"{at}:{nth}" for at in names for nth in range(1, counts[at] + 1)]
    reached = [killed(tmp_path / point.replace(":", "-"), name, point) for point in points]
    assert sum(reached) >= len(points) - counts["request"] // 2, "polls may differ from run to run, no more"
