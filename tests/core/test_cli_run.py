"""`run` and what follows it: the loop and back, money, exit codes, progress, pipes."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from uprez.cli.bars import Bars
from uprez.cli.progress import Label
from uprez.ledger import Ledger
from uprez.model import Selection
from uprez.orders import Recipe
from uprez.outcome import Progress
from uprez.plugins import load
from uprez.request import REQUEST, Request
from uprez.session import Session
from uprez.testing.fake_service import FakeService

PROVIDERS = """
import uprez
from decimal import Decimal
from uprez.errors import Rejected
from uprez.orders import Estimate
from uprez.testing.clips import make_clip
from uprez.testing.fake_service import PaidProvider, SilentProvider

class Lost(SilentProvider):
    name = "lost"
    async def submit(self, order, staged):
        await super().submit(order, staged)
        raise ConnectionError("the line went dead")

class Picky(PaidProvider):
    name = "picky"
    async def submit(self, order, staged): raise Rejected("picky: it does not like barcodes; choose another")

class Wrong(PaidProvider):
    name = "wrong"
    async def fetch(self, done, to): make_clip(to, frames=24, size=(320, 180), first=700, codec="mpeg4")

class Untold(PaidProvider):
    name = "untold"
    async def estimate(self, pull, recipe): return Estimate(amount=None)

@uprez.hookimpl
def uprez_providers():
    return [PaidProvider, Lost, Picky, Wrong, Untold]
