"""The test's own side door: acts of the user, knobs, faults, the journal, snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.calls import Calls, Fault
from uprez.testing.fake_resolve.comparing import snapshot
from uprez.testing.fake_resolve.profiles import PROFILES
from uprez.testing.fake_resolve.user import User


class Control:
    """Hold the one Resolve of a process."""

    def __init__(self, app: App) -> None:
        self.calls = Calls(app, self._act)

    def do(self, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        """Do one thing by its name; raises LookupError for a name that means nothing."""
        with self.calls.free:
            done = self._act(name, args, named)
            self.calls.free.notify_all()
            return done

    def _act(self, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        own: dict[str, Callable[..., Any]] = {
            "reset": self._reset,
            "turn": self._turn,
            "break": self._break,
            "mend": self._mend,
            "allow": self._allow,
            "forbidden": lambda: list(self.calls.refused),
            "journal": lambda: list(self.calls.journal),
            "snapshot": lambda: snapshot(self.calls.app),
        }
        if name in own:
            return own[name](*args, **named)
        return getattr(User(self.calls.app), name)(*args, **named)

    def _reset(self, profile: str, **knobs: Any) -> None:
        before = self.calls.app
        app = App(PROFILES[profile].turned(**knobs), epoch=before.epoch + 1, boot=before.boot + 1)
        self.calls.app, self.calls.hung = app, False
        self.calls.journal.clear()
        self.calls.faults.clear()
        self.calls.allowed.clear()
        self.calls.refused.clear()

    def _turn(self, **knobs: Any) -> None:
        app = self.calls.app
        app.profile = app.profile.turned(**knobs)
        app.refusals = knobs.get("slow_start", app.refusals)

    def _break(self, method: str, how: str, nth: int, times: int, value: Any) -> None:
        self.calls.faults.append(Fault(method, how, nth, times, value))

    def _mend(self) -> None:
        self.calls.hung = False
        self.calls.faults.clear()

    def _allow(self, *names: str) -> None:
        self.calls.allowed.update(names)
