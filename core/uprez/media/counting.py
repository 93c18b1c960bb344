"""Count frames by their packets: headers lie, and decoding all of a file to count takes too long."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import Any


def shown(source: Any, video: Any, size: int, first: int | None) -> list[int]:
    """Return the presentation times of all frames that are shown, in order, in the stream's ticks.

    `size` is the file's in bytes; `first` the time of the first frame that decodes, None for a file
    without a clock. Packets before it lean on pictures that are not in the file.
    """
    ticks = _indexed(source, video, size, first)
    if ticks is None:
        ticks = _scanned(source, video)
    return ticks if first is None else [tick for tick in ticks if tick >= first]


def constant(ticks: Sequence[int], per_tick: Fraction) -> int:
    """Return how many frames from the first on lie where a constant rate, in frames a tick, has them.

    A clock rounds: up to one tick or a tenth of a frame, whichever is more, is no deviation. Where a tick is
    as long as a frame, or nearly, a whole one is.
    """
    frames, unit = per_tick.numerator, per_tick.denominator
    slack = max(frames, unit // 10) if 4 * frames <= unit else frames - 1
    zero = ticks[0] * frames
    for number, tick in enumerate(ticks):
        if abs(tick * frames - zero - number * unit) > slack:
            return number
    return len(ticks)


def moments(ticks: Sequence[int], per_tick: Fraction) -> list[int]:
    """Return at which frame of a constant rate, in frames a tick, each frame comes first on screen."""
    frames, unit = per_tick.numerator, per_tick.denominator
    return [(2 * (tick - ticks[0]) * frames + unit) // (2 * unit) for tick in ticks]


def on_screen(ticks: Sequence[int], per_tick: Fraction, first: int, count: int) -> list[int]:
    """Return the times of the frames that are on screen at `count` frames of a constant rate.

    A frame stays until the next one's; of two that come at once the later is seen.
    """
    begins = moments(ticks, per_tick)
    return [ticks[bisect_right(begins, moment) - 1] for moment in range(first, first + count)]


def _scanned(source: Any, video: Any) -> list[int]:
    packets = (packet for packet in source.demux(video) if packet.size and not packet.is_discard)
    found = [(packet.pts, packet.is_corrupt) for packet in packets]
    while found and found[-1][1]:  # the file's end cuts it off
        found.pop()
    return sorted(number if time is None else time for number, (time, _) in enumerate(found))


def _indexed(source: Any, video: Any, size: int, first: int | None) -> list[int] | None:
    """Read the times from the sample table where it can be trusted, which spares reading the file.

    It must be a QuickTime file of whole frames only, all of them in the table and inside the file.
    """
    if not source.format.name.startswith("mov") or first is None:
        return None
    table = video.index_entries
    if not len(table) or len(table) != video.frames:
        return None
    entries = [
        (entry.timestamp, entry.pos + entry.size, entry.is_keyframe, entry.is_discard) for entry in table
    ]
    if not all(key and not hidden and end <= size for _, end, key, hidden in entries):
        return None
    ticks = sorted(tick for tick, *_ in entries)
    return ticks if ticks[0] == first else None
