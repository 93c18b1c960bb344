"""Finish a picture that a service made anew: its length and rate are the timeline's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import MediaError
from uprez.media.export import converter
from uprez.media.presets import normal
from uprez.media.probe import probe
from uprez.media.reading import read_frames
from uprez.media.writing import VideoWriter
from uprez.model import Info
from uprez.orders import Order
from uprez.stamp import Stamp

Progress = Callable[[int], None]
LAST = "last"
NEAR = Fraction(1, 20)  # up to this share of the rate, frames are kept one for one


def finish_made(
    fetched: Path,
    order: Order,
    to: Path,
    progress: Progress = lambda done: None,
    stamp: Stamp | None = None,
) -> Info:
    """Write exactly `order.frames` frames at `order.rate`; raises MediaError where what came is shorter."""
    assert order.frames is not None and order.rate is not None
    came = probe(fetched)
    pixel_format, bits, colour = normal(came)
    writer = VideoWriter(
        to,
        order.recipe.render,
        width=came.width,
        height=came.height,
        rate=order.rate,
        colour=colour,
        sample_aspect=came.sample_aspect,
        pixel_format_like=pixel_format,
        bits=bits,
        rotation=came.rotation,
        stamp=stamp,
    )
    with writer as out:
        convert = converter(came, out.pixel_format, colour)
        for done, frame in enumerate(_paced(fetched, came, order), 1):
            out.write(convert(frame))
            progress(done)
        if out.count < order.frames or _too_short(came, order):
            raise MediaError(
                f"{fetched}: lasts for {_length(came, order.rate)} of the {order.frames} frames that the "
                "clip needs; ask for a longer duration"
            )
    return probe(to)


def pace(came: Info, order: Order) -> Fraction:
    """Return how many of the frames that came go by with each frame of the timeline.

    One for one where the rates are near, else the nearest in time; the rest is cut off. What leads to a
    last frame is spread over the whole place instead, so that both of its ends are seen.
    """
    assert order.frames is not None and order.rate is not None
    if LAST in order.extra and order.frames > 1:
        return Fraction(came.frames - 1, order.frames - 1)
    near = abs(came.rate - order.rate) <= order.rate * NEAR
    return Fraction(1) if near else came.rate / order.rate


def _too_short(came: Info, order: Order) -> bool:
    """Tell whether what leads to a last frame would have to be slowed down."""
    assert order.frames is not None and order.rate is not None
    return LAST in order.extra and _length(came, order.rate) < order.frames


def _length(came: Info, rate: Fraction) -> int:
    near = abs(came.rate - rate) <= rate * NEAR
    return came.frames if near else round(came.frames * rate / came.rate)


def _paced(fetched: Path, came: Info, order: Order) -> Iterator[Any]:
    """Yield the frames that are shown, one for each frame of the timeline."""
    frames, step, done = order.frames or 0, pace(came, order), 0
    for number, frame in enumerate(read_frames(fetched, 0, came.frames, came.rate)):
        while done < frames and _nearest(done * step, came.frames) == number:
            yield frame
            done += 1
        if done == frames:
            return


def _nearest(place: Fraction, count: int) -> int:
    """Return the frame nearest to a place; the last one stands for half a frame after it."""
    number = int(place + Fraction(1, 2))
    return count - 1 if number == count and place < count else number
