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
    folder, tail = _folder() / _plain(project), f"-{_plain(uid)[:8]}{SUFFIX}"
    known = sorted(folder.glob(f"*{tail}")) if folder.is_dir() else []
    return known[0] if known else folder / f"{_plain(timeline)}{tail}"


def _folder() -> Path:
    named, home = os.environ.get(FOLDER), os.environ.get("UPREZ_HOME")
    if named:
        return Path(named).absolute()
    if home:
        return Path(home).absolute() / "workspaces"
    return Path(platformdirs.user_videos_dir()) / "uprez"


def _plain(name: str) -> str:
    """Return a name that any file system takes."""
    return _ODD.sub("-", name).strip("-.")[:60] or "unnamed"
