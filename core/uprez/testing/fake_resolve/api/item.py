"""A timeline item: its place, its source frames, its properties."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from typing import Any

from uprez.testing.fake_resolve.api.face import Face, Ref, item_ref, listed
from uprez.testing.fake_resolve.api.marking import Flagged
from uprez.testing.fake_resolve.api.reading import Sourced
from uprez.testing.fake_resolve.api.takes import Taking
from uprez.testing.fake_resolve.defaults import LIMITS, item_defaults
from uprez.testing.fake_resolve.state import Item

_TITLED = ("title", "generator", "adjustment")
_TYPES = {"title": "generator", "generator": "generator", "transition": "transition"}


class ItemFace(Taking, Sourced, Flagged[Item]):
    """An item on a track."""

    def GetName(self) -> str:
        clip = self.app.clip(self.thing.clip)
        return self.thing.name or (clip.name if clip else self.thing.kind.capitalize())

    def SetName(self, name: str) -> bool:
        self.thing.name = str(name)
        return True

    def GetUniqueId(self) -> str:
        return self.thing.uid

    def GetMediaPoolItem(self) -> Ref | None:
        return next(iter(self.clip_refs([self.thing.clip] if self.thing.clip else [])), None)

    def GetTrackTypeAndIndex(self) -> list[Any] | None:
        place = self.app.item(self.thing.uid)
        return [place[1], place[2]] if place else None

    def GetLinkedItems(self) -> list[Ref | None]:
        found = [self.app.item(uid) for uid in self.thing.linked]
        return [item_ref(place[4]) for place in found if place]

    def GetType(self) -> str:
        place = self.app.item(self.thing.uid)
        kind = place[1] if place else "video"
        return _TYPES.get(self.thing.kind, "audio" if kind == "audio" else "video")

    def GetSpeed(self) -> dict[str, Any]:
        percent = round(float(self.thing.speed * 100), 4)
        return {"Percentage": percent, "PitchCorrection": True, "StretchKeyframesToFit": False}

    def GetProperty(self, name: str | None = None) -> Any:
        found = item_defaults(self.thing) | self.thing.properties
        return found if not name else found.get(name)

    def SetProperty(self, name: str, value: Any) -> bool:
        known = item_defaults(self.thing)
        if name not in known or isinstance(value, str):
            return False
        if isinstance(known[name], bool):
            self.thing.properties[name] = bool(value)
            return True
        low, high = LIMITS[name]
        self.thing.properties[name] = type(low)(min(max(value, low), high))
        if name in ("ZoomX", "ZoomY") and self.GetProperty("ZoomGang"):
            self.thing.properties |= {
                "ZoomX": self.thing.properties[name],
                "ZoomY": self.thing.properties[name],
            }
        return True

    def CopyGrades(self, items: Any) -> bool:
        found = listed(items)
        own = self.app.item(self.thing.uid)
        places = [self.app.item(one.uid) if isinstance(one, Item) else None for one in found]
        if own is None or any(place is None or place[0] is not own[0] for place in places):
            return False
        for item in found:
            item.grade = self.thing.grade
        return True

    def GetNodeGraph(self, layer: Any = None) -> Ref:
        return Ref("Graph", self.thing.uid)

    def GetNumNodes(self) -> int:
        return GraphFace(self.app, self.thing).GetNumNodes()

    def SetClipColor(self, color: str) -> bool:
        if self.thing.kind in _TITLED and not self.knobs.titles_keep_color:
            return True
        return super().SetClipColor(color)

    def _flags(self) -> list[str]:
        clip = self.app.clip(self.thing.clip)
        return clip.flags if clip and self.knobs.flags_live_on == "clip" else self.thing.flags

    def SetClipEnabled(self, enabled: Any) -> bool:
        self.thing.enabled = bool(enabled)
        return True

    def GetClipEnabled(self) -> bool:
        return self.thing.enabled

    def GetFusionCompCount(self) -> int:
        return len(self.thing.comps)

    def GetFusionCompNameList(self) -> list[str]:
        return list(self.thing.comps)


class GraphFace(Face[Item]):
    """The node graph of an item: how many nodes its grade has."""

    def GetNumNodes(self) -> int:
        return 1 + self.thing.grade.count("+")
