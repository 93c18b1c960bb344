"""Examine an installation and say in plain words what works and what does not."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from uprez.frozen import Frozen
from uprez.plugins import load
from uprez.settings import home, read_settings

_NEEDED = ("uprez", "av", "opentimelineio", "onnxruntime", "numpy", "pydantic", "pluggy", "httpx")
_LEAST = 2 << 30  # bytes: a minute of 4K ProRes needs more than 5 GB, a demo far less


class Finding(Frozen):
    """Hold one thing looked at; `good` False means that something will not work."""

    what: str
    found: str
    good: bool = True


def examine() -> tuple[Finding, ...]:
    """Look at Python, libraries, codecs, plugins, settings and disk; needs no network, changes nothing."""
    return (
        Finding(what="python", found=f"{platform.python_version()} on {platform.platform()}"),
        *_libraries(),
        *_codecs(),
        *_plugins(),
        _settings(),
        _disk(),
    )


def _libraries() -> Iterator[Finding]:
    for name in _NEEDED:
        try:
            yield Finding(what=name, found=version(name))
        except PackageNotFoundError:
            yield Finding(what=name, found="not installed; install uprez again", good=False)


def _codecs() -> Iterator[Finding]:
    import av
    from av.codec import Codec

    libraries = ", ".join(
        f"{name} {'.'.join(map(str, numbers))}" for name, numbers in av.library_versions.items()
    )
    yield Finding(what="FFmpeg", found=libraries)
    for encoder in ("ffv1", "prores_aw", "dnxhd", "libx264", "libx265"):
        try:
            Codec(encoder, "w")
            yield Finding(what=f"encoder {encoder}", found="there")
        except av.error.FFmpegError:
            yield Finding(
                what=f"encoder {encoder}", found="missing from this PyAV; install av again", good=False
            )


def _plugins() -> Iterator[Finding]:
    for line in load(read_settings().plugins).lines:
        yield Finding(
            what=f"plugin {line.name}", found=line.error or line.version or "ok", good=line.error is None
        )


def _settings() -> Finding:
    folder = home()
    nearest = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    good = os.access(nearest, os.W_OK)
    return Finding(
        what="settings folder", found=f"{folder}{'' if good else ' can not be written'}", good=good
    )


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    temporary = shutil.disk_usage(tempfile.gettempdir()).free
    found = f"{free / 1e9:.1f} GB free here, {temporary / 1e9:.1f} GB for temporary files"
    return Finding(what="disk", found=found, good=free > _LEAST)
