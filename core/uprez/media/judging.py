"""Judge a picture that a service made anew: whole, alive, and beginning and ending as it was to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from uprez.errors import MediaError
from uprez.media.compare import small_pictures
from uprez.media.making import LAST, NEAR, pace
from uprez.media.probe import probe
from uprez.media.resembling import Luma, resemblance, shape, small_still
from uprez.model import Call, Info, Verdict
from uprez.orders import Order

NOT_COMPARED = "generative: not compared with the source"
ALIKE, STRANGE = 0.7, 0.4  # resemblances from which an end is taken for its still, and below which it isn't
_BLACK = 20  # a luma code hardly above black
_MOVES = 0.5  # mean change of luma codes that is more than a codec's noise


def judge_made(path: Path, order: Order, fetched: Path | None = None) -> Verdict:
    """Say whether what was made is whole, moves, shows something and begins, or ends, as it was to.

    Nobody can prove the rest of its content. `fetched` is what came, where it is there. Raises MediaError
    where a still that it was made from can't be read.
    """
    seen = _seen(path)
    wrong = [*_broken(probe(path), seen, order), *_lifeless(seen)]
    unlike, alike = [], list[float]()
    for what, still, end in _ends(order):
        frame = seen.first if end == 0 else seen.last
        if frame is None:
            continue
        alike.append(resemblance(small_still(still), shape(still), frame, shape(path)))
        if alike[-1] < ALIKE:
            unlike.append((alike[-1], f"its {what} the picture that it was made from, {_told(alike[-1])}"))
    wrong += [why for how, why in unlike if how < STRANGE]
    call = Call.WRONG if wrong else Call.UNSURE if unlike else Call.MATCH
    findings = (*wrong, *(why for how, why in unlike if how >= STRANGE), *_good(alike, call), NOT_COMPARED)
    return Verdict(
        call=call, findings=findings, warnings=_sped(fetched, order), alike=min(alike, default=None)
    )


def _good(alike: list[float], call: Call) -> tuple[str, ...]:
    if call is not Call.MATCH or not alike:
        return ()
    ends = "begins with the picture" if len(alike) == 1 else "leads from the one picture to the other"
    return (f"{ends} that it was made from, {_told(min(alike))}",)


def _told(alike: float) -> str:
    return f"{max(0.0, alike):.0%} alike"


def _ends(order: Order) -> Iterator[tuple[str, Path, int]]:
    """Yield the stills that a render was to begin and to end with."""
    if order.plate.preset == "still":
        yield "first frame does not show", order.plate.path, 0
    if LAST in order.extra:
        yield "last frame does not show", order.extra[LAST], -1


def _sped(fetched: Path | None, order: Order) -> tuple[str, ...]:
    if fetched is None or LAST not in order.extra or order.rate is None:
        return ()
    came = probe(fetched)
    speed = float(pace(came, order) * order.rate / came.rate)
    if abs(speed - 1) <= NEAR:
        return ()
    return (f"it is played at {speed:.2f} times its speed, so that both of its ends are seen",)


@dataclass
class _Seen:
    """Hold what one look through a render tells."""

    count: int = 0
    bright: int = 0
    moved: float = 0.0
    first: Luma | None = None
    last: Luma | None = None
    broken: str | None = None


def _seen(path: Path) -> _Seen:
    seen = _Seen()
    try:
        for codes in small_pictures(path):
            luma = codes[0].astype(np.float32)
            seen.bright = max(seen.bright, int(luma.max()))
            if seen.last is None:
                seen.first = luma
            else:
                seen.moved = max(seen.moved, float(np.abs(luma - seen.last).mean()))
            seen.count, seen.last = seen.count + 1, luma
    except MediaError as broken:
        seen.broken = f"it can't be decoded to its end ({broken})"
    return seen


def _broken(info: Info, seen: _Seen, order: Order) -> Iterator[str]:
    if seen.broken is not None:
        yield seen.broken
    if seen.count != order.frames:
        yield f"it has {seen.count} frames instead of {order.frames}"
    if info.rate != order.rate:
        yield f"it runs at {info.rate} frames per second instead of {order.rate}"


def _lifeless(seen: _Seen) -> Iterator[str]:
    if seen.bright <= _BLACK:
        yield "it is black from its first frame to its last"
    elif seen.moved < _MOVES and seen.count > 1:
        yield "it is one picture from its first frame to its last, nothing moves"
