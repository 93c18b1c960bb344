"""Kill -9 at every named point of the protocol; what the service charged is the oracle, never the ledger."""

import asyncio
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from uprez.engine import FAILPOINTS, Engine
from uprez.ledger import Ledger
from uprez.orders import Estimate
from uprez.outcome import Standing
from uprez.provider import Context
from uprez.testing.clips import decoded, make_clip, read_number
from uprez.testing.clock import FakeClock
from uprez.testing.fake_service import PRICE, FakeService, PaidProvider, SilentProvider
from uprez.testing.samples import sample_media, sample_order

SIZE = (64, 36)
COUNT = 6
SENT = "sent"  # inside the fake service's client: charged, and the answer not yet read

BUYER = """
import asyncio, contextlib, sys
from pathlib import Path
from uprez.engine import Engine
from uprez.ledger import Ledger
from uprez.provider import Context
from uprez.testing.fake_service import PaidProvider, SilentProvider
workspace, service, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
kind = {"paid": PaidProvider, "silent": SilentProvider}[name]
with contextlib.closing(Ledger(workspace / "ledger.db")) as ledger:
    provider = kind(Context(scratch=workspace / "scratch", base_url=service))
    engine = Engine(ledger, workspace, {name: provider})
    wanted = [(standing.order, None) for standing in ledger.standings()]
    asyncio.run(engine.run(wanted))
"""


class Shop:
    def __init__(self, folder: Path, clip: Path, name: str = "paid", orders: int = 2) -> None:
        self.workspace, self.name = folder / "cut.uprez", name
        self.service = FakeService(folder / "service")
        media = sample_media(clip, frames=24, size=SIZE)
        self.orders = [
            sample_order(media, self.workspace, first=COUNT * n, count=COUNT, provider=name)
            for n in range(orders)
        ]
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            ledger.add_all([(order, Estimate(amount=PRICE * COUNT)) for order in self.orders])

    def buyer(self, failpoint: str = "") -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", BUYER, str(self.workspace), str(self.service.folder), self.name]
        environment = os.environ | ({"UPREZ_FAILPOINT": failpoint} if failpoint else {})
        return subprocess.Popen(command, env=environment)

    def resume(self) -> tuple[Standing, ...]:
        kind = {"paid": PaidProvider, "silent": SilentProvider}[self.name]
        provider = kind(Context(scratch=self.workspace / "scratch", base_url=str(self.service.folder)))
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            engine = Engine(ledger, self.workspace, {self.name: provider}, clock=FakeClock())
            return asyncio.run(engine.run([(order, None) for order in self.orders]))

    def charges(self) -> list[int]:
        return [self.service.charges()[order.id] for order in self.orders]

    def leftovers(self) -> list[str]:
        kept = [path for path in self.workspace.rglob("*") if ".part" in path.name or "encoded" in path.name]
        return [path.name for path in kept] + [path.name for path in (self.workspace / "rejected").glob("*")]


def pictures(path: Path) -> tuple[list[int], str]:
    digest, numbers = hashlib.sha256(), []
    for frame in decoded(path):
        numbers.append(read_number(frame))
        digest.update(frame.to_ndarray().tobytes())
    return numbers, digest.hexdigest()


def results(standings: tuple[Standing, ...]) -> dict[str, tuple[list[int], str]]:
    assert [standing.state for standing in standings] == ["done"] * len(standings), standings
    renders = [standing.render for standing in standings if standing.render]
    return {render.path.name: pictures(render.path) for render in renders}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "a.mkv", frames=24, size=SIZE)


@pytest.fixture(scope="module")
def unbroken(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[int], str]]:
    return results(Shop(tmp_path_factory.mktemp("unbroken"), clip).resume())


def killed_at(shop: Shop, failpoint: str) -> None:
    buyer = shop.buyer(failpoint)
    assert buyer.wait(60) == -signal.SIGKILL, f"{failpoint} was never reached"


def check_whole(shop: Shop, unbroken: dict[str, tuple[list[int], str]]) -> None:
    standings = shop.resume()
    assert results(standings) == unbroken
    assert shop.charges() == [1] * len(shop.orders)
    assert sum(standing.charged for standing in standings) == shop.service.spent()
    assert all(standing.reserved == 0 for standing in standings)
    assert shop.leftovers() == []


def test_the_unbroken_run_shows_the_right_frames(unbroken: dict[str, tuple[list[int], str]]) -> None:
    assert [numbers for numbers, _ in unbroken.values()] == [list(range(6)), list(range(6, 12))]


@pytest.mark.parametrize("failpoint", [*FAILPOINTS, SENT])
def test_a_run_killed_at_any_point_ends_as_if_it_had_not_been(
    tmp_path: Path, clip: Path, unbroken: dict[str, tuple[list[int], str]], failpoint: str
) -> None:
    shop = Shop(tmp_path, clip)
    killed_at(shop, failpoint)
    check_whole(shop, unbroken)


@pytest.mark.parametrize("failpoint", ["intent", SENT])
def test_what_a_killed_run_may_have_bought_is_never_bought_again_where_nobody_can_tell(
    tmp_path: Path, clip: Path, failpoint: str
) -> None:
    shop = Shop(tmp_path, clip, "silent", orders=1)
    killed_at(shop, failpoint)
    (standing,) = shop.resume()
    assert standing.state == "needs-you"
    assert standing.reserved == PRICE * COUNT
    assert shop.charges() == [int(failpoint == SENT)]


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("failpoint", [*FAILPOINTS, SENT])
def test_a_run_killed_at_a_later_passing_of_any_point_ends_as_if_it_had_not_been(
    tmp_path: Path, clip: Path, failpoint: str, count: int
) -> None:
    shop = Shop(tmp_path, clip, orders=4)
    killed_at(shop, f"{failpoint}:{count}")
    killed = shop.buyer(f"{failpoint}:1")
    killed.wait(60)
    standings = shop.resume()
    assert len(results(standings)) == 4
    assert shop.charges() == [1] * 4
    assert shop.leftovers() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_runs_killed_at_random_two_at_a_time_buy_each_order_once(
    tmp_path: Path, clip: Path, seed: int
) -> None:
    chance = random.Random(seed)
    shop = Shop(tmp_path, clip, orders=4)
    for _ in range(6):
        buyers = [shop.buyer(), shop.buyer()]
        for buyer in buyers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                buyer.wait(chance.uniform(0.5, 1.6))
            buyer.kill()
            buyer.wait()
    assert len(results(shop.resume())) == 4
    assert shop.charges() == [1] * 4
