"""Say in frames which part of an asset an FCPXML clip shows, as rows count: media, speed, length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez_otio.formats.fcpx_assets import is_still
from uprez_otio.formats.fcpx_shown import Shown, Span
from uprez_otio.formats.fcpx_time import seconds
from uprez_otio.formats.light import NTSC, alike
from uprez_otio.xmltext import Element

Row = list[Any]
_BLENDED = 2  # frames to either side of one that Final Cut makes out of its neighbours


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold a clip's part of its asset: `source` and `speed` as a row has them.

    `pace` is how many media frames go by in a frame of the timeline, `more` how many frames of the timeline
    a clip needs beyond its head and its tail where it reverses or blends frames, `seen` the span of seconds
    of the asset that it shows, transitions included.
    """

    source: list[float]
    speed: float | None
    pace: Fraction
    more: tuple[int, int]
    seen: Span


def counted(
    found: Shown, asset: Element | None, frames: int, rate: Fraction, media: Fraction | None, outer: Fraction
) -> Counted:
    """Count a clip of `frames` frames at `rate` whose asset has frames at rate `media`.

    `outer` is the rate of the whole document's timeline.
    """
    line, length = found.line, Fraction(frames) / rate
    seen = line.at(Fraction(0)), line.at(max(length - 1 / rate, Fraction(0)))
    if asset is None or media is None or is_still(asset):
        first = Fraction(0) if asset is None else seen[0] - (seconds(asset.attributes.get("start")) or 0)
        start = float(first * rate)
        return Counted([start, float(rate), float(frames), float(rate)], None, Fraction(1), (0, 0), seen)
    pace = line.slope * media / rate
    first = min(seen) * media - (1 if pace < 0 else 0)
    counts_at, speed = _written(pace, media, rate, outer)
    head = tail = math.ceil(_BLENDED / abs(pace)) if found.blends and pace else 0
    if _nearly(pace, media, rate):
        speed, tail = None, tail + 1 + math.ceil(frames * (pace - 1))
    source = [float(first), float(media), float(frames), float(counts_at)]
    return Counted(source, speed, pace, (head + (pace < 0), tail), (min(seen), max(seen)))


def _nearly(pace: Fraction, media: Fraction, rate: Fraction) -> bool:
    """Tell whether a few frames more at the tail are all that the speed comes to: 24 in a 23.976."""
    return alike(media, rate) and 1 < pace <= 1 / NTSC


def _written(
    pace: Fraction, media: Fraction, rate: Fraction, outer: Fraction
) -> tuple[Fraction, float | None]:
    """Return the rate to count a clip's frames at, and the speed that then gives its pace.

    A length at a rate alike the timeline's is as long; so 23.976 played as 24 in a 60 needs no speed.
    """
    for counts_at in (rate, rate / NTSC, rate * NTSC) if rate == outer else (rate,):
        if alike(counts_at, rate) and pace == _plain(media, counts_at):
            return counts_at, None
    return rate, float(pace / _plain(media, rate))


def _plain(media: Fraction, counts_at: Fraction) -> Fraction:
    return Fraction(1) if alike(media, counts_at) else media / counts_at
