"""Say in frames which part of an asset an FCPXML clip shows, as rows count: media, speed, length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from uprez_otio.formats.fcpx_assets import is_still
from uprez_otio.formats.fcpx_curve import Bent
from uprez_otio.formats.fcpx_pieces import Piece
from uprez_otio.formats.fcpx_shown import Shown
from uprez_otio.formats.fcpx_time import seconds
from uprez_otio.formats.light import NTSC, alike
from uprez_otio.xmltext import Element

Row = list[Any]
_SLIVER = Fraction(1, 500)  # of a frame: where a curve ends, the next frame is not shown yet
_BLENDED = 2  # frames to either side of one that Final Cut makes out of its neighbours


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold a clip's part of its asset: `source` and `speed` as a row has them.

    `pace` is how many media frames go by in a frame of the timeline, `more` how many frames of the timeline
    a clip needs beyond its head and its tail, for transitions and for what Final Cut makes of neighbours.
    """

    source: list[float]
    speed: float | dict[str, Any] | None
    pace: Fraction
    more: tuple[Fraction, Fraction]


def counted(
    found: Shown,
    asset: Element | None,
    piece: Piece,
    frames: int,
    rate: Fraction,
    media: Fraction | None,
    outer: Fraction,
) -> Counted:
    """Count a clip of `frames` frames at `rate` whose asset has frames at rate `media`.

    `outer` is the rate of the whole document's timeline.
    """
    line = found.line
    around = piece.head * rate, piece.tail * rate
    begins = line.at(Fraction(0))
    if asset is None or media is None or is_still(asset):
        first = Fraction(0) if asset is None else begins - (seconds(asset.attributes.get("start")) or 0)
        return Counted(
            [float(first * rate), float(rate), float(frames), float(rate)], None, Fraction(1), around
        )
    if isinstance(line, Bent):
        return _bent(line, piece, frames, rate, media)
    pace = line.slope * media / rate
    lowest = min(begins, line.at(Fraction(max(frames - 1, 0)) / rate)) * media - (1 if pace < 0 else 0)
    counts_at, exact = _written(pace, media, rate, outer)
    speed = _in_percent(exact, frames) if exact is not None else None
    more = math.ceil(_BLENDED / abs(pace)) if found.blends and pace else 0
    more += int(speed != exact)
    head, tail = around[0] + more + (pace < 0), around[1] + more
    if _nearly(pace, media, rate):
        speed, tail = None, tail + 1 + math.ceil(frames * (pace - 1))
    source = [float(lowest), float(media), float(frames), float(counts_at)]
    told = None if speed is None else {"speed": float(speed), "lock": 1, "timed": True}
    return Counted(source, told, pace, (head, tail))


def _bent(line: Bent, piece: Piece, frames: int, rate: Fraction, media: Fraction) -> Counted:
    """Count a clip of changing speed; its curve counts from its first frame, in frames of `rate`."""
    first, step = line.at(Fraction(0)), 1 / rate
    unit = media if alike(media, rate) else rate
    ends = [-piece.head, *(frame * step for frame in range(1, frames)), piece.length + piece.tail]
    spans = [line.span(one, other) for one, other in pairwise(ends)]
    curve = [
        [float((low - first) * unit), float(max(low - first, high - first - _SLIVER / unit) * unit)]
        for low, high in spans
    ]
    source = [float(first * media), float(media), float(frames), float(rate)]
    nothing = Fraction(0), Fraction(0)
    return Counted(source, {"curve": curve, "from_start": False}, Fraction(0), nothing)


def _nearly(pace: Fraction, media: Fraction, rate: Fraction) -> bool:
    """Tell whether a few frames more at the tail are all that the speed comes to: 24 in a 23.976."""
    return alike(media, rate) and 1 < pace <= 1 / NTSC


def _in_percent(speed: Fraction, frames: int) -> Fraction:
    """Return the percentage that an editor gave, where it is less than half a frame off."""
    percent = Fraction(round(speed * 100), 100)
    return percent if percent and abs(percent - speed) * frames < Fraction(1, 2) else speed


def _written(
    pace: Fraction, media: Fraction, rate: Fraction, outer: Fraction
) -> tuple[Fraction, Fraction | None]:
    """Return the rate to count a clip's frames at, and the speed that then gives its pace.

    A length at a rate alike the timeline's is as long; so 23.976 played as 24 in a 60 needs no speed.
    """
    for counts_at in (rate, rate / NTSC, rate * NTSC) if rate == outer else (rate,):
        if alike(counts_at, rate) and pace == _plain(media, counts_at):
            return counts_at, None
    return rate, pace / _plain(media, rate)


def _plain(media: Fraction, counts_at: Fraction) -> Fraction:
    return Fraction(1) if alike(media, counts_at) else media / counts_at
