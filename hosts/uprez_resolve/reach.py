"""Find Resolve: over the bridge of a menu script that started us, else through its scripting library."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from uprez.errors import HostGone
from uprez_resolve.remote import ChildWire, Remote, SocketWire

BRIDGE = "UPREZ_RESOLVE_BRIDGE"
"""Where the menu script puts "PORT TOKEN" for the uprez that it starts."""
_WAIT = 30.0  # seconds in which the library either attaches or says that nobody is there
_APP = "/Applications/DaVinci Resolve/DaVinci Resolve.app"
_PLACES = {
    "darwin": (f"{_APP}/Contents/Libraries/Fusion/fusionscript.so",
               "/Applications/DaVinci Resolve.app/Contents/Libraries/Fusion/fusionscript.so"),
    "win32": ("C:/Program Files/Blackmagic Design/DaVinci Resolve/fusionscript.dll",),
    "linux": ("/opt/resolve/libs/Fusion/fusionscript.so", "/home/resolve/libs/Fusion/fusionscript.so"),
}  # fmt: skip


def reached(environment: Mapping[str, str] = os.environ) -> Remote:
    """Begin a conversation with the Resolve that is open; raises HostGone saying what to look at."""
    bridge = environment.get(BRIDGE)
    if bridge:
        port, _, token = bridge.partition(" ")
        return Remote(SocketWire(int(port), token))
    library = library_of(environment)
    if library is None:
        raise HostGone(
            "DaVinci Resolve: its scripting library is not on this machine; install Resolve, "
            "or set RESOLVE_SCRIPT_LIB to its fusionscript"
        )
    wire = ChildWire(library, environment.get("UPREZ_RESOLVE_PYTHON", sys.executable))
    try:
        told = wire.first(_WAIT)
        if "failed" in told:
            raise HostGone(
                f"DaVinci Resolve: its library {library} can't be loaded by this Python ({told['failed']}); "
                "set UPREZ_RESOLVE_PYTHON to another one"
            )
        if not told["attached"]:
            raise HostGone(
                "DaVinci Resolve: does not answer; open it, set Preferences > System > General > External "
                "scripting to Local, and note that only Studio answers; `uprez doctor` looks closer"
            )
    except HostGone:
        wire.close()
        raise
    return Remote(wire)


def let_go() -> None:
    """Tell the menu entry that it is not needed any more; from here on only the library is asked."""
    bridge = os.environ.pop(BRIDGE, None)
    if bridge is None:
        return
    port, _, token = bridge.partition(" ")
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", int(port)), timeout=5) as caller,
    ):
        caller.sendall(f"{token}\nend\n".encode())
        caller.recv(1)  # its end: the entry has read it


def library_of(environment: Mapping[str, str]) -> Path | None:
    """Return Resolve's scripting library, None where it is in none of its places."""
    return next((place for place in _places(environment) if place.is_file()), None)


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get("RESOLVE_SCRIPT_LIB")
    if named:
        yield Path(named)
    yield from map(Path, _PLACES.get(sys.platform, ()))
