"""What an MLT project is made of: producers, playlists and tractors that name one another."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from uprez_otio.formats.light import snapped
from uprez_otio.formats.mlt_time import frames_of
from uprez_otio.limits import BadTimeline
from uprez_otio.xmltext import Element

LEAVES = ("producer", "chain")
SERVICES = (*LEAVES, "playlist", "tractor")
_PERCENT = re.compile(r"[:x](\d{1,6}(?:\.\d{1,9})?)%")
_PIXELS = re.compile(r"[:x](\d+(?:\.\d+)?)(?![\d.%])")
BINS = ("main_bin", "main bin")


def value(element: Element, name: str) -> str:
    """Return a property of an element, nothing where it has none; MLT takes an attribute for one."""
    found = named(element, name)
    return found.text.strip() if found is not None else element.attributes.get(name, "")


def named(element: Element, name: str) -> Element | None:
    """Return the <property> of a name."""
    return next((each for each in element.all("property") if each.attributes.get("name") == name), None)


@dataclass(frozen=True, slots=True)
class Layer:
    """Hold a track of a tractor: what it shows, whether it does, and what names it.

    `bare` is how many times as large as the project a picture must be to fill its place: a smaller one is
    laid over the others in its own pixels, so that a larger picture looks larger. 0 where all fill it.
    """

    number: int
    holder: Element
    service: Element
    hidden: bool
    bare: float


@dataclass
class Document:
    """Hold a project: its rate and raster, and what stands under each id, in order."""

    root: Element
    rate: Fraction
    width: int
    height: int
    by_id: dict[str, list[Element]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Element) -> Document:
        """Read a project; raises BadTimeline for what is none."""
        if root.tag != "mlt":
            raise BadTimeline(f"it is no MLT project but a <{root.tag[:40]}>; save it from the editor")
        if next(root.all("kdenlivedoc"), None) is not None:
            raise BadTimeline("a Kdenlive of before 2015 saved it; open and save it in a newer one")
        profile = next(root.all("profile"), None)
        numbers = [_number(profile, name) for name in ("frame_rate_num", "frame_rate_den", "width", "height")]
        if profile is None or not all(numbers):
            raise BadTimeline("it has no <profile> that tells its frame rate and size; save it again")
        document = cls(root, snapped(Fraction(numbers[0], numbers[1])), numbers[2], numbers[3])
        for tag in SERVICES:
            for each in root.every(tag):
                document.by_id.setdefault(each.attributes.get("id", ""), []).append(each)
        for same in document.by_id.values():
            same.sort(key=lambda each: each.start)
        return document

    @property
    def timeline(self) -> Element:
        """Return the tractor that is played: Kdenlive wraps it in one more; raises BadTimeline."""
        tractors = list(self.root.all("tractor"))
        if not tractors:
            playlists = [each for each in self.root.all("playlist") if each.attributes.get("id") not in BINS]
            if not playlists:
                raise BadTimeline("it has no timeline with tracks; put its clips on one and save it again")
            return playlists[-1]
        last = tractors[-1]
        if value(last, "kdenlive:projectTractor"):
            inside = [layer.service for layer in self.layers(last) if layer.service.tag == "tractor"]
            return inside[0] if inside else last
        return last

    @property
    def bin(self) -> Element | None:
        """Return the playlist of Kdenlive's bin, None where there is none."""
        return next((each for each in self.root.all("playlist") if each.attributes.get("id") in BINS), None)

    def target(self, holder: Element) -> Element | None:
        """Return what an entry or a track shows: the last of its name above it, or what lies inside it."""
        name = holder.attributes.get("producer")
        if name is None:
            return next((each for each in holder.children if each.tag in SERVICES), None)
        above = [each for each in self.by_id.get(name, ()) if each.start < holder.start]
        return above[-1] if above else None

    def layers(self, tractor: Element) -> Iterator[Layer]:
        """Yield the tracks of a tractor, the lowest first."""
        inside = next(tractor.all("multitrack"), tractor)
        holders = [each for each in inside.children if each.tag == "track" or each.tag in SERVICES]
        bare = _bare(tractor)
        for number, holder in enumerate(holders):
            service = self.target(holder) if holder.tag == "track" else holder
            if service is not None:
                hidden = holder.attributes.get("hide") in ("video", "both") or self._is_silent(service)
                yield Layer(number, holder, service, hidden, bare.get(number, 0))

    def _is_silent(self, service: Element) -> bool:
        """Tell whether a track of two playlists, as Kdenlive has them, shows no picture at all."""
        if service.tag != "tractor":
            return False
        tracks = list(service.all("track"))
        return bool(tracks) and all(each.attributes.get("hide") in ("video", "both") for each in tracks)

    def time(self, element: Element, name: str) -> int | None:
        """Return a time that an attribute tells, in frames."""
        return frames_of(element.attributes.get(name, ""), self.rate)

    def length(self, service: Element) -> int | None:
        """Return the frames that a producer plays, None where nothing tells them."""
        first, last = self.time(service, "in") or 0, self.time(service, "out")
        whole = frames_of(value(service, "length"), self.rate)
        if last is not None:
            return max(0, last - first + 1) if whole is None or last < whole else max(0, whole - first)
        return None if whole is None else max(0, whole - first)


def _bare(tractor: Element) -> dict[int, float]:
    """Return the tracks that are composited without being filled: MLT leaves small pictures small there."""
    found: dict[int, float] = {}
    for each in tractor.all("transition"):
        filled = value(each, "fill") == "1" or value(each, "distort") == "1"
        number = value(each, "b_track")
        if not number.isascii() or not number.isdigit() or len(number) > 8:
            continue
        if value(each, "mlt_service") == "composite" and not filled:
            sizes = (float(size) / 100 for size in _PERCENT.findall(value(each, "geometry")))
            pixels = bool(_PIXELS.search(value(each, "geometry")))
            found[int(number)] = math.inf if pixels else max(sizes, default=1.0)
        elif value(each, "mlt_service") == "affine" and value(each, "fill") == "0":
            found[int(number)] = math.inf
    return found


def _number(element: Element | None, name: str) -> int:
    written = element.attributes.get(name, "") if element is not None else ""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else 0
