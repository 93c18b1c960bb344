"""Judge whether a render is its plate's picture, frame for frame. Pure functions on measured numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from uprez.drift import ColourFit, drifts
from uprez.frozen import Frozen
from uprez.model import Call, Colour, Info, Verdict

Floats = npt.NDArray[np.float64]
REACH = 4  # frames that a render may run early or late and still be recognised
ANOTHER, DOUBTFUL = 0.85, 0.97  # likeness: a good upscale has 0.996 and more, a 2 % zoom 0.915 to 0.987
_MARGIN = 1.15  # how much worse every other offset must fit; at 1.05 wrong verdicts begin
_WINDOW = 96
_TINY = 1e-5


class Wanted(Frozen):
    """Say what a render must be: its plate's frames, rate, aspect and colour tags, on the raster asked for.

    `width` and `height` None accept any enlargement that keeps the picture's shape.
    """

    frames: int
    rate: Fraction
    width: int | None
    height: int | None
    sample_aspect: Fraction
    colour: Colour


@dataclass(frozen=True)
class Evidence:
    """Hold what streaming through both files measured.

    `unlike[j, REACH + o]` is how unlike render frame `j` is plate frame `j - o` (0 equal, 2 unrelated, nan
    where there is no such frame), after each frame's own brightness and contrast are taken out.
    `moved[i]` is how unlike plate frames `i` and `i + 1` are, `render_moved` the same of the render.
    `contrast` is the deviation of each plate frame's luma in codes; `broken` says what can't be decoded.
    """

    plate_frames: int
    render_frames: int
    unlike: Floats
    moved: Floats
    render_moved: Floats
    contrast: Floats
    colour: ColourFit
    broken: str | None = None


def judge(wanted: Wanted, plate: Info, render: Info, seen: Evidence) -> Verdict:
    """Call MATCH, OFFSET, WRONG or UNSURE; the first finding is the decisive one."""
    faults = [*_structure(wanted, plate, render, seen)]
    likeness = _likeness(seen)
    warnings = list(drifts(seen.colour, render.colour, wanted.colour, strict=False))
    offset = _offset(seen)
    if likeness is not None and likeness < ANOTHER:
        faults.append(f"it shows another picture (likeness {likeness:.2f}, {ANOTHER} is the least)")
    elif offset:
        faults.append(
            f"it runs {abs(offset)} frame{'s' * (abs(offset) > 1)} {'late' if offset > 0 else 'early'}"
        )
        if len(faults) == 1:
            return Verdict(call=Call.OFFSET, findings=tuple(faults), offset=offset, alike=likeness)
    else:
        faults += _misplaced(seen)
        faults += drifts(seen.colour, render.colour, wanted.colour, strict=True)
    if faults:
        return Verdict(call=Call.WRONG, findings=tuple(faults), warnings=tuple(warnings), alike=likeness)
    if likeness is not None and likeness < DOUBTFUL:
        warnings.append(f"likeness is only {likeness:.3f}; look at framing and texture")
    doubt = _doubt(seen, offset)
    call = Call.UNSURE if doubt else Call.MATCH
    found = doubt or f"{seen.render_frames} frames, each its plate's"
    return Verdict(call=call, findings=(found,), warnings=tuple(warnings), alike=likeness)


def _structure(wanted: Wanted, plate: Info, render: Info, seen: Evidence) -> Iterator[str]:
    if seen.broken:
        yield seen.broken
    if seen.render_frames != wanted.frames:
        yield f"it has {seen.render_frames} frames instead of {wanted.frames}"
    if render.rate != wanted.rate and not render.still:
        yield f"its rate is {render.rate} instead of {wanted.rate}"
    if wanted.width is not None and (render.width, render.height) != (wanted.width, wanted.height):
        yield f"it is {render.width}x{render.height} instead of {wanted.width}x{wanted.height}"
    shape = Fraction(plate.width, plate.height) * wanted.sample_aspect
    found = Fraction(render.width, render.height) * render.sample_aspect
    slack = Fraction(2, min(plate.width, plate.height)) + Fraction(1, 100)
    if wanted.width is None and abs(found / shape - 1) > slack:
        yield f"its picture is {float(found):.3f} wide for its height instead of {float(shape):.3f}"


def _at(seen: Evidence, offset: int) -> Floats:
    column: Floats = seen.unlike[:, REACH + offset]
    return column


def _likeness(seen: Evidence) -> float | None:
    """Return 1 for the same picture, 0 for an unrelated one, at the best offset; None without texture."""
    textured = seen.contrast[: len(seen.unlike)] > 3
    if not textured.any():
        return None
    rows = seen.unlike[: len(textured)][textured]
    usable = [column for column in rows.T if np.isfinite(column).sum() * 2 >= len(rows)]
    return float(1 - min(np.nanmean(column) for column in usable) / 2) if usable else None


def _floor(seen: Evidence, offset: int = 0) -> float:
    """Return the residue of the upscale itself: what separates a render frame from its right plate frame."""
    return float(np.nanmedian(_at(seen, offset))) + _TINY if len(seen.unlike) else _TINY


def _offset(seen: Evidence) -> int | None:
    """Return the one offset that fits, None if nothing decides; tried on the stretch that moves most, too."""
    count = len(seen.unlike)
    whole = _decided(seen, 0, count)
    if whole is not None or count <= _WINDOW:
        return whole
    energy = np.convolve(seen.moved, np.ones(_WINDOW), "valid")
    start = int(energy.argmax())
    return _decided(seen, start, start + _WINDOW)


def _decided(seen: Evidence, start: int, end: int) -> int | None:
    rows = seen.unlike[start:end]
    least = max(1, len(rows) // 2)
    fits = {
        offset: float(np.nanmean(rows[:, REACH + offset]))
        for offset in range(-REACH, REACH + 1)
        if np.isfinite(rows[:, REACH + offset]).sum() >= least
    }
    if len(fits) < 2:
        return None
    best, second = sorted(fits, key=lambda offset: (fits[offset], abs(offset)))[:2]
    moving = seen.moved[start : end - 1] > _floor(seen, best)
    if moving.sum() < min(2, len(rows) - 1) or fits[second] + _TINY < _MARGIN * (fits[best] + _TINY):
        return None
    return best if _votes(rows, best) else None


def _votes(rows: Floats, best: int) -> bool:
    """Tell whether the frames that prefer one offset clearly mostly prefer `best`."""
    filled = np.where(np.isfinite(rows), rows, np.inf)
    order = np.sort(filled, axis=1)
    clear = order[:, 1] > 1.5 * order[:, 0] + _TINY
    choice = filled.argmin(axis=1)[clear] - REACH
    return len(choice) == 0 or float((choice == best).mean()) > 0.6


def _misplaced(seen: Evidence) -> list[str]:
    """Name the frames that show a neighbour's picture: doubled, swapped, or shifted from a drop on."""
    count = len(seen.unlike)
    if count < 2:
        return []
    here = _at(seen, 0)
    others = np.delete(seen.unlike, REACH, axis=1)
    others = np.where(np.isfinite(others), others, np.inf)
    nearest = others.min(axis=1)
    floor = _local_floor(here)
    wrong = (here > 2.5 * nearest + _TINY) & (here > 3 * floor) & (_step(seen, count) > 4 * floor)
    stuck = _stuck(seen, floor, count)
    found = np.flatnonzero(wrong | stuck)
    if not len(found):
        return []
    shown = ", ".join(str(frame) for frame in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return [f"frame {shown}{more} of it shows a neighbour's picture (dropped, doubled or swapped)"]


def _local_floor(here: Floats) -> Floats:
    """Return each frame's usual residue, from the frames around it, so that one bad frame can't hide."""
    reach = 12
    padded = np.pad(here, reach, mode="reflect" if len(here) > reach else "edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    floor: Floats = np.nanmedian(around, axis=1) + _TINY
    return floor


def _step(seen: Evidence, count: int) -> Floats:
    """Return how far each plate frame is from its nearer neighbour."""
    if not len(seen.moved):
        return np.zeros(count)
    moved = np.pad(seen.moved, (1, max(1, count - len(seen.moved))), mode="edge")
    step: Floats = np.minimum(moved[:count], moved[1 : count + 1])
    return step


def _stuck(seen: Evidence, floor: Floats, count: int) -> npt.NDArray[np.bool_]:
    """Mark frames where the plate moves clearly and the render repeats its last picture."""
    size = min(len(seen.moved), len(seen.render_moved), count - 1)
    still = np.zeros(count, bool)
    moved, render_moved = seen.moved[:size], seen.render_moved[:size]
    still[1 : size + 1] = (moved > 6 * floor[1 : size + 1]) & (render_moved < 0.05 * moved)
    return still


def _doubt(seen: Evidence, offset: int | None) -> str | None:
    """Say what is left undecided; a plate whose frames are all the same can't be shifted to any harm."""
    if seen.render_frames <= 1 or offset == 0:
        return None
    if seen.moved.size and float(seen.moved.max(initial=0.0)) <= _TINY:
        return None
    return "the shot hardly moves, so a shift of a frame could not be seen"
