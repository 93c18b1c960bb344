"""Find Resolve: over the bridge of a menu script that started us, else through its scripting library."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from uprez.errors import HostGone
from uprez_resolve.remote import ChildWire, Remote, SocketWire
from uprez_resolve.running import runs

BRIDGE = "UPREZ_RESOLVE_BRIDGE"
"""Where the menu script puts "PORT TOKEN" for the uprez that it starts."""
LIBRARY = "RESOLVE_SCRIPT_LIB"
"""Blackmagic's own variable for the library's path."""
MODULES, MODULE = "RESOLVE_SCRIPT_API", "DaVinciResolveScript.py"
"""Blackmagic's own variable for the folder that has their module in its folder Modules."""
PYTHON = "UPREZ_RESOLVE_PYTHON"
"""Names the Python that loads the library, where ours doesn't suit it."""
OFF = (
    "is open and lets no program in: set Preferences > System > General > External scripting using to "
    "Local and restart it; the free edition has its menu only (`uprez resolve install`), and from 21.1 on "
    "only files"
)
CLOSED = "is not open; open it with its project and try again"
_WAIT = 30.0  # seconds in which the library either attaches or says that nobody is there
_PYTHON_ORG = f"install Python 3.11 or 3.12 from python.org and set {PYTHON} to it"
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
        raise HostGone(f"DaVinci Resolve: {nowhere(environment)}")
    return Remote(attached(library, environment))


def attached(
    library: Path, environment: Mapping[str, str] = os.environ, there: Callable[[], bool] = runs
) -> ChildWire:
    """Load the library in a process of its own and attach; raises HostGone saying what to look at.

    `there` tells whether a Resolve is running, which decides what is said where none answers.
    """
    python = environment.get(PYTHON, sys.executable)
    try:
        wire = ChildWire(library, python)
    except OSError as broken:
        raise _gone(f"{PYTHON} {python} can't be started ({broken.strerror}); {_PYTHON_ORG}") from None
    try:
        told = wire.first(_WAIT)
    except HostGone:
        wire.close()
        raise _gone(f"its library crashes, or never comes back, under {python}; {_PYTHON_ORG}") from None
    if told.get("attached"):
        return wire
    wire.close()
    if "failed" in told:
        raise _gone(f"{python} can't load its library {library} ({told['failed']}); {_PYTHON_ORG}")
    raise _gone(OFF if there() else CLOSED)


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
    return next(iter(libraries(environment)), None)


def libraries(environment: Mapping[str, str]) -> list[Path]:
    """Return all that could be loaded, the one to take first.

    Blackmagic's module comes last: it only looks in the same places, and older ones need what Python 3.12
    dropped.
    """
    return [place for place in dict.fromkeys(_places(environment)) if place.is_file()]


def nowhere(environment: Mapping[str, str]) -> str:
    """Say that there is no library, naming the file that is said to be it."""
    named = environment.get(LIBRARY)
    if named:
        return f"{LIBRARY} names {named}, which is not there; set it to Resolve's fusionscript, or unset it"
    return (
        f"its scripting library is not on this machine; install Resolve, or set {LIBRARY} to its fusionscript"
    )


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    named, folder = environment.get(LIBRARY), environment.get(MODULES)
    if named:
        yield Path(named)
    yield from map(Path, _PLACES.get(sys.platform, ()))
    if folder:
        yield Path(folder) / "Modules" / MODULE


def _gone(why: str) -> HostGone:
    return HostGone(f"DaVinci Resolve: {why}")
