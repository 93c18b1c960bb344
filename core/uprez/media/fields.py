"""Make whole pictures of interlaced frames, one of each, so that neither count nor rate changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import av
from av.video.frame import PictureType

from uprez.media.scaling import graph_of


def whole_pictures(frames: Iterable[Any], *, bottom_first: bool) -> Iterator[Any]:
    """Yield for each interlaced frame the whole picture of its earlier field, in its own format and tags.

    The missing lines are made up from the frames around it by FFmpeg's bwdif. `bottom_first` counts where the
    frames don't say themselves which field is the earlier one.
    """
    graph: Any = None
    tags: Any = None
    for number, frame in enumerate(frames):
        if graph is None:
            graph, tags = _built(frame, bottom_first), frame
        frame.pts = number
        graph.push(frame)
        yield from _ready(graph, tags)
    if graph is not None:
        graph.push(None)
        yield from _ready(graph, tags)


def _built(frame: Any, bottom_first: bool) -> Any:
    parity = "auto" if frame.interlaced_frame else "bff" if bottom_first else "tff"
    weave = "bwdif", f"mode=send_frame:parity={parity}:deint=all"
    return graph_of(frame, [weave, ("format", frame.format.name)])


def _ready(graph: Any, tags: Any) -> Iterator[Any]:
    with suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            whole = graph.pull()
            whole.pict_type = PictureType.NONE
            whole.color_primaries, whole.color_trc = tags.color_primaries, tags.color_trc
            whole.colorspace, whole.color_range = tags.colorspace, tags.color_range
            yield whole
