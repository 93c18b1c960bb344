"""The tracks of a timeline."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from typing import Any

from uprez.testing.fake_resolve.api.face import Ref, item_ref
from uprez.testing.fake_resolve.api.marking import Marked
from uprez.testing.fake_resolve.state import Timeline, Track


class Tracked(Marked[Timeline]):
    """What a timeline does with its tracks; they count from 1."""

    def _track(self, kind: str, number: Any) -> Track | None:
        tracks = self.thing.tracks.get(kind, [])
        return tracks[int(number) - 1] if 1 <= int(number) <= len(tracks) else None

    @property
    def _lying(self) -> bool:
        return self.thing.uid != self.project.current and self.knobs.noncurrent_getters == "lie"

    def GetTrackCount(self, kind: str) -> int:
        return len(self.thing.tracks.get(kind, []))

    def GetTrackName(self, kind: str, number: Any) -> str | None:
        track = self._track(kind, number)
        return track.name if track else None

    def SetTrackName(self, kind: str, number: Any, name: str) -> bool:
        track = self._track(kind, number)
        if track is not None:
            track.name = str(name)
        return track is not None

    def AddTrack(self, kind: str, options: Any = None) -> bool:
        tracks = self.thing.tracks.get(kind)
        if tracks is None or (isinstance(options, dict) and self.app.profile.version < (19,)):
            return False
        chosen = options if isinstance(options, dict) else {"audioType": options}
        place = int(chosen.get("index", len(tracks) + 1))
        place = place if 1 <= place <= len(tracks) else len(tracks) + 1
        subtype = str(chosen.get("audioType") or "mono") if kind == "audio" else ""
        tracks.insert(place - 1, Track(f"{kind.capitalize()} {len(tracks) + 1}", subtype=subtype))
        return True

    def DeleteTrack(self, kind: str, number: Any) -> bool:
        track = self._track(kind, number)
        if track is None or track.locked or len(self.thing.tracks[kind]) == 1:
            return False
        self.thing.tracks[kind].remove(track)
        return True

    def GetTrackSubType(self, kind: str, number: Any) -> str | None:
        track = self._track(kind, number)
        return track.subtype if track else None

    def GetIsTrackEnabled(self, kind: str, number: Any) -> bool:
        track = self._track(kind, number)
        return track is not None and track.enabled and not self._lying

    def SetTrackEnable(self, kind: str, number: Any, enabled: Any) -> bool:
        track = self._track(kind, number)
        if track is not None:
            track.enabled = bool(enabled)
        return track is not None

    def GetIsTrackLocked(self, kind: str, number: Any) -> bool:
        track = self._track(kind, number)
        return track is not None and track.locked and not self._lying

    def SetTrackLock(self, kind: str, number: Any, locked: Any) -> bool:
        track = self._track(kind, number)
        if track is not None:
            track.locked = bool(locked)
        return track is not None

    def GetItemListInTrack(self, kind: str, number: Any) -> list[Ref | None] | None:
        track = self._track(kind, number)
        return [item_ref(item) for item in track.items] if track else None
