"""Luma planes of frames as numbers from 0 to 1, read and written at the frame's own bit depth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]


def bits_of(frame: Any) -> int:
    """Return the bits of a frame's luma component."""
    return int(frame.format.components[0].bits)


def read_luma(frame: Any) -> Plane:
    """Return the luma plane, shape (height, width), code values divided by the largest one."""
    codes = _codes(frame)[:, : frame.width]
    return codes.astype(np.float32) * np.float32(1 / (2 ** bits_of(frame) - 1))


def write_luma(frame: Any, luma: Plane, from_bits: int) -> None:
    """Put a plane in that `read_luma` took at `from_bits` bits; more bits hold finer steps of it."""
    bits = bits_of(frame)
    scale = np.float32((2**from_bits - 1) * 2.0 ** (bits - from_bits))
    codes = _codes(frame)
    codes[:, : frame.width] = np.rint(np.minimum(luma * scale, 2**bits - 1))


def level(frame: Any, from_bits: int) -> Plane:
    """Return the luma plane of a resized frame on the scale of `read_luma` of its source."""
    scale = np.float32(1 / ((2**from_bits - 1) * 2.0 ** (bits_of(frame) - from_bits)))
    return _codes(frame)[:, : frame.width].astype(np.float32) * scale


def is_planar_luma(name: str) -> bool:
    """Tell whether a pixel format keeps luma in a plane of its own that can be read here."""
    return (
        name.startswith(("yuv4", "yuva4", "yuvj4", "gray")) and not name.endswith("be") and "f32" not in name
    )


def _codes(frame: Any) -> npt.NDArray[Any]:
    plane = frame.planes[0]
    kind = np.dtype("u1") if bits_of(frame) <= 8 else np.dtype("<u2")
    return np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
