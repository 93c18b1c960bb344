"""Give each render an <asset> and a <format> of its own, beside those of its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from uprez.model import Relink
from uprez_otio.edits import Edit, edited
from uprez_otio.formats.fcpx_assets import is_still, source_of
from uprez_otio.formats.fcpx_time import seconds, written
from uprez_otio.formats.fcpx_tree import Story
from uprez_otio.formats.light import alike
from uprez_otio.placed import Placed
from uprez_otio.xmltext import Element, indent_of, put_attribute, without_attribute

_UNNAMED = "RateUndefined"
_CLOSE = Fraction(1, 100)
_SOUND = ("hasAudio", "audioSources", "audioChannels", "audioRate")


@dataclass(frozen=True, slots=True)
class Clone:
    """Name the asset of a render and its format."""

    asset: str
    form: str


@dataclass
class Clones:
    """Make the resources that a relink adds; `edits` are the edits that write them into the text."""

    text: str
    story: Story
    _made: dict[tuple[Element, str, int, int], Clone] = field(default_factory=dict)
    _forms: dict[tuple[str, int, int], str] = field(default_factory=dict)
    _new: dict[Element, list[str]] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        numbers = re.findall(r"""\bid\s*=\s*["']r(\d{1,9})["']""", self.text)
        self._next = 1 + max(map(int, numbers), default=0)

    def of(self, asset: Element, placed: Placed, relink: Relink, url: str, *, mute: bool) -> Clone:
        """Return the asset of a render, made once for all clips that show it; `mute` is one without sound."""
        key = asset, url, relink.stands_for.start, relink.stands_for.count
        if key not in self._made:
            self._made[key] = self._clone(asset, placed, relink, url, mute)
        return self._made[key]

    def edits(self) -> Iterator[Edit]:
        """Yield the edits that add what was made, each below its source's own."""
        for asset, new in self._new.items():
            lead = lead_of(self.text, asset)
            yield Edit(asset.end, asset.end, "".join(lead + each for each in new))

    def _fresh(self) -> str:
        self._next += 1
        return f"r{self._next - 1}"

    def _clone(self, asset: Element, placed: Placed, relink: Relink, url: str, mute: bool) -> Clone:
        step = self.step(asset, placed)
        form = self._form(asset, relink, step)
        clone = Clone(self._fresh(), form)
        edits = self._written(asset, placed, relink, url, clone, step)
        for name in _SOUND if mute else ():
            edits += without_attribute(self.text, asset, name)
        self._new.setdefault(asset, []).append(cut_out(self.text, asset, edits))
        return clone

    def step(self, asset: Element, placed: Placed) -> Fraction:
        """Return how long a frame of the media lasts, as the document counts it."""
        told = self.story.rate(asset)
        assert placed.footing is not None
        rate = placed.footing.rate
        return 1 / (told if told is not None and alike(told, rate) else rate)

    def _form(self, asset: Element, relink: Relink, step: Fraction) -> str:
        """Return the id of a format with the render's size; all else is the source's own."""
        reference = asset.attributes.get("format", "")
        key = reference, relink.width, relink.height
        if key in self._forms:
            return self._forms[key]
        form = self._forms[key] = self._fresh()
        found = self.story.resource("format", reference)
        size = f'width="{relink.width}" height="{relink.height}"'
        if found is None:
            new = f'<format id="{form}" frameDuration="{written(step)}" {size}/>'
        else:
            new = self._resized(found, form, relink, step)
        self._new.setdefault(asset, []).append(new)
        return form

    def _resized(self, found: Element, form: str, relink: Relink, step: Fraction) -> str:
        named = found.attributes.get("name", "").endswith(_UNNAMED)
        told = {"id": form, "width": str(relink.width), "height": str(relink.height)}
        if not named and "frameDuration" not in found.attributes:
            told["frameDuration"] = written(step)
        if "fieldOrder" in found.attributes:
            told["fieldOrder"] = "progressive"  # a render has whole pictures
        edits = [put_attribute(self.text, found, name, value) for name, value in told.items()]
        if not named:
            edits += without_attribute(self.text, found, "name")
        return cut_out(self.text, found, edits)

    def _written(
        self, asset: Element, placed: Placed, relink: Relink, url: str, clone: Clone, step: Fraction
    ) -> list[Edit]:
        """Return the edits that make a render's asset of its source's."""
        text = self.text
        told = {"id": clone.asset, "format": clone.form}
        if not is_still(asset) and placed.footing is not None and not placed.footing.media.info.still:
            told["start"] = written(start_of(asset, placed, relink, step))
            told["duration"] = written(relink.stands_for.count * step)
        edits = [put_attribute(text, asset, name, value) for name, value in told.items()]
        source = source_of(asset)
        edits += without_attribute(text, asset, "uid")
        if source is not None:
            edits.append(put_attribute(text, source, "src", url))
            for name in ("sig", "suggestedFilename"):
                edits += without_attribute(text, source, name)
        gone = [each for each in asset.all("media-rep") if each is not source]
        gone += [each for home in (asset, source) if home is not None for each in home.all("bookmark")]
        return edits + [removal(text, each) for each in {each.start: each for each in gone}.values()]


def start_of(asset: Element, placed: Placed, relink: Relink, step: Fraction) -> Fraction:
    """Return the second at which a render's first frame lies, on the clock of its source.

    It keeps whatever part of a frame the source's own start has, so that no frame moves.
    """
    assert placed.footing is not None
    own = seconds(asset.attributes.get("start")) or Fraction(0)
    offset = relink.stands_for.start - placed.footing.media.available.start
    base = Fraction(placed.footing.base)
    return own + offset * step if abs(own / step - base) < _CLOSE else (base + offset) * step


def cut_out(text: str, element: Element, edits: list[Edit]) -> str:
    """Return an element's text with edits made, which are of the whole text."""
    at = element.start
    own = [Edit(edit.start - at, edit.end - at, edit.new) for edit in edits]
    return edited(text[at : element.end], own)[0]


def removal(text: str, element: Element) -> Edit:
    """Return the edit that takes an element away, with its line where it has one to itself."""
    line = text.rfind("\n", 0, element.start)
    if line < 0 or text[line + 1 : element.start].strip():
        return Edit(element.start, element.end, "")
    return Edit(line - (text[line - 1 : line] == "\r"), element.end, "")


def lead_of(text: str, element: Element) -> str:
    """Return the line break and the white space to begin another element below this one with."""
    line = text.rfind("\n", 0, element.start)
    if line < 0 or text[line + 1 : element.start].strip():
        return ""
    return ("\r\n" if text[line - 1 : line] == "\r" else "\n") + indent_of(text, element)
