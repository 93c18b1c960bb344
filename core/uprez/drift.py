"""Tell a shift of level, gamma, range or matrix from the colour of the same pixels before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from uprez.model import Colour


@dataclass(frozen=True)
class ColourFit:
    """Hold the best linear map from plate to render colour, in 8-bit codes above black.

    `gain` and `offset` of luma, `saturation` of chroma, `cross` how far chroma went into luma as
    from the 709 matrix to 601 (1; the way back is -1), `gamma` of luma.
    `shift` is of the mean luma, `spread` the deviation of the plate's. None where the picture has too little
    of it to tell.
    """

    gain: float | None = None
    offset: float | None = None
    shift: float = 0.0
    spread: float = 0.0
    saturation: float | None = None
    cross: float | None = None
    gamma: float | None = None


def drifts(fit: ColourFit, found: Colour, wanted: Colour, *, strict: bool) -> Iterator[str]:
    """Say what of the colour is not the plate's; `strict` names faults, else what only deserves a look."""
    yield from _faults(fit) if strict else _oddities(fit, found, wanted)


def _faults(fit: ColourFit) -> Iterator[str]:
    if fit.gain is not None and fit.offset is not None:
        if fit.gain > 1.1 and fit.offset < -6:
            yield "its levels are stretched from limited to full range"
        elif fit.gain < 0.92 and fit.offset > 6:
            yield "its levels are squeezed from full to limited range"
        elif abs(fit.gain - 1) > max(0.07, 1 / max(fit.spread, 1)) or abs(fit.shift) > 4:
            yield f"its levels drift (gain {fit.gain:.3f}, {fit.shift:+.1f} codes)"
    elif abs(fit.shift) > 4:
        yield f"its levels drift by {fit.shift:+.1f} codes"
    if fit.gamma is not None and not 0.95 <= fit.gamma <= 1.05:
        yield f"its gamma drifts ({fit.gamma:.3f})"
    if fit.cross is not None and abs(fit.cross) > 0.65:
        yield "its colours were converted by another matrix (601 against 709)"


def _oddities(fit: ColourFit, found: Colour, wanted: Colour) -> Iterator[str]:
    if fit.gain is not None and not 0.95 <= fit.gain <= 1.05:
        yield f"its contrast drifts (gain {fit.gain:.3f})"
    if fit.saturation is not None and not 0.85 <= fit.saturation <= 1.05:
        yield f"its saturation drifts ({fit.saturation:.2f})"
    if wanted.range and found.range and found.range != wanted.range:
        yield "its range was converted between full and limited"
    for name in ("primaries", "transfer", "matrix"):
        want, have = getattr(wanted, name), getattr(found, name)
        if want != 2 and have != want:
            yield f"its {name} tag is {have} instead of {want}"
