"""Read MLT projects, as Kdenlive, Shotcut, Flowblade and melt write them, as the rows of `walking`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.light import alike
from uprez_otio.formats.mlt_clip import Shown, Spot, name_of, shown_by
from uprez_otio.formats.mlt_tree import Document, value
from uprez_otio.formats.mlt_walk import Walk
from uprez_otio.limits import BadTimeline
from uprez_otio.media_url import is_relative
from uprez_otio.xmltext import Element, read

Row = list[Any]
_MOST = 1_000_000
_HALF = Fraction(1, 2)
_LONG = "it is longer than a project of another frame rate is followed; convert its file to the project's"


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a timeline."""
    document = Document.of(read(path))
    rate = float(document.rate)
    name = document.root.attributes.get("title", "") if not is_kdenlive(document) else ""
    yield ["timeline", name, rate, [0.0, rate], ["mlt"], []]
    known: dict[tuple[Any, ...], int] = {}
    for each in Walk(document).timeline():
        if isinstance(each, Spot):
            yield from _clip(document, each, known)
        else:
            yield each


def is_kdenlive(document: Document) -> bool:
    """Tell whether Kdenlive wrote a project: it finds its clips again in its bin."""
    return document.bin is not None and bool(value(document.bin, "kdenlive:docproperties.version"))


def home_of(root: Element) -> Path | None:
    """Return the folder that a project's addresses count from, None where it is the project's own."""
    written = root.attributes.get("root", "")
    try:
        return Path(written) if Path(written).is_absolute() and Path(written).is_dir() else None
    except (OSError, ValueError):
        return None


def _clip(document: Document, spot: Spot, known: dict[tuple[Any, ...], int]) -> Iterator[Row]:
    shown, rate = shown_by(document, spot.service), float(document.rate)
    end = spot.first + (spot.count or 0)
    if end > 1 << 30:
        raise BadTimeline("a clip in it is longer than any file; open and save it in the editor")
    media = (shown.kind, _url(document, shown.url) if shown.kind == "file" else shown.url, shown.still)
    number = known.get(media)
    if number is None:
        number = known[media] = len(known)
        available = [0.0, rate, 1.0 if shown.still else float(max(end, 1)), rate]
        yield ["media", *media[:2], available if shown.kind == "file" else None]
    source: Row | None = None
    speed: Any = None
    problem = shown.problem
    if spot.count is not None and shown.ramp is not None:
        source = [0.0, rate, float(spot.count), rate]
        speed, problem = _ramped(document, spot, shown)
    elif spot.count is not None:
        places = [shown.place(spot.first), shown.place(end - 1)]
        first = 0 if shown.still else min(places) * abs(shown.speed)
        source = [float(first), rate, float(spot.count), rate]
        speed, problem = _speed(document, spot, shown)
    yield [
        "clip",
        spot.path,
        name_of(spot),
        source,
        number,
        speed,
        spot.problem or problem,
        None,
        None,
        True,
        None,
        [],
    ]


def _speed(document: Document, spot: Spot, shown: Shown) -> tuple[Any, str | None]:
    """Return how a clip is played; MLT picks frames by time, so that a file of another rate is retimed."""
    if shown.problem or shown.still:
        return None, shown.problem
    plain = None if shown.speed == 1 else float(shown.speed)
    if shown.rate is None or shown.rate == document.rate:
        return plain, None
    step = shown.step(document.rate, shown.rate)
    if not alike(shown.rate, document.rate):
        return {"speed": float(shown.speed), "lock": step.numerator}, None
    if (spot.count or 0) > _MOST:
        return None, _LONG
    frames = shown.frames(spot, step)
    first = _first(spot, shown)
    return {"curve": [[float(each - first)] * 2 for each in frames]}, None


def _ramped(document: Document, spot: Spot, shown: Shown) -> tuple[Any, str | None]:
    """Return the frames of a clip along a curve, counted from its file's first in the project's rate."""
    assert shown.ramp is not None
    count, media = spot.count or 0, shown.rate or document.rate
    if shown.problem or not 0 < count <= _MOST:
        return None, shown.problem or _LONG
    places = range(spot.first, spot.first + count)
    pairs = shown.ramp.pairs(places, document.rate, media)
    step, middle = (
        (Fraction(1), Fraction(0)) if alike(media, document.rate) else (document.rate / media, _HALF)
    )
    curve = [[float((max(each, 0) + middle) * step) for each in pair] for pair in pairs]
    steady = shown.ramp.is_steady(places, document.rate, media)
    return {"curve": curve, "from_start": not steady}, None


def _first(spot: Spot, shown: Shown) -> Fraction:
    places = shown.place(spot.first), shown.place(spot.first + (spot.count or 1) - 1)
    return min(places) * abs(shown.speed)


def _url(document: Document, url: str) -> str:
    """Return an address as it is found: relative ones count from the folder that the project names."""
    home = home_of(document.root)
    return (home / url).as_posix() if home is not None and is_relative(url) else url
