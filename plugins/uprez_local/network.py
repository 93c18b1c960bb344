"""The network that doubles a luma plane, run in bands so that memory and cache stay small."""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

Plane = npt.NDArray[np.float32]
FILE = Path(__file__).with_name("a4k_l_y.onnx")
_REACH = 8  # the network's seven 3x3 layers look 7 pixels around each one
_BAND = 130_000  # pixels a band: measured 1.7 times faster than a whole 960x540 plane at once


def double(luma: Plane) -> Plane:
    """Return a plane of twice the size; both hold code values as 0 to 1, shape (height, width)."""
    height, width = luma.shape
    rows = max(16, _BAND // width)
    doubled = np.empty((2 * height, 2 * width), np.float32)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        above, below = max(0, top - _REACH), min(height, bottom + _REACH)
        band = _run(luma[above:below])
        doubled[2 * top : 2 * bottom] = band[2 * (top - above) : 2 * (bottom - above)]
    return doubled


@functools.cache
def seconds_per_pixel() -> float:
    """Time the network once on this machine: seconds for each pixel that goes in."""
    sample = np.zeros((_BAND // 960, 960), np.float32)
    _run(sample)
    began = time.perf_counter()
    _run(sample)
    return (time.perf_counter() - began) / sample.size


def _run(luma: Plane) -> Plane:
    (doubled,) = _session().run(None, {"x": luma[None, None]})
    plane: Plane = doubled[0, 0]
    return plane


@functools.cache
def _session() -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(FILE), options, providers=["CPUExecutionProvider"])
