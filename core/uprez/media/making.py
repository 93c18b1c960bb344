"""Finish and check a picture that a service made anew: its length and rate are the timeline's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from uprez.errors import MediaError
from uprez.media.compare import Codes, small_pictures
from uprez.media.export import converter
from uprez.media.presets import normal
from uprez.media.probe import probe
from uprez.media.reading import read_frames
from uprez.media.writing import VideoWriter
from uprez.model import Call, Info, Verdict
from uprez.orders import Order

Progress = Callable[[int], None]
NOT_COMPARED = "generative: not compared with the source"
_NEAR = Fraction(1, 20)  # up to this share of the rate, frames are kept one for one
_BLACK = 20  # a luma code hardly above black
_MOVES = 0.5  # mean change of luma codes that is more than a codec's noise


def finish_made(fetched: Path, order: Order, to: Path, progress: Progress = lambda done: None) -> Info:
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
    )
    with writer as out:
        convert = converter(came, out.pixel_format, colour)
        for done, frame in enumerate(_paced(fetched, came, order.frames, order.rate), 1):
            out.write(convert(frame))
            progress(done)
        if out.count < order.frames:
            raise MediaError(
                f"{fetched}: lasts for {out.count} of the {order.frames} frames that the clip needs; "
                "ask for a longer duration"
            )
    return probe(to)


def _paced(fetched: Path, came: Info, frames: int, rate: Fraction) -> Iterator[Any]:
    """Yield the frames shown at `rate`: one for one where the rates are near, else the nearest in time."""
    step = Fraction(1) if abs(came.rate - rate) <= rate * _NEAR else came.rate / rate
    done = 0
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


def judge_made(path: Path, order: Order) -> Verdict:
    """Say whether what was made is whole, moves and shows something; its content is nobody's to prove."""
    info, wrong = probe(path), []
    count, bright, moved = 0, 0, 0.0
    before: Codes | None = None
    try:
        for codes in small_pictures(path):
            bright = max(bright, int(codes[0].max()))
            if before is not None:
                moved = max(moved, float(np.abs(codes[0].astype(int) - before[0]).mean()))
            count, before = count + 1, codes
    except MediaError as broken:
        wrong.append(f"it can't be decoded to its end ({broken})")
    if count != order.frames:
        wrong.append(f"it has {count} frames instead of {order.frames}")
    if info.rate != order.rate:
        wrong.append(f"it runs at {info.rate} frames per second instead of {order.rate}")
    if bright <= _BLACK:
        wrong.append("it is black from its first frame to its last")
    elif moved < _MOVES and count > 1:
        wrong.append("it is one picture from its first frame to its last, nothing moves")
    return Verdict(call=Call.WRONG if wrong else Call.MATCH, findings=(*wrong, NOT_COMPARED))
