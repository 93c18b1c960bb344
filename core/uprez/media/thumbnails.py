"""Cut the same window out of a plate's and a render's frame, pixel for pixel, small enough for a page."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from uprez.frozen import Frozen
from uprez.media.opening import readable
from uprez.media.reading import read_frames
from uprez.media.scaling import Scaler

Pixels = npt.NDArray[np.uint8]
_QUALITIES = (2, 3, 4, 6, 8, 11, 15, 20, 26, 31)  # JPEG quantiser scales, best first
_POSTER = 256
_CENTRED = 0.5  # how much less detail counts at the rim than in the middle


class Box(Frozen):
    """Place a window in a picture: its corner and size in pixels."""

    x: int
    y: int
    width: int
    height: int


class Pair(Frozen):
    """Hold one frame before and after, as JPEG files of the same window of the render's raster."""

    before: bytes
    after: bytes


class Stills(Frozen):
    """Hold a shot's pairs, and the whole picture in small with the window that they show."""

    poster: bytes
    box: Box
    width: int
    height: int
    pairs: tuple[Pair, ...]


def stills(
    before: tuple[Path, Sequence[int]],
    after: tuple[Path, Sequence[int]],
    *,
    rate: Fraction,
    window: tuple[int, int],
    budget: int,
) -> Stills:
    """Read frames of two files and cut the window with the most detail out of both.

    `before` and `after` are a file and its 0-based frame numbers, as many of each, at `rate`. The frames
    before are enlarged by bicubic to the render's raster. The window is at most `window` pixels, and all
    JPEG files together at most about `budget` bytes. Raises MediaError.
    """
    with readable(before[0]):
        plates = [_frame(before[0], number, rate) for number in before[1]]
    with readable(after[0]):
        renders = [_frame(after[0], number, rate) for number in after[1]]
        return _cut_out(plates, renders, window, budget)


def _cut_out(plates: list[Any], renders: list[Any], window: tuple[int, int], budget: int) -> Stills:
    width, height = renders[0].width, renders[0].height
    enlarge = Scaler(width, height, "rgb24", kernel="bicubic")
    box = _window(_gray(plates[-1]), (width, height), window)
    sheets = [
        (_cut(_rgb(enlarge.scale(plate)), box), _cut(_rgb(_as_rgb(render)), box))
        for plate, render in zip(plates, renders, strict=True)
    ]
    poster = _poster(renders[0])
    each = max(1, budget - len(poster)) // (2 * len(sheets))
    pairs = tuple(Pair(before=jpeg(old, each), after=jpeg(new, each)) for old, new in sheets)
    return Stills(poster=poster, box=box, width=width, height=height, pairs=pairs)


def jpeg(pixels: Pixels, budget: int) -> bytes:
    """Encode RGB pixels, shape (height, width, 3), as the best JPEG of `budget` bytes, or the smallest."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    frame = frame.reformat(
        format="yuvj420p",
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.ACCURATE_RND,  # without it gray turns green by two codes
    )
    encoded = b""
    for quality in _QUALITIES:
        encoded = _encoded(frame, quality)
        if len(encoded) <= budget:
            break
    return encoded


def _encoded(frame: Any, quality: int) -> bytes:
    context: Any = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = frame.width, frame.height, "yuvj420p"
    context.time_base = Fraction(1, 25)
    context.options = {"qmin": str(quality), "qmax": str(quality), "huffman": "optimal"}
    return b"".join(bytes(packet) for packet in (*context.encode(frame), *context.encode(None)))


def _frame(path: Path, number: int, rate: Fraction) -> Any:
    return next(read_frames(path, number, 1, rate))


def _as_rgb(frame: Any) -> Any:
    return Scaler(frame.width, frame.height, "rgb24").scale(frame)


def _rgb(frame: Any) -> Pixels:
    pixels: Pixels = frame.to_ndarray()
    return pixels


def _gray(frame: Any) -> Pixels:
    pixels: Pixels = frame.reformat(format="gray").to_ndarray()
    return pixels


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.y : box.y + box.height, box.x : box.x + box.width]


def _poster(frame: Any) -> bytes:
    height = max(2, round(frame.height * _POSTER / frame.width))
    return jpeg(_rgb(Scaler(_POSTER, height, "rgb24", kernel="area").scale(frame)), 8_000)


def _window(luma: Pixels, raster: tuple[int, int], largest: tuple[int, int]) -> Box:
    """Return the window of the render's raster where its plate has the most detail, the middle preferred."""
    (width, height), (rows, columns) = raster, luma.shape
    wide, high = min(largest[0], width), min(largest[1], height)
    detail = np.zeros(luma.shape)
    detail[:, 1:] += np.abs(np.diff(luma.astype(int), axis=1))
    detail[1:] += np.abs(np.diff(luma.astype(int), axis=0))
    sums = np.pad(detail, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    tall, broad = max(1, high * rows // height), max(1, wide * columns // width)
    inside = sums[tall:, broad:] - sums[:-tall, broad:] - sums[tall:, :-broad] + sums[:-tall, :-broad]
    y, x = np.unravel_index(np.argmax(inside * _middle(inside.shape)), inside.shape)
    return Box(
        x=min(int(x) * width // columns, width - wide) // 2 * 2,
        y=min(int(y) * height // rows, height - high) // 2 * 2,
        width=wide,
        height=high,
    )


def _middle(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    down, across = (np.abs(np.linspace(-1, 1, length)) if length > 1 else np.zeros(1) for length in shape)
    weight: npt.NDArray[np.float64] = 1 - _CENTRED * np.maximum(down[:, None], across[None, :])
    return weight
