"""Sum up the colours of aligned frames, so that a drift over the whole clip can be fitted at its end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uprez.drift import ColourFit

_BLACK = np.array([16.0, 128.0, 128.0])
_LEAST = 25.0  # variance of luma codes below which a gain can't be told from noise
_COLOURED = 4.0  # variance of chroma codes below which saturation can't be told
_CELL = 8  # pixels averaged in each direction: sharpening and coding change detail, never a surface
_INTO_LUMA = np.array([0.1016, 0.1961])  # what of Cb and Cr goes into luma when 709 is made 601
_VISIBLE = 0.5  # variance of that part, in square codes, below which no matrix can be told


class ColourSums:
    """Hold the sums of a least-squares fit from plate to render colour; constant size.

    The fit is within each frame, so that a coder which lags behind a flicker is no change of contrast.
    """

    def __init__(self) -> None:
        self._xx = np.zeros((3, 3))
        self._xy = np.zeros((3, 3))
        self._means = np.zeros((2, 3))
        self._logs = np.zeros(3)
        self._frames = self._cells = 0

    def add(self, plate: npt.NDArray[np.uint8], render: npt.NDArray[np.uint8]) -> None:
        """Add one pair of frames, codes of shape (3, height, width)."""
        x, y = _cells(plate), _cells(render)
        usable = (x[:, 0] > 15) & (x[:, 0] < 204) & (y[:, 0] > 5)
        before, after = np.log(x[usable, 0] / 219), np.log(y[usable, 0] / 219)
        self._logs += before @ after, before @ before, usable.sum()
        means = x.mean(axis=0), y.mean(axis=0)
        x, y = x - means[0], y - means[1]
        self._xx += x.T @ x
        self._xy += x.T @ y
        self._means += means
        self._cells += len(x)
        self._frames += 1

    def fit(self) -> ColourFit:
        """Return the fit over all frames that were added."""
        if not self._frames:
            return ColourFit()
        mean, mean_after = self._means / self._frames
        covariance = self._xx / self._cells
        shift = float(mean_after[0] - mean[0])
        if covariance[0, 0] < _LEAST:
            return ColourFit(shift=shift)
        ridge = np.diag([0.0, 0.5, 0.5])  # a picture without chroma has nothing to fit
        found = np.linalg.solve(covariance + ridge, self._xy / self._cells + ridge)
        coloured = [channel for channel in (1, 2) if covariance[channel, channel] > _COLOURED]
        ratio, certain, usable = self._logs
        return ColourFit(
            gain=float(found[0, 0]),
            offset=float(mean_after[0] - mean @ found[:, 0]),
            shift=shift,
            spread=float(np.sqrt(covariance[0, 0])),
            saturation=float(found[coloured, coloured].mean()) if coloured else None,
            cross=_crossed(found[1:, 0], covariance[1:, 1:]),
            gamma=float(ratio / certain) if certain > 0.01 * usable > 0 else None,
        )


def _crossed(leaked: npt.NDArray[np.floating], chroma: npt.NDArray[np.floating]) -> float | None:
    """Return how much of a change from 709 to 601 the leak of chroma into luma is, -1 for the way back."""
    visible = float(_INTO_LUMA @ chroma @ _INTO_LUMA)
    return float(leaked @ chroma @ _INTO_LUMA) / visible if visible > _VISIBLE else None


def _cells(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Average squares of pixels into rows of luma above black and chroma about zero."""
    channels, height, width = codes.shape
    squares = codes.reshape(channels, height // _CELL, _CELL, width // _CELL, _CELL)
    cells: npt.NDArray[np.float64] = squares.mean(axis=(2, 4)).reshape(channels, -1).T - _BLACK
    return cells
