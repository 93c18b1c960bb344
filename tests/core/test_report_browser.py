"""The report in a real browser: moving the wipe changes what is painted, and the keys do what they say."""

import base64
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from uprez.model import Call, LeftOut
from uprez.pulls import Totals
from uprez.report import Report, Row, write_report
from uprez.report.values import Cost, Handles, Timed
from uprez.testing.clips import make_clip, read_number
from uprez.times import FrameRange, to_timecode

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--window-size=1440,1000",
    "--remote-debugging-pipe",
]
SMALL, LARGE = (320, 180), (640, 360)
FRAMES = 24
RENDERED = 1000  # the render's first number: a picture tells whether it is before or after
HOSTILE = "</td><img src=x onerror='window.hit=1'><script>window.hit=1</script>"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; install it with `apt-get install chromium` to see the page"
)


class Browser:
    """Speak the DevTools protocol over two pipes: JSON, ended by a zero byte."""

    def __init__(self, profile: Path) -> None:
        inward, self._out = _pipe()
        self._in, outward = _pipe()
        actions = [(os.POSIX_SPAWN_DUP2, inward, 3), (os.POSIX_SPAWN_DUP2, outward, 4)]
        actions += [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions, setpgroup=0)
        os.close(inward)
        os.close(outward)
        self._left, self._count, self._session = b"", 0, ""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            if hasattr(self, "events"):
                self.events.append(answer)

    def open(self, path: Path) -> None:
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def run(self, script: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        code = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35}.get(key, ord(key.upper()[0]))
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, to: Path, **params: Any) -> np.ndarray:
        """Take what is painted as RGB, shape (height, width, 3)."""
        to.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", **params)["data"]))
        with av.open(str(to)) as image:
            return next(image.decode(video=0)).to_ndarray(format="rgb24")

    def close(self) -> None:
        os.killpg(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._in)
        os.close(self._out)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            more = os.read(self._in, 1 << 20)
            assert more, "the browser went away"
            self._left += more
        one, _, self._left = self._left.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        return message


def _pipe() -> tuple[int, int]:
    """Open a pipe on numbers that the browser's own 3 and 4 can't run into."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]


def timed(start: int, count: int) -> Timed:
    first, end = (to_timecode(frame, Fraction(24)) for frame in (start, start + count))
    return Timed(frames=FrameRange(start=start, count=count), first=first, end=end)


def row(folder: Path, number: int, name: str, start: int, count: int, speed: int = 1, **changes: Any) -> Row:
    facts: dict[str, Any] = {
        "shot": f"s{number}",
        "name": name,
        "track": "V1",
        "state": "relinked",
        "media": folder / "plate.mkv",
        "rate": Fraction(24),
        "available": FrameRange(start=100, count=FRAMES),
        "source": timed(start, count),
        "record": timed(86400 + 100 * number, count),
        "speed": Fraction(speed),
        "handles": Handles(head=2, tail=3, asked=8),
        "pull": "0123456789abcdef",
        "pull_frames": FrameRange(start=100, count=FRAMES),
        "provider": "local",
        "model": "cnn",
        "before": SMALL,
        "after": LARGE,
        "verdict": Call.MATCH,
        "cost": Cost(amount=Decimal(0), basis="quoted"),
        "render": folder / "render.mkv",
        "plate": folder / "plate.mkv",
    }
    return Row(**{**facts, **changes})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    make_clip(folder / "plate.mkv", frames=FRAMES, size=SMALL)
    make_clip(folder / "render.mkv", frames=FRAMES, size=LARGE, first=RENDERED)
    rows = (
        row(folder, 1, "meadow", 104, 10),
        row(folder, 2, "backwards", 106, 4, -1),
        row(folder, 3, HOSTILE, 102, 20, state="failed", verdict=Call.WRONG, why=f"{HOSTILE}: it is another"),
    )
    report = Report(
        timeline=f"Reel {HOSTILE}",
        made=datetime(2026, 5, 4, tzinfo=UTC),
        rate=Fraction(24),
        provider="local",
        model="cnn",
        codec="prores",
        totals=Totals(used_frames=22, pull_frames=24, naive_frames=40, media_frames=24),
        rows=rows,
        left_out=(LeftOut(name=HOSTILE, track="V2", reason="its media is offline; relink it"),),
        workspace=folder,
    )
    return write_report(report, folder)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.open(page)
    return browser


def painted(browser: Browser, tmp_path: Path, shot: int = 1) -> np.ndarray:
    """Return the pixels of a shot's wipe as the browser paints them now."""
    box = browser.run(
        f"""(async () => {{
          const stack = document.querySelector("#shot-{shot} .wipe:not([hidden]) .stack");
          stack.scrollIntoView({{ block: "center" }});
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const at = stack.getBoundingClientRect();
          return {{ x: at.x + scrollX, y: at.y + scrollY, width: at.width, height: at.height, scale: 1 }};
        }})()"""
    )
    return browser.picture(tmp_path / "painted.png", clip=box, captureBeyondViewport=True)


