"""A timeline: its tracks, items, marks, playhead and selection."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve import making
from uprez.testing.fake_resolve.api.face import Ref, item_ref, listed, timeline_ref
from uprez.testing.fake_resolve.api.marking import Ranged
from uprez.testing.fake_resolve.api.project import rate_value, setting_text
from uprez.testing.fake_resolve.api.tracks import Tracked
from uprez.testing.fake_resolve.media import frame_number, rate_of
from uprez.testing.fake_resolve.otio_out import export_otio
from uprez.testing.fake_resolve.state import Item, Timeline
from uprez.testing.fake_resolve.table import constants
from uprez.times import spoken, to_timecode

_SIZES = ("timelineResolutionWidth", "timelineResolutionHeight")
_TIMED = ("cut", "edit", "color", "fairlight", "deliver")


class TimelineFace(Tracked, Ranged[Timeline]):
    """A timeline; what it does with tracks is in `Tracked`."""

    def GetName(self) -> str:
        return self.thing.name

    def SetName(self, name: str) -> bool:
        if not name or any(one.name == name for one in self.project.timelines):
            return False
        self.thing.name = name
        for clip in self.project.clips.values():
            clip.name = name if clip.timeline == self.thing.uid else clip.name
        return True

    def GetUniqueId(self) -> str:
        return self.thing.uid

    def GetStartFrame(self) -> int:
        return self.thing.start

    def GetEndFrame(self) -> int:
        ends = [item.end for *_, item in self.thing.placed() if item.start >= self.thing.start]
        return max(ends, default=self.thing.start)

    def GetStartTimecode(self) -> str:
        return to_timecode(self.thing.start, self.thing.rate, drop=self.thing.drop)

    def SetStartTimecode(self, text: str) -> bool:
        frame = frame_number(str(text), self.thing.rate)
        if frame is None:
            return False
        moved = frame - self.thing.start
        self.thing.start, self.thing.playhead = frame, self.thing.playhead + moved
        for *_, item in self.thing.placed():
            item.start += moved
        return True

    def GetSetting(self, name: str | None = None) -> Any:
        own = self.thing.settings
        custom = own.get("useCustomSettings") == "1"
        settings: dict[str, Any] = {**self.project.settings, **(own if custom else {})}
        settings["useCustomSettings"] = own.get("useCustomSettings", "0")
        text = spoken(self.thing.rate) + (" DF" if self.thing.drop else "")
        settings["timelineFrameRate"] = rate_value(text, self.knobs.rate_type)
        return settings if not name else settings.get(name)

    def SetSetting(self, name: str, value: Any) -> bool:
        text = setting_text(value, self.knobs.setting_nonstring)
        if text is None or name not in (*self.project.settings, "useCustomSettings"):
            return False
        if name == "timelineFrameRate":
            return self._set_rate(text)
        inert = self.knobs.size_inert and self.thing.settings.get("useCustomSettings") != "1"
        if not (name in _SIZES and inert):
            self.thing.settings[name] = text
        return True

    def _set_rate(self, text: str) -> bool:
        found = rate_of(text)
        if found is None or any(True for _ in self.thing.placed()):
            return False
        self.thing.rate, self.thing.drop = found
        return True

    def GetCurrentTimecode(self) -> str | None:
        if self.app.page not in _TIMED:
            return None
        return to_timecode(self.thing.playhead, self.thing.rate, drop=self.thing.drop)

    def SetCurrentTimecode(self, text: str) -> bool:
        frame = frame_number(str(text), self.thing.rate)
        if self.app.page not in _TIMED or frame is None:
            return False
        self.thing.playhead = frame
        return True

    def GetCurrentVideoItem(self) -> Ref | None:
        if self.app.page not in _TIMED:
            return None
        return item_ref(visible(self.thing, self.thing.playhead))

    def GetSelectedClips(self) -> list[Ref | None] | None:
        known = self.app.page in ("cut", "edit") or self.knobs.selection_pages == "all"
        found = [
            item
            for kind, *_, item in self.thing.placed()
            if item.uid in self.thing.selection and (kind == "video" or self.knobs.selection_has_audio)
        ]
        if not known or not found:
            return [] if self.knobs.empty_selection == "list" else None
        return [item_ref(item) for item in found]

    def _echo(self, frame: float) -> float:
        return float(frame) + (self.thing.start if self.knobs.marker_base == "absolute" else 0)

    def GetMediaPoolItem(self) -> Ref | None:
        own = [clip.uid for clip in self.project.clips.values() if clip.timeline == self.thing.uid]
        return next(iter(self.clip_refs(own)), None)

    def DuplicateTimeline(self, name: str | None = None) -> Ref | None:
        named = name or f"{self.thing.name} copy"
        if any(one.name == named for one in self.project.timelines):
            return None
        return timeline_ref(making.duplicate(self.app, self.thing, named))

    def DeleteClips(self, items: Any, ripple: bool = False) -> bool:
        found = [one for one in listed(items) if isinstance(one, Item)]
        once = self.knobs.first_delete_fails and self.app.once("DeleteClips")
        elsewhere = self.thing.uid != self.project.current
        if not found or once or elsewhere or self.app.page == "fairlight":
            return False
        return making.delete_items(self.thing, [item.uid for item in found], ripple=bool(ripple))

    def CreateCompoundClip(self, items: Any, info: Any = None) -> Ref | None:
        found = [one for one in listed(items) if isinstance(one, Item)]
        return item_ref(making.compounded(self.app, self.thing, found, "compound"))

    def CreateFusionClip(self, items: Any) -> Ref | None:
        found = [one for one in listed(items) if isinstance(one, Item)]
        return item_ref(making.compounded(self.app, self.thing, found, "fusion"))

    def SetClipsLinked(self, items: Any, linked: bool) -> bool:
        found = [one for one in listed(items) if isinstance(one, Item)]
        for item in found:
            item.linked = [other.uid for other in found if other is not item] if linked else []
        return bool(found)

    def Export(self, path: str, kind: Any, subtype: Any = None) -> bool:
        if isinstance(kind, str) or int(kind) != constants()["EXPORT_OTIO"][0]:
            return False  # a string is refused by Resolve (4.7); other kinds are not modelled here
        return export_otio(self.app, self.thing, Path(str(path)))


def visible(timeline: Timeline, frame: int) -> Item | None:
    """Return the top enabled video item at a frame."""
    for track in reversed(timeline.tracks["video"]):
        for item in track.items:
            shown = item.kind != "transition" and item.enabled and track.enabled
            if shown and item.start <= frame < item.end:
                return item
    return None