"""
RUN = ("--handles", "4", "-o", "out.otio")


@pytest.fixture
def service(cut: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (cut.parent / "several.py").write_text(PROVIDERS)
    (cut.parent / "uprez.toml").write_text('plugins = ["several.py"]')
    for name in ("PAID", "LOST", "PICKY", "WRONG", "UNTOLD"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(cut.parent / "service"))
    return FakeService(cut.parent / "service")


class Answering(io.StringIO):
    """Be a person at a keyboard."""

    def isatty(self) -> bool:
        return True


def test_the_whole_loop_and_back_by_command(uprez, cut: Path) -> None:
    before = cut.read_bytes()
    ended = uprez("run", cut, *RUN, "-m", "lanczos", "--json")
    assert (ended.code, ended.err) == (0, "done 1/1: one, two, 24 frames\n")
    outcome = ended.json
    assert [(shot["name"], shot["verdict"]) for shot in outcome["relinked"]] == [
        ("one", "MATCH"),
        ("two", "MATCH"),
    ]
    assert {"timeline", "output", "receipt", "workspace", "left_out"} <= outcome.keys()
    assert outcome["failed"] == outcome["needs_you"] == outcome["charged"] == []
    listed = uprez("orders", cut, "--json").json["orders"]
    assert [(order["state"], order["verdict"], order["names"]) for order in listed] == [
        ("done", "MATCH", ["one", "two"])
    ]
    assert "one, two" in uprez("orders", cut.with_suffix(".uprez")).out
    again = uprez("run", cut, "--handles", "4", "-o", "again.otio", "-m", "lanczos", "--json")
    assert again.json["relinked"][0]["render"] == outcome["relinked"][0]["render"]
    assert uprez("resume", cut, "--json").code == 0
    assert uprez("report", cut, "-o", "mine.csv").out == "mine.csv\n"
    assert uprez("report", cut, "-o", "mine.csv").code == 2
    adopted = uprez("relink", cut, cut.parent / "cut.uprez" / "renders", "-o", "adopted.otio", "--json")
    assert (adopted.code, len(adopted.json["relinked"])) == (0, 2)
    (cut.parent / "taken.otio").write_text("mine")
    assert uprez("revert", outcome["receipt"], "-o", "taken.otio").code == 2
    assert uprez("revert", outcome["receipt"]).code == 0
    assert (cut.parent / "out.otio").read_bytes() == before == cut.read_bytes()


def test_a_run_for_people_says_where_things_are(uprez, cut: Path) -> None:
    ended = uprez("run", cut, *RUN, "-m", "lanczos")
    assert "\x1b" not in ended.out + ended.err
    assert "relinked 2 of 2 in" in ended.out and "to undo: uprez revert" in ended.out
    assert "report.html" in ended.out


def test_progress_as_json_is_a_line_each_and_none_is_none(uprez, cut: Path) -> None:
    ended = uprez("run", cut, *RUN, "-m", "lanczos", "--progress", "json")
    steps = [json.loads(line) for line in ended.err.splitlines()]
    assert steps[-1]["stage"] == "done"
    assert {"export", "verify"} <= {step["stage"] for step in steps}
    assert uprez("run", cut, *RUN, "-m", "bicubic", "--progress", "none").err == ""


def test_a_dry_run_writes_nothing(uprez, cut: Path) -> None:
    before = sorted(file.name for file in cut.parent.iterdir())
    ended = uprez("run", cut, *RUN, "--dry-run", "--json")
    assert (ended.code, ended.json["quote"]["provider"]) == (0, "local")
    assert sorted(file.name for file in cut.parent.iterdir()) == before


def test_what_costs_is_not_bought_where_nobody_can_agree(uprez, cut: Path, service: FakeService) -> None:
    ended = uprez("run", cut, *RUN, "-p", "paid")
    assert ended.code == 2
    assert "0.24 USD" in ended.err and "--yes" in ended.err.splitlines()[-1]
    assert not service.charges() and not (cut.parent / "cut.uprez" / REQUEST).exists()


def test_a_person_is_asked_once_and_may_say_no(uprez, cut: Path, service: FakeService, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", Answering("n\n"))
    ended = uprez("run", cut, *RUN, "-p", "paid")
    assert (ended.code, "nothing was bought" in ended.err) == (2, True)
    assert not service.charges()
    monkeypatch.setattr(sys, "stdin", Answering("y\n"))
    ended = uprez("run", cut, *RUN, "-p", "paid", "--json")
    assert (ended.code, ended.json["charged"]) == (
        0,
        [{"provider": "paid", "amount": "0.24", "unit": "USD"}],
    )
    assert list(service.charges().values()) == [1]
    again = uprez("resume", cut, "--json")  # nothing is left to buy, so nobody is asked
    assert (again.code, again.json["charged"]) == (0, [])
    assert list(service.charges().values()) == [1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-p", "paid", "--yes", "--max-cost", "0.23"], 3),
        (["-p", "paid", "--dry-run", "--max-cost", "0.23"], 3),
        (["-p", "untold", "--yes", "--max-cost", "100"], 3),
        (["-p", "paid", "--yes", "--max-cost", "0.24"], 0),
    ],
)
def test_a_cap_is_kept_before_anything_is_sent(
    words: list[str], code: int, uprez, cut: Path, service: FakeService
) -> None:
    ended = uprez("run", cut, *RUN, *words)
    assert ended.code == code, ended.err
    assert bool(service.charges()) == (code == 0)
    if code:
        assert len(ended.err.splitlines()) == 1 and "cap" in ended.err


@pytest.mark.parametrize(("provider", "code"), [("picky", 1), ("wrong", 4), ("lost", 5)])
def test_each_bad_end_has_its_exit_code_and_its_reason(
    provider: str, code: int, uprez, cut: Path, service: FakeService
) -> None:
    ended = uprez("run", cut, *RUN, "-p", provider, "--yes", "--json")
    assert ended.code == code, ended.out
    assert (ended.json["output"], ended.json["relinked"]) == (None, [])
    listed = uprez("orders", cut, "--needs-you", "--json").json["orders"]
    if code == 5:
        assert [order["order"] for order in ended.json["needs_you"]] == [listed[0]["order"]]
        assert uprez("cancel", cut, listed[0]["order"]).code == 2
        assert uprez("resume", cut).code == 5
        assert list(service.charges().values()) == [1]
    else:
        assert listed == []
        assert {failed["name"] for failed in ended.json["failed"]} == {"one", "two"}
        assert all(failed["error"] for failed in ended.json["failed"])


def test_waiting_orders_can_be_cancelled_by_the_beginning_of_their_name(
    uprez, cut: Path, service: FakeService, monkeypatch
) -> None:
    monkeypatch.chdir(cut.parent)
    session = Session(str(cut), load([cut.parent / "several.py"]))
    planned = session.plan(Selection(), Recipe(provider="paid", handles=4))
    session.workspace.mkdir()
    request = Request(address=str(cut), recipe=planned.recipe)
    (session.workspace / REQUEST).write_text(request.model_dump_json())
    (order,) = session.orders(planned).values()
    ledger = Ledger(session.workspace / "ledger.db")
    ledger.add(order)
    ledger.close()
    assert uprez("cancel", cut, "nothing").code == 2
    ended = uprez("cancel", cut, order.id[:6])
    assert (ended.code, ended.out) == (0, f"{order.id}: cancelled\n")
    assert uprez("orders", cut, "--json").json["orders"][0]["state"] == "cancelled"
    assert uprez("cancel", cut).out == "no order is waiting or under way\n"
    assert not service.charges()


def test_bars_show_stage_frames_pace_and_price_and_leave_a_line_for_what_ended() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=110, color_system=None)
    bars = Bars({"a": Label("one [x]", 40, "0.40 USD"), "b": Label("two", 10)}, console)
    for done in (0, 10, 20, 40):
        bars(Progress(order="a", stage="wait", done=done, total=40))
    bars(Progress(order="b", stage="done", done=10, total=10))  # from an earlier run
    drawn = _drawn(bars)
    assert "one [x]" in drawn and "wait" in drawn and "40/40" in drawn and "0.40 USD" in drawn
    assert "1/2" in drawn and "32/40" in drawn
    bars(Progress(order="a", stage="done", done=40, total=40))
    bars.pause()
    assert "done: one [x], 40 frames, 0.40 USD" in screen.getvalue()
    assert "done: two" not in screen.getvalue()


def _drawn(bars: Bars) -> str:
    sheet = Console(file=io.StringIO(), width=110, color_system=None)
    with sheet.capture() as drawing:
        sheet.print(bars.drawing())
    return drawing.get()


@pytest.mark.skipif(os.name == "nt", reason="shells elsewhere report no SIGPIPE")
def test_a_closed_pipe_and_a_full_disk_behind_stdout_are_no_tracebacks(cut: Path) -> None:
    command = [sys.executable, "-c", "from uprez.cli import main; main()", "plan", str(cut), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (141, "")
    if not Path("/dev/full").exists():
        return
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "space" in done.stderr