def number(pixels: np.ndarray) -> int:
    """Read which frame is painted; the numbers of the render begin at RENDERED."""
    return read_number(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24"))


def place(browser: Browser, shot: int = 1) -> tuple[float, float, float]:
    x, y, width = browser.run(
        f"""(() => {{ const at = document.querySelector("#shot-{shot} .stack").getBoundingClientRect();
        return [at.x, at.y + at.height / 2, at.width] }})()"""
    )
    return x, y, width


def test_each_pixel_of_the_render_is_a_pixel_of_the_screen(opened: Browser, tmp_path: Path) -> None:
    assert painted(opened, tmp_path).shape == (LARGE[1], LARGE[0], 3)


def test_moving_the_slider_changes_what_is_painted(opened: Browser, tmp_path: Path) -> None:
    opened.press("j")
    opened.press("Home")
    after = painted(opened, tmp_path)
    opened.press("End")
    before = painted(opened, tmp_path)
    assert (number(after), number(before)) == (RENDERED + 4, 4)
    x, y, width = place(opened)
    opened.click(x + width / 4, y)
    wiped, edge = painted(opened, tmp_path), LARGE[0] // 4
    middle = slice(60, -60)  # between the words in the corners
    assert np.array_equal(wiped[middle, : edge - 30], before[middle, : edge - 30])
    assert np.array_equal(wiped[middle, edge + 30 :], after[middle, edge + 30 :])
    assert not np.array_equal(wiped[middle, : edge - 30], after[middle, : edge - 30])


def test_arrow_keys_move_the_wipe(opened: Browser, tmp_path: Path) -> None:
    opened.press("j")
    first = painted(opened, tmp_path)
    for _ in range(10):
        opened.press("ArrowRight")
    moved = (painted(opened, tmp_path) != first).any(axis=(0, 2)).nonzero()[0]
    assert moved.min() < LARGE[0] // 2 < LARGE[0] * 0.59 < moved.max() < LARGE[0] * 0.65


def test_b_flips_between_before_and_after(opened: Browser, tmp_path: Path) -> None:
    seen = []
    for _ in range(3):
        opened.press("b")
        seen.append(number(painted(opened, tmp_path)))
    assert seen == [RENDERED + 4, 4, RENDERED + 4]


def test_m_shows_the_middle_frame(opened: Browser, tmp_path: Path) -> None:
    opened.press("j")
    opened.press("b")
    opened.press("m")
    assert number(painted(opened, tmp_path)) == RENDERED + 9


def test_a_shot_that_runs_backwards_begins_with_its_last_frame(opened: Browser, tmp_path: Path) -> None:
    opened.press("j")
    opened.press("j")
    opened.press("b")
    assert number(painted(opened, tmp_path, shot=2)) == RENDERED + 9


def test_the_filter_hides_rows_and_shots_alike(opened: Browser) -> None:
    opened.press("/")
    opened.send("Input.insertText", text="backw")
    shown = (
        """[...document.querySelectorAll("#rows tr, .card")].filter((one) => one.checkVisibility()).length"""
    )
    assert opened.run(shown) == 2
    assert opened.run("document.getElementById('count').textContent") == "1 of 3"


def test_a_heading_sorts_rows_and_shots_both_ways(opened: Browser) -> None:
    order = "[...document.querySelectorAll('.card')].map((shot) => shot.dataset.row).join('')"
    click = "document.querySelectorAll('#overview th button')[4].click()"
    opened.run(click)
    upwards = opened.run(order)
    opened.run(click)
    assert (upwards, opened.run(order)) == ("213", "312")


def test_nothing_from_outside_runs_and_nothing_is_fetched(opened: Browser) -> None:
    asked = [event["params"] for event in opened.events if event["method"] == "Network.requestWillBeSent"]
    others = [
        one["request"]["url"] for one in asked if not one["request"]["url"].startswith(("file:", "data:"))
    ]
    wrong = [
        event for event in opened.events if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")
    ]
    assert (others, wrong) == ([], [])
    assert len([one for one in asked if one["request"]["url"].startswith("file:")]) == 1
    assert opened.run("window.hit") is None
    assert opened.run("document.querySelector('#shot-3 h3').textContent") == HOSTILE


def test_the_page_follows_the_light_or_dark_of_the_desktop(opened: Browser, tmp_path: Path) -> None:
    levels = []
    for scheme in ("dark", "light"):
        opened.send(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        levels.append(int(opened.picture(tmp_path / "corner.png")[2, 2].mean()))
    assert levels[0] < 40 and levels[1] > 220


def test_it_prints_in_ink_on_paper(opened: Browser) -> None:
    opened.send("Emulation.setEmulatedMedia", media="print")
    assert opened.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not opened.run("document.getElementById('find').checkVisibility()")
    opened.send("Emulation.setEmulatedMedia", media="")
