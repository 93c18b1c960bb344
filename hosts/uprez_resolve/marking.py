"""Mark relinked clips in the timeline, so that people see them; a mark that can't be set stops nothing."""

from __future__ import annotations

import json

from uprez_resolve.journal import Change
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle
from uprez_resolve.seeing import markers

_COLOR, _LATER = "Mint", 6


def marked(timeline: Handle, change: Change, start: int) -> Change:
    """Set a marker over a clip that begins at a timeline frame, on the next free frame of its first few."""
    custom = change.marker or json.dumps({"uprez": 1, "item": change.item})
    if _there(timeline, custom):
        return change.model_copy(update={"marker": custom})
    offset = start - (whole(timeline.call("GetStartFrame")) or 0)
    for later in range(min(_LATER, max(1, change.duration))):
        said = timeline.call("AddMarker", offset + later, _COLOR, "uprez", change.path, 1, custom)
        if said and _there(timeline, custom):
            return change.model_copy(update={"marker": custom})
    return change


def unmarked(timeline: Handle, change: Change) -> None:
    """Take a clip's marker away, if it is there."""
    if change.marker and _there(timeline, change.marker):
        timeline.call("DeleteMarkerByCustomData", change.marker)


def _there(timeline: Handle, custom: str) -> bool:
    return any(marker.get("customData") == custom for _, marker in markers(timeline))
