"""Follow a clip of an FCPXML timeline down to the asset that it shows: which second, at which speed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from uprez_otio.formats.fcpx_angles import heard_angles, seen_angle
from uprez_otio.formats.fcpx_curve import CURVE, Bent, Curve, Line, Run, Span, mapped
from uprez_otio.formats.fcpx_pieces import Piece, laid_out
from uprez_otio.formats.fcpx_time import blends, conformed, seconds
from uprez_otio.formats.fcpx_tree import CONTAINERS, LEAVES, Story
from uprez_otio.xmltext import Element

_LAYERS = "it shows one layer of a layered file; flatten the file in your editor and relink it"
_MARKERS = ("marker", "chapter-marker", "analysis-marker")


@dataclass(frozen=True, slots=True)
class Shown:
    """Say what a clip shows: the elements from the clip down to the one that plays the asset.

    `line` gives the asset's second that is shown at a second after the clip's start; `heard` is the stretch
    of seconds of the asset whose sound the clip plays, None where it plays none.
    """

    chain: tuple[Element, ...]
    line: Run
    problem: str | None
    blends: bool
    heard: Span | None

    @property
    def leaf(self) -> Element:
        """Return the element that plays the asset."""
        return self.chain[-1]

    @property
    def markers(self) -> list[str]:
        """Return what the markers on the clip say."""
        told = [each.attributes for link in self.chain for each in link.children if each.tag in _MARKERS]
        words = ([each.get("value"), each.get("note")] for each in told)
        return [" ".join(filter(None, each)) for each in words if any(each)]

    @property
    def enabled(self) -> bool:
        """Tell whether the clip is seen at all."""
        return all(link.attributes.get("enabled", "1") != "0" for link in self.chain)


@dataclass(frozen=True, slots=True)
class _Way:
    """Hold the way down to an element, as far as it is gone: `line` is of the last link's timeline."""

    piece: Piece
    line: Run
    chain: tuple[Element, ...] = ()
    problem: str | None = None
    blends: bool = False
    mute: bool = False
    heard: Span | None = None


def own_clock(story: Story, piece: Piece, rate: Fraction) -> tuple[Line, Line | Curve]:
    """Return an element's own second at a second of its timeline, and what that second shows inside it."""
    pace = conformed(piece.element, story.source_rate(piece.element), rate)
    clock = Line(pace, story.begins(piece.element) - pace * piece.at)
    first, end = clock.at(piece.at - piece.head), clock.at(piece.end + piece.tail)
    return clock, mapped(piece.element, first, end)


def shown(story: Story, piece: Piece, rate: Fraction) -> Shown | None:
    """Return what a piece of a timeline shows, None where that is more than one thing: a nested timeline."""
    return _down(story, piece, rate, _Way(piece, Line(Fraction(1), piece.at)))


def _down(story: Story, inner: Piece, rate: Fraction, way: _Way) -> Shown | None:
    element = inner.element
    clock, inside = own_clock(story, inner, rate)
    here = clock.after(way.line)
    line = inside.after(here)
    problem = way.problem or _layered(story, element) or (None if line else CURVE)
    way = _Way(
        way.piece,
        line or here,
        (*way.chain, element),
        problem,
        way.blends or blends(element),
        way.mute or element.attributes.get("srcEnable") == "video",
        way.heard or _split(element, here),
    )
    if element.tag in CONTAINERS or element.tag == "mc-clip":
        return _through(story, element, rate, way)
    if element.tag == "ref-clip":
        return None
    return Shown(way.chain, way.line, way.problem, way.blends, _heard(story, element, way))


def _through(story: Story, element: Element, rate: Fraction, way: _Way) -> Shown | None:
    """Go on inside an element that shows only one thing of what it holds."""
    holder: Element | None = element
    if element.tag == "mc-clip":
        holder = seen_angle(story, element)
        way = replace(way, mute=way.mute or holder not in heard_angles(story, element))
    if holder is None:
        return None
    pictured = [each for each in laid_out(story, holder) if story.pictured(each.element)]
    first, end = way.line.span(Fraction(0), way.piece.length)
    within = [each for each in pictured if each.end > first and each.at < max(end, first + 1 / rate)]
    if len(within) != 1 or (element.tag != "mc-clip" and len(pictured) != 1):
        return None
    only = within[0]
    covers = only.at <= first + 1 / rate and only.end >= end - 1 / rate
    if not covers or only.element.tag not in LEAVES or story.bears(only.element):
        return None
    return _down(story, only, story.rate(element) or rate, way)


def _split(element: Element, here: Run) -> Span | None:
    """Return the seconds after the clip's start in which it is heard, where its sound is cut apart."""
    begins, length = (seconds(element.attributes.get(name)) for name in ("audioStart", "audioDuration"))
    if begins is None and length is None:
        return None
    if begins is None or isinstance(here, Bent) or not here.slope:
        return Fraction(0), length or Fraction(0)
    start = (begins - here.zero) / here.slope
    return start, start + (length or Fraction(0))


def _heard(story: Story, leaf: Element, way: _Way) -> Span | None:
    """Return which seconds of its asset an element is heard with; a <video> has no sound."""
    asset = story.asset(leaf)
    if leaf.tag != "asset-clip" or way.mute or asset is None or asset.attributes.get("hasAudio") != "1":
        return None
    start, end = way.heard or (-way.piece.head, way.piece.length + way.piece.tail)
    return way.line.span(start, end)


def _layered(story: Story, element: Element) -> str | None:
    asset = story.asset(element)
    layers = asset.attributes.get("videoSources", "1") if asset is not None else "1"
    return _LAYERS if element.tag == "video" and layers.isdecimal() and int(layers) > 1 else None
