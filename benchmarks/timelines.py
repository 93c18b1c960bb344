"""Write timelines as OTIO's JSON, without OTIO: what is measured must not be loaded by who measures."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

RATE = 24.0
FIRST = 86_400
Json = dict[str, Any]


def one_clip(path: Path, media: Path, frames: int) -> Path:
    """Write a timeline of one clip that shows all of a file that begins at 01:00:00:00."""
    return _write(path, [_track("V1", [_clip("A001", media.name, frames, FIRST, frames)])])


def many_clips(path: Path, media: list[str], frames: int, clips: int) -> Path:
    """Write `clips` clips on 4 tracks, with cuts, dissolves, retimes and gaps, the same ones every time."""
    chance = Random(clips)
    tracks = []
    for track in range(4):
        children: list[Json] = []
        for index in range(clips // 4):
            count = chance.randrange(24, 120)
            start = FIRST + chance.randrange(200, frames - 500)
            clip = _clip(f"A{track}_{index:05}", chance.choice(media), frames, start, count)
            if not chance.randrange(20):
                clip["effects"].append(_warp(chance.choice((2.0, 0.5, -1.0))))
            children.append(clip)
            if not chance.randrange(30):
                children.append(_gap(chance.randrange(1, 48)))
            elif not chance.randrange(10) and index + 1 < clips // 4:
                children.append(_dissolve(6))
        tracks.append(_track(f"V{track + 1}", children))
    return _write(path, tracks)


def _write(path: Path, tracks: list[Json]) -> Path:
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": tracks}
    timeline = {"OTIO_SCHEMA": "Timeline.1", "name": path.stem, "tracks": stack, "metadata": {}}
    path.write_text(json.dumps(timeline, indent=4))
    return path


def _track(name: str, children: list[Json]) -> Json:
    return {"OTIO_SCHEMA": "Track.1", "name": name, "kind": "Video", "children": children, "metadata": {}}


def _clip(name: str, url: str, available: int, start: int, count: int) -> Json:
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": "",
        "target_url": url,
        "available_range": _range(FIRST, available),
        "metadata": {},
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "source_range": _range(start, count),
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "metadata": {},
    }


def _warp(scalar: float) -> Json:
    return {
        "OTIO_SCHEMA": "LinearTimeWarp.1",
        "name": "",
        "effect_name": "LinearTimeWarp",
        "time_scalar": scalar,
        "metadata": {},
    }


def _gap(count: int) -> Json:
    return {"OTIO_SCHEMA": "Gap.1", "name": "", "source_range": _range(0, count), "metadata": {}}


def _dissolve(half: int) -> Json:
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": "",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": _time(half),
        "out_offset": _time(half),
        "metadata": {},
    }


def _range(start: int, count: int) -> Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start), "duration": _time(count)}


def _time(frames: int) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": RATE, "value": float(frames)}
