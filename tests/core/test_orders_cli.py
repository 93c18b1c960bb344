"""`uprez orders` for people: where the money is, evidence for a claim, and a paid file that was damaged."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from uprez.ledger import Ledger
from uprez.testing.clips import read_numbers
from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.errors import Rejected
from decimal import Decimal
from uprez.orders import Estimate, Failed, Running, Staged, Ticket
from uprez.testing.clips import make_clip
from uprez.testing.fake_service import PaidProvider, SilentProvider

class Signing(PaidProvider):
    name = "signing"
    async def stage(self, order, estimate):
        return Staged(url="https://far.example/x?X-Amz-Signature=abcdef", data={
            "request": "r-1", "put": "https://far.example/y?sig=abcdef", "header": "Bearer abc123def456ghi"})

class Refunding(PaidProvider):
    name = "refunding"
    async def poll(self, ticket): return Failed(reason="the model fell over")

class Ranging(PaidProvider):
    name = "ranging"
    async def estimate(self, pull, recipe):
        return Estimate(amount=Decimal("0.20"), at_most=Decimal("0.30"), basis="quoted")
    async def poll(self, ticket):
        return Running() if (self.service.folder / "slow").exists() else await super().poll(ticket)

class Lost(SilentProvider):
    name = "lost"
    async def submit(self, order, staged):
        await super().submit(order, staged)
        raise ConnectionError("the line went dead")

class Keeping(PaidProvider):
    name = "keeping"
    async def poll(self, ticket):
        return Failed(reason="the model fell over", charged=Decimal("0.10"))

class Wrong(PaidProvider):
    name = "wrong"
    async def fetch(self, done, to): make_clip(to, frames=24, size=(320, 180), first=700, codec="mpeg4")

class Garbled(PaidProvider):
    name = "garbled"
    async def fetch(self, done, to):
        await super().fetch(done, to)
        if not (self.service.folder / "mended").exists():
            to.write_bytes(b"<html>try later</html>" * 200)

@uprez.hookimpl
def uprez_providers(): return [PaidProvider, Signing, Refunding, Ranging, Lost, Keeping, Wrong, Garbled]
"""
RUN = ("--handles", "4", "-o", "out.otio", "--yes", "--json")


@pytest.fixture
def service(cut: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (cut.parent / "several.py").write_text(PLUGIN)
    (cut.parent / "uprez.toml").write_text('plugins = ["several.py"]')
    for name in ("PAID", "SIGNING", "REFUNDING", "RANGING", "LOST", "KEEPING", "WRONG", "GARBLED"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(cut.parent / "service"))
    return FakeService(cut.parent / "service")


def the_order(uprez, cut: Path) -> dict[str, str]:
    (order,) = uprez("orders", cut, "--json").json["orders"]
    return order


@pytest.mark.parametrize(
    ("provider", "money", "charged", "refunded"),
    [
        ("paid", "charged", "0.24", "0"),
        ("refunding", "refunded", "0", "0.24"),
        ("keeping", "charged", "0.1", "0.14"),
        ("wrong", "charged", "0.24", "0"),
    ],
)
def test_each_order_says_where_its_money_is(
    uprez, cut: Path, service: FakeService, provider: str, money: str, charged: str, refunded: str
) -> None:
    uprez("run", cut, *RUN, "-p", provider)
    order = the_order(uprez, cut)
    assert (order["quoted"], order["money"], order["reserved"]) == ("0.24", money, "0")
    assert (Decimal(order["charged"]), Decimal(order["refunded"])) == (Decimal(charged), Decimal(refunded))
    head, row = uprez("orders").out.splitlines()  # the one workspace of this folder
    assert re.split("  +", head)[4:10] == ["state", "money", "quoted", "reserved", "charged", "refunded"]
    assert "0.24 USD" in row and provider in row


def test_what_is_quoted_is_the_price_and_what_is_reserved_is_the_most_it_may_become(
    uprez, cut: Path, service: FakeService
) -> None:
    (service.folder / "slow").touch()
    program = [sys.executable, "-c", "from uprez.cli import main; main()"]
    environment = os.environ | {"UPREZ_HOME": str(cut.parent / "settings")}
    words = [*program, "run", str(cut), *RUN, "-p", "ranging"]
    running = subprocess.Popen(words, cwd=cut.parent, env=environment, stdout=subprocess.PIPE, stderr=-1)
    while not service.charges():
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    order = the_order(uprez, cut)
    assert (order["quoted"], order["reserved"], order["money"]) == ("0.2", "0.3", "reserved")
    row = uprez("orders").out.splitlines()[1]
    assert "one, two" in row, "an order has its shots' names before there is a report"
    assert re.search(r"reserved +0\.2 USD +0\.3 USD +-", row), row
    (service.folder / "slow").unlink()
    assert running.wait(60) == 0, running.communicate()
    order = the_order(uprez, cut)
    assert (order["quoted"], order["reserved"], order["charged"]) == ("0.2", "0", "0.24")


def test_several_orders_are_added_up_by_unit(uprez, cut: Path, service: FakeService) -> None:
    assert uprez("run", cut, *RUN, "-p", "paid").code == 0
    assert uprez("run", cut, *RUN, "-p", "keeping", "--force").code == 1
    assert uprez("run", cut, *RUN, "-p", "lost", "--force").code == 5
    (said,) = [line for line in uprez("orders").out.splitlines() if line.startswith("in all")]
    assert said == ("in all, in USD: quoted 0.72, reserved 0.24, charged 0.34, refunded 0.14, needs you 0.24")


def test_evidence_has_ids_times_and_digests_and_no_address(uprez, cut: Path, service: FakeService) -> None:
    assert uprez("run", cut, *RUN, "-p", "signing").code == 0
    order = the_order(uprez, cut)["order"]
    workspace = cut.with_suffix(".uprez")
    ended = uprez("orders", cut, "--evidence", order[:6])
    assert (ended.code, ended.err) == (0, "")
    as_json = workspace / "evidence" / f"{order}.json"
    found, text = json.loads(as_json.read_text()), as_json.with_suffix(".txt").read_text()
    (plate,), (render,) = workspace.glob("plates/*.mkv"), workspace.glob("renders/*.mov")
    (fetched,) = workspace.glob("fetched/*")
    for file, told in (
        (plate, found["asked"]["plate"]),
        (render, found["came"]["render"]),
        (fetched, found["came"]["fetched"]),
    ):
        assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert told["sha256"] in text
    assert found["came"]["verdict"]["call"] == "MATCH"
    assert found["attempts"][0]["the service's id"] == service.named(order)
    assert found["attempts"][0]["sent with"]["request"] == "r-1"
    kinds = [event["kind"] for event in found["events"]]
    assert kinds == [
        "queued",
        "prepared",
        "sending",
        "acked",
        "remote-done",
        "downloaded",
        "verified",
        "placed",
    ]
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["at"]) for event in found["events"]
    )
    for secret in ("far.example", "abcdef", "abc123def456ghi"):
        assert secret not in as_json.read_text() + text + ended.out


