"""What one producer of an MLT project shows, and which frames of its file, counted in project frames."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath

from uprez_otio.formats.light import snapped
from uprez_otio.formats.mlt_ramp import Ramp, ramp_of
from uprez_otio.formats.mlt_sequence import is_sequence
from uprez_otio.formats.mlt_time import frames_of, nearest
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.xmltext import Element

_FILES = ("avformat", "avformat-novalidate", "timewarp", "qimage", "pixbuf")
_STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr", ".tga", ".gif", ".svg")
_PICTURES = ("qimage", "pixbuf")
SPEED = re.compile(r"-?\d+(\.\d+)?(?=:)")
"""The speed that the resource of a warped file begins with."""
NAME = "uprez:name"
"""The property in which a render's producer keeps the name of its source."""
_MOST_SPEED = 1000
_LONGEST = 4
"""Frames that a picture of a sequence may stay, as in animation; in a slideshow it stays for seconds."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Hold one use of a producer: `first` counts in the producer's frames, `count` is None where untold.

    `holder` is the entry or track that cuts it; `bare` as in `Layer`. `above` are the filters of its track,
    where those get its picture as large as its file is.
    """

    path: str
    holder: Element
    service: Element
    first: int
    count: int | None
    bare: float
    above: tuple[Element, ...] = ()

    @property
    def filters(self) -> Iterator[Element]:
        """Yield the filters of the clip and of its producer."""
        yield from self.holder.all("filter")
        if self.service is not self.holder:
            yield from self.service.all("filter")

    @property
    def problem(self) -> str | None:
        """Return why its effects leave nobody to tell which frames it shows."""
        for each in (*self.filters, *self.above):
            if value(each, "mlt_service") == "freeze" and value(each, "disable") != "1":
                return "its effect freeze freezes its picture; bake it in your editor"
        return None


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold what a producer shows: `url` of its file as it is written, and at what speed.

    `turn` is the length of a reversed one, from whose end MLT counts; `rate` its file's, where it is told.
    `ramp` is the curve of its speed, where it has one that is known. The pictures of a sequence are frames of
    the project, each shown for as many as its speed tells.
    """

    kind: str
    url: str
    speed: Fraction = Fraction(1)
    still: bool = False
    turn: int | None = None
    rate: Fraction | None = None
    problem: str | None = None
    ramp: Ramp | None = None

    def place(self, index: int) -> int:
        """Return how far in the file, in frames of the project at its speed, a producer's frame lies."""
        return index if self.turn is None else self.turn - 1 - index

    def step(self, rate: Fraction, media: Fraction) -> Fraction:
        """Return how many media frames a frame of the project stands for."""
        return abs(self.speed) * media / rate

    def frames(self, spot: Spot, step: Fraction, moved: int = 0, head: int = 0) -> list[int]:
        """Return the media frames that a clip shows, `moved` places further and `head` frames later."""
        places = (self.place(index) - moved for index in range(spot.first, spot.first + (spot.count or 0)))
        exact = (place * step for place in places)
        return [(math.floor(each) if self.kind == "sequence" else nearest(each)) + head for each in exact]


def shown_by(document: Document, service: Element) -> Shown:
    """Return what a producer shows."""
    kind, resource = value(service, "mlt_service"), value(service, "resource")
    if kind not in _FILES and not (kind == "" and resource and not resource.startswith("color:")):
        return _not_a_file(kind or resource, resource)
    url, speed = _parted(service, kind, resource)
    original = value(service, "kdenlive:originalurl")
    proxied = bool(original) and value(service, "kdenlive:proxy") not in ("", "-")
    url = original if proxied else url
    url = value(service, "shotcut:resource") or url if value(service, "shotcut:proxy") == "1" else url
    picture = url.partition("?")[0].lower().endswith(_STILLS)
    still = kind in _PICTURES or (kind == "" and picture)
    if is_sequence(url) and (still or (proxied and picture)):
        return _sequence(document, service, kind, url)
    if not url:
        return Shown("missing", "")
    curve = None if still else ramp_of(document, service)
    ramp, unknown = (curve, None) if isinstance(curve, Ramp) else (None, curve)
    turn, problem = None, unknown or _problem(document, service, speed, still=still)
    if speed is not None and speed < 0 and not still:
        turn = document.length(service)
        if document.time(service, "out") is None:
            problem = problem or "it is reversed, and its length is not told; open and save it in the editor"
    told = None if still else _told_rate(service)
    return Shown("file", url, speed or Fraction(1), still, turn, told, problem, ramp)


