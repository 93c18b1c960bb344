"""Examine an installation and say in plain words what works and what does not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from uprez.errors import UprezError
from uprez.finding import Finding
from uprez.host import Host
from uprez.keychain import key_for, keyring_name
from uprez.plugins import load
from uprez.provider import Provider
from uprez.settings import Settings, home, read_settings

_NEEDED = ("uprez", "av", "opentimelineio", "onnxruntime", "numpy", "pydantic", "pluggy", "httpx", "typer")
_ENCODERS = ("ffv1", "prores_aw", "dnxhd", "libx264", "libx265")
_OLDEST = (3, 11)
_LEAST = 2 << 30  # bytes: a minute of 4K ProRes needs more than 5 GB, a demo far less


def examine() -> tuple[Finding, ...]:
    """Look at Python, libraries, codecs, adapters, plugins, settings and disk; no network, no change."""
    return (
        _python(),
        *_libraries(),
        *_codecs(),
        _adapters(),
        *_settings_and_plugins(),
        _home(),
        _disk(),
        Finding(what="network", found="not needed by the local provider, and not looked at"),
    )


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} cores"
    return Finding(what="python", found=found, good=sys.version_info >= _OLDEST)


def _libraries() -> Iterator[Finding]:
    for name in _NEEDED:
        try:
            yield Finding(what=name, found=version(name))
        except PackageNotFoundError:
            yield Finding(what=name, found="not installed; install uprez again", good=False)


def _codecs() -> Iterator[Finding]:
    try:
        import av
        from av.codec import Codec
    except ImportError as broken:
        yield Finding(what="FFmpeg", found=f"PyAV can't be loaded ({broken}); install av again", good=False)
        return
    numbers = (f"{name} {'.'.join(map(str, parts))}" for name, parts in av.library_versions.items())
    yield Finding(what="FFmpeg", found=", ".join(numbers))
    missing = []
    for encoder in _ENCODERS:
        try:
            Codec(encoder, "w")
        except (av.error.FFmpegError, ValueError):
            missing.append(encoder)
    lacks = f"{', '.join(missing)} missing from this PyAV; install av again"
    yield Finding(what="encoders", found=lacks if missing else ", ".join(_ENCODERS), good=not missing)


def _adapters() -> Finding:
    try:
        import opentimelineio

        names = sorted(opentimelineio.adapters.available_adapter_names())
    except Exception as broken:  # an adapter is anybody's code
        return Finding(what="OTIO adapters", found=f"can't be listed ({broken}); mend or remove", good=False)
    return Finding(what="OTIO adapters", found=", ".join(names))


def _settings_and_plugins() -> Iterator[Finding]:
    try:
        settings = read_settings()
        yield Finding(what="settings", found="read")
    except UprezError as broken:
        settings = Settings()
        yield Finding(what="settings", found=str(broken), good=False)
    plugins = load(settings.plugins)
    for line in plugins.lines:
        yield Finding(
            what=f"plugin {line.name}", found=line.error or line.version or "ok", good=line.error is None
        )
    yield Finding(what="keyring", found=keyring_name() or "none, keys come from the environment")
    yield from map(_key, (kind for kind in plugins.providers.values() if kind.key_env))
    for host in plugins.hosts.values():
        yield from _host(host)


def _host(kind: type[Host]) -> Iterator[Finding]:
    """Let a host say what keeps it from working; one that fails at that is a line itself."""
    try:
        yield from kind.check()
    except Exception as bug:  # a host is anybody's code
        found = str(bug) if isinstance(bug, UprezError) else f"its own check failed ({bug!r}); report it"
        yield Finding(what=f"host {kind.name}", found=found, good=False)


def _key(kind: type[Provider]) -> Finding:
    """Say where a key comes from; one that is not there is no fault, one that can't be read is."""
    what = f"key of {kind.name}"
    try:
        found = key_for(kind)
    except UprezError as unreadable:
        return Finding(what=what, found=str(unreadable), good=False)
    return Finding(what=what, found=f"from {found.source}" if found else f"{kind.key_env} is not set")


def _home() -> Finding:
    folder = home()
    nearest = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    good = nearest.is_dir() and os.access(nearest, os.W_OK)
    found = str(folder) if good else f"{folder} can't be written; mend its permissions or set UPREZ_HOME"
    return Finding(what="settings folder", found=found, good=good)


def _disk() -> Finding:
    here, temporary = (
        shutil.disk_usage(place).free / 1e9 for place in (Path.cwd(), Path(tempfile.gettempdir()))
    )
    found = f"{here:.1f} GB free here, {temporary:.1f} GB for temporary files"
    good = here * 1e9 > _LEAST
    return Finding(what="disk", found=found if good else f"{found}; renders will need more", good=good)
