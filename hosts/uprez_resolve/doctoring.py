"""Say in plain words why nothing happens: one look at Resolve, its library and its menu."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from uprez.errors import HostError, HostGone, UprezError
from uprez.finding import Finding
from uprez_resolve.installing import Places, copies, remembered, status
from uprez_resolve.reach import library_of
from uprez_resolve.remote import ChildWire, Handle, Remote, failed

_WAIT, _PATIENCE = 30.0, 10.0  # seconds: to load and attach, and for one call
_RUNS = {"win32": "Resolve.exe", "darwin": "/Contents/MacOS/Resolve", "linux": "/bin/resolve"}
_MENU_WAY = "the free edition has its menu only (`uprez resolve install`), and from 21.1 on only files"
_OFF = (
    "Resolve is open and lets no program in: set Preferences > System > General > External scripting using "
    f"to Local and restart it; {_MENU_WAY}"
)
_CLOSED = "DaVinci Resolve is not open; open it with a project and ask again"
MAC_PYTHON = Path("/usr/local/bin/python3")
_PYTHON_ORG = "install Python 3.11 or newer from python.org and set UPREZ_RESOLVE_PYTHON to it"


def findings(
    places: Places,
    environment: Mapping[str, str] = os.environ,
    runs: Callable[[], bool] | None = None,
    patience: float = _PATIENCE,
) -> Iterator[Finding]:
    """Say what keeps uprez from Resolve; a machine without Resolve has nothing wrong."""
    library = library_of(environment)
    if library is None:
        yield Finding(
            what="Resolve's library",
            found="not on this machine; files still work; set RESOLVE_SCRIPT_LIB if it lies elsewhere",
        )
    else:
        yield Finding(what="Resolve's library", found=str(library))
        yield _attached(library, environment, runs or _runs, patience)
    yield _menu(places)


def _attached(
    library: Path, environment: Mapping[str, str], runs: Callable[[], bool], patience: float
) -> Finding:
    python = environment.get("UPREZ_RESOLVE_PYTHON", sys.executable)
    try:
        wire = ChildWire(library, python)
    except OSError as broken:
        return _wrong(f"UPREZ_RESOLVE_PYTHON {python} can't be started ({broken.strerror}); {_PYTHON_ORG}")
    try:
        told = wire.first(_WAIT)
        if "failed" in told:
            return _wrong(f"{python} can't load the library ({told['failed']}); {_PYTHON_ORG}")
        if not told["attached"]:
            return _wrong(_OFF if runs() else _CLOSED)
        return _open(Remote(wire, patience))
    except HostGone:
        return _wrong(f"the library crashes, or never comes back, under {python}; {_PYTHON_ORG}")
    finally:
        wire.close()


def _open(remote: Remote) -> Finding:
    """Look at an open Resolve in the order in which it fails."""
    try:
        product, version = (remote.resolve.call(name) for name in ("GetProductName", "GetVersionString"))
        name = f"{product} {version}"
        if failed(remote.resolve.call("GetCurrentPage")):
            return _wrong(f"{name}: a window of its own, such as the Project Manager, is open; close it")
        manager = remote.resolve.call("GetProjectManager")
        if not isinstance(manager, Handle) or failed(manager.call("GetCurrentDatabase")):
            return _wrong(f"{name}: has no project library open, as after a crash; restart it")
        project = manager.call("GetCurrentProject")
        timeline = project.call("GetCurrentTimeline") if isinstance(project, Handle) else None
    except HostError:
        return _wrong("Resolve is open and gives no answer: a window of its own is waiting; answer that")
    opened = f"timeline {timeline.call('GetName')}" if isinstance(timeline, Handle) else "no timeline is open"
    return Finding(what="Resolve", found=f"{name}, {opened}")


def _menu(places: Places) -> Finding:
    what = "Resolve's menu"
    try:
        if not remembered(places).files and not copies(places):
            return Finding(what=what, found="no entries; `uprez resolve install` shows what it would write")
        wrong = [line for line, good in status(places) if not good]
    except UprezError as broken:
        return Finding(what=what, found=str(broken), good=False)
    found = "; ".join(wrong) or f"entries are in {places.menu}; Resolve sees new ones when it starts"
    if not wrong and places.system == "darwin" and not _mac_python(places.environment):
        found = f"Resolve sees no Python, so it shows no entries; {_PYTHON_ORG}"
        return Finding(what=what, found=found, good=False)
    return Finding(what=what, found=found, good=not wrong)


def _mac_python(environment: Mapping[str, str]) -> bool:
    """Tell whether there is a Python where Resolve up to 21.0 looks; it never looks at Homebrew's."""
    return "PYTHON3HOME" in environment or MAC_PYTHON.exists()


def _runs() -> bool:
    """Tell whether a Resolve is running here, which its library does not say."""
    words = ["tasklist"] if sys.platform == "win32" else ["ps", "-A", "-o", "args="]
    try:
        listed = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return _RUNS.get(sys.platform, "/bin/resolve") in listed


def _wrong(found: str) -> Finding:
    return Finding(what="Resolve", found=found, good=False)
