"""Find where a source begins another picture, so that pieces of it meet where nobody can see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from uprez.media.sequences import read_media
from uprez.model import Pull

_WIDTH, _HEIGHT = 64, 36
_STEP = 12.0  # mean luma codes between two frames; a camera's own movement rarely passes it
_ALONE = 3.0  # times as much as any step nearby: a flash or a whip pan has two or more
_NEARBY = 3  # frames on each side
_Steps = npt.NDArray[np.float32]


def cuts_in(pull: Pull, progress: Callable[[int], None] = lambda done: None) -> tuple[int, ...]:
    """Return the frames, as the media counts, that begin another picture. Raises MediaError."""
    steps = np.fromiter(_steps(pull, progress), np.float32)
    return tuple(pull.frames.start + int(frame) for frame in np.flatnonzero(_is_cut(steps)))


def _is_cut(steps: _Steps) -> npt.NDArray[np.bool_]:
    """Tell for each frame whether it differs from the one before as no frame nearby does."""
    others = np.zeros_like(steps)
    for away in (*range(-_NEARBY, 0), *range(1, _NEARBY + 1)):
        shifted = np.roll(steps, away)
        shifted[slice(0, away) if away > 0 else slice(away, None)] = 0
        others = np.maximum(others, shifted)
    return (steps >= _STEP) & (steps > _ALONE * others)


def _steps(pull: Pull, progress: Callable[[int], None]) -> Iterator[float]:
    """Yield how far each frame lies from the one before; 0 for the first."""
    first = pull.frames.start - pull.media.available.start
    before: npt.NDArray[np.int16] | None = None
    for done, frame in enumerate(read_media(pull.media, first, pull.frames.count), 1):
        small = _small(frame)
        yield 0.0 if before is None else float(np.abs(small - before).mean())
        before = small
        progress(done)


def _small(frame: Any) -> npt.NDArray[np.int16]:
    plane = frame.reformat(width=_WIDTH, height=_HEIGHT, format="gray", interpolation="AREA").planes[0]
    return np.frombuffer(plane, np.uint8).reshape(_HEIGHT, plane.line_size)[:, :_WIDTH].astype(np.int16)
