"""docs/write-a-provider.md is done as it says: its files are written, its commands run, its output seen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "write-a-provider.md"
KINDS = {"sh", "text", "toml", "python", "diff"}


class Block(NamedTuple):
    kind: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(kind, text) for kind, text in found]


class Reader:
    """Do what the page says, one block after another, in a folder and an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder / "work", ""
        self.folder.mkdir()
        self.programs = environment(folder / "environment")
        # an isolated build would ask an index for hatchling, and tests need no network
        (folder / "pip.conf").write_text("[install]\nno-build-isolation = false\nno-index = true\n")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        self.variables = {
            **inherited, "PATH": f"{self.programs}:{os.environ['PATH']}", "UPREZ_HOME": str(folder / "home"),
            "PIP_CONFIG_FILE": str(folder / "pip.conf"), "COLUMNS": "300",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }  # fmt: skip
        for name in ("SHARP_EYE_API_KEY", "PYTHONPATH", "UPREZ_PLUGINS"):
            self.variables.pop(name, None)

    def follow(self, block: Block) -> None:
        if block.kind == "sh":
            self._run(block.text)
        elif block.kind == "text":
            self._see(block.text)
        else:
            first, _, text = block.text.partition("\n")
            named = re.fullmatch(r"# ([\w.]+)", first)
            assert named, f"a block of {block.kind} names no file first: {first}"
            file = self.folder / named[1]
            file.write_text(changed(file.read_text(), text) if block.kind == "diff" else text)

    def _run(self, commands: str) -> None:
        script = f"{commands}pwd > '{self.programs}/here'\n"
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        self.said = ended.stdout + ended.stderr
        assert ended.returncode == 0, f"{commands}\n{self.said[-4000:]}"
        self.folder = Path((self.programs / "here").read_text().strip())

    def _see(self, text: str) -> None:
        said = " ".join(self.said.split())
        for line in text.splitlines():
            assert " ".join(line.split()) in said, self.said


def environment(folder: Path) -> Path:
    """Make an environment that has what this one has, and takes in what the page installs; its programs."""
    venv.create(folder, with_pip=False, symlinks=True)
    programs = folder / "bin"
    (site,) = (folder / "lib").glob("python*/site-packages")
    standard = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
    lent = [path for path in sys.path if path and Path(path).is_dir() and path not in standard]
    (site / "lent.pth").write_text("\n".join(lent))
    program = f"#!{programs / 'python'}\nfrom uprez.cli import main\nmain()\n"
    (programs / "uprez").write_text(program)
    (programs / "uprez").chmod(0o755)
    return programs


def changed(text: str, change: str) -> str:
    """Apply a change whose lines begin with a blank, a minus or a plus, at the one place that it fits."""
    lines = change.splitlines(keepends=True)
    before = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
    after = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
    assert text.count(before) == 1, f"this change fits at {text.count(before)} places:\n{change}"
    return text.replace(before, after)


@pytest.mark.skipif(os.name != "posix", reason="the page's commands are for a POSIX shell")
def test_the_page_on_providers_does_what_it_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    found = blocks()
    assert {block.kind for block in found} == KINDS
    for block in found:
        reader.follow(block)
