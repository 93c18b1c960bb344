"""The command line, called in the test's own process: to start another costs a second each time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from uprez.cli import main


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ended]


@pytest.fixture
def uprez(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Call the command line in `tmp_path`, or in `cwd`; returns exit code, stdout and stderr."""
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path / "settings"))

    def called(*words: object, cwd: Path = tmp_path) -> Ended:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["uprez", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leave:
            main()
        return Ended(int(leave.value.code or 0), *capsys.readouterr())

    return called
