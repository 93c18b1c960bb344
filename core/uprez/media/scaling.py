"""Resize frames by FFmpeg's own scaler, with the colour tags that its graphs would otherwise lose."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import av
from av.video.frame import PictureType

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


class Scaler:
    """Bring frames to one size and pixel format, in one graph with FFmpeg's threads.

    `width` and `height` in pixels; `kernel` is a swscale kernel; `extra` filters follow the resize.
    """

    def __init__(
        self, width: int, height: int, pixel_format: str, *, kernel: str = "lanczos", extra: str | None = None
    ) -> None:
        self._size = width, height
        self._format = pixel_format
        self._kernel = kernel
        self._extra = extra
        self._graph: Any = None

    def scale(self, frame: Any) -> Any:
        """Return the resized frame with the source's tags and timestamps."""
        if self._graph is None:
            self._graph = self._built(frame)
        self._graph.push(frame)
        scaled = self._graph.pull()
        scaled.pict_type = PictureType.NONE
        scaled.color_primaries, scaled.color_trc = frame.color_primaries, frame.color_trc
        scaled.colorspace, scaled.color_range = frame.colorspace, frame.color_range
        return scaled

    def _built(self, frame: Any) -> Any:
        graph = av.filter.Graph()
        graph.threads = 0
        chain = [graph.add("buffer", _source(frame))]
        width, height = self._size
        chain.append(
            graph.add("scale", f"{width}:{height}:flags={self._kernel}+accurate_rnd+full_chroma_int")
        )
        if self._extra:
            name, _, arguments = self._extra.partition("=")
            chain.append(graph.add(name, arguments))
        chain.append(graph.add("format", self._format))
        chain.append(graph.add("buffersink"))
        for one, following in pairwise(chain):
            one.link_to(following)
        graph.configure()
        return graph


def _source(frame: Any) -> str:
    """Describe the frames that come in; without matrix and range here, `scale` converts behind our back."""
    base = frame.time_base
    described = [
        f"video_size={frame.width}x{frame.height}",
        f"pix_fmt={frame.format.name}",
        f"time_base={base.numerator}/{base.denominator}" if base else "time_base=1/25",
    ]
    if frame.colorspace in _MATRICES:
        described.append(f"colorspace={_MATRICES[frame.colorspace]}")
    if frame.color_range in _RANGES:
        described.append(f"range={_RANGES[frame.color_range]}")
    return ":".join(described)