def name_of(spot: Spot) -> str:
    """Return what an editor calls a clip."""
    named = value(spot.holder, "kdenlive:clipname") or value(spot.holder, "shotcut:caption")
    return named or called(spot.service)


def called(service: Element) -> str:
    """Return what an editor calls a producer; a render keeps the name of its source."""
    for name in ("kdenlive:clipname", "shotcut:caption", NAME):
        if value(service, name):
            return value(service, name)
    resource = value(service, "warp_resource") or value(service, "resource")
    return PurePosixPath(resource).name or value(service, "mlt_service")


def is_silent(service: Element) -> bool:
    """Tell whether a producer is used for its sound alone: MLT shows no picture of it."""
    return value(service, "set.test_image") == "1" or value(service, "video_index") == "-1"


def _parted(service: Element, kind: str, resource: str) -> tuple[str, Fraction | None]:
    """Return the address and the speed of a producer; no speed where it is none."""
    match = SPEED.match(resource) if kind == "timewarp" else None
    if kind != "timewarp":
        return resource, Fraction(1)
    url = resource[match.end() + 1 :] if match else value(service, "warp_resource")
    written = match[0] if match else value(service, "warp_speed")
    if not re.fullmatch(r"-?\d{1,9}(\.\d{1,30})?", written):
        return url, None
    speed = Fraction(written).limit_denominator(100_000)
    return url, speed if 0 < abs(speed) <= _MOST_SPEED else None


def _not_a_file(kind: str, resource: str) -> Shown:
    if kind in ("xml", "consumer", "xml-nogl", "xml-string"):
        return Shown("nested project", resource)
    return Shown("generator", kind)


def _sequence(document: Document, service: Element, kind: str, url: str) -> Shown:
    """Return what a producer shows that plays a file for each of its frames, or for each few."""
    stays = value(service, "ttl") or ("25" if "/.all." in url else "1")
    frames = int(stays) if stays.isascii() and stays.isdigit() and len(stays) < 9 else 0
    problem = _problem(document, service, Fraction(1), still=False)
    if kind == "":
        problem = "nothing tells by what its image sequence is played; open and save it in the editor"
    elif kind not in _PICTURES:
        problem = "its image sequence is shown by a proxy; switch that off in the editor"
    elif service.tag == "chain":
        problem = (
            "it is an image sequence in a chain, of which MLT shows one picture; add it again in the editor"
        )
    elif not 0 < frames <= _LONGEST:
        problem = f"each of its pictures stays {stays} frames; put them on the track as stills"
    return Shown(
        "sequence", url, Fraction(1, frames) if 0 < frames <= _LONGEST else Fraction(1), problem=problem
    )


def _problem(document: Document, service: Element, speed: Fraction | None, *, still: bool) -> str | None:
    if speed is None:
        return "its speed is none that a clip can have; set it again in the editor"
    if value(service, "resource") and named(service, "resource") is None:
        return "its file is told as an attribute, as no editor does; open and save it in one"
    length = value(service, "length")
    if length and not still and not (frames_of(length, document.rate) or length.isdigit()):
        return "its producer has a length that is none; open and save it in the editor"
    if not still and _stream(service) > 0:
        return "it shows another picture of its file than the first; export that as a file of its own"
    if value(service, "force_fps"):
        return "its file is forced to another frame rate; convert it to that rate first"
    return None


def _stream(service: Element) -> int:
    """Return which picture of its file a producer shows, counted from 0."""
    counted = value(service, "vstream")
    if counted.isascii() and counted.isdigit():
        return int(counted[:9])
    index = value(service, "video_index")
    earlier = range(int(index[:3])) if index.isascii() and index.isdigit() else ()
    return sum(value(service, f"meta.media.{each}.stream.type") == "video" for each in earlier)


def _told_rate(service: Element) -> Fraction | None:
    """Return the rate of a file as the editor has noted it."""
    top, bottom = (value(service, f"meta.media.frame_rate_{part}") for part in ("num", "den"))
    if top.isascii() and bottom.isascii() and top.isdigit() and bottom.isdigit() and len(top + bottom) < 18:
        rate = Fraction(int(top), int(bottom)) if int(bottom) else Fraction(0)
        return snapped(rate) if 0 < rate < 1000 else None
    return None
