"""Use the Deliver page's one state, which is the user's, and put it back whatever happens."""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from uprez.errors import HostError
from uprez.times import spoken
from uprez_resolve.context import Scene
from uprez_resolve.finding import tracks_of
from uprez_resolve.framing import raster_of
from uprez_resolve.remote import Handle, failed

_CODECS = (("mov", "prores422hq"), ("mov", "dnxhrhqx"), ("mov", "dnxhrhq"), ("mp4", "h264"))
_KNOWN = ("ProRes 422 HQ", "H.264 Master")
_SURE = ("SelectAllFrames", "MarkIn", "MarkOut", "TargetDir", "CustomName", "ExportVideo")
_log = logging.getLogger("uprez")


@contextlib.contextmanager
def settings_kept(project: Handle) -> Iterator[None]:
    """Keep format, codec, mode and all settings: nothing can read them, so a preset of ours holds them.

    Raises HostError where Resolve can't hold them. (facts: 12.2)
    """
    name = f"uprez {secrets.token_hex(4)}"
    was = project.call("GetCurrentRenderFormatAndCodec"), project.call("GetCurrentRenderMode")
    project.call("SaveAsNewRenderPreset", name)
    if name not in _presets(project):
        raise HostError("DaVinci Resolve: can't keep its render settings as they are; bake the clips by hand")
    try:
        yield
    finally:
        project.call("LoadRenderPreset", name)
        _set_format(project, *was)
        project.call("DeleteRenderPreset", name)
        if name in _presets(project):
            _log.warning("DaVinci Resolve: the render preset %s is left; delete it on the Deliver page", name)


@contextlib.contextmanager
def marks_kept(timeline: Handle) -> Iterator[None]:
    """Keep the in and out marks of the open timeline, which the range of a job may move. (facts: 8.12)"""
    was = _marks(timeline)
    try:
        yield
    finally:
        if _marks(timeline) != was:
            timeline.call("ClearMarkInOut")
            for kind, span in was.items():
                timeline.call("SetMarkInOut", span.get("in"), span.get("out"), kind)
            if _marks(timeline) != was:
                _log.warning("DaVinci Resolve: the in and out marks are not as they were; set them by hand")


@contextlib.contextmanager
def alone(scene: Scene, timeline: Handle, track: int) -> Iterator[None]:
    """Show one video track of the open timeline and no other. Raises HostError."""
    others = [number for number in range(1, tracks_of(timeline) + 1) if number != track]
    shown = [number for number in others if timeline.call("GetIsTrackEnabled", "video", number)]
    try:
        for number in shown:
            _enable(scene, timeline, number, False)
        yield
    finally:
        for number in shown:
            with contextlib.suppress(HostError):
                _enable(scene, timeline, number, True)
                continue
            _log.warning("DaVinci Resolve: track V%d is still disabled; enable it by hand", number)


def begin(project: Handle) -> None:
    """Start from a known preset where there is one, and choose the best codec. Raises HostError."""
    known = next((name for name in _KNOWN if name in _presets(project)), None)
    if known:
        project.call("LoadRenderPreset", known)
    project.call("SetCurrentRenderMode", 1)
    if project.call("GetCurrentRenderMode") != 1:
        raise HostError("DaVinci Resolve: does not render a range as one file; bake the clips by hand")
    for wish, codec in _CODECS:
        if _chosen(project, wish, codec):
            return
    raise HostError("DaVinci Resolve: offers no codec to render with; bake the clips by hand")


def describe(project: Handle, timeline: Handle, rate: Fraction, told: dict[str, Any]) -> None:
    """Set what a job is to be, a key at a time, as one may be refused. Raises HostError."""
    raster = raster_of(project, timeline)
    sized = {} if raster is None else {"FormatWidth": raster[0], "FormatHeight": raster[1]}
    plain = {"SelectAllFrames": False, "ExportVideo": True, "ExportAudio": False}
    for key, value in {**plain, **sized, "FrameRate": float(spoken(rate)), **told}.items():
        if failed(project.call("SetRenderSettings", {key: value})) and key in _SURE:
            raise HostError(f"Resolve does not take the render setting {key}; bake it by hand")


def _presets(project: Handle) -> list[Any]:
    told = project.call("GetRenderPresetList")
    return list(told) if isinstance(told, list) else []


def _set_format(project: Handle, told: Any, mode: Any) -> None:
    if isinstance(told, dict) and project.call("GetCurrentRenderFormatAndCodec") != told:
        project.call("SetCurrentRenderFormatAndCodec", told.get("format"), told.get("codec"))
    if mode in (0, 1) and project.call("GetCurrentRenderMode") != mode:
        project.call("SetCurrentRenderMode", mode)


def _chosen(project: Handle, wish: str, codec: str) -> bool:
    """Choose a codec by its value, as Resolve lists it here and now. (facts: 12.2, 12.8)"""
    formats = project.call("GetRenderFormats")
    for name in formats.values() if isinstance(formats, dict) else ():
        codecs = project.call("GetRenderCodecs", name) if str(name).lower() == wish else None
        for value in codecs.values() if isinstance(codecs, dict) else ():
            if re.sub(r"[^a-z0-9]", "", str(value).lower()).startswith(codec):
                project.call("SetCurrentRenderFormatAndCodec", name, value)
                now = project.call("GetCurrentRenderFormatAndCodec")
                if isinstance(now, dict) and (now.get("format"), now.get("codec")) == (name, value):
                    return True
    return False


def _marks(timeline: Handle) -> dict[str, Any]:
    told = timeline.call("GetMarkInOut") if timeline.has("GetMarkInOut") else {}
    return {kind: span for kind, span in told.items() if span} if isinstance(told, dict) else {}


def _enable(scene: Scene, timeline: Handle, track: int, shown: bool) -> None:
    """Enable or disable a track: where the page in front doesn't do it, the Edit page does."""
    for page in ("", "edit"):
        if page:
            scene.resolve.call("OpenPage", page)
        timeline.call("SetTrackEnable", "video", track, shown)
        if bool(timeline.call("GetIsTrackEnabled", "video", track)) is shown:
            return
    raise HostError(f"track V{track} can't be {'enabled' if shown else 'disabled'}; do it by hand")
