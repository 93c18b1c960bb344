"""One frame in, one larger frame out, for each of the local models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uprez.media.scaling import Scaler
from uprez_local.luma import bits_of, is_planar_luma, level, read_luma, write_luma

Upscale = Callable[[Any], Any]
_YUV = "yuv444p16le"


def by_filter(width: int, height: int, pixel_format: str, kernel: str, extra: str | None = None) -> Upscale:
    """Return an upscaler to `width` x `height` pixels that is FFmpeg's own."""
    return Scaler(width, height, pixel_format, kernel=kernel, extra=extra).scale


class ByNetwork:
    """Double the luma by the network until it is large enough, then come down by lanczos, as chroma does."""

    def __init__(self, width: int, height: int, pixel_format: str) -> None:
        self._size = width, height
        self._format = pixel_format
        self._working = pixel_format if is_planar_luma(pixel_format) else _YUV
        self._source: Scaler | None = None
        self._plain: Scaler | None = None
        self._down: Scaler | None = None
        self.replaced = 0
        """How many tiles the guard took from the plain resize."""

    def __call__(self, frame: Any) -> Any:
        """Return the upscaled frame."""
        from uprez_local.guard import guarded
        from uprez_local.network import double

        if self._plain is None:
            self._prepare(frame)
        source = self._source.scale(frame) if self._source else frame
        bits = bits_of(source)
        sharp = read_luma(source)
        while sharp.shape[1] < self._size[0] or sharp.shape[0] < self._size[1]:
            sharp = double(sharp)
        assert self._plain is not None
        large = self._plain.scale(source)
        sharp, replaced = guarded(sharp, level(large, bits))
        self.replaced += replaced
        write_luma(large, sharp, bits)
        return self._down.scale(large) if self._down else large

    def _prepare(self, frame: Any) -> None:
        """Build the resizers once the first frame tells the source's size and format."""
        width, height = frame.width, frame.height
        if not is_planar_luma(frame.format.name):
            self._source = Scaler(width, height, _YUV)
            self._working = _YUV
        while width < self._size[0] or height < self._size[1]:
            width, height = 2 * width, 2 * height
        self._plain = Scaler(width, height, self._working)
        if (width, height) != self._size or self._working != self._format:
            self._down = Scaler(*self._size, self._format)
