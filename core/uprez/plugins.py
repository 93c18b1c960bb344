"""Load plugins one by one: a broken one is a line in a list, never a traceback."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from uprez import hookspecs
from uprez.errors import PlanError, PluginError
from uprez.frozen import Frozen
from uprez.host import Host
from uprez.orders import Model
from uprez.provider import Provider
from uprez.stager import Stager

GROUP = "uprez"


class Loaded(Frozen):
    """Say where one plugin came from; `error` is why it is out, None if it works."""

    name: str
    source: str
    version: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Plugins:
    """Hold what the plugins brought, by name, and a line for each of them."""

    hook: Any
    lines: tuple[Loaded, ...]
    providers: Mapping[str, type[Provider]] = field(default_factory=dict)
    hosts: Mapping[str, type[Host]] = field(default_factory=dict)
    stagers: Mapping[str, type[Stager]] = field(default_factory=dict)

    def provider(self, name: str) -> type[Provider]:
        """Return the provider called `name`; raises PlanError naming those that are there."""
        if name not in self.providers:
            raise PlanError(f"provider {name!r} is not there; choose one of {_listed(self.providers)}")
        return self.providers[name]

    def model(self, provider: str, name: str) -> Model:
        """Return a provider's model, its first one for an empty name; raises PlanError."""
        models = self.provider(provider).models
        found = models[0] if not name else next((model for model in models if model.name == name), None)
        if found is None:
            names = _listed({model.name: model for model in models})
            raise PlanError(f"provider {provider} has no model {name!r}; choose one of {names}")
        return found

    def host(self, address: str) -> Host:
        """Return the host that claims a timeline's address; raises PlanError where none does."""
        for host in self.hosts.values():
            if host.claims(address):
                return host(address)
        raise PlanError(f"{address}: no host reads this kind of timeline; see `uprez hosts`")


def load(inline: Iterable[Path] = ()) -> Plugins:
    """Load every installed plugin and the `inline` files, each apart from the others.

    `UPREZ_PLUGINS=local,topaz` limits which are loaded. Raises nothing: what is broken is a line.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    wanted = {name.strip() for name in os.environ.get("UPREZ_PLUGINS", "").split(",")} - {""}
    lines, found = [], _Found()
    for name, source, version, get in (*map(_installed, entry_points(group=GROUP)), *map(_inline, inline)):
        if wanted and name not in wanted:
            continue
        error = _register(manager, name, get, found)
        lines.append(Loaded(name=name, source=source, version=version, error=error))
    return Plugins(manager.hook, tuple(lines), found.providers, found.hosts, found.stagers)


@dataclass
class _Found:
    providers: dict[str, type[Provider]] = field(default_factory=dict)
    hosts: dict[str, type[Host]] = field(default_factory=dict)
    stagers: dict[str, type[Stager]] = field(default_factory=dict)


_Source = tuple[str, str, str, Callable[[], Any]]


def _installed(entry: EntryPoint) -> _Source:
    dist = entry.dist
    return entry.name, dist.name if dist else entry.value, dist.version if dist else "", entry.load


def _inline(path: Path) -> _Source:
    return path.stem, str(path), "", lambda: _import_file(path)


def _import_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"uprez_inline_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path}: not a Python file; name a .py file in uprez.toml")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _register(manager: pluggy.PluginManager, name: str, get: Callable[[], Any], found: _Found) -> str | None:
    """Load one plugin and collect what it brings; returns why it is out, None if it works."""
    try:
        module = get()
        manager.register(module, name)
        manager.check_pending()
        brought = _Found(dict(found.providers), dict(found.hosts), dict(found.stagers))
        for hook, kind, into in (
            ("uprez_providers", Provider, brought.providers),
            ("uprez_hosts", Host, brought.hosts),
            ("uprez_stagers", Stager, brought.stagers),
        ):
            _collect(module, hook, kind, into)
        found.providers, found.hosts, found.stagers = brought.providers, brought.hosts, brought.stagers
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as broken:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        return f"{type(broken).__name__}: {broken}"
    return None


def _collect(module: Any, hook: str, kind: type, into: dict[str, Any]) -> None:
    for named in getattr(module, hook, tuple)():
        if not (isinstance(named, type) and issubclass(named, kind)):
            raise PluginError(f"{hook} names {named!r}, which is no {kind.__name__} class")
        name: str = named.name  # type: ignore[attr-defined]
        if name in into:
            raise PluginError(f"{hook} names {name!r}, and another plugin already has that name")
        into[name] = named


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names)) or "none (see `uprez plugins`)"
