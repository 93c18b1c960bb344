"""The five menu entries, clicked: the real uprez behind them, a Resolve that comes and goes, and a person."""

from __future__ import annotations

import contextlib
import http.client
import os
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve
from uprez.testing.fake_service import FakeService
from uprez_resolve.entries import ENTRIES
from uprez_resolve.installing import Places, install
from uprez_resolve.waiting import only_one

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the browser")
FREE, STUDIO = "free_20_3_2_inapp", "studio_21_0_4_5"
PAID = """
import uprez
from uprez.testing.fake_service import PaidProvider

@uprez.hookimpl
def uprez_providers():
    return [PaidProvider]
"""


@pytest.fixture(scope="module")
def resolve() -> Iterator[FakeResolve]:
    with FakeResolve(FREE, patience=20) as fake:
        yield fake


class Person:
    """Sit in front of a Resolve: click entries, look at the page, press its buttons."""

    def __init__(self, fake: FakeResolve, home: Path, **environment: str) -> None:
        self.fake, self.home = fake, home
        browser = home / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" >> "{home}/browsed"\n')
        browser.chmod(0o755)
        self.environment = {
            "BROWSER": f"{browser} %s", "HOME": str(home), "UPREZ_HOME": str(home / "settings"),
            "RESOLVE_SCRIPT_LIB": str(home / "none.so"), "UPREZ_PLUGINS": "local,resolve,paid",
            **environment,
        }  # fmt: skip
        os.environ["UPREZ_HOME"] = self.environment["UPREZ_HOME"]
        places = Places(home, "linux", {}, home / "kept")
        list(install(places, apply=True))
        fake.menu.scan(places.menu.parent)

    def click(self, entry: str) -> str:
        """Click an entry and return the address that came up in the browser."""
        name = next(Path(file).stem for file, action in ENTRIES.items() if action == entry)
        (self.home / "browsed").unlink(missing_ok=True)
        clicked = self.fake.menu.click(name, environment=self.environment)
        said = clicked.communicate(timeout=30)
        assert (clicked.returncode, said) == (0, ("", ""))
        self.wait(lambda: (self.home / "browsed").exists())
        return (self.home / "browsed").read_text().split()[-1]

    def page(self, address: str) -> str:
        with urllib.request.urlopen(address, timeout=10) as got:
            return str(got.read().decode())

    def until(self, address: str, text: str) -> str:
        """Look at the page until it says so; a page that ends first says what went wrong."""
        shown = ""
        for _ in range(300):
            shown = self.page(address)
            if text in shown:
                return shown
            assert "http-equiv=refresh" in shown, shown
            time.sleep(0.1)
        raise AssertionError(shown)

    def end(self, address: str, shown: str = "http-equiv=refresh") -> str:
        """Look at the page, which shows this now, until nothing more comes."""
        while "http-equiv=refresh" in shown:
            time.sleep(0.1)
            shown = self.page(address)
        return shown

    def say(self, address: str, word: str) -> str:
        """Press a button and see to the end what that leads to."""
        with urllib.request.urlopen(address, data=f"say={word}".encode(), timeout=10) as got:
            return self.end(address, str(got.read().decode()))

    @staticmethod
    def wait(done: Any) -> None:
        until = time.monotonic() + 20
        while not done() and time.monotonic() < until:
            time.sleep(0.05)
        assert done()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path / "settings"))
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "uprez.toml").write_text('[recipe]\nmodel = "lanczos"\n')
    return tmp_path


@pytest.fixture
def service(home: Path) -> FakeService:
    """Have a paid service, and settings that take it."""
    (home / "settings" / "paid.py").write_text(PAID)
    settings = 'plugins = ["paid.py"]\n[recipe]\nprovider = "paid"\n'
    (home / "settings" / "uprez.toml").write_text(settings)
    return FakeService(home / "service")


