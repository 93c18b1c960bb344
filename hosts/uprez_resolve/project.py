"""Find the open project and a timeline in it, which every conversation with Resolve begins with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from uprez.errors import HostError, HostGone
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle, Remote, failed

_NAMED = 8


def project_of(remote: Remote) -> Handle:
    """Return the open project; raises HostGone where Resolve shows none, as while it still starts.

    Raises HostError where it would answer every write with nothing: better said before anything is bought.
    """
    manager = remote.resolve.call("GetProjectManager")
    project = manager.call("GetCurrentProject") if isinstance(manager, Handle) else None
    if not isinstance(manager, Handle) or not isinstance(project, Handle):
        raise HostGone("DaVinci Resolve: has no project open; open one and try again")
    if failed(remote.resolve.call("GetCurrentPage")):
        raise HostError("DaVinci Resolve: shows no page; close the Project Manager and try again")
    if failed(manager.call("GetCurrentDatabase")):
        raise HostError(
            "DaVinci Resolve: has no project library, as after a bad start; restart it and try again"
        )
    return project


def timeline_of(project: Handle, name: str = "", uid: str = "") -> Handle:
    """Return a timeline by its id, else by its name, which may be its id, else the open one.

    Raises HostError.
    """
    if uid:
        return _by_id(project, uid)
    if name:
        return _named(project, name)
    current = project.call("GetCurrentTimeline")
    if not isinstance(current, Handle):
        raise HostError("DaVinci Resolve: has no timeline open; open one, or name it as resolve:NAME")
    return current


def _by_id(project: Handle, uid: str) -> Handle:
    for timeline in timelines(project):
        if uid_of(timeline) == uid:
            return timeline
    raise HostError(
        "DaVinci Resolve: the timeline is not in the open project any more; open its project again"
    )


def _named(project: Handle, name: str) -> Handle:
    """Bins may hold timelines of one name: of those only the open one can be meant."""
    names: dict[str, list[Handle]] = {}
    for timeline in timelines(project):
        names.setdefault(str(timeline.call("GetName")), []).append(timeline)
    if name not in names:
        same = (one for one in timelines(project) if uid_of(one) == name)
        if (known := next(same, None)) is not None:
            return known
        there = ", ".join([*names][:_NAMED]) or "none at all"
        raise HostError(f"resolve:{name}: the project has no such timeline; there is {there}")
    current = uid_of(project.call("GetCurrentTimeline"))
    opened = [one for one in names[name] if uid_of(one) == current]
    if len(names[name]) > 1 and not opened:
        raise HostError(
            f"resolve:{name}: the project has {len(names[name])} of that name; open the one you mean"
        )
    return (opened or names[name])[0]


def timelines(project: Handle) -> Iterator[Handle]:
    """Iterate over the project's timelines, in Resolve's order."""
    for number in range(1, (whole(project.call("GetTimelineCount")) or 0) + 1):
        timeline = project.call("GetTimelineByIndex", number)
        if isinstance(timeline, Handle):
            yield timeline


def asked(handle: Handle, method: str, *arguments: object) -> Any:
    """Call a method that a clip can be read without; None where Resolve raises, as odd kinds of items do."""
    try:
        return handle.call(method, *arguments)
    except HostGone:
        raise
    except HostError:
        return None


def uid_of(handle: object) -> str:
    """Return a handle's id, empty for what has none: two handles of one thing are never equal themselves."""
    told = handle.call("GetUniqueId") if isinstance(handle, Handle) else None
    return "" if failed(told) else str(told)
