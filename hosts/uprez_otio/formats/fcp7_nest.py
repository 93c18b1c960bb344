"""Know what a use of a nested sequence shows of it: a clip that it trims away needs nothing done there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.formats.fcp7_numbers import number_of, rate_of
from uprez_otio.formats.fcp7_remap import remap_filter
from uprez_otio.formats.fcp7_tree import Document, Spot
from uprez_otio.formats.light import alike
from uprez_otio.xmltext import Element


@dataclass(frozen=True, slots=True)
class View:
    """Hold what is seen of a sequence: its own frames from `low` to `high`, all where there are none.

    `again` says that it is shown elsewhere, too. A clip that it hides is then done, if at all, for the other
    use, and is no clip of this one.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    again: bool = False

    def hides(self, spot: Spot) -> bool:
        """Tell whether a clip is surely not seen here, and may be elsewhere."""
        if not self.again or self.low is None or self.high is None:
            return False
        return spot.end + spot.tail <= self.low or spot.start - spot.head >= self.high

    def into(self, document: Document, spot: Spot, nested: Element, rate: Fraction, own: Fraction) -> View:
        """Return what is seen of a sequence nested at a spot; `own` is its rate, `rate` the one around it."""
        again = self.again or document.uses[nested.attributes.get("id", "")] > 1
        if remap_filter(spot.element) is not None:
            return View(again=again)
        first = in_point(spot, rate)
        low = _at(first, rate_of(spot.element) or rate, own)
        begin, end = spot.start - spot.head, spot.end + spot.tail
        if self.low is not None and self.high is not None:
            begin, end = max(begin, self.low), min(end, self.high)
        slack = 0 if own == rate else 1  # nobody knows which way an editor rounds
        return View(
            low + _at(begin - spot.start, rate, own) - slack,
            low + _at(end - spot.start, rate, own) + slack,
            again,
        )


def in_point(spot: Spot, rate: Fraction) -> Fraction:
    """Return the frame of a nested sequence at a spot's start, in frames of the clip's own rate."""
    first = number_of(spot.element, "in") or Fraction(0)
    return max(first, Fraction(0)) + spot.inside * (rate_of(spot.element) or rate) / rate


def _at(frames: Fraction, rate: Fraction, to: Fraction) -> Fraction:
    return frames if alike(rate, to) else frames * to / rate
