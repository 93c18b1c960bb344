"""Which frames a new picture begins and ends with. Pure functions on values."""

from __future__ import annotations

import math
from fractions import Fraction

from uprez.model import Media, Pull, Shot
from uprez.newness import Keyframe
from uprez.times import FrameRange

_SPARE = 2


def first_shown(shot: Shot, rate: Fraction) -> Keyframe:
    """Return the frame that a shot shows first, in a timeline of `rate` frames per second."""
    return _keyframe(shot, shot.source.start if _step(shot, rate) >= 0 else _highest(shot, rate))


def last_shown(shot: Shot, rate: Fraction) -> Keyframe:
    """Return the frame that a shot shows last; of one played backwards that is its lowest."""
    return _keyframe(shot, _highest(shot, rate) if _step(shot, rate) > 0 else shot.source.start)


def pull_from(first: Keyframe, count: int, rate: Fraction, shot: str, to: Keyframe | None = None) -> Pull:
    """Name a frame as if `count` frames at `rate` came after it: what is bought goes by that length."""
    frames = FrameRange(start=first.frame, count=count)
    available = FrameRange(start=0, count=frames.end)
    media = first.media.model_copy(update={"rate": rate, "available": available})
    name = f"made-{media.fingerprint[:12]}-{first.frame}-{count}"
    ending = "" if to is None else f"-{to.media.fingerprint[:12]}-{to.frame}"
    return Pull(id=name + ending, media=media, frames=frames, shots=(shot,))


def unreadable(media: Media) -> str | None:
    """Return why no single frame can be taken from a media, and what to do; None where one can."""
    info = media.info
    if info.variable:
        return "its frame rate is variable; conform the media to a constant rate first"
    if info.interlaced:
        return "its media is interlaced; deinterlace it first"
    if info.rotation and not info.still:
        return f"its picture is turned by {info.rotation} degrees; bake the turn in your editor"
    return None


def _highest(shot: Shot, rate: Fraction) -> int:
    """Return the highest frame that is shown: a host may count a frame or two more to what is consumed."""
    last = shot.source.end - 1
    counted = shot.source.start + math.floor((shot.record.count - 1) * abs(_step(shot, rate)))
    return counted if last - _SPARE <= counted <= last else last


def _step(shot: Shot, rate: Fraction) -> Fraction:
    """Return how many media frames go by with each frame of the timeline."""
    if shot.media.info.still:
        return Fraction(0)
    speed = shot.retime.speed if shot.retime else Fraction(1)
    near = abs(shot.media.rate - rate) * 500 < rate
    return speed if near else speed * shot.media.rate / rate


def _keyframe(shot: Shot, number: int) -> Keyframe:
    inside = min(max(number, shot.source.start), shot.source.end - 1)
    return Keyframe(media=shot.media, frame=inside - shot.media.available.start)
