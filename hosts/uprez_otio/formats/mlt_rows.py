"""Read MLT projects, as Kdenlive, Shotcut, Flowblade and melt write them, as the rows of `walking`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.light import alike
from uprez_otio.formats.mlt_clip import Shown, Spot, name_of, shown_by
from uprez_otio.formats.mlt_sequence import Files, Folders, base_of
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
    clips = _Clips(document, Folders(path.absolute().parent))
    for each in Walk(document).timeline():
        if isinstance(each, Spot):
            yield from clips.rows(each)
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


@dataclass
class _Clips:
    """Write the rows of clips, and those of media that no clip has shown before."""

    document: Document
    folders: Folders
    _known: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def rows(self, spot: Spot) -> Iterator[Row]:
        """Yield the rows of one clip."""
        document, rate = self.document, float(self.document.rate)
        end = spot.first + (spot.count or 0)
        if end > 1 << 30:
            raise BadTimeline("a clip in it is longer than any file; open and save it in the editor")
        shown, media = self._media(shown_by(document, spot.service), end)
        key = *media[:2], shown.still
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self._known)
            yield ["media", *media]
        source: Row | None = None
        speed: Any = None
        problem = shown.problem
        if spot.count is not None and shown.ramp is not None:
            source = [0.0, rate, float(spot.count), rate]
            speed, problem = _ramped(document, spot, shown)
        elif spot.count is not None:
            first = 0 if shown.still else _first(spot, shown)
            source = [float(first), rate, float(spot.count), rate]
            speed, problem = _speed(document, spot, shown)
        problem = spot.problem or problem
        after: Row = [None, None, True, None, []]
        yield ["clip", spot.path, name_of(spot), source, number, speed, problem, *after]

    def _media(self, shown: Shown, end: int) -> tuple[Shown, Row]:
        """Return what a clip shows that ends `end` frames into its producer, and the row of its media."""
        rate = float(self.document.rate)
        url = _url(self.document, shown.url)
        if shown.kind == "sequence":
            files = self.folders.files(url)
            if (files and files.count) or not self.folders.is_file(url):
                return self._sequence(shown, url, files, end)
            shown = replace(shown, kind="file", still=True, speed=Fraction(1), problem=None)
        available = [0.0, rate, 1.0 if shown.still else float(max(end, 1)), rate]
        is_file = shown.kind == "file"
        return shown, [shown.kind, url if is_file else shown.url, available if is_file else None]

    def _sequence(self, shown: Shown, url: str, files: Files | None, end: int) -> tuple[Shown, Row]:
        """Return what a clip shows of an image sequence, whose files are counted here."""
        if files is None:
            return shown, ["sequence", url, None]
        rate, problem = float(self.document.rate), shown.problem or files.problem
        if end * shown.speed > files.count:
            problem = problem or (
                f"it is longer than its image sequence of {files.count} files, which then begins again; "
                "trim it in your editor"
            )
        told = [base_of(url), files.prefix, files.suffix, files.first, 1, files.digits, rate]
        row: Row = ["sequence", url, [0.0, rate, float(max(1, files.count)), rate], told]
        return replace(shown, problem=problem), row


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
