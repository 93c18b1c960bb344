"""AppendToTimeline: the one way for a script to place a clip, and all the ways in which it goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez.testing.fake_resolve.api.face import Ref, item_ref, whole
from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.defaults import frames_in
from uprez.testing.fake_resolve.state import Clip, Item, Timeline, Track, new_uid

_FRAMES = ("startFrame", "endFrame", "recordFrame")
_TRACKED = (18, 5)
VIDEO, AUDIO = 1, 2


@dataclass
class _Wish:
    """One entry of a batch, understood; `kinds` are the tracks' kinds."""

    clip: Clip
    start: int
    end: int
    kinds: list[str]
    track: int
    record: int | None


def append(app: App, infos: list[Any]) -> list[Ref | None] | None:
    """Place a batch on the open timeline; answers items, and items that are nowhere where it failed."""
    timeline = app.current
    if timeline is None or not infos:
        return None
    wishes = [_wish(app, info) for info in infos]
    if None in wishes:
        return None
    answered = [item for wish in wishes if wish for item in _place(app, timeline, wish)]
    ghosts = app.knobs.ghost_uid
    return [item_ref(item, ghost=index in ghosts) for index, item in enumerate(answered)]


def _wish(app: App, info: Any) -> _Wish | None:
    info = {"mediaPoolItem": info} if isinstance(info, Clip) else info
    clip = info.get("mediaPoolItem") if isinstance(info, dict) else None
    if not isinstance(clip, Clip):
        return None
    given = {name: info[name] for name in _FRAMES if info.get(name) is not None}
    if any(whole(value) is None for value in given.values()) and app.knobs.fractional_frames == "batch_none":
        return None
    frames = {name: int(value) for name, value in given.items()}
    if app.profile.version < _TRACKED:
        frames.pop("recordFrame", None)
    kinds = _kinds(clip, info.get("mediaType"))
    track = _track_wanted(app, info)
    start, end = _span(app, clip, frames)
    return _Wish(clip, start, end, kinds, track, frames.get("recordFrame")) if end > start and kinds else None


def _kinds(clip: Clip, media: Any) -> list[str]:
    facts = clip.facts
    has = {"video": facts is None or facts.video, "audio": facts is not None and facts.audio > 0}
    wanted = {None: ("video", "audio"), VIDEO: ("video",), AUDIO: ("audio",)}.get(media, ())
    return [kind for kind in wanted if has[kind]]


def _track_wanted(app: App, info: dict[str, Any]) -> int:
    alone = info.get("mediaType") is None and app.knobs.track_without_mediatype == "track1"
    return 1 if alone or app.profile.version < _TRACKED else int(info.get("trackIndex") or 1)


def _span(app: App, clip: Clip, frames: dict[str, int]) -> tuple[int, int]:
    """Return source frames from the clip's head, half-open."""
    length = int(frames_in(clip))
    base = clip.facts.first if clip.facts and app.knobs.source_base == "start" else 0
    start = frames.get("startFrame", base) - base + app.knobs.start_slip
    end = frames.get("endFrame")
    if clip.kind == "still" and app.knobs.still_ignores_end and not clip.touched:
        return start, start + 120  # a still's standard length, whatever was asked for
    if end is None:
        return start, length
    end += app.knobs.start_slip + (app.knobs.end_frame == "inclusive")
    return start, end - base if clip.kind == "still" else min(end - base, length)


def _place(app: App, timeline: Timeline, wish: _Wish) -> list[Item]:
    made = [(kind, _made(timeline, wish)) for kind in wish.kinds]
    outcomes = [_settle(app, timeline, wish, kind, item) for kind, item in made]
    placed = [item for (_, item), outcome in zip(made, outcomes, strict=True) if outcome == "placed"]
    if len(placed) == 2:
        placed[0].linked, placed[1].linked = [placed[1].uid], [placed[0].uid]
    if len(placed) < len(made):
        app.project.errored = app.project.errored or app.project.placed + 1
    return [item for (_, item), outcome in zip(made, outcomes, strict=True) if outcome != "dropped"]


def _made(timeline: Timeline, wish: _Wish) -> Item:
    rate = wish.clip.facts.rate if wish.clip.facts else timeline.rate
    head = wish.clip.span[0] if wish.clip.span else 0
    duration = max(1, int((wish.end - wish.start) * timeline.rate / rate))
    start = wish.record if wish.record is not None else _tail(timeline)
    return Item(new_uid(), "clip", start, duration, wish.clip.uid, source=Fraction(wish.start + head))


def _tail(timeline: Timeline) -> int:
    return max((item.end for *_, item in timeline.placed()), default=timeline.start)


def _settle(app: App, timeline: Timeline, wish: _Wish, kind: str, item: Item) -> str:
    """Put an item onto its track: placed, lost (answered, and nowhere) or dropped (not even answered)."""
    track = _track(app, timeline, kind, wish.track)
    if track is None:
        return "lost"
    if track.locked:
        return "lost" if app.knobs.locked_append == "lost" else "dropped"
    if not track.enabled and app.knobs.disabled_append == "lost":
        return "lost"
    while over := [one for one in track.items if one.start < item.end and item.start < one.end]:
        if app.knobs.overlap != "slide":
            return "lost" if app.knobs.overlap == "ghost" else "dropped"
        item.start = max(one.end for one in over)
    app.project.placed += 1
    item.placed_after = app.project.placed
    track.items.append(item)
    track.items.sort(key=lambda one: one.start)
    return "placed"


def _track(app: App, timeline: Timeline, kind: str, number: int) -> Track | None:
    tracks = timeline.tracks[kind]
    if number == len(tracks) + 1 and app.knobs.beyond_tracks == "next_creates":
        tracks.append(Track(f"{kind.capitalize()} {number}", subtype="stereo" if kind == "audio" else ""))
    return tracks[number - 1] if 1 <= number <= len(tracks) else None
