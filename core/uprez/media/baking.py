"""Write a clip as it is played: frames of a render in another order, so that no retime is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import MediaError
from uprez.media.probe import probe
from uprez.media.reading import read_frames
from uprez.media.writing import VideoWriter
from uprez.model import Info, RenderPreset

_PRESETS: dict[str, RenderPreset] = {
    "prores": "prores", "dnxhd": "dnxhr", "h264": "h264", "hevc": "h265", "ffv1": "ffv1",
}  # fmt: skip
_AT_ONCE = 16  # frames held in memory: enough to turn a clip round without reading it once a frame


def bake(render: Path, frames: Sequence[int], to: Path, rate: Fraction, timecode: int | None = None) -> Info:
    """Write `frames` of `render`, file frames from 0 in the order that they are shown, to `to`.

    `rate` in frames per second, `timecode` the number that the first frame is to have. In the render's own
    codec, without sound. Raises MediaError.
    """
    info = probe(render)
    preset = _PRESETS.get(info.codec)
    if preset is None:
        raise MediaError(f"{render}: is {info.codec}, which can't be baked; choose another with --render")
    writer = VideoWriter(
        to,
        preset,
        width=info.width,
        height=info.height,
        rate=rate,
        colour=info.colour,
        sample_aspect=info.sample_aspect,
        pixel_format_like=info.pixel_format,
        bits=info.bits,
        timecode=timecode,
        drop=info.drop,
        reel=info.reel,
        rotation=info.rotation,
    )
    with writer as out:
        for start in range(0, len(frames), _AT_ONCE):
            some = frames[start : start + _AT_ONCE]
            found = dict(_read(render, sorted(set(some)), info.rate))
            for number in some:
                out.write(found[number].reformat(format=out.pixel_format))
    return probe(to)


def _read(render: Path, numbers: Sequence[int], rate: Fraction) -> Iterator[tuple[int, Any]]:
    """Read frames by number, those that lie side by side in one go."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            run = numbers[start:at]
            yield from zip(run, read_frames(render, run[0], len(run), rate), strict=True)
            start = at
