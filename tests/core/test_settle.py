"""An order in doubt: what to look for, and a person's answer, after which `resume` goes on."""

from decimal import Decimal
from pathlib import Path

import pytest

from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.errors import PlanError
from uprez.orders import Staged, Ticket
from uprez.testing.fake_service import SilentProvider

class Lost(SilentProvider):
    name, sent = "lost", 0
    async def stage(self, order, estimate):
        return Staged(url="https://far.example/x?sig=abc", data={"token": order.id, "put": "https://far.example/y?sig=abc"})
    async def submit(self, order, staged):
        await super().submit(order, staged)
        raise ConnectionError("the line went dead")
    def ticket(self, name):
        if len(name) != 32:
            raise PlanError(f"{name}: lost's ids have 32 characters; copy the whole one")
        return Ticket(id=name, data={"found": "by hand"})

class Never(Lost):
    name = "never"
    async def submit(self, order, staged):
        if not (self.service.folder / "mended").exists():
            raise ConnectionError("the line went dead")
        return await SilentProvider.submit(self, order, staged)

@uprez.hookimpl
def uprez_providers(): return [Lost, Never]
"""
RUN = ("--handles", "4", "-o", "out.otio", "--yes", "--json")


@pytest.fixture
def service(cut: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (cut.parent / "losing.py").write_text(PLUGIN)
    (cut.parent / "uprez.toml").write_text('plugins = ["losing.py"]')
    for name in ("LOST", "NEVER"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(cut.parent / "service"))
    return FakeService(cut.parent / "service")


def doubted(uprez, cut: Path, provider: str) -> str:
    assert uprez("run", cut, *RUN, "-p", provider).code == 5
    (order,) = uprez("orders", cut, "--json").json["orders"]
    assert (order["state"], order["money"], order["reserved"]) == ("needs-you", "needs you", "0.24")
    return str(order["order"])


def test_a_row_says_what_to_look_for_and_what_is_at_stake(uprez, cut: Path, service: FakeService) -> None:
    order = doubted(uprez, cut, "lost")
    said = [line for line in uprez("orders", cut).out.splitlines() if line.startswith("needs you:")]
    assert len(said) == 1
    for fact in (
        "lost",
        "24 frames",
        "+00:00",
        f"token {order}",
        "0.24 USD stay reserved",
        f"settle {order}",
    ):
        assert fact in said[0]
    assert "sig=" not in said[0] and "far.example" not in said[0]


@pytest.mark.parametrize("first", [True, False])
def test_found_goes_on_from_the_order_that_stands_and_buys_nothing(
    uprez, cut: Path, service: FakeService, first: bool
) -> None:
    order = doubted(uprez, cut, "lost")
    known_as = service.named(order)
    words = ["orders", cut, "settle", order[:8], "found", known_as]
    if not first:
        words = ["orders", "settle", order, "found", known_as, "--workspace", cut.with_suffix(".uprez")]
    settled = uprez(*words)
    assert (settled.code, settled.err) == (0, "")
    assert known_as in settled.out and "0.24 USD" in settled.out and "uprez resume" in settled.out
    (row,) = uprez("orders", cut, "--json").json["orders"]
    assert (row["state"], row["money"]) == ("active", "reserved")
    assert uprez("resume", cut, "--json").code == 0
    assert (service.spent(), service.charges()[order]) == (Decimal("0.24"), 1)
    (row,) = uprez("orders", cut, "--json").json["orders"]
    assert (row["state"], row["money"], row["charged"]) == ("done", "charged", "0.24")


def test_absent_frees_the_money_and_resume_buys_it_then(uprez, cut: Path, service: FakeService) -> None:
    order = doubted(uprez, cut, "never")
    settled = uprez("orders", "settle", order, "absent")  # the workspace is the one in this folder
    assert settled.code == 0 and "never placed" in settled.out
    (row,) = uprez("orders", cut, "--json").json["orders"]
    assert (row["state"], row["reserved"]) == ("queued", "0")
    (service.folder / "mended").touch()
    assert uprez("resume", cut, "--json").code == 0
    assert service.charges() == {order: 1}


def test_an_answer_that_can_not_be_is_refused_and_changes_nothing(
    uprez, cut: Path, service: FakeService
) -> None:
    order = doubted(uprez, cut, "lost")
    for words, said in (
        ([order], "no answer"),
        ([order, "found"], "no answer"),
        ([order, "found", ""], "no answer"),
        ([order, "absent", "really"], "no answer"),
        ([order, "maybe"], "no answer"),
        ([order, "found", "12"], "32 characters"),
        (["ffff" * 6, "absent"], "no workspace"),
    ):
        ended = uprez("orders", "settle", *words)
        assert ended.code == 2 and said in ended.err, words
    assert uprez("orders", cut, "settle", "zzz", "absent").code == 2
    assert uprez("orders", cut, "--json").json["orders"][0]["state"] == "needs-you"


def test_what_is_settled_needs_nobody_any_more(uprez, cut: Path, service: FakeService) -> None:
    order = doubted(uprez, cut, "lost")
    assert uprez("orders", "settle", order, "found", service.named(order)).code == 0
    again = uprez("orders", "settle", order, "absent")
    assert again.code == 2 and "nobody has to settle" in again.err
    assert uprez("resume", cut).code == 0
    assert service.charges() == {order: 1}
