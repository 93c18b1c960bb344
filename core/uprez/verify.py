"""Judge whether a render is its plate's picture, frame for frame. Pure functions on measured numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np

from uprez import alignment
from uprez.alignment import REACH, Distances, Floats, Marks
from uprez.drift import ColourFit, drifts
from uprez.frozen import Frozen
from uprez.model import Call, Colour, Info, Plate, Verdict
from uprez.orders import Order
from uprez.times import spoken

ANOTHER, DOUBTFUL = 0.85, 0.97  # likeness: a good upscale has 0.996 and more, a 2 % zoom 0.915 to 0.987
TEXTURED = 3  # codes of deviation below which a picture is too flat to be recognised
_BUSY = 5.0**2  # square codes that no upscale adds to a flat picture
_SEAM = 1.5  # codes that the mean may step where two pieces meet; more can be seen in a flat sky
_NTSC = Fraction(1, 900)  # 24 and 24000/1001 lie 1/1001 apart
_CLOCK = Fraction(1, 1000)  # seconds; Matroska counts in them, so that a short file says no exact rate
_LEVEL = 12  # codes that one frame's mean may lie off; a coder that spares bits reaches 8 in a flicker


class Wanted(Frozen):
    """Say what a render must be: its plate's frames, rate, aspect and colour tags, on the raster asked for.

    `width` and `height` None accept any enlargement that keeps the picture's shape. `seams` are the frames,
    counted from 0, with which another piece begins where a stretch was bought in pieces.
    """

    frames: int
    rate: Fraction
    width: int | None
    height: int | None
    sample_aspect: Fraction
    colour: Colour
    seams: tuple[int, ...] = ()

    @classmethod
    def of(cls, order: Order, plate: Plate, seams: tuple[int, ...] = ()) -> Self:
        """Return what an order's finished render must be; its plate is exported."""
        assert plate.info is not None
        return cls(
            frames=plate.pull.frames.count,
            rate=plate.pull.media.rate,
            width=order.width,
            height=order.height,
            sample_aspect=plate.info.sample_aspect,
            colour=plate.info.colour,
            seams=seams,
        )


@dataclass(frozen=True)
class Evidence:
    """Hold what streaming through both files measured.

    `contrast` is the deviation of each plate frame's luma in codes; `broken` says what can't be decoded.
    """

    plate_frames: int
    render_frames: int
    distances: Distances
    contrast: Floats
    colour: ColourFit
    broken: str | None = None


def judge(wanted: Wanted, plate: Info, render: Info, seen: Evidence) -> Verdict:
    """Call MATCH, OFFSET, WRONG or UNSURE; the first finding is the decisive one."""
    faults = [*_structure(wanted, plate, render, seen)]
    likeness = _likeness(seen)
    offset = alignment.decided(seen.distances)
    if likeness is not None and likeness < ANOTHER:
        faults.append(f"it shows another picture (likeness {likeness:.2f}, {ANOTHER} is the least)")
    elif offset:
        return _shifted(seen, offset, faults, likeness)
    else:
        faults += _out_of_place(seen)
        faults += drifts(seen.colour, render.colour, wanted.colour, strict=True)
    warnings = [*drifts(seen.colour, render.colour, wanted.colour, strict=False)]
    if faults:
        return Verdict(call=Call.WRONG, findings=tuple(faults), warnings=tuple(warnings), alike=likeness)
    if likeness is not None and likeness < DOUBTFUL:
        warnings.append(f"likeness is only {likeness:.3f}; look at framing and texture")
    steps = dict(_steps(wanted.seams, seen.distances.level))
    doubt = _doubt(seen.distances, offset) or next(iter(steps.values()), None)
    call = Call.UNSURE if doubt else Call.MATCH
    found = doubt or _sameness(seen)
    return Verdict(call=call, findings=(found,), warnings=tuple(warnings), alike=likeness, seams=tuple(steps))


def held_to_rate(verdict: Verdict, asked: Fraction, came: Info) -> Verdict:
    """Return a verdict that also holds the file, as a service returned it, to the rate its plate was sent at.

    Finishing gives frames their true rate back, so only here is seen that a service went by another one: that
    is WRONG, since it counted another length of time. Next to the same length it is a warning.
    """
    if came.still or came.frames < 2 or (came.rate == asked and not came.variable):
        return verdict
    uneven = "uneven times, on average " if came.variable else ""
    said = f"it came back at {uneven}{spoken(came.rate)} frames per second instead of {spoken(asked)}"
    astray = came.frames * abs(1 / came.rate - 1 / asked)
    if astray <= _CLOCK and came.container == "matroska" and not came.variable:
        return verdict
    if abs(came.rate / asked - 1) <= _NTSC or (came.variable and astray <= 1 / (2 * asked)):
        return verdict.model_copy(update={"warnings": (said, *verdict.warnings)})
    findings = verdict.findings if verdict.call in (Call.WRONG, Call.OFFSET) else ()
    return verdict.model_copy(update={"call": Call.WRONG, "findings": (said, *findings), "offset": None})


