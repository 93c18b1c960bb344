"""Write a timeline as Resolve writes OTIO: absolute ranges, bare paths, gaps in between (13.3)."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.state import Clip, Item, Timeline, Track
from uprez.testing.timelines import gap, span, time
from uprez.times import spoken

_KINDS = {"video": "Video", "audio": "Audio"}


def export_otio(app: App, timeline: Timeline, path: Path) -> bool:
    """Write the file; False where its folder isn't there."""
    if not path.parent.is_dir():
        return False
    tracks = [
        _track(app, timeline, kind, track)
        for kind in _KINDS
        for track in timeline.tracks[kind]
        if track.items
    ]
    content = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}},
        "name": timeline.name,
        "global_start_time": time(timeline.start, _rate(timeline.rate)),
        "tracks": _item("Stack.1", "", None, children=tracks),
    }
    path.write_text(json.dumps(content, indent=4, ensure_ascii=False), encoding="utf-8")
    return True


def _rate(rate: Fraction) -> float:
    return float(spoken(rate))


def _track(app: App, timeline: Timeline, kind: str, track: Track) -> dict[str, Any]:
    children: list[dict[str, Any]] = []
    at, rate = timeline.start, _rate(timeline.rate)
    for item in track.items:
        if item.kind == "transition":
            children.append(_transition(item, rate))
            continue
        if item.start > at:
            children.append(gap(item.start - at, rate))
        children.append(_clip(app, timeline, item))
        at = item.end
    end = max(item.end for *_, item in timeline.placed())
    if end > at:
        children.append(gap(end - at, rate))
    made = _item("Track.1", track.name, None, children=children, kind=_KINDS[kind])
    return made | {"metadata": {"Resolve_OTIO": {"Locked": track.locked}}, "enabled": track.enabled}


def _transition(item: Item, rate: float) -> dict[str, Any]:
    before = item.duration // 2
    return {
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {},
        "name": item.name or "Cross Dissolve",
        "in_offset": time(before, rate),
        "out_offset": time(item.duration - before, rate),
        "transition_type": "SMPTE_Dissolve",
    }


def _clip(app: App, timeline: Timeline, item: Item) -> dict[str, Any]:
    clip = app.clip(item.clip)
    if clip is None or clip.facts is None or clip.path is None:
        range_ = span(0, item.duration, _rate(timeline.rate))
        generator: dict[str, Any] = {
            "OTIO_SCHEMA": "MissingReference.1",
            "metadata": {},
            "name": "",
            "available_range": None,
        }
        return _referring(item.name or item.kind.capitalize(), range_, generator, item)
    rate = _rate(clip.facts.rate)
    count = item.duration * clip.facts.rate / timeline.rate
    start = clip.facts.timecode + int(item.source)
    return _referring(clip.name, span(start, float(count), rate), _reference(clip, rate), item)


def _reference(clip: Clip, rate: float) -> dict[str, Any]:
    assert clip.facts is not None
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": clip.name,
        "available_range": span(clip.facts.timecode, clip.facts.frames, rate),
        "available_image_bounds": None,
        "target_url": clip.path,
    }


def _referring(name: str, range_: Any, reference: dict[str, Any], item: Item) -> dict[str, Any]:
    made = _item("Clip.2", name, range_)
    made["media_references"] = {"DEFAULT_MEDIA": reference}
    made["active_media_reference_key"] = "DEFAULT_MEDIA"
    made["enabled"] = item.enabled
    made["metadata"] = {"Resolve_OTIO": {"Link Group ID": 1 if item.linked else 0}}
    if item.speed != 1:
        made["effects"] = [_warp(item)]
    return made


def _warp(item: Item) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "LinearTimeWarp.1" if item.speed else "FreezeFrame.1",
        "metadata": {"Resolve_OTIO": {"Effect Name": "Retime"}},
        "name": "",
        "effect_name": "LinearTimeWarp" if item.speed else "FreezeFrame",
        "time_scalar": float(item.speed),
    }


def _item(schema: str, name: str, source: Any, **more: Any) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": source,
        "effects": [],
        "markers": [],
        "enabled": True,
        **more,
    }
