"""Bins of the media pool."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from uprez.testing.fake_resolve.api.face import Face, Ref
from uprez.testing.fake_resolve.state import Folder


class FolderFace(Face[Folder]):
    """A bin."""

    def GetName(self) -> str:
        return self.thing.name

    def GetUniqueId(self) -> str:
        return self.thing.uid

    def GetClipList(self) -> list[Ref]:
        held = [clip.uid for clip in self.project.clips.values() if clip.folder == self.thing.uid]
        return self.clip_refs(held)

    def GetSubFolderList(self) -> list[Ref]:
        return [
            Ref("Folder", one.uid) for one in self.project.folders.values() if one.parent == self.thing.uid
        ]
