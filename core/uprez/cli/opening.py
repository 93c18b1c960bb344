"""Open a session as the command line and the settings say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from uprez.outcome import Progress
from uprez.plugins import Plugins, load
from uprez.session import Session
from uprez.settings import Settings, read_settings


def opened(
    timeline: str, workspace: Path | None, watch: Callable[[Progress], None] = lambda progress: None
) -> tuple[Session, Settings]:
    """Return a session on a timeline, and the settings. Raises PlanError."""
    settings = read_settings()
    return Session(timeline, load(settings.plugins), workspace=workspace, watch=watch), settings


def loaded() -> Plugins:
    """Return all plugins, those that the settings name included."""
    return load(read_settings().plugins)
