"""Read a timeline in one short look; what comes back are values, and no handle is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from uprez.times import may_drop
from uprez_resolve.ours import MARKER
from uprez_resolve.project import asked, uid_of
from uprez_resolve.rates import rate_of, whole
from uprez_resolve.remote import Handle, failed
from uprez_resolve.seeing import NONE, Eyes, markers, words
from uprez_resolve.seen import SeenItem, SeenTimeline, SeenTrack


def snapshot(project: Handle, timeline: Handle, originals: Mapping[str, str] = NONE) -> SeenTimeline:
    """Read a timeline of the open project. Raises HostError, HostGone.

    `originals` are the files that replaced ones stand for, by path, where Resolve itself doesn't keep them.
    """
    current = uid_of(project.call("GetCurrentTimeline")) == uid_of(timeline)
    return _Look(project, timeline, current, Eyes(project, originals)).seen()


class _Look:
    def __init__(self, project: Handle, timeline: Handle, current: bool, eyes: Eyes) -> None:
        self._project, self._timeline = project, timeline
        self._current, self._eyes = current, eyes

    def seen(self) -> SeenTimeline:
        timeline = self._timeline
        rate, drop = rate_of(self._setting("timelineFrameRate"))
        start = whole(timeline.call("GetStartFrame")) or 0
        end = max(whole(timeline.call("GetEndFrame")) or 0, start)
        notes = list(_marked(timeline, start, end))
        return SeenTimeline(
            uid=uid_of(timeline),
            name=str(timeline.call("GetName") or ""),
            project=str(self._project.call("GetName") or ""),
            rate=rate,
            drop=drop or self._drops(rate),
            start=start,
            end=end,
            tracks=tuple(self._tracks(notes)),
            chosen=self._chosen(),
            marks=self._marks(start),
            under=uid_of(timeline.call("GetCurrentVideoItem")) if self._current else "",
        )

    def _setting(self, name: str) -> Any:
        told = self._timeline.call("GetSetting", name)
        return self._project.call("GetSetting", name) if failed(told) else told

    def _drops(self, rate: Fraction) -> bool:
        """The rate has no DF in builds that tell it as a number; the start timecode's semicolon is there."""
        told = self._eyes.told(self._timeline, "GetStartTimecode")
        return may_drop(rate) and ";" in str(told)

    def _tracks(self, notes: list[tuple[int, str]]) -> Iterator[SeenTrack]:
        for number in range(1, (whole(self._timeline.call("GetTrackCount", "video")) or 0) + 1):
            items = [one for one in self._listed(number) if isinstance(one, Handle)]
            yield SeenTrack(
                index=number,
                name=str(self._timeline.call("GetTrackName", "video", number) or f"Video {number}"),
                enabled=self._state("GetIsTrackEnabled", number, True),
                locked=self._state("GetIsTrackLocked", number, False),
                items=tuple(_noted(self._eyes.item(one, number), notes) for one in items),
            )

    def _listed(self, number: int) -> list[Any]:
        told = self._timeline.call("GetItemListInTrack", "video", number)
        return list(told.values()) if isinstance(told, dict) else list(told or ())

    def _state(self, method: str, number: int, unknown: bool) -> bool:
        """Every track of a timeline that isn't open answers no, so nothing is known of it (facts: 4.6)."""
        if not self._current or not self._timeline.has(method):
            return unknown
        return bool(self._timeline.call(method, "video", number))

    def _chosen(self) -> tuple[str, ...] | None:
        if not self._current or not self._timeline.has("GetSelectedClips"):
            return None
        told = asked(self._timeline, "GetSelectedClips") or ()
        return tuple(uid for uid in map(uid_of, told) if uid)

    def _marks(self, start: int) -> tuple[int, int] | None:
        """Marks count from the timeline's first frame, and the out mark is part of what is marked."""
        told = self._eyes.told(self._timeline, "GetMarkInOut")
        video = told.get("video") if isinstance(told, dict) else None
        if not isinstance(video, dict):
            return None
        first, last = whole(video.get("in")), whole(video.get("out"))
        if first is None or last is None or last < first:
            return None
        return start + first, start + last + 1


def _marked(timeline: Handle, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Return the timeline's own markers in its frames; builds count them from its start or from zero."""
    for frame, marker in markers(timeline):
        if not str(marker.get("customData") or "").startswith(MARKER):
            absolute = start > 0 and frame >= start and frame > end - start
            yield round(frame) + (0 if absolute else start), words(marker)


def _noted(item: SeenItem, notes: list[tuple[int, str]]) -> SeenItem:
    over = tuple(text for frame, text in notes if item.start <= frame < item.end)
    return item.model_copy(update={"markers": (*item.markers, *over)}) if over else item
