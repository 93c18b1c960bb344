"""Keep the framing of FCPXML clips whose pixels count one to one: a larger picture is scaled down again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez.errors import HostError
from uprez_otio.edits import Edit
from uprez_otio.formats.fcpx_clones import lead_of
from uprez_otio.xmltext import Element, put_attribute

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$", re.ASCII)
_ONE_BY_ONE = "it is not scaled to the frame, and {}; give --match-size, or set its spatial conform to Fit"
_REFUSED = ("adjust-crop", "adjust-corners")


@dataclass(frozen=True, slots=True)
class Grown:
    """Say by how much a picture became larger, across and down."""

    across: Fraction
    down: Fraction

    @property
    def back(self) -> Grown:
        """Return what undoes it."""
        return Grown(1 / self.across, 1 / self.down)


def is_unscaled(element: Element) -> bool:
    """Tell whether the pixels of an element's picture are those of the frame."""
    conform = element.find("adjust-conform")
    return conform is not None and conform.attributes.get("type") == "none"


def rescaled(text: str, element: Element, grown: Grown) -> Iterator[Edit]:
    """Yield the edits that keep an element's picture as large as it was; raises HostError.

    Positions are told in percent of the frame's height, and so stay.
    """
    conform = element.find("adjust-conform")
    if conform is None or not is_unscaled(element) or grown == Grown(Fraction(1), Fraction(1)):
        return
    for tag in _REFUSED:
        found = element.find(tag)
        if found is not None and found.attributes.get("enabled", "1") != "0":
            raise HostError(_ONE_BY_ONE.format("cropped or bent (" + tag + ")"))
    transform = element.find("adjust-transform")
    if transform is None:
        lead = lead_of(text, conform)
        new = f'{lead}<adjust-transform scale="{_both(Fraction(1), Fraction(1), grown)}"/>'
        yield Edit(conform.end, conform.end, new)
        return
    _check(transform)
    params = [each for each in transform.all("param") if each.attributes.get("name", "").lower() == "scale"]
    if "scale" in transform.attributes or not params:
        yield _scaled(text, transform, "scale", grown, "1 1")
    for param in params:
        yield from _animated(text, param, grown)


def _check(transform: Element) -> None:
    names = [each.attributes.get("name", "").lower() for each in transform.all("param")]
    numbers = map(_number, transform.attributes.get("anchor", "0 0").split())
    moved = any(numbers) or "anchor" in names
    if moved or transform.attributes.get("enabled", "1") == "0":
        raise HostError(_ONE_BY_ONE.format("has an anchor of its own, or its transform is switched off"))


def _animated(text: str, param: Element, grown: Grown) -> Iterator[Edit]:
    """Yield the edits of a scale's key frames, whole or with a curve for each axis."""
    for inner in param.all("param"):
        axis = inner.attributes.get("name", "").lower()
        if axis not in ("x", "y"):
            raise HostError(_ONE_BY_ONE.format(f"its scale has a part {axis[:20]!r} that nobody knows"))
        alone = grown.across if axis == "x" else grown.down
        yield from _animated(text, inner, Grown(alone, alone))
    keys = param.find("keyframeAnimation")
    for each in (param, *(keys.all("keyframe") if keys is not None else ())):
        if "value" in each.attributes:
            yield _scaled(text, each, "value", grown)


def _scaled(text: str, element: Element, name: str, grown: Grown, default: str = "") -> Edit:
    numbers = [_number(each) for each in element.attributes.get(name, default).split()]
    if len(numbers) not in (1, 2):
        raise HostError(_ONE_BY_ONE.format("its scale is no pair of numbers"))
    if len(numbers) == 1 and grown.across == grown.down:
        return put_attribute(text, element, name, _decimal(numbers[0] / grown.across))
    return put_attribute(text, element, name, _both(numbers[0], numbers[-1], grown))


def _both(across: Fraction, down: Fraction, grown: Grown) -> str:
    return f"{_decimal(across / grown.across)} {_decimal(down / grown.down)}"


def _number(words: str) -> Fraction:
    if not _NUMBER.match(words):
        raise HostError(_ONE_BY_ONE.format(f"{words[:20]!r} in its transform is no number"))
    return Fraction(words)


def _decimal(number: Fraction) -> str:
    return f"{float(number):.10g}"
