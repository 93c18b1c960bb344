"""The pictures that Astria's service makes: stills made larger, clips that begin with their first frame."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from services.common import make_render, probed

from uprez.testing.clips import decoded, picture

Files = Mapping[str, list[Path]]
RATE, SIZE = 24, (128, 72)


def still(source: Path | None, to: Path, factor: Fraction) -> Path:
    """Make a still larger by a factor, as PNG."""
    frame = _frame(source)
    return _written(frame, to, (int(frame.width * factor), int(frame.height * factor)), "png", "rgb24")


def first(files: Files, to: Path) -> Path:
    """Show the still that a clip begins with, as JPEG."""
    source = files.get("video_first_frame") or files.get("image_references")
    return _written(_frame(source[0] if source else None), to, SIZE, "mjpeg", "yuvj420p")


def clip(files: Files, to: Path, seconds: int) -> Path:
    """Make a clip: the input video's frames where there is one, else its first frame, and its last."""
    if "input_video" in files:
        source = files["input_video"][0]
        make_render(source, to, probed(source)[2:])
        return to
    begin = files.get("video_first_frame") or files.get("image_references")
    count = seconds * RATE
    frames = [_moved(_frame(begin[0] if begin else None), index) for index in range(count)]
    if "video_last_frame" in files:
        last = _frame(files["video_last_frame"][0])
        frames[-RATE:] = [_moved(last, index - count + 1) for index in range(count - RATE, count)]
    _encoded(frames, to)
    return to


def _encoded(frames: list[Any], to: Path) -> None:
    with av.open(str(to), "w") as out:
        video: Any = out.add_stream("libx264", rate=RATE, options={"crf": "12", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for index, frame in enumerate(frames):
            scaled = frame.reformat(format="yuv420p")
            scaled.pts, scaled.time_base = index, Fraction(1, RATE)
            out.mux(video.encode(scaled))
        out.mux(video.encode(None))


def _moved(frame: Any, index: int) -> Any:
    """Pan over the picture: what is told to be a clip has to move."""
    still = frame.reformat(width=SIZE[0], height=SIZE[1], format="rgb24").to_ndarray()
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(np.roll(still, 2 * index, axis=1)), format="rgb24")


def _frame(source: Path | None) -> Any:
    if source is None:
        return picture(0, SIZE, "rgb24")  # a clip of words alone
    return next(iter(decoded(source)))


def _written(frame: Any, to: Path, size: tuple[int, int], codec: str, pixel_format: str) -> Path:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, pixel_format
    encoder.time_base = Fraction(1, RATE)
    scaled = frame.reformat(width=size[0], height=size[1], format=pixel_format, interpolation="LANCZOS")
    to.write_bytes(b"".join(map(bytes, [*encoder.encode(scaled), *encoder.encode(None)])))
    return to