def test_evidence_of_a_wrong_render_says_what_came_and_where_to_is_a_choice(
    uprez, cut: Path, service: FakeService, tmp_path: Path
) -> None:
    assert uprez("run", cut, *RUN, "-p", "wrong").code == 4
    order = the_order(uprez, cut)["order"]
    ended = uprez("orders", cut, "--evidence", order, "-o", tmp_path / "claim.json", "--json")
    assert ended.json["came"]["verdict"]["call"] == "WRONG"
    assert ended.json["money"]["charged"] == "0.24"
    assert json.loads((tmp_path / "claim.json").read_text()) == ended.json
    assert "WRONG" in (tmp_path / "claim.txt").read_text()
    assert uprez("orders", cut, "--evidence", "zzz").code == 2


def test_a_broken_file_is_fetched_again_by_resume_and_not_bought_again(
    uprez, cut: Path, service: FakeService
) -> None:
    assert uprez("run", cut, *RUN, "-p", "garbled").code == 1
    order = the_order(uprez, cut)
    assert (order["state"], order["money"]) == ("active", "reserved")
    assert order["error"]
    assert uprez("resume", cut, "--yes").code == 1  # broken once more: tried once a resume
    (service.folder / "mended").touch()
    assert uprez("resume", cut, "--yes").code == 0
    assert service.charges() == {order["order"]: 1}


def test_another_codec_is_made_from_the_kept_file_and_buys_nothing(
    uprez, cut: Path, service: FakeService
) -> None:
    assert uprez("run", cut, *RUN, "-p", "paid").code == 0
    workspace = cut.with_suffix(".uprez")
    with_codec = ("run", cut, "--handles", "4", "-o", "second.otio", "-p", "paid", "--json")
    ended = uprez(*with_codec, "--render", "ffv1")  # costs nothing, so nobody is asked
    assert ended.code == 0, ended.err
    (render,) = {shot["render"] for shot in ended.json["relinked"]}
    assert Path(render).suffix == ".mkv"
    assert read_numbers(Path(render))[:2] == read_numbers(next(workspace.glob("renders/*.mov")))[:2]
    assert service.spent() == Decimal("0.24")
    order = the_order(uprez, cut)
    assert (order["state"], order["charged"]) == ("done", "0.24")
    ledger = Ledger(workspace / "ledger.db")
    assert [event.kind for event in ledger.events()].count("sending") == 1
    ledger.close()


def test_where_there_is_no_one_workspace_it_has_to_be_named(uprez, tmp_path: Path) -> None:
    ended = uprez("orders")
    assert ended.code == 2 and "no workspace is here" in ended.err
