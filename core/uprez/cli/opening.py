"""Open a session, or find a workspace, as the command line and the settings say."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from uprez.errors import PlanError
from uprez.plugins import Plugins, load
from uprez.request import home_of
from uprez.settings import Settings, read_settings

if TYPE_CHECKING:
    from uprez.session import Session

_log = logging.getLogger("uprez")


def opened(
    timeline: str, workspace: Path | None, media: Iterable[Path] | None = None
) -> tuple[Session, Settings]:
    """Return a session on a timeline, and the settings; `media` are folders to search. Raises PlanError."""
    from uprez.session import Session  # half of what a command costs that opens no timeline

    settings = read_settings()
    plugins = load(settings.plugins)
    for name in settings.caps.provider.keys() - plugins.providers.keys():
        _log.warning("[caps.provider.%s]: no such provider, so that cap binds nobody", name)
    folders = tuple(map(Path.absolute, media or ()))
    for folder in folders:
        if not folder.is_dir():
            raise PlanError(f"--media {folder}: is no folder; check the name")
    return Session(timeline, plugins, workspace=workspace, settings=settings, media=folders), settings


def loaded() -> Plugins:
    """Return all plugins, those that the settings name included."""
    return load(read_settings().plugins)


def workspace_of(where: str) -> Path:
    """Return the workspace that a path means: itself, or the one of a timeline. Raises PlanError."""
    path = Path(where)
    if path.is_dir() and ((path / "ledger.db").exists() or (path / "run.json").exists()):
        return path.absolute()
    try:
        return home_of(path, loaded().host(where).workspace().absolute())
    except PlanError:
        if path.is_dir():
            return path.absolute()
        if not path.exists() and ":" not in where:
            raise PlanError(f"{where}: there is no such workspace or timeline; check the name") from None
        raise
