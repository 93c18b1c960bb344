"""How a clip is played at another speed than its media, and what may become of that."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

from pydantic import PositiveInt

from uprez.frozen import Frozen

RetimeKind = Literal["keep", "bake", "whole"]
"""Retimes stay in the timeline, are baked into the file, or get the whole source where nobody knows them."""
NEVER_CUT = 1 << 40  # a phase that no head is a multiple of


class Retime(Frozen):
    """Hold a change of speed: 2 is twice as fast, -1 backwards, 0 a freeze frame.

    Where it changes along a curve (`ramp`), the speed is the mean. A curve that counts `from_start` of the
    file lets nothing be cut off its head. `lock` is what such a cut must be a multiple of besides, where the
    timeline counts the file in frames of another rate. Where it counts in seconds (`timed`), any cut will do.
    """

    speed: Fraction
    ramp: bool = False
    from_start: bool = False
    lock: PositiveInt = 1
    timed: bool = False

    @property
    def phase(self) -> int:
        """Return what the frames cut off a file's head must be a multiple of for its playback to stay."""
        if self.ramp:
            return NEVER_CUT if self.from_start else self.lock
        return self.lock if self.timed else math.lcm(max(1, abs(self.speed.numerator)), self.lock)

    @property
    def words(self) -> str:
        """Return how it is told to people: "at 2x"."""
        if self.lock > 1 and self.speed == 1:
            return "counted from its first frame" if self.lock == NEVER_CUT else "counted at another rate"
        return "along a curve" if self.ramp else f"at {self.speed}x"
