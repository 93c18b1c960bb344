"""Make and unmake clips, bins and timelines, for scripts and for the user alike."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.defaults import COLOR_DEFAULTS
from uprez.testing.fake_resolve.media import hour, rate_of, read_file, read_sequence, shown_path
from uprez.testing.fake_resolve.state import Clip, Facts, Folder, Item, Timeline, Track, new_uid


def add_folder(app: App, parent: str, name: str) -> Folder | None:
    """Add a bin; None where its name is taken."""
    if any(one.parent == parent and one.name == name for one in app.project.folders.values()):
        return None
    folder = Folder(new_uid(), name, parent)
    app.project.folders[folder.uid] = folder
    return folder


def delete_folder(app: App, uid: str) -> None:
    """Delete a bin with all that it holds."""
    project = app.project
    for inner in [one.uid for one in project.folders.values() if one.parent == uid]:
        delete_folder(app, inner)
    for clip in [clip for clip in project.clips.values() if clip.folder == uid]:
        delete_clip(app, clip.uid)
    del project.folders[uid]
    if project.folder == uid:
        project.folder = project.root


def imported(app: App, entry: Any) -> Clip | None:
    """Import one path, or one {FilePath, StartIndex, EndIndex}; None for what isn't media (6.2)."""
    if isinstance(entry, dict):
        if "StartIndex" in entry:
            return _sequence(app, entry)
        entry = entry.get("FilePath", "")
    path = str(entry)
    facts = read_file(Path(path)) if Path(path).is_absolute() else None
    if facts is None:
        return None
    kind = "still" if facts.still else "media" if facts.video else "audio"
    if not facts.video or facts.still:
        facts = Facts(**{**vars(facts), "rate": _project_rate(app)})  # the project's rate, frozen (6.3)
    return _existing(app, path) or add_clip(app, Path(path).name, kind=kind, path=path, facts=facts)


def _sequence(app: App, entry: dict[str, Any]) -> Clip | None:
    pattern, first, last = str(entry["FilePath"]), int(entry["StartIndex"]), int(entry["EndIndex"])
    facts = read_sequence(pattern, first, last, _project_rate(app))
    if facts is None:
        return None
    path = shown_path(pattern, first, last)
    return _existing(app, path) or add_clip(app, Path(path).name, kind="sequence", path=path, facts=facts)


def _existing(app: App, path: str) -> Clip | None:
    if app.knobs.import_dupe == "new":
        return None
    return next((clip for clip in app.project.clips.values() if clip.path == path), None)


def _project_rate(app: App) -> Fraction:
    found = rate_of(app.project.settings["timelineFrameRate"])
    return found[0] if found else Fraction(24)


def add_clip(app: App, name: str, **fields: Any) -> Clip:
    """Add an item to the pool, in the bin that is open."""
    clip = Clip(new_uid(), name, app.project.folder, **fields)
    if clip.facts is not None:
        clip.facts = copy.copy(clip.facts)
        clip.properties = dict(COLOR_DEFAULTS)
    app.project.clips[clip.uid] = clip
    return clip


def delete_clip(app: App, uid: str) -> None:
    """Delete an item of the pool; what showed it shows nothing any more."""
    app.project.clips.pop(uid, None)
    for timeline, *_, track, item in list(app.items()):
        item.takes = [take for take in item.takes if take.clip != uid]
        if item.clip == uid:
            track.items.remove(item)
            timeline.selection = [one for one in timeline.selection if one != item.uid]


def add_timeline(app: App, name: str, rate: Fraction, drop: bool = False) -> Timeline | None:
    """Add an empty timeline that begins at 01:00:00:00 and open it; None where its name is taken."""
    if any(one.name == name for one in app.project.timelines):
        return None
    start = hour(rate, drop)
    timeline = Timeline(new_uid(), name, rate, drop, start, start, settings={"useCustomSettings": "0"})
    timeline.tracks["video"].append(Track("Video 1"))
    timeline.tracks["audio"].append(Track("Audio 1", subtype="stereo"))
    return enter(app, timeline)


def enter(app: App, timeline: Timeline) -> Timeline:
    """Put a timeline into the project and the pool, and open it."""
    app.project.timelines.append(timeline)
    app.project.current = timeline.uid
    add_clip(app, timeline.name, kind="timeline", timeline=timeline.uid)
    return timeline


def delete_timeline(app: App, uid: str) -> None:
    """Delete a timeline and its item in the pool."""
    project = app.project
    project.timelines = [one for one in project.timelines if one.uid != uid]
    for clip in [clip for clip in project.clips.values() if clip.timeline == uid]:
        delete_clip(app, clip.uid)


def duplicate(app: App, timeline: Timeline, name: str) -> Timeline:
    """Copy a timeline with all its items, grades, takes and markers (8.7)."""
    before = app.project.current
    twin = copy.deepcopy(timeline)
    twin.uid, twin.name, twin.selection = new_uid(), name, []
    if app.knobs.duplicate_uids == "new":
        _renew([item for *_, item in twin.placed()])
    lost = [item for kind, *_, item in twin.placed() if kind == "video"][-app.knobs.duplicate_loses :]
    if app.knobs.duplicate_loses:
        delete_items(twin, [item.uid for item in lost])
    enter(app, twin)
    if not app.knobs.duplicate_current:
        app.project.current = before
    return twin


def _renew(items: list[Item]) -> None:
    names = {item.uid: new_uid() for item in items}
    for item in items:
        item.uid, item.linked = names[item.uid], [names.get(uid, uid) for uid in item.linked]


def delete_items(timeline: Timeline, uids: list[str], *, ripple: bool = False) -> bool:
    """Delete items from unlocked tracks, what follows drawn up if `ripple`; tells whether all went."""
    left = set(uids)
    for tracks in timeline.tracks.values():
        for track in tracks:
            for item in [item for item in track.items if item.uid in uids and not track.locked]:
                track.items.remove(item)
                left.discard(item.uid)
                for later in track.items:
                    later.start -= item.duration if ripple and later.start >= item.end else 0
    timeline.selection = [uid for uid in timeline.selection if uid not in uids]
    return not left


def compounded(app: App, timeline: Timeline, items: list[Item], kind: str) -> Item | None:
    """Put a new clip without a file in the place of some items; None for no items."""
    if not items:
        return None
    start, end = min(item.start for item in items), max(item.end for item in items)
    held = next(track for *_, track, item in timeline.placed() if item is items[0])
    facts = Facts(timeline.rate, end - start, size=(1920, 1080))
    inside = [item.clip for item in items if item.clip]
    clip = add_clip(app, f"{kind.capitalize()} Clip 1", kind=kind, facts=facts, holds=inside)
    delete_items(timeline, [item.uid for item in items])
    made = Item(new_uid(), "clip", start, end - start, clip.uid)
    held.items.append(made)
    held.items.sort(key=lambda one: one.start)
    return made
