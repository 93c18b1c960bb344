"""Workspace > Scripts: what it lists, and what happens at a click."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uprez.testing.fake_resolve.fake import FakeResolve

_PLACES = ("Utility", "Comp", "Tool", "Edit", "Color", "Deliver")
_RUNNER = """
import sys
sys.dont_write_bytecode = True
from importlib.machinery import SourceFileLoader
library = {"__name__": "fusionscript"}
exec(compile(open(sys.argv[1], encoding="utf-8").read(), "fusionscript", "exec"), library)
resolve = library["connected"](sys.argv[2], "menu")
class Bmd:
    scriptapp = staticmethod(lambda name, *more: resolve if name == "Resolve" else None)
class Fusion:
    GetResolve = staticmethod(lambda: resolve)
    UIManager = None
sys.argv = [""]
names = {"__name__": "__main__", "resolve": resolve, "fusion": Fusion(), "fu": Fusion(), "bmd": Bmd()}
exec(compile(open(SCRIPT, encoding="utf-8").read(), "<menu>", "exec"), names)
"""


class Menu:
    """The scripts menu of a fake; folders are scanned when Resolve starts, as the real one does (2.9)."""

    def __init__(self, fake: FakeResolve) -> None:
        self._fake = fake
        self._found: dict[str, Path] = {}

    def scan(self, *folders: Path) -> None:
        """Look through Scripts folders, as at a start of Resolve."""
        found = [
            file for folder in folders for place in _PLACES for file in sorted((folder / place).rglob("*.*"))
        ]
        self._found = {file.stem: file for file in found if file.suffix in (".py", ".lua")}

    def entries(self) -> list[str]:
        """Return what the menu lists; where no Python is, its scripts aren't listed (3.4)."""
        shown = {".py", ".lua"} if self._fake.profile.menu else {".lua"}
        return [name for name, file in self._found.items() if file.suffix in shown]

    def click(
        self, entry: str, *, python: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Run an entry as Resolve does: with its globals, no __file__, and only the standard library.

        Raises LookupError for an entry that the menu doesn't list.
        """
        if entry not in self.entries():
            raise LookupError(
                f"the menu lists no {entry!r}; it lists {', '.join(self.entries()) or 'nothing'}"
            )
        return self.run(self._found[entry], python=python, environment=environment)

    def run(
        self, script: Path, *, python: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Run a script file as if it had been clicked."""
        from uprez.testing.fake_resolve import client

        code = _RUNNER.replace("SCRIPT", repr(str(script)))
        interpreter = str(python or sys.executable)
        command: list[Any] = [interpreter, "-I", "-S", "-c", code, client.__file__, self._fake.address]
        env = {**os.environ, **(environment or {})}
        out: Any = subprocess.PIPE
        return subprocess.Popen(command, env=env, stdout=out, stderr=out, text=True)