def cut(fake: FakeResolve, profile: str, home: Path, size: tuple[int, int] = (96, 54)) -> tuple[str, str]:
    """Have a timeline of two shots, the first one marked in the colour that stands for a selection."""
    fake.reset(profile)
    fake.user.timeline("Reel 1")
    clip = fake.user.media(make_clip(home / "A001.mkv", frames=48, size=size, timecode="01:00:00:00"))
    shots = fake.user.place(clip, (12, 20)), fake.user.place(clip, (30, 36))
    fake.user.change(shots[0], color="Orange")
    fake.user.save()
    return shots


def takes(fake: FakeResolve) -> list[int]:
    """Return which take each clip of the open timeline shows; 0 is one that has none."""
    timeline = fake.inside().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    return [item.GetSelectedTakeIndex() for item in timeline.GetItemListInTrack("video", 1)]


def test_on_the_free_edition_renders_come_back_by_a_click_and_go_by_another(
    resolve: FakeResolve, home: Path
) -> None:
    cut(resolve, FREE, home)
    person = Person(resolve, home)
    shown = person.end(person.click("upscale"))
    assert "DaVinci Resolve 20.3.2.9, timeline Reel 1" in shown and "clips of the colour Orange (1)" in shown
    assert "free" in shown and "Bring Back Finished" in shown and "class=wrong" not in shown
    assert takes(resolve) == [0, 0]
    shown = person.end(person.click("bring"))
    assert "1 of 1 shot show their render now" in shown and takes(resolve) == [2, 0]
    assert person.click("compare").endswith("/report.html")
    shown = person.end(person.click("revert"))
    assert "1 shot back to the original" in shown and takes(resolve) == [1, 0]
    shown = person.end(person.click("revert"))
    assert "nothing to revert" in shown and str(home / "kept" / "log.txt") in shown


def test_on_studio_the_renders_go_into_the_timeline_by_themselves(resolve: FakeResolve, home: Path) -> None:
    _, second = cut(resolve, STUDIO, home)
    resolve.user.select(second)
    person = Person(resolve, home, **resolve.install(home / "library"))
    shown = person.end(person.click("upscale"))
    assert "what is selected in Resolve (1)" in shown and "class=wrong" not in shown
    assert takes(resolve) == [0, 2]


def test_a_quote_buys_nothing_and_changes_nothing(
    resolve: FakeResolve, home: Path, service: FakeService
) -> None:
    cut(resolve, FREE, home)
    before = resolve.snapshot()
    person = Person(resolve, home, UPREZ_PAID_BASE_URL=str(home / "service"))
    shown = person.end(person.click("quote"))
    assert "paid" in shown and "0.44" in shown and "local" in shown and "Nothing was bought" in shown
    assert resolve.snapshot() == before and service.spent() == 0


@pytest.mark.parametrize(("size", "warned"), [((1984, 16), True), ((96, 54), False)])
def test_the_free_edition_is_told_what_it_can_not_deliver(
    resolve: FakeResolve, home: Path, service: FakeService, size: tuple[int, int], warned: bool
) -> None:
    cut(resolve, FREE, home, size)
    person = Person(resolve, home, UPREZ_PAID_BASE_URL=str(home / "service"))
    address = person.click("upscale")
    assert ("no more than 3840x2160" in person.until(address, "Buy this")) is warned
    person.say(address, "no")


def test_nothing_is_bought_before_a_person_says_yes(
    resolve: FakeResolve, home: Path, service: FakeService
) -> None:
    cut(resolve, FREE, home)
    person = Person(resolve, home, UPREZ_PAID_BASE_URL=str(home / "service"))
    address = person.click("upscale")
    assert "Buy this for 0.44 USD?" in person.until(address, "Buy this")
    time.sleep(0.3)
    assert service.spent() == 0
    assert "Nothing was bought" in person.say(address, "no")
    assert service.spent() == 0


