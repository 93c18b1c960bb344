"""Say how much two pictures look alike whose sizes, crops and levels may differ: a new picture's ends."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from uprez.media.compare import HEIGHT, WIDTH, small_pictures
from uprez.media.probe import probe
from uprez.model import Info

Luma = npt.NDArray[np.float32]
_FLAT = 3.0  # a deviation in luma codes under which a picture has no shape to compare
_REACH = 64.0  # luma codes, of level and of deviation, at which a flat picture is another one
_SAME_SHAPE = 0.02


def small_still(path: Path) -> Luma:
    """Return a still's luma in small; raises MediaError."""
    return np.asarray(next(islice(small_pictures(path), 1))[0], np.float32)


def shape(path: Path) -> float:
    """Return how wide a file's picture is shown for its height; raises MediaError."""
    return _shape(probe(path))


def resemblance(still: Luma, still_shape: float, frame: Luma, frame_shape: float) -> float:
    """Return 1 for the same picture, about 0 for another: the best of stretched, cropped and padded."""
    pairs = [(still, frame)]
    ratio = still_shape / frame_shape
    if abs(ratio - 1) > _SAME_SHAPE:
        pairs += [(_middle(still, ratio), frame), (still, _middle(frame, 1 / ratio))]
    return max(_alike(one, other) for one, other in pairs)


def _shape(info: Info) -> float:
    return float(info.sample_aspect * info.width / info.height)


def _middle(luma: Luma, ratio: float) -> Luma:
    """Cut the middle out, as wide or as high as a picture of another shape would be, at the old size."""
    wide, high = min(1.0, 1 / ratio), min(1.0, ratio)
    rows, columns = _places(HEIGHT, high), _places(WIDTH, wide)
    cut: Luma = luma[np.ix_(rows, columns)]
    return cut


def _places(count: int, share: float) -> npt.NDArray[Any]:
    return ((np.arange(count) + 0.5) * share + count * (1 - share) / 2).astype(int)


def _alike(one: Luma, other: Luma) -> float:
    first, second = one - one.mean(), other - other.mean()
    deviations = float(first.std()), float(second.std())
    if min(deviations) < _FLAT:
        apart = abs(float(one.mean() - other.mean())) + abs(deviations[0] - deviations[1])
        return max(0.0, 1 - apart / _REACH)
    return float((first * second).mean()) / max(deviations[0] * deviations[1], 1.0)
