"""The test's grip on a fake Resolve in its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from uprez.frozen import Frozen
from uprez.testing.fake_resolve.client import ForbiddenCall, Line, connected
from uprez.testing.fake_resolve.installing import install
from uprez.testing.fake_resolve.menus import Menu
from uprez.testing.fake_resolve.profiles import PROFILES, Profile
from uprez.testing.fake_resolve.user import User


class Call(Frozen):
    """One entry of the journal: Object.Method, the object's id, arguments, answer, who called."""

    method: str
    id: str
    args: list[Any]
    answer: Any
    via: str


class FakeResolve:
    """Run a Resolve of one profile in a process of its own, with some knobs turned.

    As a context manager it ends the process, and raises ForbiddenCall if a script made a call that destroys
    what is the user's, even where the script caught that itself.
    """

    def __init__(self, profile: str = "studio_21_0_4_5", *, patience: float = 20.0, **knobs: Any) -> None:
        self.profile: Profile = PROFILES[profile]
        self.patience = patience
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uprez.testing.fake_resolve.serve", profile],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            raise RuntimeError("the fake Resolve's process ended at once; its error is on stderr")
        self._line = Line(self.address, "test", 60.0)
        self.user = cast(User, _Remote(self))
        self.menu = Menu(self)
        self.reset(profile, **knobs)

    def reset(self, profile: str, **knobs: Any) -> None:
        """Begin anew, as another Resolve if need be, in the process that runs already."""
        self.profile = PROFILES[profile]
        self.do("reset", profile, **knobs)

    def scriptapp(self, name: str = "Resolve") -> Any:
        """Attach from outside, as fusionscript's scriptapp does; None where that can't be."""
        return connected(self.address, "outside", self.patience) if name == "Resolve" else None

    def inside(self) -> Any:
        """Return the global `resolve` of a menu script; None where no Python runs in the menu."""
        return connected(self.address, "menu", self.patience)

    def install(self, folder: Path) -> Mapping[str, str]:
        """Put what a script loads under `folder`; returns the environment that leads there."""
        return install(folder, self.address)

    def turn(self, **knobs: Any) -> None:
        """Turn knobs while Resolve runs."""
        self.do("turn", **knobs)

    def lie(self, method: str, nth: int = 1, times: int = 1) -> None:
        """Let the nth call of a method say what it always says, and do nothing."""
        self.do("break", method, "lie", nth, times, None)

    def answer(self, method: str, value: Any, nth: int = 1, times: int = 1) -> None:
        """Let the nth call of a method do nothing and answer a value."""
        self.do("break", method, "value", nth, times, value)

    def fail(self, method: str, text: str = "", nth: int = 1, times: int = 1) -> None:
        """Let the nth call of a method raise RuntimeError."""
        self.do("break", method, "raise", nth, times, text)

    def hang(self, method: str, nth: int = 1, times: int = 1) -> None:
        """Let the nth call of a method never come back."""
        self.do("break", method, "hang", nth, times, None)

    def meanwhile(self, method: str, act: str, *args: Any, nth: int = 1, **named: Any) -> None:
        """Let the user act just before the nth call: `meanwhile("AddTake", "move", item, by=5)`."""
        self.do("break", method, "before", nth, 1, [act, _crossing(args), _crossing(named)])

    def mend(self) -> None:
        """Take all faults back."""
        self.do("mend")

    def allow(self, *methods: str) -> None:
        """Let a script make forbidden calls by name, for the command that is meant to."""
        self.do("allow", *methods)

    def journal(self, method: str | None = None) -> list[Call]:
        """Return every call since the reset, or those of one method, oldest first."""
        found = [Call.model_validate(entry) for entry in self.do("journal")]
        return [call for call in found if method in (None, call.method, call.method.partition(".")[2])]

    def snapshot(self) -> dict[str, Any]:
        """Return the whole project and the window as plain values, for `differences`."""
        return cast(dict[str, Any], self.do("snapshot"))

    def do(self, name: str, /, *args: Any, **named: Any) -> Any:
        """Ask the far side to do something by its name."""
        return self._line.ask({"do": name, "args": _crossing(args), "named": _crossing(named)})

    def close(self) -> None:
        """End the process."""
        self._line.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            refused = self.do("forbidden") if kind is None else []
        finally:
            self.close()
        if refused:
            raise ForbiddenCall(f"{refused[0]}: was called, and destroys what is the user's")


class _Remote:
    """Do as `User` says, on the far side."""

    def __init__(self, fake: FakeResolve) -> None:
        self._fake = fake

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **named: self._fake.do(name, *args, **named)


def _crossing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _crossing(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_crossing(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
