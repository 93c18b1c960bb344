"""Say how an EDL's line is played: which frames its columns and its M2 line name between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.formats.edl_text import Motion

FREEZE = 0.0


@dataclass(frozen=True, slots=True)
class Playing:
    """Hold a line's lowest source frame, its speed, and by how much either end may be seen to go further.

    `speed` is None where it is 1, `head` and `tail` are in frames of the timeline, `span` is how many source
    frames it takes.
    """

    start: int
    speed: Fraction | None = None
    head: int = 0
    tail: int = 0
    span: int = 1
    problem: str | None = None


def playing(source_in: int, source_out: int, count: int, motion: Motion | None, rate: int) -> Playing:
    """Return how a line of `count` frames is played, at a nominal rate."""
    length = source_out - source_in
    if motion is None:
        problem = None if length == count else _uneven(length, count)
        return Playing(source_in, span=max(count, 1), problem=problem)
    speed = Fraction(motion.speed) / rate
    slack = Fraction(5, 10 ** (len(motion.speed.partition(".")[2]) + 1)) / rate
    if speed == 0:
        return Playing(source_in, Fraction(0))
    if speed < 0:
        return _backwards(source_in, source_out, count, speed)
    if speed == 1 and length == count:
        return Playing(source_in, span=count)
    return _forwards(source_in, length, count, speed, slack)


def _forwards(start: int, length: int, count: int, speed: Fraction, slack: Fraction) -> Playing:
    """Take what the columns name and what the M2 line comes to, which it tells to a digit or two."""
    last = (count - 1) * speed
    exact = length in (math.floor(last) + 1, math.ceil(last) + 1, round(count * speed))
    most = 0 if exact else math.ceil((count * slack + 1) / speed)
    beyond = max(0, math.ceil((length - 1 - last) / speed))
    if abs(length - count * speed) > count * slack + speed + 2 and length > 1:
        return Playing(start, speed, problem=_unlike(length, count, speed))
    return Playing(start, speed, tail=max(most, 0 if exact else beyond), span=math.floor(last) + 1)


def _backwards(source_in: int, source_out: int, count: int, speed: Fraction) -> Playing:
    """Read a reversed line: its columns name its frames, or else only the one at which it begins.

    Writers differ on whether a lone frame is the highest, so both readings are wanted.
    """
    reach = math.ceil((count - 1) * -speed)
    low, length = min(source_in, source_out), abs(source_out - source_in)
    if abs(length - count * -speed) <= -speed + 2 and length > 1:
        return Playing(low, speed, head=1 if source_out < source_in else 0, span=length)
    if length <= 1:
        return Playing(source_in - reach, speed, head=count - 1, span=reach + 1)
    return Playing(low, speed, problem=_unlike(length, count, speed))


def _uneven(length: int, count: int) -> str:
    return (
        f"its source has {length} frames and its record {count}, and no M2 line says how it is played; "
        "export it again, or correct the event"
    )


def _unlike(length: int, count: int, speed: Fraction) -> str:
    return (
        f"its source has {length} frames and its record {count}, which its M2 line ({float(speed):g} times) "
        "does not explain; export it again"
    )
