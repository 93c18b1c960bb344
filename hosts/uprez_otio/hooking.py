"""OTIO's hook "uprez": after a cut is read, it shows the renders of the folders in `UPREZ_RENDERS`.

For players and tools that read a cut with OTIO and take no arguments, such as otioview. It does nothing
where neither that is set nor the hook's argument `uprez_renders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uprez_otio.linking import folders, link_media_reference


def hook_function(in_timeline: Any, argument_map: Mapping[str, Any] | None = None) -> Any:
    """Link every clip of a timeline that was just read; returns it."""
    asked = argument_map or {}
    told = {"renders": asked.get("uprez_renders"), "folder": asked.get("uprez_folder")}
    if folders(told) and hasattr(in_timeline, "find_clips"):
        for clip in in_timeline.find_clips():
            link_media_reference(clip, told)
    return in_timeline
