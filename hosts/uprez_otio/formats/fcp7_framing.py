"""Keep a clip's framing when its media gets more pixels: Final Cut's scale is percent of the media's own.

Premiere reads it so, and whoever follows Final Cut. Resolve and Hiero fit a picture into the frame first, so
that theirs stays. How far a clip is moved off the middle Premiere counts in widths and heights of its media;
of others nobody knows, and they are left to --match-size, as is an anchor off the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.edits import Edit
from uprez_otio.formats.fcp7_edits import put_number
from uprez_otio.formats.fcp7_numbers import decimal, number, number_of
from uprez_otio.formats.fcp7_remap import effects_of, parameter
from uprez_otio.formats.fcp7_tree import HIERO, PREMIERE, RESOLVE
from uprez_otio.xmltext import Element, indent_of

FITTING = (RESOLVE, HIERO)
_PLACE, _ANCHOR = "center", "centeroffset"
_CLOSE = Fraction(1, 2)
_ADVICE = "give --match-size"


@dataclass(frozen=True, slots=True)
class Growth:
    """Say how many times wider and higher a clip's media gets, and how high it was."""

    wide: Fraction
    high: Fraction
    height: int

    @property
    def none(self) -> bool:
        """Tell whether it stays as large as it was."""
        return self.wide == self.high == 1


def why_not_framed(element: Element, growth: Growth, dialect: str) -> str | None:
    """Return why a clip's framing can't be kept, None where it can or needs nothing."""
    if growth.none or dialect in FITTING:
        return None
    effect = _motion(element)
    scale = _largest(effect)
    if abs(growth.high / growth.wide - 1) * growth.height * scale / 100 / 2 > _CLOSE:
        return f"its render has another shape than its media, which one scale can't make good; {_ADVICE}"
    if effect is not None and _moved(effect, _ANCHOR):
        return f"its anchor is off the middle, which editors read differently; {_ADVICE}"
    if effect is not None and dialect != PREMIERE and _moved(effect, _PLACE):
        return f"it is moved off the middle, in units that editors read differently; {_ADVICE}"
    return None


def framed(text: str, element: Element, growth: Growth, dialect: str) -> Iterator[Edit]:
    """Yield the edits that give a clip of larger media the size it had; only for one that can keep it."""
    if growth.none or dialect in FITTING:
        return
    effect = _motion(element)
    place = parameter(effect, _PLACE) if effect is not None else None
    if place is not None:
        yield from _placed(place, growth)
    scale = parameter(effect, "scale") if effect is not None else None
    if scale is not None:
        yield from _scaled(scale, growth.wide)
        return
    if effect is not None:
        at = effect.close
        yield Edit(at, at, _scale_text(growth.wide))
        return
    after = element.find("file") or element.find("out") or element.children[-1]
    space = indent_of(text, after)
    yield Edit(
        after.end, after.end, f"\n{space}{filter_text(growth.wide)}" if space else filter_text(growth.wide)
    )


def filter_text(growth: Fraction) -> str:
    """Return the filter that a clip without one gets."""
    return (
        "<filter><effect><name>Basic Motion</name><effectid>basic</effectid>"
        "<effectcategory>motion</effectcategory><effecttype>motion</effecttype>"
        f"<mediatype>video</mediatype>{_scale_text(growth)}</effect></filter>"
    )


def _scale_text(growth: Fraction) -> str:
    return (
        "<parameter><parameterid>scale</parameterid><name>Scale</name><valuemin>0</valuemin>"
        f"<valuemax>1000</valuemax><value>{decimal(100 / growth)}</value></parameter>"
    )


def _motion(element: Element) -> Element | None:
    return next(
        (effect for _, effect in effects_of(element) if effect.words("effectid").lower() == "basic"), None
    )


def _scaled(scale: Element, growth: Fraction) -> Iterator[Edit]:
    for each in (scale, *scale.all("keyframe")):
        value, said = each.find("value"), number_of(each, "value")
        if value is not None and said is not None:
            yield from put_number(value, said / growth)


def _placed(place: Element, growth: Growth) -> Iterator[Edit]:
    for each in (place, *place.all("keyframe")):
        for tag, times in (("value/horiz", growth.wide), ("value/vert", growth.high)):
            part, said = each.find(tag), number_of(each, tag)
            if part is not None and said:
                yield from put_number(part, said / times)


def _largest(effect: Element | None) -> Fraction:
    """Return the largest scale that a clip has, in percent."""
    scale = parameter(effect, "scale") if effect is not None else None
    if scale is None:
        return Fraction(100)
    said = [number_of(each, "value") for each in (scale, *scale.all("keyframe"))]
    return max((abs(each) for each in said if each is not None), default=Fraction(100))


def _moved(effect: Element, name: str) -> bool:
    """Tell whether a position is ever another than the middle."""
    found = parameter(effect, name)
    if found is None:
        return False
    values = [value for each in (found, *found.all("keyframe")) if (value := each.find("value")) is not None]
    parts = [number(part.text) for value in values for part in value.children]
    return any(part is None or part != 0 for part in parts)
