"""Kill -9 before and after each step and each request, at every service; its own bill is the oracle.

The suite kills around the purchase; the whole matrices are marked slow. One service's alone:
`pytest -m slow tests/plugins/test_crash_services.py -k "topaz and not stills"`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from services.common import Fault
from services.shops import SHOPS, Shop

from uprez.engine import FAILPOINTS
from uprez.ledger import Ledger
from uprez.outcome import Standing
from uprez.testing.clips import read_numbers

BUYER = Path(__file__).parents[1] / "services" / "buyer.py"
AROUND_THE_PURCHASE = ("intent", "answered", "fetched")
IN_THE_SUITE = [name for name in sorted(SHOPS) if "-" not in name]


class Slow(Fault):
    """Keep the nth request of any kind on its way; its effect comes all the same."""

    def __init__(self, nth: int, seconds: float) -> None:
        super().__init__("", "", nth=nth, delay=seconds)

    def fits(self, request: object) -> bool:
        self.met += 1
        return self.met == self.nth


class Work:
    """A workspace with one order at a service, and processes that drive it."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self.shop, self.workspace = shop, folder / "cut.uprez"
        self.order, estimate = shop.order(folder)
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            ledger.add(self.order, estimate)

    def drive(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._words(),
            env=os.environ | {"UPREZ_PLUGINS": self.shop.name} | environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def _words(self) -> list[str]:
        shop = self.shop
        words = [str(self.workspace), shop.name, shop.url, shop.key, json.dumps(shop.settings)]
        return [sys.executable, str(BUYER), *words, str(shop.clock.path)]

    def killed(self, point: str) -> bool:
        """Drive until a point kills; False where it was never reached."""
        ended = self.drive(UPREZ_FAILPOINT=point)
        if ended.returncode == -signal.SIGKILL:
            return True
        assert ended.returncode == 0, ended.stderr[-2000:]
        return False

    def killed_while(self, arrived: int) -> bool:
        """Kill once the service has got so many requests; False where the work ended before."""
        running = subprocess.Popen(self._words(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while running.poll() is None:
            if len(self.shop.server.seen) >= arrived:
                running.kill()
                return running.wait() == -signal.SIGKILL
            time.sleep(0.002)
        return False

    def resumed(self) -> list[str]:
        """Drive to the end, and return the points that were passed."""
        ended = self.drive(UPREZ_TRACE="1")
        assert ended.returncode == 0, ended.stderr[-2000:]
        return list(json.loads(ended.stdout.splitlines()[-1]))

    def standing(self) -> Standing:
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            return ledger.standing(self.order.id)

    def is_right(self, killed_at: str, *, may_ask: bool = False) -> None:
        """Hold that the order is done and was paid once, or needs a person where nothing tells."""
        standing, charges = self.standing(), self.shop.charges(self.order)
        assert charges <= 1, f"{killed_at}: charged {charges} times"
        if standing.state == "needs-you" and may_ask:
            assert standing.reserved > 0, f"{killed_at}: its money is not kept"
            return
        assert standing.state == "done", (killed_at, standing.state, standing.error)
        assert charges == 1
        assert standing.render is not None
        frames = self.order.plate.pull.frames
        if self.order.plate.preset != "still":
            assert read_numbers(standing.render.path) == list(range(frames.start, frames.end))


def counted(trace: list[str]) -> list[str]:
    """Name each passing of each point: `request:3` is the third request."""
    nth: Counter[str] = Counter()
    named = []
    for point in trace:
        nth[point] += 1
        named.append(f"{point}:{nth[point]}")
    return named


def within(points: list[str], bounds: tuple[str, ...]) -> list[str]:
    """Return the points from one of them on and before another, none without bounds."""
    if not bounds:
        return []
    first, last = (points.index(f"{bound}:1") if f"{bound}:1" in points else 0 for bound in bounds)
    return points[first:last]


@pytest.mark.parametrize("name", IN_THE_SUITE)
def test_a_kill_around_the_purchase_never_pays_twice_and_loses_nothing(name: str, tmp_path: Path) -> None:
    for point in AROUND_THE_PURCHASE:
        with SHOPS[name](tmp_path / point / "far") as shop:
            work = Work(tmp_path / point, shop)
            assert work.killed(point), f"{point} was never reached"
            work.resumed()
            work.is_right(point)


def undisturbed(name: str, folder: Path) -> tuple[list[str], list[str]]:
    """Return the points of an order that nothing disturbs, and those where a kill may leave it in doubt."""
    with SHOPS[name](folder / "far") as shop:
        work = Work(folder, shop)
        points = counted(work.resumed())
        work.is_right("nothing")
        return points, within(points, shop.doubt)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SHOPS))
def test_a_kill_at_every_point_and_every_request_never_pays_twice(name: str, tmp_path: Path) -> None:
    points, doubt = undisturbed(name, tmp_path / "well")
    assert {f"{point}:1" for point in FAILPOINTS} <= set(points)
    requests = sum(point.startswith("request:") for point in points)
    assert requests >= 4
    reached = 0
    for point in points:
        folder = tmp_path / point.replace(":", "-")
        with SHOPS[name](folder / "far") as shop:
            work = Work(folder, shop)
            if work.killed(point):
                reached += 1
                work.resumed()
                work.is_right(point, may_ask=point in doubt)
    print(f"{name}: killed at {reached} of {len(points)} points")
    assert reached >= len(points) - requests // 2, "polls may differ from run to run, no more"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SHOPS))
def test_a_second_kill_while_the_first_is_mended_never_pays_twice(name: str, tmp_path: Path) -> None:
    points, doubt = undisturbed(name, tmp_path / "well")
    killed = 0
    for point in within(points, ("intent", "acked")):
        with SHOPS[name](tmp_path / f"{point}-far".replace(":", "-")) as shop:
            work = Work(tmp_path / point.replace(":", "-"), shop)
            assert work.killed(point)
            mending = counted(work.resumed())
            work.is_right(point, may_ask=point in doubt)
        until = mending.index("acked:1") + 1 if "acked:1" in mending else len(mending)
        effects = [at for at in mending[:until] if not at.startswith("request:")]  # after each, not before
        for second in effects:
            both = f"{point}+{second}"
            folder = tmp_path / both.replace(":", "-")
            with SHOPS[name](folder / "far") as shop:
                work = Work(folder, shop)
                assert work.killed(point)
                killed += work.killed(second)
                work.resumed()
                work.is_right(both, may_ask=point in doubt or second in within(mending, shop.doubt))
    print(f"{name}: {killed} second kills")
    assert killed


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SHOPS))
def test_a_kill_while_a_request_is_on_its_way_never_pays_twice(name: str, tmp_path: Path) -> None:
    points, doubt = undisturbed(name, tmp_path / "well")
    until = points.index("acked:1")
    requests = sum(point.startswith("request:") for point in points[:until])
    killed = 0
    for nth in range(1, requests + 1):
        folder = tmp_path / str(nth)
        with SHOPS[name](folder / "far") as shop:
            work = Work(folder, shop)
            before = len(shop.server.seen)  # what the quote asked
            shop.server.faults.append(Slow(nth, shop.slow))
            killed += work.killed_while(before + nth)
            work.resumed()
            time.sleep(shop.slow)
            work.is_right(f"on its way: {nth}", may_ask=bool(doubt))
    print(f"{name}: {killed} kills while a request was on its way")
    assert killed
