"""The take selector of an item."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from fractions import Fraction
from typing import Any

from uprez.testing.fake_resolve.api.face import Ref
from uprez.testing.fake_resolve.api.reading import Sourced
from uprez.testing.fake_resolve.defaults import frames_in
from uprez.testing.fake_resolve.state import Clip, Item, Take

_NESTED = ("compound", "multicam", "timeline", "fusion")


class Taking(Sourced):
    """The take side of an item; takes count from 1, and 1 is the original."""

    @property
    def _elsewhere(self) -> bool:
        place = self.app.item(self.thing.uid)
        current = place is not None and place[0].uid == self.project.current
        return not current and self.knobs.noncurrent_getters == "lie"

    def AddTake(self, clip: Any, start: Any = None, end: Any = None) -> bool:
        take = self._wanted(clip, start, end)
        place = self.app.item(self.thing.uid)
        if take is None or place is None or place[3].locked or not self._takes_takes():
            return False
        if self.knobs.dissolve_needs_handles and self._too_short(take, place[3].items):
            return False
        if self.knobs.takes_land:
            if not self.thing.takes:
                self.thing.takes, self.thing.selected = [self._original()], 1
            self.thing.takes.append(take)
            if self.knobs.take_selected == "new":
                self._select(len(self.thing.takes))
        return True

    def _takes_takes(self) -> bool:
        own = self.app.clip(self.thing.clip)
        return own is not None and (own.kind not in _NESTED or self.knobs.take_on_compound)

    def _wanted(self, clip: Any, start: Any, end: Any) -> Take | None:
        if not isinstance(clip, Clip) or clip.facts is None or not clip.facts.video:
            return None
        head, length = (clip.span or (0, 0))[0], int(frames_in(clip))
        slip = self.knobs.start_slip
        first = 0 if start is None else int(start) + slip
        last = length if end is None else int(end) + slip + (self.knobs.take_end == "inclusive")
        if not 0 <= first < last <= length:
            return None
        speed = self.thing.speed if self.knobs.take_keeps_speed else Fraction(1)
        return Take(clip.uid, Fraction(head + first), Fraction(head + last), speed)

    def _too_short(self, take: Take, neighbours: list[Item]) -> bool:
        """Tell whether a dissolve over one of the item's ends reaches beyond the take's file."""
        clip, item = self.app.clip(take.clip), self.thing
        before = after = 0
        for one in neighbours:
            if one.kind == "transition" and one.start < item.start < one.end:
                before = item.start - one.start
            if one.kind == "transition" and one.start < item.end < one.end:
                after = one.end - item.end
        return clip is None or take.start < before or take.end + after > frames_in(clip)

    def _original(self) -> Take:
        start, end = self._span()
        return Take(self.thing.clip or "", start, end, self.thing.speed)

    def _select(self, number: int) -> None:
        if not self.knobs.selecting_lands:
            return
        item, take = self.thing, self.thing.takes[number - 1]
        before = item.duration
        item.clip, item.source, item.speed, item.selected = take.clip, take.start, take.speed, number
        if take.speed:
            shown = (take.end - take.start) * self._timeline_rate() / self._rate() / abs(take.speed)
            item.duration = max(1, int(shown))
        if item.duration != before:
            self._make_room(item.duration - before)

    def _make_room(self, longer: int) -> None:
        place = self.app.item(self.thing.uid)
        if place is None:
            return
        later = [one for one in place[3].items if one.start > self.thing.start and one.kind != "transition"]
        if self.knobs.take_unequal == "ripple":
            for one in later:
                one.start += longer
        elif later:
            self.thing.duration = min(self.thing.duration, later[0].start - self.thing.start)

    def GetTakesCount(self) -> int:
        return 0 if self._elsewhere else len(self.thing.takes)

    def GetSelectedTakeIndex(self) -> int:
        return 0 if self._elsewhere else self.thing.selected

    def GetTakeByIndex(self, number: Any) -> dict[str, Any] | None:
        if not 1 <= int(number) <= len(self.thing.takes):
            return None
        take = self.thing.takes[int(number) - 1]
        less = int(self.knobs.take_end == "inclusive")
        found = {"startFrame": int(take.start), "endFrame": int(take.end) - less}
        return {**found, "mediaPoolItem": Ref("MediaPoolItem", take.clip)}

    def SelectTakeByIndex(self, number: Any) -> bool:
        if not 1 <= int(number) <= len(self.thing.takes):
            return False
        self._select(int(number))
        return True

    def DeleteTakeByIndex(self, number: Any) -> bool:
        index = int(number)
        if not 1 <= index <= len(self.thing.takes) or len(self.thing.takes) == 1:
            return False
        del self.thing.takes[index - 1]
        if index == self.thing.selected:
            self._select(1)
        elif index < self.thing.selected:
            self.thing.selected -= 1
        return True

    def FinalizeTake(self) -> bool:
        had = bool(self.thing.takes)
        self.thing.takes, self.thing.selected = [], 0
        return had
