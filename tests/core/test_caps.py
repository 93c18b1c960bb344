"""Caps of the settings hold over runs, workspaces and processes, and are counted again after a crash."""

import contextlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from uprez.caps import Keeper
from uprez.ledger import Ledger
from uprez.settings import Caps
from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.orders import Estimate
from uprez.testing.fake_service import PaidProvider, SilentProvider

class Lost(SilentProvider):
    name = "lost"
    async def submit(self, order, staged):
        await super().submit(order, staged)
        raise ConnectionError("the line went dead")

class Untold(PaidProvider):
    name = "untold"
    async def estimate(self, pull, recipe): return Estimate(amount=None)

@uprez.hookimpl
def uprez_providers(): return [PaidProvider, Lost, Untold]
"""
UPREZ = (sys.executable, "-c", "from uprez.cli import main; main()")
RUN = ("--handles", "4", "-p", "paid", "--yes", "--json")  # one order of 24 frames: 0.24 USD


@pytest.fixture
def service(cut: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (cut.parent / "paying.py").write_text(PLUGIN)
    for name in ("PAID", "LOST"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(cut.parent / "service"))
    cap(cut.parent, "")
    return FakeService(cut.parent / "service")


def cap(folder: Path, table: str) -> None:
    (folder / "uprez.toml").write_text(f'plugins = ["paying.py"]\n{table}')


@pytest.mark.parametrize(
    "table",
    [
        "[caps.day]\nUSD = 0.20",
        "[caps.provider.paid]\nUSD = 0.20",
        "[caps.day]\ncredits = 1000",
    ],
)
def test_nothing_is_bought_that_would_pass_a_cap(uprez, cut: Path, service: FakeService, table: str) -> None:
    cap(cut.parent, table)
    ended = uprez("run", cut, *RUN, "-o", "out.otio")
    assert ended.code == 3
    assert service.spent() == 0
    (order,) = uprez("orders", cut, "--json").json["orders"]
    assert (order["state"], order["money"]) == ("queued", "quoted")
    assert "the cap" in order["error"]
    cap(cut.parent, table.replace("0.20", "0.24").replace("credits", "USD"))
    assert uprez("resume", cut, "--yes", "--json").code == 0
    assert service.spent() == Decimal("0.24")


def test_a_cap_on_another_provider_binds_nobody_else(uprez, cut: Path, service: FakeService) -> None:
    cap(cut.parent, "[caps.provider.lost]\nUSD = 0")
    assert uprez("run", cut, *RUN, "-o", "out.otio").code == 0


def test_a_day_cap_counts_other_workspaces_and_what_was_spent_before_it(
    uprez, cut: Path, service: FakeService
) -> None:
    assert uprez("run", cut, *RUN, "-o", "out.otio").code == 0
    cap(cut.parent, "[caps.day]\nUSD = 0.30")
    ended = uprez("run", cut, *RUN, "-o", "two.otio", "--workspace", "second")
    assert ended.code == 3
    assert "0.24 of the cap of 0.3 USD" in uprez("orders", "second").out
    assert service.spent() == Decimal("0.24")
    cap(cut.parent, "[caps.day]\nUSD = 0.48")
    assert uprez("resume", "second", "--yes").code == 0
    assert service.spent() == Decimal("0.48")


def test_a_providers_cap_counts_its_orders_of_the_day_in_every_workspace(
    uprez, cut: Path, service: FakeService
) -> None:
    cap(cut.parent, "[caps.provider.paid]\nUSD = 0.30")
    assert uprez("run", cut, *RUN, "-p", "lost", "-o", "lost.otio").code == 5
    assert uprez("run", cut, *RUN, "-o", "one.otio", "--workspace", "first").code == 0
    assert uprez("run", cut, *RUN, "-o", "two.otio", "--workspace", "second").code == 3
    assert "0.24 of the cap of 0.3 USD a day at paid are used" in uprez("orders", "second").out
    assert service.spent() == Decimal("0.48")  # one at each provider


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("[caps.day]\nUSD = 0.20", "it would cost 0.24 USD, and 0 of the cap of 0.2 USD a day are used"),
        ("[caps.provider.paid]\nUSD = 0.20", "of the cap of 0.2 USD a day at paid are used; raise it"),
        ("[caps.day]\ncredits = 5", "the cap of 5 credits a day is in another unit; give one in USD"),
        ("max_cost = 0.20", "it would cost 0.24 USD and the cap is 0.2"),
    ],
)
def test_a_dry_run_says_which_cap_it_would_pass_and_writes_nothing(
    uprez, cut: Path, service: FakeService, table: str, sentence: str
) -> None:
    cap(cut.parent, table)
    ended = uprez("run", cut, *RUN, "-o", "out.otio", "--dry-run")
    assert (ended.code, ended.out) == (3, "")
    assert sentence in ended.err
    assert not cut.with_suffix(".uprez").exists()
    fitting = ("[caps.day]\ncredits = 5\nUSD = 0.24", "[caps.provider.lost]\nUSD = 0", "max_cost = 0.24")
    for fits in fitting:
        cap(cut.parent, fits)
        assert uprez("run", cut, *RUN, "-o", "out.otio", "--dry-run").code == 0


def test_a_dry_run_counts_what_was_spent_and_asks_no_more_for_what_is_bought(
    uprez, cut: Path, service: FakeService
) -> None:
    assert uprez("run", cut, *RUN, "-o", "out.otio").code == 0
    cap(cut.parent, "[caps.day]\nUSD = 0.30")
    ended = uprez("run", cut, *RUN, "-o", "two.otio", "--workspace", "second", "--dry-run")
    assert ended.code == 3
    assert "0.24 of the cap of 0.3 USD a day are used" in ended.err
    assert uprez("run", cut, *RUN, "-s", "3", "-o", "two.otio", "--dry-run").code == 3
    assert uprez("run", cut, *RUN, "-o", "two.otio", "--dry-run").code == 0  # it is bought already


def test_a_dry_run_can_not_hold_an_unknown_price_against_a_cap(
    uprez, cut: Path, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPREZ_UNTOLD_BASE_URL", str(cut.parent / "service"))
    cap(cut.parent, "[caps.day]\nUSD = 30")
    ended = uprez("run", cut, *RUN, "-p", "untold", "-o", "out.otio", "--dry-run")
    assert ended.code == 3
    assert "untold does not tell the price of 1 pulls, so the cap of 30 USD a day can't be kept" in ended.err


def test_a_cap_on_a_provider_that_is_not_there_is_told(
    uprez, cut: Path, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    cap(cut.parent, "[caps.provider.payd]\nUSD = 0.20")
    assert uprez("plan", cut).code == 0
    assert "[caps.provider.payd]: no such provider" in caplog.text


def test_money_in_doubt_counts_against_the_day(uprez, cut: Path, service: FakeService) -> None:
    cap(cut.parent, "[caps.day]\nUSD = 0.30")
    assert uprez("run", cut, *RUN, "-p", "lost", "-o", "out.otio").code == 5
    assert uprez("run", cut, *RUN, "-o", "two.otio", "--workspace", "second").code == 3
    assert service.spent() == Decimal("0.24")


def test_two_processes_in_two_workspaces_buy_no_more_than_the_day_allows(
    cut: Path, service: FakeService
) -> None:
    cap(cut.parent, "[caps.day]\nUSD = 0.30")
    environment = {**os.environ, "UPREZ_HOME": str(cut.parent / "settings")}
    running = [
        subprocess.Popen(
            [*UPREZ, "run", cut, *RUN, "-o", f"{name}.otio", "--workspace", name],
            cwd=cut.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in ("first", "second")
    ]  # fmt: skip
    codes = [(one.communicate()[1], one.returncode) for one in running]
    assert sorted(code for _, code in codes) == [0, 3], codes
    assert service.spent() == Decimal("0.24")


def test_after_a_crash_between_reserving_and_buying_the_money_is_still_counted(
    uprez, cut: Path, service: FakeService
) -> None:
    cap(cut.parent, "[caps.day]\nUSD = 0.30")
    environment = {**os.environ, "UPREZ_HOME": str(cut.parent / "settings"), "UPREZ_FAILPOINT": "answered"}
    words = ["run", str(cut), *RUN, "-o", "out.otio"]
    dead = subprocess.run([*UPREZ, *words], cwd=cut.parent, env=environment, capture_output=True)
    assert dead.returncode < 0, dead.stderr
    assert uprez("run", cut, *RUN, "-o", "two.otio", "--workspace", "second").code == 3
    assert uprez("resume", cut, "--yes").code == 0
    assert service.spent() == Decimal("0.24")


def test_a_new_day_begins_at_midnight_utc(uprez, cut: Path, service: FakeService, tmp_path: Path) -> None:
    assert uprez("run", cut, *RUN, "-o", "out.otio").code == 0
    tomorrow = datetime.now(UTC).timestamp() + 86_400
    caps = Caps(day={"USD": Decimal("0.30")})
    with contextlib.closing(Ledger(tmp_path / "other" / "ledger.db")) as ledger:
        for now, spent in ((tomorrow - 86_400, Decimal("0.24")), (tomorrow, Decimal(0))):
            keeper = Keeper(ledger, caps, tmp_path / "settings" / "state", now=lambda now=now: now)
            (found,) = keeper.in_force()
            assert found.elsewhere == spent


def test_a_ledger_that_can_not_be_read_stops_buying(uprez, cut: Path, service: FakeService) -> None:
    assert uprez("run", cut, *RUN, "-o", "out.otio").code == 0
    (cut.with_suffix(".uprez") / "ledger.db").write_bytes(b"this is no database" * 100)
    cap(cut.parent, "[caps.day]\nUSD = 30")
    ended = uprez("run", cut, *RUN, "-o", "two.otio", "--workspace", "second")
    assert ended.code == 2
    assert "can't be read" in ended.err
    assert service.spent() == Decimal("0.24")


def test_a_wrong_cap_is_refused_by_name(uprez, cut: Path, service: FakeService) -> None:
    cap(cut.parent, "[caps.day]\nUSD = -1")
    assert "caps.day.USD is wrong" in uprez("plan", cut).err
