"""The media pool: bins, importing, and putting clips on a timeline."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve import making
from uprez.testing.fake_resolve.api.face import Face, Ref, listed, timeline_ref
from uprez.testing.fake_resolve.api.placing import append
from uprez.testing.fake_resolve.media import rate_of, read_file
from uprez.testing.fake_resolve.otio_in import import_otio
from uprez.testing.fake_resolve.state import Clip, Folder, Timeline


class PoolFace(Face[None]):
    """The media pool of the open project."""

    def GetUniqueId(self) -> str:
        return self.project.pool

    def GetRootFolder(self) -> Ref:
        return Ref("Folder", self.project.root)

    def GetCurrentFolder(self) -> Ref:
        return Ref("Folder", self.project.folder)

    def SetCurrentFolder(self, folder: Any) -> bool:
        if isinstance(folder, Folder):
            self.project.folder = folder.uid
        return isinstance(folder, Folder)

    def RefreshFolders(self) -> bool:
        return True

    def AddSubFolder(self, parent: Any, name: str) -> Ref | None:
        if not isinstance(parent, Folder) or not name:
            return None
        folder = making.add_folder(self.app, parent.uid, name)
        return Ref("Folder", folder.uid) if folder else None

    def DeleteFolders(self, folders: Any) -> bool:
        found = listed(folders)
        if not all(isinstance(folder, Folder) and folder.parent for folder in found):
            return False
        for folder in found:
            making.delete_folder(self.app, folder.uid)
        return True

    def ImportMedia(self, items: Any) -> list[Ref]:
        found = [making.imported(self.app, entry) for entry in listed(items)]
        return self.clip_refs([clip.uid for clip in found if clip])

    def AppendToTimeline(self, infos: Any) -> Any:
        placed = append(self.app, listed(infos))
        return bool(placed) if self.knobs.append_bool else placed

    def CreateEmptyTimeline(self, name: str) -> Ref | None:
        rate = rate_of(self.project.settings["timelineFrameRate"])
        if rate is None or not name:
            return None
        return timeline_ref(making.add_timeline(self.app, name, *rate))

    def ImportTimelineFromFile(self, path: str, options: Any = None) -> Ref | None:
        if self.app.profile.version < (19, 0, 1):
            return None
        return timeline_ref(import_otio(self.app, Path(str(path)), dict(options or {})))

    def DeleteTimelines(self, timelines: Any) -> bool:
        found = listed(timelines)
        if not all(isinstance(one, Timeline) and one.uid != self.project.current for one in found):
            return False
        for timeline in found:
            making.delete_timeline(self.app, timeline.uid)
        return True

    def DeleteClips(self, clips: Any) -> bool:
        found = listed(clips)
        if not all(isinstance(clip, Clip) and clip.kind != "timeline" for clip in found):
            return False
        for clip in found:
            making.delete_clip(self.app, clip.uid)
        return True

    def MoveClips(self, clips: Any, folder: Any) -> bool:
        found = listed(clips)
        if not isinstance(folder, Folder) or not all(isinstance(clip, Clip) for clip in found):
            return False
        for clip in found:
            clip.folder = folder.uid
        return True

    def RelinkClips(self, clips: Any, folder: str) -> bool:
        found = [clip for clip in listed(clips) if isinstance(clip, Clip) and clip.path]
        places = [Path(folder) / Path(clip.path or "").name for clip in found]
        facts = [read_file(place) for place in places]
        if not found or None in facts:
            return False
        for clip, place, fact in zip(found, places, facts, strict=True):
            clip.path, clip.facts, clip.offline = str(place), fact, False
        return True

    def UnlinkClips(self, clips: Any) -> bool:
        found = [clip for clip in listed(clips) if isinstance(clip, Clip)]
        for clip in found:
            clip.offline = True
        return bool(found)

    def GetSelectedClips(self) -> list[Ref] | None:
        found = self.clip_refs(self.project.selected)
        return found if found or self.knobs.empty_selection == "list" else None

    def SetSelectedClip(self, clip: Any) -> bool:
        if isinstance(clip, Clip):
            self.project.selected = [clip.uid]
        return isinstance(clip, Clip)
