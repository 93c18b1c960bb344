"""Build small OTIO timelines as plain JSON, with nothing of OTIO needed to write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def timeline(*tracks: Json, start: int | None = None, rate: float = 24.0, **more: Any) -> Json:
    """Build a timeline of tracks, the lowest first; `start` is its first frame's timecode number."""
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": "made",
        "global_start_time": None if start is None else time(start, rate),
        "tracks": stack(*tracks, name="tracks"),
        **more,
    }


def stack(*tracks: Json, name: str = "nested", source: Json | None = None, **more: Any) -> Json:
    """Build a stack of tracks."""
    return _item("Stack.1", name, source, children=list(tracks), **more)


def track(*children: Json, name: str = "V1", kind: str = "Video", **more: Any) -> Json:
    """Build a track of clips, gaps, transitions and stacks."""
    return _item("Track.1", name, None, children=list(children), kind=kind, **more)


def clip(name: str, media: Json | None, source: Json | None = None, **more: Any) -> Json:
    """Build a clip with one reference."""
    return _item(
        "Clip.2",
        name,
        source,
        media_references={"DEFAULT_MEDIA": media or missing()},
        active_media_reference_key="DEFAULT_MEDIA",
        **more,
    )


def gap(count: float, rate: float = 24.0) -> Json:
    """Build a gap of `count` frames."""
    return _item("Gap.1", "", span(0, count, rate))


def dissolve(before: float, after: float, rate: float = 24.0) -> Json:
    """Build a transition that begins `before` frames ahead of the cut and ends `after` it."""
    return {
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {},
        "name": "",
        "in_offset": time(before, rate),
        "out_offset": time(after, rate),
        "transition_type": "SMPTE_Dissolve",
    }


def external(url: str, available: Json | None = None, **more: Any) -> Json:
    """Build a reference to a file."""
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": "",
        "available_range": available,
        "available_image_bounds": None,
        "target_url": url,
        **more,
    }


def missing() -> Json:
    """Build a reference to nothing."""
    return {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": "", "available_range": None}


def warp(speed: float, schema: str = "LinearTimeWarp.1") -> Json:
    """Build a linear change of speed; with the schema "FreezeFrame.1" and speed 0 a freeze."""
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": "",
        "effect_name": schema.partition(".")[0],
        "time_scalar": speed,
    }


def effect(name: str, schema: str = "Effect.1") -> Json:
    """Build an effect that OTIO itself says nothing about."""
    return {"OTIO_SCHEMA": schema, "metadata": {}, "name": name, "effect_name": name}


def marker(text: str, at: float = 0, rate: float = 24.0) -> Json:
    """Build a marker."""
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {},
        "name": text,
        "color": "RED",
        "comment": "",
        "marked_range": span(at, 1, rate),
    }


def span(start: float, count: float, rate: float = 24.0) -> Json:
    """Build a range of `count` frames from `start` on."""
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": time(count, rate), "start_time": time(start, rate)}


def time(count: float, rate: float = 24.0) -> Json:
    """Build a time of `count` frames."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(count)}


def write(path: Path, content: Json) -> Path:
    """Write a timeline as OTIO itself would; returns the path."""
    path.write_text(json.dumps(content, indent=4, ensure_ascii=False), encoding="utf-8")
    return path


def _item(schema: str, name: str, source: Json | None, **more: Any) -> Json:
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
