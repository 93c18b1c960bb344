"""The demo's timeline, written as the JSON that OpenTimelineIO reads: no library is needed to write one."""

from __future__ import annotations

from typing import Any

from uprez.frozen import Frozen

RATE = 24
FIRST = 86_400  # 01:00:00:00
FRAMES = 312
FOOTAGE = "big_buck_bunny.mov"
Json = dict[str, Any]


class Use(Frozen):
    """Name `count` timeline frames that begin at the footage's frame `start`, counted from 0."""

    name: str
    start: int
    count: int
    speed: int = 1


WAKE = Use(name="wake", start=0, count=32)  # nothing lies before it: no handle at the head
STRETCH = Use(name="stretch", start=24, count=28)  # shares frames with the shot before
RUN = Use(name="run", start=84, count=12, speed=2)
LOOK = Use(name="look", start=136, count=24)
PESTS = Use(name="pests", start=204, count=24)
BACK = Use(name="back to bed", start=8, count=24, speed=-1)  # frames that the first two have paid for


def timeline() -> Json:
    """Build the cut: six shots of one file, a dissolve, two retimes, and two clips that are left out."""
    shots = [*map(_clip, (WAKE, STRETCH, RUN, LOOK)), _dissolve(4, 4), *map(_clip, (PESTS, BACK))]
    track = {
        "OTIO_SCHEMA": "Track.1",
        "name": "V1",
        "kind": "Video",
        "children": [_bars(), *shots, _offline()],
    }
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": "uprez demo",
        "global_start_time": _time(FIRST),
        "tracks": stack,
        "metadata": {"credit": "Big Buck Bunny (c) Blender Foundation, www.bigbuckbunny.org, CC-BY 3.0"},
    }


def _clip(use: Use) -> Json:
    effects = [] if use.speed == 1 else [_warp(use.speed)]
    return _shown(use.name, _external(FOOTAGE, FIRST, FRAMES), _range(FIRST + use.start, use.count), effects)


def _bars() -> Json:
    """A generator: it has no source frames to upscale."""
    bars = {
        "OTIO_SCHEMA": "GeneratorReference.1",
        "name": "bars",
        "generator_kind": "SMPTEBars",
        "parameters": {},
        "available_range": _range(0, 12),
        "metadata": {},
    }
    return _shown("bars", bars, _range(0, 12), [])


def _offline() -> Json:
    """A clip whose file is not there."""
    return _shown("end card", _external("end_card.mov", 0, 48), _range(0, 12), [])


def _shown(name: str, media: Json, source: Json, effects: list[Json]) -> Json:
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "source_range": source,
        "effects": effects,
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "metadata": {},
    }


def _external(url: str, first: int, frames: int) -> Json:
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": "",
        "target_url": url,
        "available_range": _range(first, frames),
        "metadata": {},
    }


def _warp(speed: int) -> Json:
    return {
        "OTIO_SCHEMA": "LinearTimeWarp.1",
        "name": f"speed {speed}",
        "effect_name": "LinearTimeWarp",
        "time_scalar": float(speed),
        "metadata": {},
    }


def _dissolve(before: int, after: int) -> Json:
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": "dissolve",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": _time(before),
        "out_offset": _time(after),
        "metadata": {},
    }


def _range(start: int, count: int) -> Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start), "duration": _time(count)}


def _time(frames: int) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": float(frames)}
