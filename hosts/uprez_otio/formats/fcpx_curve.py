"""Follow FCPXML's time maps: straight, or along segments of different speed that Final Cut may smooth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from uprez_otio.formats.fcpx_time import seconds
from uprez_otio.limits import BadTimeline
from uprez_otio.xmltext import Element

CURVE = "its speed changes along a curve (Final Cut's speed segments)"
Span = tuple[Fraction, Fraction]
_Point = tuple[Fraction, Fraction, bool]


@dataclass(frozen=True, slots=True)
class Line:
    """Say which second of what a clip holds is shown at a second of another clock: a straight line."""

    slope: Fraction = Fraction(1)
    zero: Fraction = Fraction(0)

    def at(self, time: Fraction) -> Fraction:
        """Return the second shown at `time`."""
        return self.zero + self.slope * time

    def span(self, first: Fraction, end: Fraction) -> Span:
        """Return the lowest and the highest second shown from `first` to `end`."""
        both = self.at(first), self.at(end)
        return min(both), max(both)

    def after(self, first: Run) -> Run:
        """Return this line of what `first` gives."""
        if isinstance(first, Bent):
            last = self.after(first.last)
            assert isinstance(last, Line)
            return replace(first, last=last)
        return Line(self.slope * first.slope, self.at(first.zero))


@dataclass(frozen=True, slots=True)
class Curve:
    """Hold the points of a time map whose segments are not of one speed; `True` is a sharp point."""

    points: tuple[_Point, ...]

    def at(self, time: Fraction) -> Fraction:
        """Return the second shown at `time`, as if nothing were smoothed."""
        pairs = list(pairwise(self.points))
        return _line(*next((pair for pair in pairs if time < pair[1][0]), pairs[-1])).at(time)

    def span(self, first: Fraction, end: Fraction) -> Span:
        """Return the lowest and the highest second shown; of a smoothed segment all that it may show."""
        found = [self.at(first), self.at(end)]
        for one, other in pairwise(self.points):
            if one[0] < end and other[0] > first:
                sharp = all(self._is_sharp(each) for each in (one, other))
                found += [each[1] for each in (one, other) if not sharp or first <= each[0] <= end]
        return min(found), max(found)

    def straight(self, first: Fraction, end: Fraction) -> Line | None:
        """Return the line that is all of the curve from `first` up to `end`; None where there is none."""
        pairs = list(pairwise(self.points))
        used = [pair for pair in pairs if pair[0][0] < end and pair[1][0] > first]
        used = used or [pairs[0] if end <= self.points[0][0] else pairs[-1]]
        if len({_line(*pair) for pair in pairs}) == 1:
            return _line(*pairs[0])
        sharp = all(self._is_sharp(point) for pair in used for point in pair)
        lines = {_line(*pair) for pair in used}
        return lines.pop() if sharp and len(lines) == 1 else None

    def _is_sharp(self, point: _Point) -> bool:
        return point[2] or point in (self.points[0], self.points[-1])

    def after(self, first: Run) -> Run | None:
        """Return this curve of what `first` gives; None where that is a curve, too."""
        return None if isinstance(first, Bent) else Bent(first, self, Line())


@dataclass(frozen=True, slots=True)
class Bent:
    """Say which second is shown where a curve lies between two lines."""

    first: Line
    curve: Curve
    last: Line

    def at(self, time: Fraction) -> Fraction:
        """Return the second shown at `time`."""
        return self.last.at(self.curve.at(self.first.at(time)))

    def span(self, first: Fraction, end: Fraction) -> Span:
        """Return the lowest and the highest second that may be shown from `first` to `end`."""
        return self.last.span(*self.curve.span(*self.first.span(first, end)))


Run = Line | Bent


def mapped(clip: Element, first: Fraction, end: Fraction) -> Line | Curve:
    """Return what a clip's own time shows from `first` up to `end`; raises BadTimeline."""
    told = clip.find("timeMap")
    points = sorted(_points(told)) if told is not None else []
    if len(points) < 2:
        return Line()
    curve = Curve(tuple(points))
    return curve.straight(first, end) or curve


def _points(told: Element) -> list[_Point]:
    points = []
    for point in told.all("timept"):
        time, value = seconds(point.attributes.get("time")), seconds(point.attributes.get("value"))
        if time is None or value is None:
            raise BadTimeline("a point of its time map has no time; export it again")
        points.append((time, value, point.attributes.get("interp") == "linear"))
    if len({point[0] for point in points}) < len(points):
        raise BadTimeline("its time map has two values at one time; export it again")
    return points


def _line(one: _Point, other: _Point) -> Line:
    slope = (other[1] - one[1]) / (other[0] - one[0])
    return Line(slope, one[1] - slope * one[0])
