"""A project: its timelines and its settings."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from typing import Any

from uprez.testing.fake_resolve.api.deliver import DeliverFace
from uprez.testing.fake_resolve.api.face import Ref, timeline_ref
from uprez.testing.fake_resolve.media import rate_of
from uprez.testing.fake_resolve.state import Timeline

_NEVER = ("timelinePlaybackFrameRate",)


class ProjectFace(DeliverFace):
    """The open project; what Deliver does is in `DeliverFace`."""

    def GetName(self) -> str:
        return self.project.name

    def GetUniqueId(self) -> str:
        return self.project.uid

    def GetMediaPool(self) -> Ref:
        return Ref("MediaPool", self.project.pool)

    def GetTimelineCount(self) -> int:
        return len(self.project.timelines)

    def GetTimelineByIndex(self, index: Any) -> Ref | None:
        number = int(index)
        if not 1 <= number <= len(self.project.timelines):
            return None
        return timeline_ref(self.project.timelines[number - 1])

    def GetCurrentTimeline(self) -> Ref | None:
        return timeline_ref(self.app.current)

    def SetCurrentTimeline(self, timeline: Any) -> bool:
        if not isinstance(timeline, Timeline):
            return False
        if timeline.uid != self.project.current and self.knobs.switch_moves_playhead:
            timeline.playhead = timeline.start
        self.project.current = timeline.uid
        return True

    def GetSetting(self, name: str | None = None) -> Any:
        settings: dict[str, Any] = dict(self.project.settings)
        settings["timelineFrameRate"] = rate_value(settings["timelineFrameRate"], self.knobs.rate_type)
        return settings if not name else settings.get(name)

    def SetSetting(self, name: str, value: Any) -> bool:
        text = setting_text(value, self.knobs.setting_nonstring)
        if text is None or name in _NEVER or name not in self.project.settings:
            return False
        if name == "timelineFrameRate" and (self.project.timelines or rate_of(text) is None):
            return False
        self.project.settings[name] = text
        return True


def setting_text(value: Any, nonstring: str) -> str | None:
    """Return a setting's new text; None for a number where only text is taken (5.9)."""
    if isinstance(value, str):
        return value
    return str(value) if nonstring == "accept" else None


def rate_value(text: str, kind: str) -> float | str:
    """Return a rate setting as a build writes it (5.7)."""
    return text if kind == "str" or not text.replace(".", "").isdigit() else float(text)
