"""Dress a clip of ours above like its shot: grade, transform, colour, and whether it is seen at all."""

from __future__ import annotations

from uprez.errors import RelinkError
from uprez_resolve.context import Scene
from uprez_resolve.finding import AGAIN, Found
from uprez_resolve.framing import FIT, alike, set_properties
from uprez_resolve.rates import whole
from uprez_resolve.remote import Handle, failed
from uprez_resolve.taking import framed


def dress(scene: Scene, found: Found, item: Handle, clip: Handle, *, enabled: bool) -> None:
    """Give our clip what the shot has; raises RelinkError for what can't be given."""
    if found.baked:
        set_properties(item, {"Scaling": FIT})  # the whole frame was rendered, so it fills the frame
    else:
        _dress_alike(scene, found, item, clip)
    color = found.handle.call("GetClipColor")
    if not failed(color):
        item.call("SetClipColor", color)
    if not enabled:
        enable(item, False)


def _dress_alike(scene: Scene, found: Found, item: Handle, clip: Handle) -> None:
    properties = dict(found.handle.call("GetProperty") or {})
    properties |= framed(scene, found, properties, found.clip, clip)
    there = dict(item.call("GetProperty") or {})
    set_properties(item, {name: new for name, new in properties.items() if not alike(there.get(name), new)})
    if failed(found.handle.call("CopyGrades", [item])) or nodes_of(item) != nodes_of(found.handle):
        raise RelinkError("its grade can't be copied to a clip above; give --as take")


def mixed(found: Found) -> bool:
    """Tell whether the original would shine through a copy on top, so that it has to go dark."""
    properties = found.seen.properties
    opaque = alike(properties.get("Opacity", 100.0), 100.0)
    odd = not opaque or bool(properties.get("CompositeMode")) or found.shot.media.info.alpha
    return odd and found.shot.enabled


def enable(item: Handle, enabled: bool) -> None:
    """Show an item or not, and read it back; raises RelinkError."""
    if not item.has("SetClipEnabled"):
        raise RelinkError("this version of Resolve can't disable clips; give --as take")
    item.call("SetClipEnabled", enabled)
    if bool(item.call("GetClipEnabled")) is not enabled:
        raise RelinkError(f"it can't be {'enabled' if enabled else 'disabled'}; {AGAIN}")


def nodes_of(item: Handle) -> int | None:
    """Return how many nodes a grade has, where this version tells it."""
    graph = item.call("GetNodeGraph") if item.has("GetNodeGraph") else None
    return whole(graph.call("GetNumNodes")) if isinstance(graph, Handle) else None
