"""The media at Topaz: what a source truly is, and the renders that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from services.common import make_render, probed

from uprez.testing.clips import decoded, read_number

STILL_FORMATS = {"png": ("png", "rgb24"), "jpeg": ("mjpeg", "yuvj444p"), "tiff": ("tiff", "rgb24")}
_X265 = {"crf": "8", "preset": "ultrafast", "x265-params": "log-level=error:pools=1"}
ENCODERS = {
    "H264": ("libx264", "yuv420p", {"crf": "8", "preset": "veryfast"}),
    "H265": ("libx265", "yuv420p10le", _X265),
    "ProRes": ("prores_ks", "yuv422p10le", {"profile": "3"}),
}


def first_number(path: Path) -> int | None:
    """Return the number that the first frame of a source carries, None where it can't be read."""
    try:
        return read_number(next(decoded(path)))
    except (av.FFmpegError, StopIteration, IndexError):
        return None


def deviation(said: Mapping[str, Any], whole: Path, tolerance: int) -> str | None:
    """Say where a source differs from what was said of it, None where it doesn't."""
    if whole.stat().st_size != said["size"]:
        return f"source has {whole.stat().st_size} bytes, {said['size']} were said"
    try:
        frames, rate, width, height = probed(whole)
    except (av.FFmpegError, IndexError):
        return "source can't be read"
    if abs(frames - said["frameCount"]) > tolerance:
        return f"source has {frames} frames, {said['frameCount']} were said"
    if abs(float(rate) - said["frameRate"]) > 1e-3:
        return f"source has {float(rate)} frames a second, {said['frameRate']} were said"
    if [width, height] != [said["resolution"]["width"], said["resolution"]["height"]]:
        return "source has another resolution than was said"
    return None


def render(source: Path, out: Mapping[str, Any], to: Path, more: int) -> None:
    """Scale a source as the output of a request says, with some frames more or fewer."""
    size = (out["resolution"]["width"], out["resolution"]["height"])
    codec, pixels, options = ENCODERS[out["videoEncoder"]]
    rate = Fraction(out["frameRate"]).limit_denominator(1001)
    make_render(source, to, size, rate=rate, more=more, codec=codec, pixel_format=pixels, options=options)


def render_still(source: Path, form: Mapping[str, Any], to: Path) -> None:
    """Scale a still as a form says."""
    with av.open(str(source)) as file:
        frame = next(file.decode(video=0))
    width, height = int(form["output_width"]), int(form["output_height"])
    codec, pixels = STILL_FORMATS[form["output_format"]]
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base = Fraction(1, 25)
    scaled = frame.reformat(width=width, height=height, format=pixels, interpolation="LANCZOS")
    to.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(scaled), *encoder.encode(None)]))
