"""Make a provider with what it needs: its folder, its key, its address, its settings, its stager."""

from __future__ import annotations

from pathlib import Path

from uprez.errors import PlanError
from uprez.keychain import key_for
from uprez.plugins import Plugins
from uprez.provider import Context, Provider
from uprez.settings import Settings, base_url
from uprez.stager import Stager


def connected(plugins: Plugins, name: str, workspace: Path, settings: Settings) -> Provider:
    """Return the provider called `name`, at work for a workspace. Raises PlanError."""
    kind = plugins.provider(name)
    found = key_for(kind)
    context = Context(
        scratch=workspace / "scratch" / name,
        key=found.key if found else None,
        base_url=base_url(name, kind.base_url),
        settings=settings.provider.get(name, {}),
        stager=_stager(plugins, settings),
    )
    return kind(context)


def _stager(plugins: Plugins, settings: Settings) -> Stager | None:
    for name, table in settings.stager.items():
        if name not in plugins.stagers:
            raise PlanError(f"[stager.{name}]: no such stager; install its plugin or take the table away")
        return plugins.stagers[name](table)
    return None
