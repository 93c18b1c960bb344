"""docs/resolve.md is done as it says: its commands run against the fake, and its output is seen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve.entries import HANDED_ON, log_of
from uprez_resolve.reach import LIBRARY, PYTHON
from uprez_resolve.workspaces import FOLDER

PAGE = Path(__file__).parents[2] / "docs" / "resolve.md"
MADE = {"frames": 96, "size": (96, 54), "codec": "mpeg4"}
SCRIPTS = Path(".local/share/DaVinciResolve/Fusion/Scripts")
PATIENCE = 40.0  # seconds for a menu entry to have said what the page says


def blocks() -> list[tuple[str, str]]:
    return re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


class Walk:
    """Do what the page says, one block after another, with a cut that is open in a fake Resolve."""

    def __init__(self, fake: FakeResolve, folder: Path) -> None:
        self.fake, self.home, self.said = fake, folder / "home", lambda: ""
        self.waits = False
        self.home.mkdir()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        self.variables = {
            **inherited, **fake.install(folder / "lib"), "HOME": str(self.home), "COLUMNS": "300",
            "UPREZ_HOME": str(self.home / "kept"), "UPREZ_RESOLVE_FOLDER": str(self.home / "Videos/uprez"),
            "BROWSER": "true", "PATH": f"{self._programs(folder)}:{os.environ['PATH']}",
        }  # fmt: skip
        for name in ("PYTHONPATH", "UPREZ_PLUGINS", "XDG_DATA_HOME", "XDG_VIDEOS_DIR"):
            self.variables.pop(name, None)

    def follow(self, kind: str, text: str) -> None:
        self.waits = kind == "menu" or (self.waits and kind == "text")
        if kind == "sh":
            said = self._run(text)
            self.said = lambda: said
        elif kind == "menu":
            self._click(text.strip())
        else:
            self._see(text)

    def _programs(self, folder: Path) -> Path:
        programs = folder / "bin"
        programs.mkdir()
        (programs / "uprez").write_text(f"#!{sys.executable}\nfrom uprez.cli import main\nmain()\n")
        (programs / "uprez").chmod(0o755)
        return programs

    def _run(self, commands: str) -> str:
        ended = subprocess.run(
            ["bash", "-euc", commands], cwd=self.home, env=self.variables,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert ended.returncode == 0, f"{commands}\n{ended.stdout}{ended.stderr}"
        return ended.stdout + ended.stderr

    def _click(self, entry: str) -> None:
        """Click an entry; what it says comes up in its log, while Resolve is free again."""
        self._rest()
        had = self._log()
        self.fake.menu.scan(self.home / SCRIPTS)
        self.fake.menu.click(entry, environment=self.variables).communicate(timeout=60)
        self.said = lambda: self._log()[len(had) :]

    def _rest(self) -> None:
        """Wait until the uprez that an entry started has left Resolve alone for a while."""
        calls = -1
        while calls != (calls := len(self.fake.journal())):
            time.sleep(1.5)

    def _log(self) -> str:
        return "".join(file.read_text(encoding="utf-8") for file in self.home.rglob("log.txt"))

    def _see(self, text: str) -> None:
        until = time.monotonic() + (PATIENCE if self.waits else 0)
        while missing := [line for line in text.splitlines() if not self._seen(line)]:
            assert time.monotonic() < until, (missing, self.said())
            time.sleep(0.2)

    def _seen(self, line: str) -> bool:
        """Tell whether a line was said, … standing for anything, and the home folder for ~."""
        said = " ".join(self.said().replace(str(self.home), "~").split())
        wanted = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
        return re.search(wanted.replace(r"\ .*", ".*").replace(r".*\ ", ".*"), said) is not None


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    with FakeResolve("studio_21_0_4_5") as fake:
        for name, value in (("Width", "192"), ("Height", "108")):
            fake.user.setting(f"timelineResolution{name}", value)
        fake.user.timeline("Reel 1")
        chosen = []
        for name, hour, start, at in (("A001_C003", 10, 12, 0), ("A001_C007", 11, 24, 36)):
            make_clip(tmp_path / f"{name}.mov", timecode=f"{hour}:00:00:00", **MADE)
            clip = fake.user.media(tmp_path / f"{name}.mov")
            chosen.append(fake.user.place(clip, (start, start + 36), at=at))
        chosen.append(fake.user.place(fake.user.nested("Opening"), (0, 24), at=72))
        fake.user.select(*chosen, fake.user.title(24, at=96))
        yield Walk(fake, tmp_path)


def test_every_variable_that_changes_where_things_are_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in (*HANDED_ON, FOLDER, LIBRARY, PYTHON, "RESOLVE_SCRIPT_HOST", log_of(Path()).name):
        assert name in page, name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the page's folders are those of Linux")
def test_the_page_on_resolve_does_what_it_says(walk: Walk) -> None:
    found = blocks()
    assert {kind for kind, _ in found} == {"sh", "text", "menu"}
    for kind, text in found:
        walk.follow(kind, text)
