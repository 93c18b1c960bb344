"""Sum up the colours of aligned frames, so that a drift over the whole clip can be fitted at its end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uprez.drift import ColourFit

_BLACK = np.array([16.0, 128.0, 128.0])
_LEAST = 25.0  # variance of luma codes below which a gain can't be told from noise
_EVERY = 3  # one pixel of three in each direction is enough


class ColourSums:
    """Hold the sums of a least-squares fit from plate to render colour; constant size."""

    def __init__(self) -> None:
        self._xx = np.zeros((4, 4))
        self._xy = np.zeros((4, 3))
        self._logs = np.zeros(2)
        self._pixels = 0

    def add(self, plate: npt.NDArray[np.uint8], render: npt.NDArray[np.uint8]) -> None:
        """Add one pair of frames, codes of shape (3, height, width)."""
        x = plate[:, ::_EVERY, ::_EVERY].reshape(3, -1).T - _BLACK
        y = render[:, ::_EVERY, ::_EVERY].reshape(3, -1).T - _BLACK
        ones = np.c_[x, np.ones(len(x))]
        self._xx += ones.T @ ones
        self._xy += ones.T @ y
        self._pixels += len(x)
        usable = (x[:, 0] > 15) & (x[:, 0] < 204) & (y[:, 0] > 5)
        before, after = np.log(x[usable, 0] / 219), np.log(y[usable, 0] / 219)
        self._logs += before @ after, before @ before

    def fit(self) -> ColourFit:
        """Return the fit over all frames that were added."""
        if not self._pixels:
            return ColourFit()
        mean = self._xx[3, :3] / self._pixels
        variance = np.diag(self._xx)[:3] / self._pixels - mean**2
        shift = float((self._xy[3, 0] - self._xx[3, 0]) / self._pixels)
        if variance[0] < _LEAST:
            return ColourFit(shift=shift)
        ridge = (
            np.diag([0.0, 1.0, 1.0, 0.0]) * self._pixels * 0.5
        )  # a picture without chroma has nothing to fit
        found = np.linalg.solve(self._xx + ridge, self._xy + ridge[:, :3])
        coloured = variance[1:].min() > 4
        return ColourFit(
            gain=float(found[0, 0]),
            offset=float(found[3, 0]),
            shift=shift,
            saturation=float((found[1, 1] + found[2, 2]) / 2) if coloured else None,
            cross=float(np.abs(found[1:3, 0]).max()) if coloured else None,
            gamma=float(self._logs[0] / self._logs[1]) if self._logs[1] > 0.01 * self._pixels else None,
        )
