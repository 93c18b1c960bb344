"""Say in plain words why nothing happens: one look at Resolve, its library and its menu."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from uprez.errors import HostError, HostGone, UprezError
from uprez.finding import Finding
from uprez_resolve.entries import log_of
from uprez_resolve.installing import Places, copies, remembered, wrongs
from uprez_resolve.reach import LIBRARY, MODULE, attached, libraries, nowhere
from uprez_resolve.remote import Handle, Remote, failed
from uprez_resolve.running import runs as runs_here
from uprez_resolve.workspaces import FOLDER, all_of_them, writable

_PATIENCE = 10.0  # seconds for one call
MAC_PYTHON = Path("/usr/local/bin/python3")
_SEEN = "install Python 3 from python.org, where Resolve looks for it"


def findings(
    places: Places,
    environment: Mapping[str, str] = os.environ,
    runs: Callable[[], bool] = runs_here,
    patience: float = _PATIENCE,
) -> Iterator[Finding]:
    """Say what keeps uprez from Resolve; a machine without Resolve has nothing wrong."""
    found = libraries(environment)
    yield _library(found, environment)
    if found:
        yield _attached(found[0], environment, runs, patience)
    yield _workspaces()
    yield _menu(places)


def _workspaces() -> Finding:
    folder = all_of_them()
    good = writable(folder)
    found = f"in {folder}" if good else f"{folder} can't be written; set {FOLDER} to a folder that can"
    return Finding(what="Resolve's workspaces", found=found, good=good)


def _library(found: list[Path], environment: Mapping[str, str]) -> Finding:
    what, named = "Resolve's library", environment.get(LIBRARY)
    if named and Path(named) not in found:
        took = f"; {found[0]} is taken in its place" if found else ""
        return Finding(what=what, found=f"{nowhere(environment)}{took}", good=False)
    if not found:
        told = f"not on this machine; files still work; set {LIBRARY} if it lies elsewhere"
        return Finding(what=what, found=told)
    others = [str(one) for one in found[1:] if one.name != MODULE]
    more = f" ({', '.join(others)} is there as well; {LIBRARY} chooses)" if others and not named else ""
    return Finding(what=what, found=f"{found[0]}{more}")


def _attached(
    library: Path, environment: Mapping[str, str], runs: Callable[[], bool], patience: float
) -> Finding:
    try:
        wire = attached(library, environment, runs)
    except HostGone as why:
        return _wrong(str(why).removeprefix("DaVinci Resolve: "))
    with Remote(wire, patience) as remote:
        return _open(remote)


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
    what, log = "Resolve's menu", log_of(places.kept)
    try:
        if not remembered(places).files and not copies(places):
            return Finding(what=what, found="no entries; `uprez resolve install` shows what it would write")
        wrong = list(wrongs(places))
    except UprezError as broken:
        return Finding(what=what, found=str(broken), good=False)
    fine = f"entries are in {places.menu}; Resolve sees new ones when it starts; their log is {log}"
    found = "; ".join(_told(wrong)) or fine
    if not wrong and places.system == "darwin" and not _mac_python(places.environment):
        found = f"Resolve sees no Python, so it shows no entries; {_SEEN}"
        return Finding(what=what, found=found, good=False)
    return Finding(what=what, found=found, good=not wrong)


def _told(wrong: list[tuple[Path, str]]) -> Iterator[str]:
    """Name what is wrong once, however many entries it is wrong with."""
    for why in dict.fromkeys(why for _, why in wrong):
        paths = [path for path, one in wrong if one == why]
        yield f"{paths[0] if len(paths) == 1 else f'{len(paths)} entries in {paths[0].parent}'}: {why}"


def _mac_python(environment: Mapping[str, str]) -> bool:
    """Tell whether there is a Python where Resolve up to 21.0 looks; it never looks at Homebrew's."""
    return "PYTHON3HOME" in environment or MAC_PYTHON.exists()


def _wrong(found: str) -> Finding:
    return Finding(what="Resolve", found=found, good=False)
