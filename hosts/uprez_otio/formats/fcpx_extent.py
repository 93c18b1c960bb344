"""Shorten what a clip or an angle holds to its render: Final Cut takes no edit without media."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez.errors import HostError
from uprez_otio.edits import Edit
from uprez_otio.formats.fcpx_clones import lead_of, removal
from uprez_otio.formats.fcpx_curve import Span
from uprez_otio.formats.fcpx_time import seconds, written
from uprez_otio.formats.fcpx_tree import Story
from uprez_otio.xmltext import Element, put_attribute, without_attribute

NAMES = ("offset", "start", "duration")
_NO_CUT = "it is {} inside the clip that holds it, and can't be shortened to its render; give --handles"


@dataclass(frozen=True, slots=True)
class Extent:
    """Say which part of its media an element holds, and where it lies in what holds it; in seconds."""

    offset: Fraction
    start: Fraction
    duration: Fraction

    @property
    def end(self) -> Fraction:
        """Return the second of the media after it."""
        return self.start + self.duration

    def within(self, render: Span, rate: Fraction) -> Extent:
        """Return the part of it that a render has, in whole frames of what holds it."""
        shift = self.offset - self.start
        first, end = max(self.start, render[0]) + shift, min(self.end, render[1]) + shift
        if first > self.offset:
            first = Fraction(math.ceil(first * rate)) / rate
        if end < self.offset + self.duration:
            end = Fraction(math.floor(end * rate)) / rate
        return Extent(first, first - shift, max(end - first, Fraction(0)))

    @property
    def told(self) -> list[str]:
        """Return it in words of the document."""
        return [written(each) for each in (self.offset, self.start, self.duration)]


def extent_of(story: Story, leaf: Element) -> Extent:
    """Return what an element holds, written or not."""
    offset = seconds(leaf.attributes.get("offset")) or Fraction(0)
    return Extent(offset, story.begins(leaf), story.length(leaf))


def shortened(
    text: str, story: Story, leaf: Element, render: Span, needed: list[Span], rate: Fraction
) -> tuple[list[Edit], list[list[str]]]:
    """Return the edits that leave an element no more than its render has, and what it held and holds then.

    `needed` are the stretches of its media that are seen; `rate` is of what holds it. Raises HostError.
    """
    was = extent_of(story, leaf)
    if was.start >= render[0] and was.end <= render[1]:
        return [], []
    _check(leaf)
    now = was.within(render, rate)
    for low, high in needed:
        if max(low, was.start) < now.start or min(high, was.end) > now.end:
            raise HostError(_NO_CUT.format("counted at another rate"))
    edits = [put_attribute(text, leaf, name, value) for name, value in zip(NAMES, now.told, strict=True)]
    if leaf.parent is not None and leaf.parent.tag in ("spine", "mc-angle"):
        edits += _filled(text, leaf, was, now)
    return edits, [was.told, now.told]


def _check(leaf: Element) -> None:
    if leaf.find("timeMap") is not None or leaf.find("conform-rate") is not None:
        raise HostError(_NO_CUT.format("retimed"))
    siblings = leaf.parent.children if leaf.parent is not None else [leaf]
    at = siblings.index(leaf)
    if any(each.tag == "transition" for each in siblings[max(at - 1, 0) : at + 2]):
        raise HostError(_NO_CUT.format("blended with another"))


def _filled(text: str, leaf: Element, was: Extent, now: Extent) -> Iterator[Edit]:
    """Yield the gaps that keep the places of what lies around."""
    lead = lead_of(text, leaf)
    if now.offset > was.offset:
        yield Edit(leaf.start, leaf.start, f"{gap(was.offset, now.offset - was.offset)}{lead}")
    end, after = was.offset + was.duration, now.offset + now.duration
    if after < end:
        yield Edit(leaf.end, leaf.end, f"{lead}{gap(after, end - after)}")


def gap(offset: Fraction, length: Fraction) -> str:
    """Write a gap."""
    return f'<gap name="Gap" offset="{written(offset)}" start="3600s" duration="{written(length)}"/>'


def lengthened(text: str, leaf: Element, held: list[list[str]]) -> Iterator[Edit]:
    """Yield the edits that give an element back what it held, where it holds what was left of that."""
    was, now = held
    if [leaf.attributes.get(name) for name in NAMES] != now:
        return
    yield from (put_attribute(text, leaf, name, value) for name, value in zip(NAMES, was, strict=True))
    siblings = leaf.parent.children if leaf.parent is not None else [leaf]
    at = siblings.index(leaf)
    for each in siblings[max(at - 1, 0) : at + 2]:
        if each.tag == "gap" and text[each.start : each.end] in _gaps(was, now):
            yield removal(text, each)


def _gaps(was: list[str], now: list[str]) -> list[str]:
    offset, _, length = (seconds(each) or Fraction(0) for each in was)
    begins, _, left = (seconds(each) or Fraction(0) for each in now)
    return [gap(offset, begins - offset), gap(begins + left, offset + length - begins - left)]


def anew(text: str, leaf: Element) -> Iterator[Edit]:
    """Yield the edit by which Final Cut takes a compound that was changed for a new one."""
    home = leaf.parent
    while home is not None and home.tag != "media":
        home = home.parent
    if home is not None:
        yield from without_attribute(text, home, "uid")
