"""Call a Resolve that lives behind a process boundary; each answer is checked, none waited for too long."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from uprez.errors import HostError, HostGone

PATIENCE = 60.0  # seconds for one call: an import of a long file takes this long, a modal window for ever
_CHILD = Path(__file__).parent / "inside" / "child.py"
_APART: dict[str, Any] = (
    {"creationflags": 0x08000200} if sys.platform == "win32" else {"start_new_session": True}
)  # on Windows a group of its own and no console window
_WAITING = "a window of its own may be waiting; answer that"


class Wire(Protocol):
    """Carry lines to the process that holds Resolve and back."""

    def ask(self, line: str, patience: float) -> str:
        """Send a line and return the one that answers it; raises HostGone."""

    def more(self, patience: float) -> str:
        """Return the next line without asking; raises HostGone."""

    def close(self) -> None:
        """Let the other side end."""


@dataclass(frozen=True)
class Handle:
    """Stand for one object of Resolve's; it is good for one short conversation and is never kept."""

    kind: str
    number: int
    remote: Remote = field(repr=False, compare=False)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a method and return what it gave, failure values included. Raises HostError, HostGone."""
        told = [_packed(one) for one in arguments]
        return self.remote.ask({"do": "call", "on": self.number, "name": name, "with": told})

    def has(self, name: str) -> bool:
        """Tell whether this Resolve knows a method: calling one that it doesn't know would fail."""
        return bool(self.remote.ask({"do": "has", "on": self.number, "name": name}))


class Remote:
    """Hold a conversation with Resolve; leaving the `with` block lets go of every handle."""

    def __init__(self, wire: Wire, patience: float = PATIENCE) -> None:
        self._wire, self._patience, self._count = wire, patience, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    @property
    def resolve(self) -> Handle:
        """Return Resolve itself."""
        return Handle("Resolve", 0, self)

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Send a request and return its value. Raises HostError where Resolve raised, HostGone if it left."""
        self._count += 1
        line = self._wire.ask(json.dumps({"id": self._count, **request}), self._patience)
        answer = self._read(line)
        while isinstance(answer.get("id"), int) and answer["id"] < self._count:
            answer = self._read(self._wire.more(self._patience))  # a call before it was cut off by Ctrl-C
        if "error" in answer:
            raise HostError(
                f"DaVinci Resolve: {request.get('name', 'a call')} failed ({answer['error']}); "
                "look whether a window of its own waits for an answer, and run again"
            )
        return self._unpacked(answer.get("value"))

    def _read(self, line: str) -> dict[str, Any]:
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise HostGone("DaVinci Resolve: answered nothing readable; restart it and try again")
        return answer

    def _unpacked(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._unpacked(one) for one in value]
        if isinstance(value, dict):
            if "$" in value:
                return Handle(value["kind"], value["$"], self)
            return {key: self._unpacked(one) for key, one in value["{}"]}
        return value


def failed(value: Any) -> bool:
    """Tell whether an answer is one of Resolve's ways to say no; it raises nothing itself."""
    return value is None or value is False or value == "" or value == [] or value == [None]


def _packed(value: Any) -> Any:
    if isinstance(value, Handle):
        return {"$": value.number}
    if isinstance(value, Mapping):
        return {"{}": [[key, _packed(one)] for key, one in value.items()]}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_packed(one) for one in value]
    return value


class ChildWire:
    """Talk to a child process that loaded Resolve's library: its crash is not ours."""

    def __init__(self, library: Path, python: str = sys.executable) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self._child = subprocess.Popen(
            [python, str(_CHILD)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8",
            env={**os.environ, "UPREZ_FUSIONSCRIPT": str(library), "PYTHONSAFEPATH": ""},
            **_APART,  # Ctrl-C is ours alone: what the user was looking at is still put back
        )  # fmt: skip
        threading.Thread(target=self._read, name="uprez resolve", daemon=True).start()

    def first(self, patience: float) -> dict[str, Any]:
        """Return what the child said once it had tried to attach; raises HostGone."""
        line = self._next(patience)
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise _gone("its library ended")
        return told

    def ask(self, line: str, patience: float) -> str:
        """Send a line and return the one that answers it; raises HostGone."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(line + "\n")
            self._child.stdin.flush()
        except OSError:
            raise _gone("its library ended") from None
        return self._next(patience)

    def more(self, patience: float) -> str:
        """Return the next line without asking; raises HostGone."""
        return self._next(patience)

    def close(self) -> None:
        """End the child."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.close()
            self._child.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self._child.kill()
            self._child.wait()

    def _next(self, patience: float) -> str:
        try:
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            self._child.kill()
            raise _gone(f"gave no answer for {patience:.0f} s", _WAITING) from None
        if not line:
            raise _gone("its library ended")
        return line

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")


class SocketWire:
    """Talk to a menu script inside Resolve over loopback; a token proves that we are the one it started."""

    def __init__(self, port: int, token: str) -> None:
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            raise _gone("the menu action that started this is over") from None
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._send(token)

    def ask(self, line: str, patience: float) -> str:
        """Send a line and return the one that answers it; raises HostGone."""
        self._socket.settimeout(patience)
        self._send(line)
        return self.more(patience)

    def more(self, patience: float) -> str:
        """Return the next line without asking; raises HostGone."""
        try:
            told = self._lines.readline()
        except OSError:
            raise _gone(f"gave no answer for {patience:.0f} s", _WAITING) from None
        if not told:
            raise _gone("the menu action that started this is over")
        return told

    def close(self) -> None:
        """Hang up, which ends the menu script."""
        self._lines.close()
        self._socket.close()

    def _send(self, line: str) -> None:
        try:
            self._socket.sendall((line + "\n").encode())
        except OSError:
            raise _gone("the menu action that started this is over") from None


def _gone(why: str, mend: str = "open it") -> HostGone:
    return HostGone(f"DaVinci Resolve: {why}; {mend} and try again")
