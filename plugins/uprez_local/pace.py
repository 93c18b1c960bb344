"""Foresee how long the work takes on this machine, from small timings made once in a process."""

from __future__ import annotations

import functools
import time
from fractions import Fraction

from uprez.model import Pull
from uprez.orders import Recipe
from uprez.plan import raster

# Seconds of one core for an output pixel, decoding and resizing included, on the machine where _RESIZED is.
_CODED = {"prores": 26e-9, "dnxhr": 17e-9, "h264": 80e-9, "h265": 150e-9, "ffv1": 24e-9, "still": 150e-9}
_RESIZED = 0.83e-9  # seconds for an output pixel of the resize that `_slowness` times
_UNEVEN = 1.15  # what the three threads wait for each other, measured
_START = 0.4  # seconds to load the libraries and open the files


def seconds(pull: Pull, recipe: Recipe) -> float:
    """Return the seconds that a pull will take: the network's on each doubling, then resize and encode."""
    info = pull.media.info
    width, height = raster(recipe.size, info)
    from uprez_local.network import cores

    preset = "still" if info.still else recipe.render
    frame = width * height * _CODED[preset] * _slowness() / min(cores(), 2)
    if recipe.model == "cnn":
        frame += _in_network(info.width, info.height, width, height)
    return _START + _UNEVEN * frame * pull.frames.count


def _in_network(width: int, height: int, wanted_width: int, wanted_height: int) -> float:
    from uprez_local.network import seconds_per_pixel

    total = 0.0
    while width < wanted_width or height < wanted_height:
        total += width * height * seconds_per_pixel()
        width, height = 2 * width, 2 * height
    return total


@functools.cache
def _slowness() -> float:
    """Time a resize by FFmpeg, in about 0.1 s: how many times slower than where the figures are from."""
    import av

    from uprez.media.scaling import Scaler

    frame = av.VideoFrame(960, 540, "yuv420p")
    frame.time_base = Fraction(1, 25)
    scaler = Scaler(1920, 1080, "yuv422p10le")
    tries = []
    for number in range(6):
        frame.pts = number
        began = time.perf_counter()
        scaler.scale(frame)
        tries.append(time.perf_counter() - began)
    return min(tries) / (1920 * 1080) / _RESIZED
