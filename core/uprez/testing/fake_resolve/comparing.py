"""Take a whole project down as plain values, and say where two such differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.framing import framing
from uprez.testing.fake_resolve.state import Clip, Item, Timeline

_ABSENT = "(absent)"
_INNER = ("errored", "placed", "placed_after", "touched", "added", "said_once")


def snapshot(app: App) -> dict[str, Any]:
    """Return everything that a user could see or miss, the window included.

    A take selector that holds only the original is none: it shows and does nothing.
    """
    project = app.project
    timelines = {timeline.uid: _timeline(app, timeline) for timeline in project.timelines}
    rest = {key: value for key, value in vars(project).items() if key != "timelines"}
    window = {"page": app.page, "timeline": project.current, "folder": project.folder}
    return {"window": window, "project": _plain(rest), "timelines": timelines}


def _timeline(app: App, timeline: Timeline) -> dict[str, Any]:
    found: dict[str, Any] = _plain({key: value for key, value in vars(timeline).items() if key != "tracks"})
    found["tracks"] = {
        f"{kind} {number}": {
            "name": track.name,
            "enabled": track.enabled,
            "locked": track.locked,
            "subtype": track.subtype,
            "items": {item.uid: _item(app, timeline, item) for item in track.items},
        }
        for kind, tracks in timeline.tracks.items()
        for number, track in enumerate(tracks, 1)
    }
    return found


def _item(app: App, timeline: Timeline, item: Item) -> dict[str, Any]:
    found: dict[str, Any] = _plain(vars(item))
    if len(item.takes) < 2:
        found |= {"takes": [], "selected": 0}
    clip = app.clip(item.clip)
    settings = {**app.project.settings, **timeline.settings}
    raster = int(settings["timelineResolutionWidth"]), int(settings["timelineResolutionHeight"])
    mismatch = settings["timelineInputResMismatchBehavior"]
    found["framing"] = framing(item, clip, raster, mismatch, app.knobs.crop_unit)
    found["missing"] = _missing(item, clip, timeline.rate)
    return found


def _missing(item: Item, clip: Clip | None, rate: Fraction) -> int:
    """Count the source frames that an item would show and its file doesn't have."""
    if clip is None or clip.facts is None or not clip.facts.video or clip.kind == "still":
        return 0
    end = item.source + item.duration * abs(item.speed) * clip.facts.rate / rate
    return max(0, int(end) - clip.facts.frames)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = vars(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items() if key not in _INNER}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Fraction) else value


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """Name each place where two snapshots differ, as "path: was → is"; empty where they are alike."""
    return list(_differing(before, after, where))


def _differing(before: Any, after: Any, where: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{where}/{key}" if where else str(key)
            yield from _differing(before.get(key, _ABSENT), after.get(key, _ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _differing(*pair, f"{where}/{index}")
    elif before != after:
        yield f"{where}: {before} → {after}"
