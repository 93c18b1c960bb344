"""Markers, flags, colours and in and out marks, which clips, items and timelines share."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from typing import Any

from uprez.testing.fake_resolve.api.face import CLIP_COLORS, COLORS, Face, Thing
from uprez.testing.fake_resolve.state import Marker

_TYPES = ("video", "audio")


class Marked(Face[Thing]):
    """Things that carry markers."""

    def _echo(self, frame: float) -> float:
        return float(frame)

    def _kept(self) -> dict[float, Marker]:
        found: dict[float, Marker] = vars(self.thing)["markers"]
        return found

    def AddMarker(
        self, frame: Any, color: str, name: str, note: str, duration: Any, custom: str = ""
    ) -> bool:
        markers = self._kept()
        if color not in COLORS or float(frame) in markers or float(frame) < 0:
            return False
        markers[float(frame)] = Marker(color, name, note, float(duration), custom or "")
        return True

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return {self._echo(frame): _written(marker) for frame, marker in sorted(self._kept().items())}

    def GetMarkerByCustomData(self, custom: str) -> dict[float, dict[str, Any]]:
        return {
            self._echo(frame): _written(marker)
            for frame, marker in self._kept().items()
            if marker.custom == custom
        }

    def UpdateMarkerCustomData(self, frame: Any, custom: str) -> bool:
        marker = self._kept().get(float(frame))
        if marker is not None:
            marker.custom = custom
        return marker is not None

    def DeleteMarkerAtFrame(self, frame: Any) -> bool:
        return self._kept().pop(float(frame), None) is not None

    def DeleteMarkerByCustomData(self, custom: str) -> bool:
        markers = self._kept()
        found = [frame for frame, marker in markers.items() if marker.custom == custom]
        for frame in found[:1]:
            del markers[frame]
        return bool(found)


def _written(marker: Marker) -> dict[str, Any]:
    return {
        "color": marker.color,
        "duration": marker.duration,
        "note": marker.note,
        "name": marker.name,
        "customData": marker.custom,
    }


class Flagged(Marked[Thing]):
    """Things that carry flags and a colour."""

    def _flags(self) -> list[str]:
        found: list[str] = vars(self.thing)["flags"]
        return found

    def AddFlag(self, color: str) -> bool:
        flags = self._flags()
        if color not in COLORS:
            return False
        if color not in flags:
            flags.append(color)
        return True

    def GetFlagList(self) -> list[str]:
        return list(self._flags())

    def ClearFlags(self, color: str) -> bool:
        flags = self._flags()
        kept = [] if color == "All" else [flag for flag in flags if flag != color]
        changed = len(kept) != len(flags)
        flags[:] = kept
        return changed or color == "All"

    def GetClipColor(self) -> str:
        return str(vars(self.thing)["color"])

    def SetClipColor(self, color: str) -> bool:
        if color not in CLIP_COLORS:
            return False
        vars(self.thing)["color"] = color
        return True

    def ClearClipColor(self) -> bool:
        vars(self.thing)["color"] = ""
        return True


class Ranged(Face[Thing]):
    """Things that carry in and out marks."""

    def _marks(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = vars(self.thing)["marks"]
        return found

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        return {kind: dict(marks) for kind, marks in self._marks().items()}

    def SetMarkInOut(self, start: Any, end: Any, kind: str = "all") -> bool:
        if kind not in (*_TYPES, "all") or int(start) < 0 or int(end) < int(start):
            return False
        for one in _TYPES if kind == "all" else (kind,):
            self._marks()[one] = {"in": int(start), "out": int(end)}
        return True

    def ClearMarkInOut(self, kind: str = "all") -> bool:
        if kind not in (*_TYPES, "all"):
            return False
        for one in _TYPES if kind == "all" else (kind,):
            self._marks().pop(one, None)
        return True
