"""Who is at work: a process holds a lock file for as long as it lives, so no clock has to be trusted.

The kernel frees the lock when the process dies and keeps it while the process is merely suspended.
"""

from __future__ import annotations

import os
import platform
import uuid
from pathlib import Path

from filelock import FileLock, Timeout


class Owner:
    """Hold this ledger's own lock file until `close`."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self.host = platform.node()
        self.pid = os.getpid()
        self._file = _file(folder, self.name)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self._file, timeout=0, thread_local=False)
        self._lock.acquire()

    def close(self) -> None:
        """Say that this owner is gone."""
        self._file.unlink(missing_ok=True)
        self._lock.release()


def is_alive(folder: Path, name: str) -> bool:
    """Tell whether the owner called `name` still lives, be it suspended."""
    file = _file(folder, name)
    if not file.exists():
        return False
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    file.unlink(missing_ok=True)
    lock.release()
    return False


def _file(folder: Path, name: str) -> Path:
    return folder / ".owners" / f"{name}.lock"