def test_a_job_outlives_resolve_and_what_was_selected_then_comes_back(
    resolve: FakeResolve, home: Path, service: FakeService
) -> None:
    first, second = cut(resolve, FREE, home)
    person = Person(resolve, home, UPREZ_PAID_BASE_URL=str(home / "service"))
    address = person.click("upscale")
    person.until(address, "Buy this")
    resolve.user.change(first, color="")
    resolve.user.change(second, color="Orange")
    resolve.user.save()
    resolve.user.quit()
    shown = person.say(address, "yes")
    assert "You agreed to 0.44 USD" in shown and "Resolve is closed" in shown and "class=wrong" not in shown
    assert service.spent() == Decimal("0.44")
    resolve.user.start()
    shown = person.end(person.click("bring"))
    assert "1 of 1 shot show their render now" in shown
    assert takes(resolve) == [2, 0]
    assert service.spent() == Decimal("0.44")
    assert not list((home / "settings" / "workspaces").rglob("waiting-*"))


def test_a_job_that_was_killed_goes_on_with_a_click_and_pays_once(
    resolve: FakeResolve, home: Path, service: FakeService
) -> None:
    cut(resolve, FREE, home)
    paid = {"UPREZ_PAID_BASE_URL": str(home / "service")}
    person = Person(resolve, home, UPREZ_FAILPOINT="sent", **paid)
    address = person.click("upscale")
    person.until(address, "Buy this")
    with contextlib.suppress(OSError, http.client.HTTPException):
        person.say(address, "yes")
    person.wait(lambda: service.spent())
    person = Person(resolve, home, **paid)
    (ledger,) = (home / "settings" / "workspaces").rglob("ledger.db")
    with only_one(ledger.parent):
        assert "The others are still at work" in person.end(person.click("bring"))
    shown = person.end(person.click("bring"))
    assert "0 of 1 shot show their render now" in shown and "this goes on with them" in shown
    assert "Buy this" not in shown and "class=wrong" not in shown
    assert "1 of 1 shot show their render now" in person.end(person.click("bring"))
    assert takes(resolve) == [2, 0] and service.spent() == Decimal("0.44")


def test_what_two_jobs_left_comes_back_with_one_click_under_another_name(
    resolve: FakeResolve, home: Path
) -> None:
    first, second = cut(resolve, FREE, home)
    person = Person(resolve, home)
    person.end(person.click("upscale"))
    resolve.user.change(first, color="")
    resolve.user.change(second, color="Orange")
    person.end(person.click("upscale"))
    assert takes(resolve) == [0, 0]
    timeline = resolve.inside().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert timeline.SetName("Reel 1, final")  # and both know it again
    shown = person.end(person.click("bring"))
    assert shown.count("relinked: A001.mkv") == 2 and takes(resolve) == [2, 2], shown
    assert "2 shots back to the original" in person.end(person.click("revert"))
    assert takes(resolve) == [1, 1]


def test_nothing_to_bring_back_is_said(resolve: FakeResolve, home: Path) -> None:
    cut(resolve, FREE, home)
    shown = (person := Person(resolve, home)).end(person.click("bring"))
    assert "nothing was begun on this timeline yet" in shown


def test_a_cap_of_the_settings_holds_before_anybody_is_asked(
    resolve: FakeResolve, home: Path, service: FakeService
) -> None:
    settings = home / "settings" / "uprez.toml"
    settings.write_text('max_cost = "0.10"\n' + settings.read_text())
    cut(resolve, FREE, home)
    person = Person(resolve, home, UPREZ_PAID_BASE_URL=str(home / "service"))
    shown = person.end(person.click("upscale"))
    assert "the cap is 0.10" in shown and service.spent() == 0


def test_what_can_not_be_is_said_with_the_place_of_the_log(resolve: FakeResolve, home: Path) -> None:
    resolve.reset(FREE)
    person = Person(resolve, home)
    shown = person.end(person.click("upscale"))
    assert "has no timeline open" in shown and f"The log is {home / 'kept' / 'log.txt'}" in shown
    assert "has no timeline open" in (home / "kept" / "log.txt").read_text()
