"""Open a timeline with OTIO: its own files, its bundles, what adapters read. Only ever runs in the child."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import opentimelineio as otio

from uprez_otio.limits import DEPTH, BadTimeline
from uprez_otio.nativetext import native_text

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NEWER_MARKER = re.compile(r'("OTIO_SCHEMA"\s*:\s*)"Marker\.(?:[3-9]|\d\d+)"')


def check_depth(text: bytes) -> None:
    """Raise BadTimeline for JSON nested so deeply that OTIO would hang or crash on it."""
    brackets = text.translate(None, _NOT_BRACKETS)
    for _ in range(DEPTH):
        inside = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(inside) == len(brackets):
            return
        brackets = inside
    raise BadTimeline(f"it is nested more than {DEPTH} deep; export it again")


def root_of(path: Path) -> Any:
    """Return what OTIO, or an adapter of it, reads from a file; raises BadTimeline and what they raise."""
    native = native_text(path)
    if native is None:
        return otio.adapters.read_from_file(str(path))
    check_depth(native)
    try:
        text = native.decode("utf-8")
    except UnicodeDecodeError:
        raise BadTimeline("it is no UTF-8 text; export it again") from None
    try:
        return otio.core.deserialize_json_from_string(text)
    except otio.exceptions.UnsupportedSchemaError:
        if not _NEWER_MARKER.search(text):
            raise BadTimeline("it was written by a newer OpenTimelineIO; update opentimelineio") from None
    return otio.core.deserialize_json_from_string(_older_markers(text))


def _older_markers(text: str) -> str:
    """Relabel markers of schemas to come: they move no frame, and only our reading copy changes."""

    def older(thing: dict[str, Any]) -> dict[str, Any]:
        if str(thing.get("OTIO_SCHEMA", "")).startswith("Marker."):
            thing["OTIO_SCHEMA"] = "Marker.2"
            color = thing.get("color")
            thing["color"] = str(color.get("name", "")) if isinstance(color, dict) else color
        return thing

    return json.dumps(json.loads(text, object_hook=older))
