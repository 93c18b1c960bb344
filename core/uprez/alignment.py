"""Tell which plate frame each render frame shows, from measured distances. Pure functions on arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Marks = npt.NDArray[np.bool_]
REACH = 4  # frames that a render may run early or late and still be recognised
OFFSETS = range(-REACH, REACH + 1)
RIVALS = [offset for offset in OFFSETS if offset]
_MARGIN = 1.15  # how much worse every other offset must fit; at 1.05 wrong verdicts begin
_WINDOW = 96
_TINY = 1e-5
_NOISE = 0.05  # square codes; what rounding small pictures to 8 bits leaves
_UNSEEN = 0.25**2  # square codes between two frames that nobody tells apart
_UNSEEN_PEAK = 3  # codes at any one pixel of a small picture
_FOREIGN = 8.0**2  # square codes that no honest coder leaves on one frame alone
_LEANING = 0.3  # how far all frames together may lean to a neighbour; a coder that lags reaches 0.4
_HALFWAY = 0.5  # beyond it, a frame is nearer to a neighbour than to its own


@dataclass(frozen=True)
class Distances:
    """Hold how render frames lie to plate frames; column `REACH + o` is plate frame `j - o` for row `j`.

    `unlike` (rows, 9): 0 equal, 2 unrelated, after each frame's own brightness and contrast are taken out.
    `step` (rows, 9): mean square between plate frames `j` and `j - o`, in square luma codes.
    `lean` (rows, 9): the part of the render's residue that points from plate frame `j` to `j - o`, in the
    same unit: 0 for frame `j` itself, `step` for frame `j - o`. nan where there is no such frame.
    `residue` (rows): mean square between render and plate frame `j`; `level` (rows): mean luma of the render
    frame less the plate's. `peak[i]`: the most that a pixel changes from plate frame `i` to the next.
    """

    unlike: Floats
    step: Floats
    lean: Floats
    residue: Floats
    level: Floats
    peak: Floats

    def __len__(self) -> int:
        """Return how many frames were compared."""
        return len(self.residue)


def decided(seen: Distances) -> int | None:
    """Return the offset that fits clearly best, also tried where the plate moves most; None if none does."""
    count = len(seen)
    whole = _decided(seen, 0, count)
    if whole is not None or count <= _WINDOW:
        return whole
    moved = np.nan_to_num(seen.step[:, REACH + 1])
    start = int(np.convolve(moved, np.ones(_WINDOW), "valid").argmax())
    return _decided(seen, start, start + _WINDOW)


def leaning(seen: Distances) -> int | None:
    """Return the neighbour that all frames together lean to most, None if to none in particular."""
    most: tuple[float, int | None] = (_LEANING, None)
    for offset in RIVALS:
        energy = float(np.nansum(_at(seen.step, offset)))
        if energy > _TINY:
            most = max(most, (float(np.nansum(_at(seen.lean, offset))) / energy, offset), key=lambda m: m[0])
    return most[1]


def motionless(seen: Distances) -> bool:
    """Tell whether no two plate frames in reach of each other look different, so that no shift does harm."""
    return all(bool(alike[np.isfinite(_at(seen.step, offset))].all()) for offset, alike in _same(seen))


def unsettled(seen: Distances) -> Marks:
    """Mark frames that are nearer to a neighbour that looks different than to their own plate frame."""
    marks = np.zeros(len(seen), bool)
    for offset, alike in _same(seen):
        marks |= ~alike & (_at(seen.lean, offset) > _HALFWAY * _at(seen.step, offset))
    return marks


def misplaced(seen: Distances) -> Marks:
    """Mark frames that surely show a neighbour's picture: doubled, swapped, or shifted from a drop on.

    Their light alone is no proof: a coder that spares bits repeats a picture under a flicker.
    """
    floor = _local_floor(seen.residue)
    outlying = seen.residue > 3 * floor
    shape = _at(seen.unlike, 0)
    marks = np.zeros(len(seen), bool)
    for offset, alike in _same(seen):
        step, lean = _at(seen.step, offset), _at(seen.lean, offset)
        there = _distance(seen, offset)
        nearer = (seen.residue > 2.5 * there + _NOISE) & (shape > 2.5 * _at(seen.unlike, offset) + _TINY)
        marks |= ~alike & outlying & nearer & (lean > 0.7 * step)
    return marks


def misplaced_from(seen: Distances, offset: int) -> Marks:
    """Mark frames that don't keep to an offset that the others have."""
    alike = dict(_same(seen))[offset]
    own = ~alike & (_at(seen.lean, offset) < _HALFWAY * _at(seen.step, offset))
    count = len(seen)
    here = _at(seen.unlike, offset)[:count]
    nearest = np.fmin.reduce(np.delete(seen.unlike[:count], REACH + offset, axis=1), axis=1)
    elsewhere = (here > 2.5 * nearest + _TINY) & (here > 3 * _local_floor(here, _TINY))
    there = _distance(seen, offset)
    marks: Marks = own | elsewhere | (there > np.maximum(_FOREIGN, 12 * _local_floor(there)))
    return marks


