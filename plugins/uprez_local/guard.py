"""Watch a network's output: where it explodes, the plain resize takes its place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
TILE = 64
# Of the whole range. Letters and noise go to 0.8, and to 0.65 times their tile's deviation (measured).
FARTHEST, EXPLODED = 0.25, 1.0  # from here a tile has to explain itself; beyond here nothing explains it
LOUDEST = 2.0  # times the tile's own standard deviation


def guard(sharp: Plane, plain: Plane) -> int:
    """Put the plain resize where `sharp` exploded, in place, and return how many tiles that were.

    Both are strips of the same shape (at most TILE high, width), code values as 0 to 1. A tile of TILE
    pixels has exploded where it holds what is no number, or lies farther from the plain resize than its
    texture explains.
    """
    far = np.abs(sharp - plain)
    edges = np.arange(0, far.shape[1], TILE)
    peaks = np.maximum.reduceat(far.max(axis=0), edges)
    replaced = 0
    for column in edges[~(peaks <= FARTHEST)]:
        tile = np.s_[:, column : column + TILE]
        if _exploded(far[tile], plain[tile]):
            sharp[tile] = plain[tile]
            replaced += 1
    return replaced


def _exploded(far: Plane, plain: Plane) -> bool:
    rms = float(np.sqrt(np.mean(np.square(far, dtype=np.float64))))
    return not (float(far.max()) <= EXPLODED and rms <= LOUDEST * float(plain.std()))
