"""Read a timeline file as Resolve does: only its own shape, and not a word on why it would not."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve import making
from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.media import read_file
from uprez.testing.fake_resolve.state import Clip, Item, Timeline, Track, new_uid
from uprez.times import snap_rate

Json = dict[str, Any]


class _Refused(Exception):
    pass


def import_otio(app: App, path: Path, options: Json) -> Timeline | None:
    """Import a timeline and what it uses; None for a name that is taken or a shape that isn't Resolve's."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        timeline = _started(app, content, options)
        _check(app, content, options)
    except (OSError, ValueError, LookupError, TypeError, _Refused):
        return None
    opened = app.project.current
    making.enter(app, timeline)
    try:
        for track in content["tracks"]["children"]:
            _track(app, timeline, track, options)
    except (LookupError, TypeError, _Refused):
        making.delete_timeline(app, timeline.uid)
        app.project.current = opened
        return None
    return timeline


def _started(app: App, content: Json, options: Json) -> Timeline:
    name = options.get("timelineName") or content["name"]
    start = content["global_start_time"]
    if content["OTIO_SCHEMA"] != "Timeline.1" or any(one.name == name for one in app.project.timelines):
        raise _Refused
    rate = snap_rate(start["rate"])
    first = int(start["value"])
    return Timeline(new_uid(), name, rate, False, first, first, settings={"useCustomSettings": "0"})


def _check(app: App, content: Json, options: Json) -> None:
    """Refuse a timeline that would be imported twice over where this build can't (6.9)."""
    pooled = {clip.path for clip in app.project.clips.values() if clip.path}
    used = {reference["target_url"] for reference in _references(content)}
    importing = options.get("importSourceClips", True)
    if app.knobs.import_source_clips == "inverse" and importing and pooled & used:
        raise _Refused


def _references(content: Json) -> list[Json]:
    clips = [one for track in content["tracks"]["children"] for one in track["children"] if _is(one, "Clip")]
    found = [clip["media_references"][clip["active_media_reference_key"]] for clip in clips]
    return [reference for reference in found if _is(reference, "ExternalReference")]


def _is(thing: Json, schema: str) -> bool:
    return str(thing["OTIO_SCHEMA"]).partition(".")[0] == schema


def _track(app: App, timeline: Timeline, content: Json, options: Json) -> None:
    kind = str(content["kind"]).lower()
    track = Track(content.get("name") or f"{kind.capitalize()} {len(timeline.tracks[kind]) + 1}")
    track.enabled = bool(content.get("enabled", True))
    timeline.tracks[kind].append(track)
    at = timeline.start
    for child in content["children"]:
        if _is(child, "Transition"):
            before, after = (int(child[side]["value"]) for side in ("in_offset", "out_offset"))
            track.items.append(Item(new_uid(), "transition", at - before, before + after))
            continue
        item = None if _is(child, "Gap") else _item(app, timeline, child, at, options)
        if item is not None:
            track.items.append(item)
        at += item.duration if item else round(float(child["source_range"]["duration"]["value"]))
    track.items.sort(key=lambda one: one.start)


def _item(app: App, timeline: Timeline, content: Json, at: int, options: Json) -> Item:
    if content["OTIO_SCHEMA"] != "Clip.2":
        raise _Refused
    source = content["source_range"]
    rate = snap_rate(source["start_time"]["rate"])
    duration = max(1, round(Fraction(source["duration"]["value"]) * timeline.rate / rate))
    reference = content["media_references"][content["active_media_reference_key"]]
    speed = next(
        (Fraction(one["time_scalar"]) for one in content["effects"] if "time_scalar" in one), Fraction(1)
    )
    item = Item(new_uid(), "clip", at, duration, enabled=bool(content.get("enabled", True)), speed=speed)
    if not _is(reference, "ExternalReference"):
        item.kind, item.name = "title", content["name"]
        return item
    clip = _media(app, reference, options)
    first = int(reference["available_range"]["start_time"]["value"])
    item.clip, item.source = clip.uid, Fraction(source["start_time"]["value"]) - first
    if app.knobs.otio_strict and clip.facts and (first != clip.facts.timecode or item.source < 0):
        raise _Refused
    return item


def _media(app: App, reference: Json, options: Json) -> Clip:
    """Return the pooled clip of a reference, or import it; one that can't be found comes in offline."""
    path = str(reference["target_url"])
    pooled = next((clip for clip in app.project.clips.values() if clip.path == path), None)
    if pooled is not None:
        return pooled
    facts = read_file(Path(path)) if Path(path).is_absolute() else None
    wanted = options.get("importSourceClips", True) or app.knobs.import_source_clips == "inverse"
    name = Path(path).name
    return making.add_clip(app, name, path=path, facts=facts, offline=facts is None or not wanted)
