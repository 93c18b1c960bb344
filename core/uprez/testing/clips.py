"""Make clips whose frames carry their own number, readable after any honest change of size or codec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType

from uprez.model import Colour, Numbering

BITS = 16
_FINE = 100  # ticks a frame, where frames have times of their own
BT709 = Colour(primaries=1, transfer=1, matrix=1, range=1)


def make_clip(
    path: Path,
    *,
    frames: int = 48,
    rate: Fraction = Fraction(24),
    size: tuple[int, int] = (320, 180),
    first: int = 0,
    timecode: str | None = None,
    reel: str | None = None,
    codec: str = "ffv1",
    pixel_format: str = "yuv420p",
    colour: Colour | None = BT709,
    sample_aspect: Fraction | None = None,
    audio: bool = False,
    still: bool = False,
    options: dict[str, str] | None = None,
    times: Sequence[Fraction] = (),
) -> Path:
    """Write `frames` frames numbered from `first`; `still` repeats one picture under all numbers.

    `size` is in pixels; `rate` in frames per second. With `times`, in frames, each comes on screen at its
    own, as in what a phone records. Returns the path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=rate, options=options or {})
        video.width, video.height = size
        video.pix_fmt = pixel_format
        tick = 1 / rate / (_FINE if times else 1)
        video.time_base = tick
        if times:
            video.codec_context.time_base = tick
        if sample_aspect:
            video.codec_context.sample_aspect_ratio = sample_aspect
        if timecode:
            video.metadata["timecode"] = timecode
        if reel:
            video.metadata["reel_name"] = reel
        if colour:
            _tag(video.codec_context, colour)
        sound = _sound(out) if audio else None
        for index in range(len(times) or frames):
            frame = picture(first + index, size, pixel_format, still=still)
            frame.pts, frame.time_base = round(times[index] * _FINE) if times else index, tick
            if colour:
                _tag(frame, colour)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if sound is not None:
            _write_tone(out, sound, frames / rate)
    return path


def make_sequence(
    folder: Path, numbering: Numbering, *, frames: int, size: tuple[int, int] = (64, 36), first: int = 0
) -> Path:
    """Write an image sequence whose pictures are numbered from `first`; `size` is in pixels.

    The codec goes by the suffix: ".png" or ".dpx". Returns the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    codec, pixel_format = {".png": ("png", "rgb24"), ".dpx": ("dpx", "gbrp10le")}[numbering.suffix]
    for index in range(frames):
        path = str(folder / numbering.name(index))
        with av.open(path, "w", format="image2", options={"update": "1"}) as out:
            video: Any = out.add_stream(codec, rate=24)
            video.width, video.height = size
            video.pix_fmt = pixel_format
            out.mux(video.encode(picture(first + index, size, pixel_format)))
            out.mux(video.encode(None))
    return folder


def picture(number: int, size: tuple[int, int], pixel_format: str = "yuv420p", *, still: bool = False) -> Any:
    """Draw one numbered frame of `size` pixels: a moving texture over a barcode of 16 blocks."""
    width, height = size
    moment = 0 if still else number
    broad, fine = _slopes(size)
    luma = 118 + 46 * np.sin(broad + 0.35 * moment) + 40 * np.sin(fine + 0.21 * moment)
    top = height - height // 5
    blocks = (np.arange(width) * BITS // width).clip(0, BITS - 1)
    luma[top:] = np.where(number >> (BITS - 1 - blocks) & 1, 220, 32)
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = luma.clip(16, 235).astype(np.uint8)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p").reformat(format=pixel_format)


@lru_cache(4)
def _slopes(size: tuple[int, int]) -> tuple[Any, Any]:
    width, height = size
    y, x = np.mgrid[0:height, 0:width] / height
    return 9 * x + 5 * y, 23 * y - 13 * x


def read_number(frame: Any) -> int:
    """Read the number that a frame carries; works on frames of any size and pixel format."""
    gray = frame.reformat(format="gray").to_ndarray()
    height, width = gray.shape
    row = gray[height - height // 10].astype(float)
    block = width / BITS
    middles = [row[int((bit + 0.35) * block) : int((bit + 0.65) * block) + 1].mean() for bit in range(BITS)]
    return sum((middle > 126) << (BITS - 1 - bit) for bit, middle in enumerate(middles))


def read_numbers(path: Path) -> list[int]:
    """Read the numbers of all frames of a file, in order."""
    return [read_number(frame) for frame in decoded(path)]


def decoded(path: Path) -> Iterator[Any]:
    """Decode a file's frames, with nothing of uprez in between."""
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            frame.pict_type = PictureType.NONE
            yield frame


def _tag(target: Any, colour: Colour) -> None:
    target.color_primaries, target.color_trc = colour.primaries, colour.transfer
    target.colorspace, target.color_range = colour.matrix, colour.range


def _sound(out: Any) -> Any:
    sound = out.add_stream("pcm_s16le", rate=48_000)
    sound.layout = "stereo"
    return sound


def _write_tone(out: Any, sound: Any, seconds: Fraction) -> None:
    total = int(seconds * 48_000)
    for start in range(0, total, 4800):
        count = min(4800, total - start)
        wave = (8000 * np.sin((start + np.arange(count)) * 0.0576)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        out.mux(sound.encode(frame))
    out.mux(sound.encode(None))
