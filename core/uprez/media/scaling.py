"""Resize frames by FFmpeg's own scaler, with the colour tags that its graphs would otherwise lose."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import av
from av.video.frame import PictureType

from uprez.model import Colour

_MATRICES = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020nc",
    10: "bt2020c",
}
_RANGES = {1: "tv", 2: "pc"}
_RGB, _BT709, _LIMITED, _FULL = 0, 1, 1, 2


class Scaler:
    """Bring frames to one size and pixel format, in one graph with FFmpeg's threads.

    `width` and `height` in pixels; `kernel` is a swscale kernel; `extra` filters follow the resize.
    Pixels are converted to the matrix and range of `colour`, which only RGB needs where it is None.
    """

    def __init__(
        self,
        width: int,
        height: int,
        pixel_format: str,
        *,
        kernel: str = "lanczos",
        extra: str | None = None,
        colour: Colour | None = None,
    ) -> None:
        self._size = width, height
        self._format = pixel_format
        self._kernel = kernel
        self._extra = extra
        self._colour = colour
        self._graph: Any = None

    def scale(self, frame: Any) -> Any:
        """Return the resized frame with its tags and the source's timestamp."""
        if self._graph is None:
            self._matrix, self._range = self._target(frame)
            self._graph = self._built(frame)
        self._graph.push(frame)
        scaled = self._graph.pull()
        scaled.pict_type = PictureType.NONE
        scaled.color_primaries, scaled.color_trc = frame.color_primaries, frame.color_trc
        scaled.colorspace, scaled.color_range = self._matrix, self._range
        return scaled

    def _target(self, frame: Any) -> tuple[int, int]:
        """Return matrix and range of what comes out; between RGB and YUV no frame can keep its own."""
        if av.VideoFormat(self._format).is_rgb:
            return _RGB, _FULL
        if self._colour is not None:
            return self._colour.matrix, self._colour.range or frame.color_range
        if frame.format.is_rgb:
            return _BT709, _LIMITED
        return frame.colorspace, frame.color_range

    def _built(self, frame: Any) -> Any:
        name, _, arguments = (self._extra or "").partition("=")
        extra = [(name, arguments)] if self._extra else []
        return graph_of(frame, [("scale", self._resize(frame)), *extra, ("format", self._format)])

    def _resize(self, frame: Any) -> str:
        width, height = self._size
        described = f"{width}:{height}:flags={self._kernel}+accurate_rnd+full_chroma_int"
        known = frame.format.is_rgb or frame.colorspace in _MATRICES
        if known and self._matrix not in (_RGB, frame.colorspace) and self._matrix in _MATRICES:
            described += f":out_color_matrix={_MATRICES[self._matrix]}"
        if self._range != frame.color_range and self._range in _RANGES:
            described += f":out_range={_RANGES[self._range]}"
        return described


def graph_of(frame: Any, filters: Iterable[tuple[str, str]]) -> Any:
    """Return a graph, with FFmpeg's threads, of filters and their arguments, for frames like this one."""
    graph = av.filter.Graph()
    graph.threads = 0
    chain = [graph.add("buffer", _described(frame)), *(graph.add(*each) for each in filters)]
    chain.append(graph.add("buffersink"))
    for one, following in pairwise(chain):
        one.link_to(following)
    graph.configure()
    return graph


def _described(frame: Any) -> str:
    """Describe frames to the graph that they come into.

    Without matrix and range here, `scale` converts behind our back.
    """
    base = frame.time_base
    told = [
        f"video_size={frame.width}x{frame.height}",
        f"pix_fmt={frame.format.name}",
        f"time_base={base.numerator}/{base.denominator}" if base else "time_base=1/25",
    ]
    if frame.colorspace in _MATRICES and (frame.colorspace != _RGB or frame.format.is_rgb):
        told.append(f"colorspace={_MATRICES[frame.colorspace]}")
    if frame.color_range in _RANGES:
        told.append(f"range={_RANGES[frame.color_range]}")
    return ":".join(told)
