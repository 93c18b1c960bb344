"""The library's side of the wire: what `import fusionscript` gives; standard library only, and one file.

`install` copies it to where a script looks for the real library, so nothing of uprez is needed there.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any

ADDRESS = ""  # written by `install`; UPREZ_FAKE_RESOLVE in the environment wins
PATIENCE = 20.0


class ForbiddenCall(AssertionError):
    """Say that a script called what destroys a user's work."""


class FakeHang(TimeoutError):
    """Say that a call would never have come back."""


_ERRORS = {
    "ForbiddenCall": ForbiddenCall,
    "TypeError": TypeError,
    "RuntimeError": RuntimeError,
    "LookupError": LookupError,
    "ValueError": ValueError,
}


class Line:
    """One connection to the far side; calls on it are made one after the other."""

    def __init__(self, address: str, via: str, patience: float | None = None) -> None:
        host, port, token = address.split(":")
        self.patience = PATIENCE if patience is None else patience
        self._lock = threading.Lock()
        self._socket = socket.create_connection((host, int(port)), timeout=self.patience)
        self._file = self._socket.makefile("rw", encoding="utf-8", newline="\n")
        self.hello: dict[str, Any] = self.ask({"token": token, "via": via})

    def ask(self, message: dict[str, Any]) -> Any:
        """Send one message and return its answer; raises what the answer says."""
        with self._lock:
            try:
                self._file.write(json.dumps(message) + "\n")
                self._file.flush()
                text = self._file.readline()
            except (TimeoutError, OSError) as broken:
                self.close()
                if isinstance(broken, socket.timeout):
                    raise FakeHang("the call did not come back") from None
                raise RuntimeError("Resolve does not answer any more") from None
        if not text:
            raise RuntimeError("Resolve does not answer any more")
        answer = json.loads(text)
        if "error" in answer:
            raise _ERRORS.get(answer["error"], RuntimeError)(answer["text"])
        return answer["value"]

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Handle:
    """An object of the API: fresh from every call, equal to none, and silent on what it lacks."""

    def __init__(self, line: Line, kind: str, uid: str, epoch: int) -> None:
        self.__dict__.update(_line=line, _kind=kind, _uid=uid, _epoch=epoch)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return object.__getattribute__(self, name)
        own = object.__getattribute__(self, "__dict__")
        hello = own["_line"].hello
        if own["_kind"] == "Resolve" and name in hello["constants"]:
            return hello["constants"][name]
        known = name in hello["methods"].get(own["_kind"], ())
        if not known and not (hello["bleeds"] and any(name in names for names in hello["methods"].values())):
            return None
        return _Method(own, name)

    def __dir__(self) -> list[str]:
        own = object.__getattribute__(self, "__dict__")
        constants = own["_line"].hello["constants"] if own["_kind"] == "Resolve" else ()
        return sorted([*own["_line"].hello["methods"].get(own["_kind"], ()), *constants])

    def __repr__(self) -> str:
        own = object.__getattribute__(self, "__dict__")
        return f"<{own['_kind']} at {own['_uid'][:8]}>"


class _Method:
    """A bound method of a handle."""

    def __init__(self, own: dict[str, Any], name: str) -> None:
        self._own, self._name = own, name

    def __call__(self, *args: Any) -> Any:
        own = self._own
        message = {
            "call": self._name,
            "on": [own["_kind"], own["_uid"], own["_epoch"]],
            "args": [encode(arg) for arg in args],
        }
        return decode(own["_line"].ask(message), own["_line"])


def encode(value: Any) -> Any:
    """Return a value as it crosses the wire; raises TypeError for what can't."""
    if isinstance(value, Handle):
        own = object.__getattribute__(value, "__dict__")
        return {"handle": [own["_kind"], own["_uid"], own["_epoch"]]}
    if isinstance(value, dict):
        return {"pairs": [[encode(key), encode(one)] for key, one in value.items()]}
    if isinstance(value, (list, tuple)):
        return [encode(one) for one in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"bad argument: {type(value).__name__} can't be passed to Resolve")


def decode(value: Any, line: Line) -> Any:
    """Return what came over the wire, handles made anew."""
    if isinstance(value, list):
        return [decode(one, line) for one in value]
    if isinstance(value, dict) and "handle" in value:
        return Handle(line, *value["handle"])
    if isinstance(value, dict):
        return {decode(key, line): decode(one, line) for key, one in value["pairs"]}
    return value


def scriptapp(name: str, host: str | None = None, timeout: float | None = None) -> Any:
    """Return the Resolve handle, or None without a reason: closed, still starting, or the free edition."""
    address = os.environ.get("UPREZ_FAKE_RESOLVE") or ADDRESS
    via = os.environ.get("UPREZ_FAKE_RESOLVE_VIA", "outside")
    return connected(address, via) if name == "Resolve" and address else None


def connected(address: str, via: str, patience: float | None = None) -> Any:
    """Return the Resolve handle of one fake; None where it lets nobody in."""
    try:
        line = Line(address, via, patience)
    except (OSError, ValueError, RuntimeError):
        return None
    if not line.hello["open"]:
        line.close()
        return None
    if line.hello["crashes"] and __name__ == "fusionscript":
        os.abort()
    return Handle(line, "Resolve", "resolve", line.hello["epoch"])
