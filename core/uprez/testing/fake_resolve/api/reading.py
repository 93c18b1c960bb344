"""What an item says about its place and its source frames, with all that builds get wrong in it."""

# ruff: noqa: N802, D102 - names and meanings are Blackmagic's
from __future__ import annotations

from fractions import Fraction
from typing import Any

from uprez.testing.fake_resolve.api.face import Face
from uprez.testing.fake_resolve.defaults import frames_in
from uprez.testing.fake_resolve.state import Clip, Item

_SLIPPING = Fraction(24000, 1001)
_STILL = 86313  # what stills were seen to answer (9.7)


class Sourced(Face[Item]):
    """The reading side of an item."""

    def GetStart(self, precise: Any = False) -> float:
        return float(self.thing.start) if precise is True else self.thing.start

    def GetEnd(self, precise: Any = False) -> float:
        return float(self.thing.end) if precise is True else self.thing.end

    def GetDuration(self, precise: Any = False) -> float:
        return float(self.thing.duration) if precise is True else self.thing.duration

    def GetLeftOffset(self, precise: Any = False) -> float:
        clip = self.app.clip(self.thing.clip)
        if clip is not None and clip.kind == "still":
            return _STILL
        return _number(self._warped(self._from_head(self.thing.source, clip)), precise)

    def GetRightOffset(self, precise: Any = False) -> float:
        clip = self.app.clip(self.thing.clip)
        if clip is None or clip.facts is None:
            return 0
        end = self._from_head(self._span()[1], clip)
        return _number(self._warped(frames_in(clip) - end), precise)

    def GetSourceStartFrame(self) -> int:
        start, end = self._span()
        first = end if self.thing.speed < 0 else start
        return int(first) - self._slip(int(first))

    def GetSourceEndFrame(self) -> int:
        start, end = self._span()
        last = start if self.thing.speed < 0 else end
        return int(last) - self._less_at_the_end()

    def GetSourceStartTime(self) -> float:
        return self._seconds(self._span()[self.thing.speed < 0])

    def GetSourceEndTime(self) -> float:
        return self._seconds(self._span()[self.thing.speed >= 0])

    def _span(self) -> tuple[Fraction, Fraction]:
        rate = self._timeline_rate()
        source = self._rate()
        length = self.thing.duration * abs(self.thing.speed) * source / rate
        return self.thing.source, self.thing.source + length

    def _timeline_rate(self) -> Fraction:
        place = self.app.item(self.thing.uid)
        return place[0].rate if place else Fraction(24)

    def _rate(self) -> Fraction:
        clip = self.app.clip(self.thing.clip)
        return clip.facts.rate if clip and clip.facts else self._timeline_rate()

    def _from_head(self, frame: Fraction, clip: Clip | None) -> Fraction:
        counted = clip is not None and clip.span is not None and self.knobs.subclip_offset == "head"
        return frame - clip.span[0] if counted and clip and clip.span else frame

    def _warped(self, frames: Fraction) -> Fraction:
        warps = self.knobs.retime_left_offset == "warped" and self.thing.speed
        return frames / abs(self.thing.speed) if warps else frames

    def _slip(self, frame: int) -> int:
        """Slip by one on a fixed pattern of frames, and never below none."""
        slips = self.knobs.source_start_slip == "ntsc" and self._rate() == _SLIPPING
        return int(slips and frame > 0 and frame % 3 == 1)

    def _less_at_the_end(self) -> int:
        differs = self._rate() != self._timeline_rate()
        return int(self.knobs.source_end == "inclusive" or (self.knobs.source_end == "split" and differs))

    def _seconds(self, frame: Fraction) -> float:
        clip = self.app.clip(self.thing.clip)
        begins, rate = clip.facts.timecode if clip and clip.facts else 0, self._rate()
        pace = rate if self.knobs.seconds_zero == "frames" else round(rate)
        return float(Fraction(begins) / pace + frame / rate)


def _number(frames: Fraction, precise: Any) -> float:
    return float(frames) if precise is True else int(frames)
