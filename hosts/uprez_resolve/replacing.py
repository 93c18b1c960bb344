"""Relink by giving the pool item another file: all timelines that use it change, and are listed first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from uprez.errors import RelinkError
from uprez.media.probe import probe
from uprez_resolve.context import Scene
from uprez_resolve.finding import AGAIN, Board, Found, path_of, pool_item, span_of
from uprez_resolve.fitting import equal, own, whole_file
from uprez_resolve.framing import alike, set_properties
from uprez_resolve.journal import Change, Journal, Planned, Use
from uprez_resolve.looks import NAME, dressed, looks_of, marks_of, remember, remembered
from uprez_resolve.ours import ORIGINAL
from uprez_resolve.pooling import whole_frames
from uprez_resolve.project import timelines, uid_of
from uprez_resolve.rates import clip_rate, whole
from uprez_resolve.remote import Handle
from uprez_resolve.taking import Note
from uprez_resolve.using import heard_in, tell, uses_of

_SAME = ("FPS", "Frames")
_TIMECODE = "Start TC"


class Replacing:
    """Replace the files of pool items."""

    def __init__(self, scene: Scene, journal: Journal) -> None:
        self._scene, self._journal = scene, journal
        self._given: dict[str, str] = {}
        self._rehearsed: dict[str, str] = {}
        self._proved: set[str] = set()
        self._unfinished: set[str] = set()

    def refuse(self, found: Found) -> None:
        """Raise RelinkError for what can't be replaced, before there is a render; changes nothing."""
        own(found)
        whole_file(found)
        clip = found.clip
        uid = uid_of(clip)
        if uid not in self._rehearsed:
            self._rehearsed[uid] = ""
            try:
                self._listed(found, clip)
            except RelinkError as why:
                self._rehearsed[uid] = str(why)
        if self._rehearsed[uid]:
            raise RelinkError(self._rehearsed[uid])

    def planned(self, found: Found) -> Planned:
        """Say what the pool item has and all that uses it; changes nothing. Raises RelinkError."""
        own(found)
        clip = found.clip
        uid, earlier = uid_of(clip), self._earlier(clip)
        if earlier is not None and self._given.get(uid) == found.path == path_of(clip):
            return Planned(_added(earlier, found, None), earlier.model_copy(update={"paths": (), "uses": ()}))
        equal(probe(found.shot.media.path), probe(found.relink.path), whole_frames(clip), found)
        now = self._now(found, clip)
        if uid in self._given:
            tried = (
                "could not be given its render" if self._given[uid] == found.path else "got another render"
            )
            raise RelinkError(f"its media {tried} just now, for another clip that shows it; give --as take")
        self._given[uid] = found.path
        if earlier is None:
            return Planned(now, now)
        if earlier.state == "begun":
            self._unfinished.add(earlier.item)
        known = path_of(clip) == found.path
        back = now.model_copy(update={"item": earlier.item, "paths": () if known else (found.path,)})
        return Planned(_added(earlier, found, None if known else now), back)

    def do(self, found: Found, change: Change, note: Note) -> Change:
        """Give the pool item its render, and back what that took from it; raises RelinkError."""
        clip = found.clip
        if path_of(clip) == change.path and change.item not in self._unfinished:
            return change
        if path_of(clip) != change.path:
            change = self._given_its_render(found, clip, change, note)
        clip = found.clip
        dressed(clip, change.kept, change.marks)
        remember(clip, change.source)
        for use, handle in self._handles(change):
            set_properties(handle, {name: new for name, (_, new) in use.properties.items()})
        return change

    def _given_its_render(self, found: Found, clip: Handle, change: Change, note: Note) -> Change:
        was = _facts(clip, found)
        self._replace(clip, change.path)
        clip = found.clip  # some builds make a new pool item of it
        self._given[uid_of(clip)] = found.path
        change = change.model_copy(update={"clip": uid_of(clip)})
        note(change)
        if path_of(clip) != change.path:
            raise RelinkError(f"Resolve does not give it its render; {AGAIN}")
        if _facts(clip, found) != was:
            raise RelinkError("Resolve reads its render at another length or rate; look at it")
        return change

    def check(self, found: Found, change: Change) -> None:
        """Read back the pool item and every use of it, once; raises RelinkError."""
        clip = found.clip
        if path_of(clip) != change.path:
            raise RelinkError(f"it does not show its render; {AGAIN}")
        if change.item not in self._proved:
            self._in_place(change, uid_of(clip))
        self._proved.add(change.item)

    def undo(self, item: Handle | None, change: Change) -> None:
        """Give the pool item its own file back; does nothing where it has it. Raises RelinkError."""
        if not change.paths:
            return
        clip = next(self._shown(change), None) or pool_item(self._scene.project, change.clip)
        if path_of(clip) in change.paths:
            self._replace(clip, change.source)
            clip = next(self._shown(change), clip)
        if path_of(clip) != change.source:
            raise RelinkError(f"its own file {change.source} can't be given back; look whether it is there")
        dressed(clip, change.kept, change.marks)
        remember(clip, change.kept.get(ORIGINAL, ""))
        for use, handle in self._handles(change):
            back = {name: old for name, (old, new) in use.properties.items()
                    if alike(handle.call("GetProperty", name), new)}  # fmt: skip
            set_properties(handle, back)

    def _now(self, found: Found, clip: Handle) -> Change:
        uses, heard = self._listed(found, clip)
        return Change(
            shots=(found.relink.shot,),
            name=found.shot.name,
            track=found.shot.track,
            item=uid_of(clip),
            start=found.seen.start,
            duration=found.seen.duration,
            clip=uid_of(clip),
            source=path_of(clip),
            paths=(found.path,),
            kept={
                NAME: str(clip.call("GetName") or ""),
                ORIGINAL: remembered(clip),
                _TIMECODE: str(clip.call("GetClipProperty", _TIMECODE) or ""),
                **looks_of(clip),
            },
            marks=marks_of(clip),
            uses=uses,
            heard=heard,
        )

    def _earlier(self, clip: Handle) -> Change | None:
        """Return what an earlier run noted of a pool item that still shows one of its renders."""
        uid, shown = uid_of(clip), path_of(clip)
        known = self._journal.receipt.changes.values()
        fits = (one for one in known if uid in (one.item, one.clip) and shown in one.paths)
        return next((one for one in fits if one.state != "reverted"), None)

    def _replace(self, clip: Handle, path: str) -> None:
        safe = clip.has("ReplaceClipPreserveSubClip")
        clip.call("ReplaceClipPreserveSubClip" if safe else "ReplaceClip", path)

    def _listed(self, found: Found, clip: Handle) -> tuple[tuple[Use, ...], tuple[str, ...]]:
        """Find all that uses a pool item, by its pictures and by its sound, and say it aloud."""
        uses = tuple(uses_of(self._scene.project, clip, (found.relink.width, found.relink.height)))
        heard = heard_in(self._scene.project, clip)
        tell(found.shot.name, uses, heard)
        return uses, heard

    def _in_place(self, change: Change, uid: str) -> None:
        there = {use.item for use, _ in self._handles(change)}
        for use, handle in self._handles(change):
            same = (*span_of(handle), whole(handle.call("GetLeftOffset"))) == (
                use.start,
                use.duration,
                use.left,
            )
            if use.shown and (not same or uid_of(handle.call("GetMediaPoolItem")) != uid):
                raise RelinkError(f"its use in {use.timeline_name} does not show what it did; {AGAIN}")
        if any(use.item not in there for use in change.uses):
            raise RelinkError(f"a use of it is not in its timeline any more; {AGAIN}")

    def _handles(self, change: Change) -> Iterator[tuple[Use, Handle]]:
        wanted = {(use.timeline, use.item): use for use in change.uses}
        names = {use.timeline for use in change.uses}
        for timeline in timelines(self._scene.project):
            uid = uid_of(timeline)
            if uid in names:
                for item, spot in Board(timeline).read().items.items():
                    if (uid, item) in wanted:
                        yield wanted[uid, item], spot.item

    def _shown(self, change: Change) -> Iterator[Handle]:
        """Yield the pool item as its uses show it now."""
        for use, handle in self._handles(change):
            clip = handle.call("GetMediaPoolItem")
            if use.shown and isinstance(clip, Handle):
                yield clip


def _added(earlier: Change, found: Found, now: Change | None) -> Change:
    """Add a shot to what was noted before, and its render where that is a new one."""
    shots = tuple(dict.fromkeys((*earlier.shots, found.relink.shot)))
    update: dict[str, Any] = {"shots": shots, "state": "begun"}
    if now is not None:
        first = {(use.timeline, use.item): use.properties for use in earlier.uses}
        uses = [_with_first(use, first.get((use.timeline, use.item), {})) for use in now.uses]
        paths = tuple(path for path in earlier.paths if path not in now.paths)
        update |= {"paths": (*paths, *now.paths), "uses": tuple(uses), "clip": now.clip}
    return earlier.model_copy(update=update)


def _with_first(use: Use, first: Mapping[str, tuple[Any, Any]]) -> Use:
    told = {name: (first.get(name, pair)[0], pair[1]) for name, pair in use.properties.items()}
    return use.model_copy(update={"properties": {**first, **told}})


def _facts(clip: Handle, found: Found) -> tuple[object, ...]:
    rate, frames = (clip.call("GetClipProperty", name) for name in _SAME)
    return None if found.shot.media.info.still else clip_rate(rate), whole(frames)  # a still has no rate
