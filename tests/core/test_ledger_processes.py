"""Several processes on one ledger, one of them killed or put to sleep; and a disk that is full."""

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from uprez.errors import LedgerError
from uprez.ledger import Ledger
from uprez.orders import Estimate, Order
from uprez.testing.samples import sample_media, sample_order

BUYER = """
import sys, time
from pathlib import Path
from uprez.errors import BudgetError
from uprez.ledger import Ledger
ledger, hold = Ledger(Path(sys.argv[1])), sys.argv[2] == "hold"
for standing in ledger.standings():
    try:
        attempt = ledger.take(standing.order.id)
    except BudgetError:
        continue
    if attempt is not None and attempt.state == "prepared":
        ledger.move(attempt, "sending")
        print(attempt.order, flush=True)
        if hold:
            time.sleep(60)
"""


def orders(folder: Path, count: int) -> list[Order]:
    media = sample_media(folder / "a.mov", frames=12 * count)
    return [sample_order(media, folder, first=12 * n) for n in range(count)]


def buyer(path: Path, *, hold: bool = False) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", BUYER, str(path), "hold" if hold else "go"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with contextlib.closing(Ledger(tmp_path / "ledger.db")) as ledger:
        ledger.add_all([(order, Estimate(amount=Decimal(1))) for order in orders(tmp_path, 12)])
    return tmp_path / "ledger.db"


def test_four_processes_never_pass_the_cap_and_never_take_the_same_order(path: Path) -> None:
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.set_cap("run", "USD", Decimal(7))
    buyers = [buyer(path) for _ in range(4)]
    taken = Counter(line for one in buyers for line in one.communicate()[0].split())
    assert [one.returncode for one in buyers] == [0] * 4
    assert len(taken) == 7
    assert set(taken.values()) == {1}


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system can't suspend a process")
def test_a_suspended_process_keeps_its_order_and_a_killed_one_loses_it(path: Path) -> None:
    holder = buyer(path, hold=True)
    held = first_line(holder)
    os.kill(holder.pid, signal.SIGSTOP)
    with contextlib.closing(Ledger(path)) as ledger:
        assert ledger.take(held) is None
        holder.kill()
        holder.wait()
        adopted = ledger.take(held)
    assert adopted is not None
    assert adopted.state == "sending"
    if holder.stdout:
        holder.stdout.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)], capture_output=True, check=False
    ) if sys.platform == "linux" and os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode:
        pytest.skip("a small tmpfs can be mounted by root on Linux only")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_one_sentence_and_loses_nothing(small_disk: Path) -> None:
    wanted = orders(small_disk, 20)
    with contextlib.closing(Ledger(small_disk / "ledger.db")) as ledger:
        ledger.add_all([(order, Estimate(amount=Decimal(1))) for order in wanted])
        written = ledger.events()
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(b"0" * 4096)
        with pytest.raises(LedgerError, match="disk is full") as refused:
            for order in wanted:
                attempt = ledger.take(order.id)
                assert attempt is not None
                ledger.move(attempt, "sending")
        assert refused.value.why == "full"
        kept = ledger.events()
        assert kept[: len(written)] == written
        ballast.unlink()
        for order in wanted:
            ledger.take(order.id)
        assert all(standing.state == "active" for standing in ledger.standings())
