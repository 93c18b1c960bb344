"""Say where a timeline's ledger, plates and renders belong: a project of Resolve's has no folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

from uprez_resolve.ours import SUFFIX

FOLDER = "UPREZ_RESOLVE_FOLDER"
"""Names the folder of all workspaces; Resolve plays renders from there, so it is no place to clear out."""
_ODD = re.compile(r"[^\w.-]+")


def workspace_of(project: str, timeline: str, uid: str) -> Path:
    """Return a timeline's workspace; its id keeps it when the timeline gets another name. Makes nothing."""
    folder, tail = all_of_them() / _plain(project), f"-{_plain(uid)[:8]}{SUFFIX}"
    known = sorted(folder.glob(f"*{tail}")) if folder.is_dir() else []
    return known[0] if known else folder / f"{_plain(timeline)}{tail}"


def writable(folder: Path) -> bool:
    """Tell whether a folder can be written, or made where it isn't there yet."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def all_of_them() -> Path:
    """Return the folder that has a folder for each project of Resolve's."""
    named, home = os.environ.get(FOLDER), os.environ.get("UPREZ_HOME")
    if named:
        return Path(named).absolute()
    if home:
        return Path(home).absolute() / "workspaces"
    return Path(platformdirs.user_videos_dir()) / "uprez"


def _plain(name: str) -> str:
    """Return a name that any file system takes."""
    return _ODD.sub("-", name).strip("-.")[:60] or "unnamed"
