"""Planes of frames as numbers, read and written in place at the frame's own bit depth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Codes = npt.NDArray[np.generic]
_PLANAR = ("yuv4", "yuva4", "yuvj4", "gray")
_UNREADABLE = ("be", "f16le", "f32le", "msble")


def bits_of(frame: Any) -> int:
    """Return the bits of a frame's first component."""
    return int(frame.format.components[0].bits)


def codes_of(frame: Any, plane: int = 0) -> Codes:
    """Return a plane's code values, shape (height, width), as they lie in the frame: writing changes it."""
    held = frame.planes[plane]
    kind = np.dtype("u1") if bits_of(frame) <= 8 else np.dtype("<u2")
    rows: Codes = np.frombuffer(held, kind).reshape(held.height, held.line_size // kind.itemsize)
    return rows[:, : held.width]


def as_levels(codes: Codes, bits: int) -> Plane:
    """Return code values divided by the largest one that `bits` bits hold."""
    return np.multiply(codes, np.float32(1 / (2**bits - 1)), dtype=np.float32)


def top_code(bits_from: int, bits: int) -> float:
    """Return the code at `bits` bits of what is the largest code at `bits_from`: FFmpeg deepens by shifts."""
    return float(2**bits_from - 1) * float(2.0 ** (bits - bits_from))


def is_planar(name: str) -> bool:
    """Tell whether a pixel format keeps luma in a plane of its own that can be read here."""
    return name.startswith(_PLANAR) and not name.endswith(_UNREADABLE)


def working_format(frame: Any) -> str:
    """Return the format nearest to the frame's whose first planes can be read here: luma, or G, B and R."""
    form = frame.format
    alpha = any(component.is_alpha for component in form.components)
    if is_planar(form.name):
        return str(form.name)
    if form.is_rgb or form.has_palette:
        return "gbrap16le" if alpha else "gbrp16le"
    if len(form.components) == 1:
        return "gray16le"
    return "yuva444p16le" if alpha else "yuv444p16le"