def foreign(seen: Distances) -> Marks:
    """Mark frames that show none of the plate's near frames, while those around them do."""
    nearest = np.fmin.reduce([_distance(seen, offset) for offset in OFFSETS])
    floor = np.minimum(
        _local_floor(seen.residue), np.median(seen.residue) + _NOISE
    )  # a run can't hide, either
    marks: Marks = nearest > np.maximum(_FOREIGN, 12 * floor)
    return marks


def _at(table: Floats, offset: int) -> Floats:
    column: Floats = table[:, REACH + offset]
    return column


def _distance(seen: Distances, offset: int) -> Floats:
    """Return the mean square between render frame `j` and plate frame `j - offset`."""
    distance: Floats = seen.residue - 2 * _at(seen.lean, offset) + _at(seen.step, offset)
    return distance


def _same(seen: Distances) -> Iterator[tuple[int, Marks]]:
    """Give for each rival offset which plate frames look like the one there; true where none is."""
    count = len(seen)
    sharp = np.concatenate([[0], np.cumsum(seen.peak > _UNSEEN_PEAK)])
    frames = np.arange(count)
    for offset in RIVALS:
        step = _at(seen.step, offset)
        first = np.clip(np.minimum(frames, frames - offset), 0, len(sharp) - 1)
        last = np.clip(np.maximum(frames, frames - offset), 0, len(sharp) - 1)
        yield offset, ~np.isfinite(step) | ((step <= _UNSEEN) & (sharp[last] == sharp[first]))


def _decided(seen: Distances, start: int, end: int) -> int | None:
    rows = seen.unlike[start:end]
    least = max(1, len(rows) // 2)
    fits = {
        offset: float(np.nanmean(rows[:, REACH + offset]))
        for offset in OFFSETS
        if np.isfinite(rows[:, REACH + offset]).sum() >= least
    }
    if len(fits) < 2:
        return None
    best, second = sorted(fits, key=lambda offset: (fits[offset], abs(offset)))[:2]
    if fits[second] + _TINY < _MARGIN * (fits[best] + _TINY):
        return None
    return best if _votes(rows, best) else None


def _votes(rows: Floats, best: int) -> bool:
    """Tell whether two frames at least prefer one offset clearly, and mostly `best`."""
    filled = np.where(np.isfinite(rows), rows, np.inf)
    order = np.sort(filled, axis=1)
    clear = order[:, 1] > 1.5 * order[:, 0] + _TINY
    choice = filled.argmin(axis=1)[clear] - REACH
    return len(choice) >= min(2, len(rows)) and float((choice == best).mean()) > 0.6


def _local_floor(residue: Floats, least: float = _NOISE) -> Floats:
    """Return each frame's usual residue, from the frames around it, so that one bad frame can't hide."""
    reach = 12
    padded = np.pad(residue, reach, mode="reflect" if len(residue) > reach else "edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    floor: Floats = np.nanmedian(around, axis=1) + least
    return floor
