"""Watch a network's output: where it explodes, the plain resize takes its place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
TILE = 64
FARTHEST = (
    0.25  # of the whole range, from the plain resize, with an rms that the tile's own texture can't explain
)
LOUDEST = 4.0  # times the tile's own standard deviation


def guarded(sharp: Plane, plain: Plane) -> tuple[Plane, int]:
    """Return `sharp` with exploded tiles taken from `plain`, clipped to 0..1, and how many tiles those were.

    Both are planes of the same shape (height, width), code values as 0 to 1. A tile has exploded where it
    holds what is no number, or lies far from the plain resize by more than its texture explains.
    """
    far = np.abs(sharp - plain)
    peak = _by_tile(far, np.maximum)
    suspects = np.argwhere(~(peak <= FARTHEST))
    replaced = 0
    for row, column in suspects:
        area = np.s_[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
        rms = float(np.sqrt(np.mean(np.square(far[area]))))
        if (
            not np.isfinite(rms)
            or peak[row, column] > 2 * FARTHEST
            or rms > LOUDEST * float(plain[area].std())
        ):
            sharp[area] = plain[area]
            replaced += 1
    return np.clip(sharp, 0.0, 1.0, out=sharp), replaced


def _by_tile(plane: Plane, reduce: np.ufunc) -> Plane:
    height, width = plane.shape
    by_row = reduce.reduceat(plane, np.arange(0, height, TILE), axis=0)
    by_tile: Plane = reduce.reduceat(by_row, np.arange(0, width, TILE), axis=1)
    return by_tile