def _structure(wanted: Wanted, plate: Info, render: Info, seen: Evidence) -> Iterator[str]:
    if seen.broken:
        yield seen.broken
    if seen.render_frames != wanted.frames:
        yield f"it has {seen.render_frames} frames instead of {wanted.frames}"
    if wanted.width is not None and (render.width, render.height) != (wanted.width, wanted.height):
        yield f"it is {render.width}x{render.height} instead of {wanted.width}x{wanted.height}"
    elif wanted.width is not None and abs(render.sample_aspect / wanted.sample_aspect - 1) > Fraction(1, 100):
        yield f"its pixels are {render.sample_aspect} wide instead of {wanted.sample_aspect}"
    shape = Fraction(plate.width, plate.height) * wanted.sample_aspect
    found = Fraction(render.width, render.height) * render.sample_aspect
    slack = Fraction(2, min(plate.width, plate.height)) + Fraction(1, 100)
    if wanted.width is None and abs(found / shape - 1) > slack:
        yield f"its picture is {float(found):.3f} wide for its height instead of {float(shape):.3f}"
    if render.rate != wanted.rate and not render.still:
        yield f"its rate is {render.rate} instead of {wanted.rate}"


def _steps(seams: tuple[int, ...], level: Floats) -> Iterator[tuple[int, str]]:
    """Say at which seams the brightness steps against the plate's as it does nowhere else."""
    steps = np.abs(np.diff(level))
    elsewhere = np.delete(steps, [seam - 1 for seam in seams if seam <= len(steps)])
    usual = float(np.quantile(elsewhere, 0.99)) if len(elsewhere) else 0.0
    for seam in seams:
        if seam <= len(steps) and steps[seam - 1] > max(_SEAM, 2 * usual):
            yield (
                seam,
                f"its brightness steps by {steps[seam - 1]:.1f} codes at frame {seam} (counted from 0), "
                "where two pieces meet",
            )


def _shifted(seen: Evidence, offset: int, faults: list[str], likeness: float | None) -> Verdict:
    """Call OFFSET where the whole render keeps to it and nothing else is wrong, else WRONG."""
    size, way = abs(offset), "late" if offset > 0 else "early"
    inside = size < REACH
    found = [*faults, f"it runs {'' if inside else 'at least '}{_frames(size)} {way}"]
    found += _named(alignment.misplaced_from(seen.distances, offset), "it does not keep to that")
    clean = inside and len(found) == 1
    return Verdict(
        call=Call.OFFSET if clean else Call.WRONG,
        findings=tuple(found),
        offset=offset if clean else None,
        alike=likeness,
    )


def _likeness(seen: Evidence) -> float | None:
    """Return 1 for the same picture, 0 for an unrelated one, at the best offset; None without texture."""
    textured = seen.contrast[: len(seen.distances)] > TEXTURED
    if not textured.any():
        return None
    rows = seen.distances.unlike[: len(textured)][textured]
    usable = [column for column in rows.T if np.isfinite(column).sum() * 2 >= len(rows)]
    return float(1 - min(np.nanmean(column) for column in usable) / 2) if usable else None


def _out_of_place(evidence: Evidence) -> Iterator[str]:
    seen = evidence.distances
    if not len(seen):
        return
    flat = evidence.contrast[: len(seen)] <= TEXTURED
    foreign = alignment.foreign(seen) | (flat & (seen.residue > _BUSY))
    yield from _named(
        alignment.misplaced(seen) & ~foreign, "it shows a neighbour's picture (dropped, doubled or swapped)"
    )
    yield from _named(foreign, "it shows another picture than the plate")
    yield from _named(np.abs(seen.level) > _LEVEL, f"its brightness is more than {_LEVEL} codes off")


def _named(marks: Marks, says: str) -> Iterator[str]:
    """Say what is so at the marked frames, the first few by number."""
    found = np.flatnonzero(marks)
    if len(found):
        shown = ", ".join(str(frame) for frame in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        yield f"{says} at frame{'s' * (len(found) > 1)} {shown}{more} (counted from 0)"


def _frames(count: int) -> str:
    return f"{count} frame{'s' * (count != 1)}"


def _doubt(seen: Distances, offset: int | None) -> str | None:
    """Say what is left undecided, None where every frame is surely its plate's or can't be told from it."""
    if len(seen) <= 1 or alignment.motionless(seen):
        return None
    towards = alignment.leaning(seen)
    if towards is not None and offset is None:
        way = "late" if towards > 0 else "early"
        return f"it hardly moves, and may run {_frames(abs(towards))} {way}"
    unsettled = alignment.unsettled(seen)
    for named in _named(unsettled, "it may show a neighbour's picture, the plate moves so little,"):
        return named
    return None


def _sameness(seen: Evidence) -> str:
    if len(seen.distances) > 1 and alignment.motionless(seen.distances):
        return f"{_frames(seen.render_frames)}, all of one still picture, so that no shift could be seen"
    return f"{_frames(seen.render_frames)}, each its plate's"
