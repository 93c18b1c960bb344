"""One frame in, one larger frame out, for each of the local models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np

from uprez.media.scaling import Scaler
from uprez_local.guard import TILE, guard
from uprez_local.network import double
from uprez_local.planes import (
    Codes,
    Plane,
    as_levels,
    bits_of,
    codes_of,
    is_planar,
    top_code,
    working_format,
)

Upscale = Callable[[Any], Any]
_GREEN, _BLUE, _RED = 0, 1, 2  # the order of planes in FFmpeg's gbr formats
_LUMA = {_GREEN: np.float32(0.7152), _BLUE: np.float32(0.0722), _RED: np.float32(0.2126)}


def by_filter(width: int, height: int, pixel_format: str, kernel: str, extra: str | None = None) -> Upscale:
    """Return an upscaler to `width` x `height` pixels that is FFmpeg's own."""
    return Scaler(width, height, pixel_format, kernel=kernel, extra=extra).scale


class ByNetwork:
    """Resize by lanczos, and in the luma put the network's picture in its place.

    `width` and `height` in pixels. Of RGB the luma's gain goes to all three planes, so no colour changes.
    `replaced` hears how many tiles of a frame the guard took from the plain resize.
    """

    def __init__(
        self,
        width: int,
        height: int,
        pixel_format: str,
        replaced: Callable[[int], None] = lambda tiles: None,
    ) -> None:
        self._size = width, height
        self._format = pixel_format
        self._source: Scaler | None = None
        self._plain: Scaler | None = None
        self._finish: Scaler | None = None
        self._shrink = Scaler(width, height, "gray16le")
        self._replaced = replaced

    def __call__(self, frame: Any) -> Any:
        """Return the upscaled frame in the wanted pixel format."""
        if self._plain is None:
            self._prepare(frame)
        assert self._plain is not None
        source = self._source.scale(frame) if self._source else frame
        large = self._plain.scale(source)
        pour = self._pour_luma if is_planar(source.format.name) else self._pour_rgb
        self._replaced(pour(source, large))
        return self._finish.scale(large) if self._finish else large

    def _prepare(self, frame: Any) -> None:
        """Build the resizers once the first frame tells the source's format."""
        working = working_format(frame)
        if working != frame.format.name:
            self._source = Scaler(frame.width, frame.height, working)
        straight = is_planar(working) and is_planar(self._format) and _gray(working) == _gray(self._format)
        target = self._format if straight else working
        self._plain = Scaler(*self._size, target)
        if target != self._format:
            self._finish = Scaler(*self._size, self._format)

    def _pour_luma(self, source: Any, large: Any) -> int:
        before, bits = codes_of(source), bits_of(source)
        sharp = self._enlarged(as_levels(before, bits))
        codes, top = codes_of(large), top_code(bits, bits_of(large))
        low, high = _legal(before, bits, bits_of(large))
        scale, level = np.float32(top), np.float32(1 / top)
        replaced = 0
        for strip, into in _strips(sharp, codes):
            replaced += guard(strip, np.multiply(into, level, dtype=np.float32))
            strip *= scale
            into[:] = np.clip(np.rint(strip, out=strip), low, high, out=strip)
        return replaced

    def _pour_rgb(self, source: Any, large: Any) -> int:
        sharp = self._enlarged(_luma(tuple(as_levels(codes_of(source, plane), 16) for plane in _LUMA)))
        largest, replaced = np.float32(2**16 - 1), 0
        for strip, *into in _strips(sharp, *(codes_of(large, plane) for plane in _LUMA)):
            planes = tuple(as_levels(codes, 16) for codes in into)
            plain = _luma(planes)
            replaced += guard(strip, plain)
            gain = strip - plain
            for codes, plane in zip(into, planes, strict=True):
                codes[:] = np.rint(np.clip(plane + gain, 0, 1) * largest)
        return replaced

    def _enlarged(self, luma: Plane) -> Plane:
        """Double a plane until it is large enough, then come down to the wanted size."""
        width, height = self._size
        while luma.shape[1] < width or luma.shape[0] < height:
            luma = double(np.clip(luma, 0, 1))
        return luma if luma.shape == (height, width) else self._shrunk(luma)

    def _shrunk(self, luma: Plane) -> Plane:
        """Resize a plane down by lanczos; what is no number stays none, so that the guard sees it."""
        height, width = luma.shape
        frame = av.VideoFrame(width, height, "gray16le")
        broken = np.argwhere(~np.isfinite(luma))
        luma[tuple(broken.T)] = 0.5
        codes_of(frame)[:] = np.rint(np.clip(luma, 0, 1) * np.float32(2**16 - 1))
        small = as_levels(codes_of(self._shrink.scale(frame)), 16)
        small[tuple((broken * small.shape // luma.shape).T)] = np.nan
        return small


def _luma(planes: tuple[Plane, ...]) -> Plane:
    green, blue, red = planes
    luma: Plane = green * _LUMA[_GREEN] + blue * _LUMA[_BLUE] + red * _LUMA[_RED]
    return luma


def _legal(codes: Codes, bits_from: int, bits: int) -> tuple[int, int]:
    """Return the codes to stay within: the legal ones where the source stays within them, else all."""
    low, high = 16 << (bits_from - 8), 235 << (bits_from - 8)
    if low <= codes.min() and codes.max() <= high:
        return 16 << (bits - 8), 235 << (bits - 8)
    return 0, 2**bits - 1


def _strips(*planes: Any) -> Iterator[tuple[Any, ...]]:
    """Walk planes together in strips that fit a processor's cache."""
    for top in range(0, len(planes[0]), TILE):
        yield tuple(plane[top : top + TILE] for plane in planes)


def _gray(pixel_format: str) -> bool:
    return pixel_format.startswith("gray")
