"""What a user does to a project that is there: choose, change, move, delete, save, close."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve import making
from uprez.testing.fake_resolve.app import App
from uprez.testing.fake_resolve.otio_in import import_otio
from uprez.testing.fake_resolve.otio_out import export_otio
from uprez.testing.fake_resolve.state import Clip, Item, Job, Timeline, Track, new_uid


class Acts:
    """Act as the user; unknown ids raise ValueError."""

    def __init__(self, app: App) -> None:
        self.app = app

    def project(self, name: str) -> None:
        """Open a project, empty at first; the handles of the one before are dead."""
        self.app.open_project(name)

    def setting(self, name: str, value: str) -> None:
        """Change a project setting."""
        self.app.project.settings[name] = value

    def select(self, *items: str) -> None:
        """Select these items of the open timeline and no others."""
        self._timeline().selection = list(items)

    def select_clips(self, *clips: str) -> None:
        """Select these clips of the media pool and no others."""
        self.app.project.selected = list(clips)

    def open_timeline(self, timeline: str) -> None:
        """Open a timeline."""
        self.app.project.current = timeline

    def open_bin(self, folder: str) -> None:
        """Open a bin."""
        self.app.project.folder = folder

    def page(self, name: str) -> None:
        """Show a page."""
        self.app.page = name

    def playhead(self, at: int) -> None:
        """Put the playhead so many frames after the timeline's start."""
        self._timeline().playhead = self._timeline().start + at

    def marks(self, start: int, end: int) -> None:
        """Mark from a frame to a frame, both inside."""
        self._timeline().marks = {kind: {"in": start, "out": end} for kind in ("video", "audio")}

    def lock(self, number: int, kind: str = "video", *, locked: bool = True) -> None:
        """Lock a track, or open it."""
        self._timeline().tracks[kind][number - 1].locked = locked

    def hide(self, number: int, kind: str = "video", *, hidden: bool = True) -> None:
        """Disable a track, or show it."""
        self._timeline().tracks[kind][number - 1].enabled = not hidden

    def change(self, item: str, **fields: Any) -> None:
        """Change fields of an item: color, flags, grade, comps, name, enabled."""
        _changed(self._place(item)[3], fields, ("color", "flags", "grade", "comps", "name", "enabled"))

    def frame(self, item: str, **properties: Any) -> None:
        """Change properties of an item: ZoomX, Pan, Scaling, …."""
        self._place(item)[3].properties.update(properties)

    def describe(self, clip: str, **fields: Any) -> None:
        """Change fields of a clip: color, flags, offline, name."""
        _changed(self.clip(clip), fields, ("color", "flags", "offline", "name"))

    def interpret(self, clip: str, properties: dict[str, str]) -> None:
        """Change properties of a clip: Input Color Space, Data Level, …."""
        self.clip(clip).properties.update(properties)

    def move(self, item: str, by: int = 0, track: int | None = None) -> None:
        """Move an item by frames, and to another track where one is given."""
        timeline, kind, old, found = self._place(item)
        found.start += by
        if track is not None:
            old.items.remove(found)
            old = timeline.tracks[kind][track - 1]
            old.items.append(found)
        old.items.sort(key=lambda one: one.start)

    def trim(self, item: str, head: int = 0, tail: int = 0) -> None:
        """Take frames off an item's ends."""
        found = self._place(item)[3]
        found.start, found.duration = found.start + head, found.duration - head - tail
        found.source += head * abs(found.speed)

    def blade(self, item: str, at: int) -> str:
        """Cut an item after so many of its frames; returns the id of the second part."""
        _, _, track, found = self._place(item)
        second = copy.deepcopy(found)
        second.uid, second.linked = new_uid(), []
        second.start, second.duration = found.start + at, found.duration - at
        clip, timeline = self.app.clip(found.clip), self._place(item)[0]
        rate = clip.facts.rate if clip and clip.facts else timeline.rate
        second.source += at * abs(found.speed) * rate / timeline.rate
        found.duration = at
        track.items.insert(track.items.index(found) + 1, second)
        return second.uid

    def delete(self, *items: str) -> None:
        """Delete items, and leave a gap."""
        for item in items:
            timeline, _, track, _ = self._place(item)
            track.locked, was = False, track.locked
            making.delete_items(timeline, [item])
            track.locked = was

    def delete_clip(self, clip: str) -> None:
        """Delete a clip from the media pool."""
        making.delete_clip(self.app, self.clip(clip).uid)

    def delete_timeline(self, timeline: str) -> None:
        """Delete a timeline."""
        making.delete_timeline(self.app, timeline)

    def take(self, item: str, number: int) -> None:
        """Choose a take by hand."""
        from uprez.testing.fake_resolve.api.item import ItemFace

        ItemFace(self.app, self._place(item)[3]).SelectTakeByIndex(number)

    def finalize(self, item: str) -> None:
        """Keep the take that is shown and drop the others, by hand."""
        from uprez.testing.fake_resolve.api.item import ItemFace

        ItemFace(self.app, self._place(item)[3]).FinalizeTake()

    def compound(self, *items: str) -> str | None:
        """Put items of the open timeline into a compound clip; returns the new item's id."""
        made = making.compounded(
            self.app, self._timeline(), [self._place(item)[3] for item in items], "compound"
        )
        return made.uid if made else None

    def queue(self, folder: str) -> str:
        """Put a render job of the user's own into the queue; returns its id."""
        render = self.app.project.render
        where = {"TargetDir": folder, "CustomName": "mine"}
        name, current = f"Job {len(render.jobs) + 1}", self._timeline().uid
        job = Job(
            new_uid(), current, name, where, render.format, render.codec, render.mode, {"video": [True]}
        )
        render.jobs.append(job)
        return job.uid

    def save(self) -> None:
        """Save the project."""
        self.app.save()

    def quit(self, *, save: bool = True) -> None:
        """Close Resolve; what wasn't saved is gone when it starts again."""
        if save:
            self.app.save()
        self.app.close()

    def start(self) -> None:
        """Start Resolve with the project as it was saved."""
        self.app.start()

    def window(self, text: str | None = "Preferences") -> None:
        """Open a modal window, which blocks every call, or close it with None."""
        self.app.modal = text

    def project_manager(self, *, shown: bool = True) -> None:
        """Show the project manager's window: there is no page, and writes come to nothing (3.10)."""
        self.app.page = None if shown else "edit"

    def lose_database(self) -> None:
        """Start badly after a kill: all answers, and nothing can be written (3.9)."""
        self.app.database = False

    def import_timeline(self, path: str | Path, name: str | None = None) -> str | None:
        """Import a timeline file by hand, as any edition can; returns its id, None where it is refused."""
        inverse = self.app.knobs.import_source_clips == "inverse"
        options = {"importSourceClips": not inverse, **({"timelineName": name} if name else {})}
        timeline = import_otio(self.app, Path(path), options)
        return timeline.uid if timeline else None

    def export_timeline(self, path: str | Path) -> bool:
        """Export the open timeline as OTIO by hand, as any edition can."""
        return export_otio(self.app, self._timeline(), Path(path))

    def clip(self, uid: str) -> Clip:
        """Return a clip's state; raises ValueError for none."""
        found = self.app.clip(uid)
        if found is None:
            raise ValueError(f"no clip has the id {uid}")
        return found

    def _timeline(self) -> Timeline:
        if self.app.current is None:
            raise ValueError("no timeline is open; make one first")
        return self.app.current

    def _place(self, uid: str) -> tuple[Timeline, str, Track, Item]:
        found = self.app.item(uid)
        if found is None:
            raise ValueError(f"no item has the id {uid}")
        timeline, kind, _, track, item = found
        return timeline, kind, track, item


def _changed(thing: Any, fields: dict[str, Any], known: tuple[str, ...]) -> None:
    if not set(fields) <= set(known):
        raise ValueError(f"only {', '.join(known)} can be changed, not {', '.join(fields)}")
    vars(thing).update(fields)
