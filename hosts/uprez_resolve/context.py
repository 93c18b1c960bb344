"""Work in the user's open project and leave it as it was found, whatever happens in between."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from uprez.errors import HostError, HostGone
from uprez_resolve.remote import Handle, Remote, failed

_log = logging.getLogger("uprez")
_PAGES = ("cut", "edit", "color", "deliver")  # those that tell the playhead and let clips be deleted


class Scene:
    """Hold the open project, and what the user was looking at in it.

    Raises HostError where Resolve would answer every write with nothing.
    """

    def __init__(self, remote: Remote) -> None:
        self.remote, self.resolve = remote, remote.resolve
        self.manager: Handle = _must(
            self.resolve.call("GetProjectManager"), "has no project manager; restart it"
        )
        _must(
            self.manager.call("GetCurrentDatabase"),
            "has no project library, as after a bad start; restart it",
        )
        self.project: Handle = _must(self.manager.call("GetCurrentProject"), "has no project open; open one")
        self.page = _must(self.resolve.call("GetCurrentPage"), "shows no page; leave the project manager")
        if self.project.call("IsRenderingInProgress"):
            raise HostError("DaVinci Resolve: is rendering; wait until it is done, then run again")
        self.pool: Handle = _must(self.project.call("GetMediaPool"), "has no media pool; restart it")
        self.folder = self.pool.call("GetCurrentFolder")
        self.was: Handle | None = self.project.call("GetCurrentTimeline") or None
        self.playhead: Any = None
        self._locked: list[tuple[Handle, int]] = []

    def enter(self) -> None:
        """Go to a page that works, and remember where the playhead is."""
        if self.page not in _PAGES:
            self.resolve.call("OpenPage", "edit")
        self.playhead = self.was.call("GetCurrentTimecode") if self.was else None

    def show(self, timeline: Handle) -> None:
        """Open a timeline: takes and track states of any other one are not told. Raises HostError."""
        wanted = timeline.call("GetUniqueId")
        for _ in range(2):
            if self.shown() != wanted:
                self.project.call("SetCurrentTimeline", timeline)
        if self.shown() != wanted:
            raise HostError("DaVinci Resolve: the timeline can't be opened; open it yourself and run again")

    def shown(self) -> str | None:
        """Return the open timeline's id."""
        current = self.project.call("GetCurrentTimeline")
        return current.call("GetUniqueId") if isinstance(current, Handle) else None

    def unlock(self, timeline: Handle, track: int) -> None:
        """Unlock a video track of the open timeline until the end. Raises HostError."""
        known = timeline.has("GetIsTrackLocked")
        if not known or not timeline.call("GetIsTrackLocked", "video", track):
            return
        self._locked.append((timeline, track))
        timeline.call("SetTrackLock", "video", track, False)
        if timeline.call("GetIsTrackLocked", "video", track):
            raise HostError(f"its track V{track} is locked and stays so; unlock it and run again")

    def still_there(self) -> None:
        """Raise HostGone where Resolve has closed: then no clip failed, and none is done."""
        try:
            there = not failed(self.resolve.call("GetProductName"))
        except HostError:
            there = False
        if not there:
            raise HostGone("DaVinci Resolve: has closed; open it and run again")

    def leave_at(self, timeline: Handle) -> None:
        """Leave another timeline open than the one that was: that one is about to go."""
        if self.was is not None and self.was.call("GetUniqueId") == timeline.call("GetUniqueId"):
            return
        self.was, self.playhead = timeline, None

    def save(self) -> None:
        """Save the project; one that was never saved would ask for a name, so it is left to the user."""
        name = self.project.call("GetName")
        if failed(name) or name == "Untitled Project":
            _log.warning("DaVinci Resolve: the project has no name yet; save it yourself")
        elif failed(self.manager.call("SaveProject")):
            _log.warning("DaVinci Resolve: the project could not be saved; save it yourself")

    def restore(self) -> None:
        """Put back what the user was looking at; what can't be put back is told, not raised."""
        with contextlib.suppress(HostGone):
            self.still_there()
            self._restore()

    def _restore(self) -> None:
        for what, step in self._steps():
            try:
                step()
            except HostGone:
                raise
            except HostError as why:
                _log.warning("DaVinci Resolve: %s could not be put back (%s)", what, why)

    def _steps(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for timeline, track in self._locked:
            yield f"the lock of V{track}", lambda one=timeline, n=track: self._relock(one, n)  # type: ignore[misc]
        if isinstance(self.folder, Handle):
            yield "the current bin", lambda: self.pool.call("SetCurrentFolder", self.folder)
        if self.was is not None:
            yield "the current timeline", lambda: self.show(self.was)  # type: ignore[arg-type]
            yield "the playhead", self._move_back
        yield "the page", self._turn_back

    def _relock(self, timeline: Handle, track: int) -> None:
        self.show(timeline)
        timeline.call("SetTrackLock", "video", track, True)

    def _move_back(self) -> None:
        if self.was and self.playhead and self.was.call("GetCurrentTimecode") != self.playhead:
            self.was.call("SetCurrentTimecode", self.playhead)

    def _turn_back(self) -> None:
        if self.resolve.call("GetCurrentPage") != self.page:
            self.resolve.call("OpenPage", self.page)


@contextlib.contextmanager
def as_found(remote: Remote) -> Iterator[Scene]:
    """Work on the open project; page, timeline, playhead, bin and locks are put back, even after Ctrl-C."""
    scene = Scene(remote)
    try:
        scene.enter()
        yield scene
    except HostGone:
        raise
    except HostError:
        scene.still_there()  # Resolve that closes raises just as one that refuses does
        raise
    finally:
        scene.restore()


def _must(value: Any, why: str) -> Any:
    if failed(value):
        raise HostError(f"DaVinci Resolve: {why}, then run again")
    return value
