"""What was begun from the menu and is not in the timeline yet: it outlives its process, a reboot too."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from uprez.errors import PlanError
from uprez.request import Request


def note(workspace: Path, request: Request) -> None:
    """Write down that a request waits to be brought back."""
    workspace.mkdir(parents=True, exist_ok=True)
    _file(workspace, request).write_text(request.model_dump_json(indent=1), encoding="utf-8")


def strike(workspace: Path, request: Request) -> None:
    """Say that nothing of a request waits any more."""
    _file(workspace, request).unlink(missing_ok=True)


def waiting(workspace: Path) -> list[Request]:
    """Return the requests that wait, the oldest first; one that can't be read is no request."""
    found = []
    for file in sorted(workspace.glob("waiting-*.json"), key=lambda file: file.stat().st_mtime_ns):
        with contextlib.suppress(OSError, UnicodeDecodeError, ValidationError):
            request = Request.model_validate_json(file.read_text(encoding="utf-8"))
            found.append(request.model_copy(update={"resumed": True}))
    return found


@contextlib.contextmanager
def only_one(workspace: Path) -> Iterator[None]:
    """Let one job at a time work in a workspace. Raises PlanError where another one is at it."""
    workspace.mkdir(parents=True, exist_ok=True)
    lock = _lock(workspace)
    try:
        lock.acquire()
    except Timeout:
        raise PlanError(
            f"{workspace}: an earlier job on this timeline is still at work; wait until it is done"
        ) from None
    try:
        yield
    finally:
        lock.release()


def at_work(workspace: Path) -> bool:
    """Tell whether a job is at work there; the system knows, even of one that was killed."""
    try:
        with only_one(workspace):
            return False
    except PlanError:
        return True


def _lock(workspace: Path) -> FileLock:
    return FileLock(workspace / ".job.lock", timeout=0)


def _file(workspace: Path, request: Request) -> Path:
    """Name a request by what it is about, however often it goes on."""
    about = request.model_dump_json(include={"selection", "recipe", "manner"})
    return workspace / f"waiting-{hashlib.sha256(about.encode()).hexdigest()[:12]}.json"
