"""Take a relink back out of an FCPXML that was edited or exported again since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

from uprez.errors import HostError
from uprez.model import LeftOut
from uprez_otio.edits import Edit, edited
from uprez_otio.format import TakenBack
from uprez_otio.formats.fcpx_assets import address_of
from uprez_otio.formats.fcpx_clones import lead_of, removal
from uprez_otio.formats.fcpx_extent import lengthened
from uprez_otio.formats.fcpx_framing import Grown, rescaled
from uprez_otio.formats.fcpx_tree import CONTAINERS, Story
from uprez_otio.receipt import Receipt
from uprez_otio.xmltext import Element, parse, put_attribute

_GONE = "no clip shows its render any more; nothing to take back"


def taken_back(text: str, told: Receipt) -> TakenBack:
    """Return a text in which what still refers to a render refers to its source; raises HostError."""
    back = _Back(text)
    done: list[str] = []
    left_out: list[LeftOut] = []
    by_render: dict[str, list[str]] = defaultdict(list)
    for shot, changed in told.shots.items():
        by_render[str(changed.references.get("url", ""))].append(shot)
    for url, shots in by_render.items():
        try:
            found = back.render(url, [told.shots[shot].references for shot in shots])
        except HostError as refused:
            found, why = False, str(refused)
        else:
            why = _GONE
        if found:
            done += shots
        else:
            lost = [told.shots[shot] for shot in shots]
            left_out += [LeftOut(name=each.name, track=each.track, reason=why) for each in lost]
    if not done:
        why = left_out[0].reason if left_out else _GONE
        raise HostError(f"{told.output}: {why}; or open {told.input} instead")
    edits = [*back.edits, *back.dropped()]
    return TakenBack(edited(text, edits)[0], tuple(done), tuple(left_out))


@dataclass
class _Back:
    """Collect the edits that lead elements back to the sources of renders."""

    text: str
    story: Story = field(init=False)
    edits: list[Edit] = field(default_factory=list)
    _done: set[Element] = field(default_factory=set)
    _reshaped: set[Element] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.story = Story(parse(self.text))

    def render(self, url: str, before: list[dict[str, Any]]) -> bool:
        """Lead every element that shows a render back; tells whether there was one."""
        assets = [each for each in self._assets() if url and _same(address_of(each), url)]
        if not assets:
            return False
        was = before[0]
        grown = Grown(*(Fraction(each) for each in was["grown"])).back
        held = {str(each["held"]): each["held"] for each in before if each["held"]}
        for asset in assets:
            source, form = self._source(asset, was)
            for element in list(self._players(asset)):
                self.edits += rescaled(self.text, element, grown)
                self.edits.append(put_attribute(self.text, element, "ref", source))
                self._shaped(element, asset, form, grown)
                for each in held.values():
                    self.edits += lengthened(self.text, element, each)
            self._done.add(asset)
        return True

    def _assets(self) -> list[Element]:
        return [each for each in self.story.resources.values() if each.tag == "asset"]

    def _players(self, asset: Element) -> Iterator[Element]:
        identity = asset.attributes.get("id")
        for tag in ("asset-clip", "video", "audio"):
            yield from (each for each in self.story.root.every(tag) if each.attributes.get("ref") == identity)

    def _source(self, asset: Element, was: dict[str, Any]) -> tuple[str, str]:
        """Return the ids of a source's asset and format; written in again where they are gone."""
        original = parse(was["asset"])
        mine = address_of(original)
        known = next((each for each in self._assets() if _same(address_of(each), mine)), None)
        if known is None:
            lead = lead_of(self.text, asset)
            for each in (was["format"], was["asset"]):
                if each and self._is_missing(parse(each)):
                    self.edits.append(Edit(asset.end, asset.end, lead + each))
            known = original
        return known.attributes.get("id", ""), known.attributes.get("format", "")

    def _is_missing(self, element: Element) -> bool:
        """Take a resource in; tells whether it was not there, and raises HostError where another is."""
        identity = element.attributes.get("id", "")
        found = self.story.resources.setdefault(identity, element)
        if (found.tag, found.attributes) != (element.tag, element.attributes):
            raise HostError("its source is gone from the file, and another has its id; relink it by hand")
        return found is element

    def _shaped(self, element: Element, asset: Element, form: str, grown: Grown) -> None:
        """Give an element and the <clip> that grew with it the format of the source."""
        holder = element.parent
        for each in (element, holder):
            if each is None or each.attributes.get("format") != asset.attributes.get("format"):
                continue
            if each is holder and each.tag not in CONTAINERS:
                continue
            self.edits.append(put_attribute(self.text, each, "format", form))
            self._reshaped.add(each)
            if each is holder:
                self.edits += rescaled(self.text, each, grown)

    def dropped(self) -> Iterator[Edit]:
        """Yield the edits that take the assets of renders away, and formats that nothing has any more."""
        yield from (removal(self.text, asset) for asset in self._done)
        shapes = {asset.attributes.get("format") for asset in self._done}
        users = [each for each in _all(self.story.root) if each not in self._done]
        left = {each.attributes.get("format") for each in users if each not in self._reshaped}
        for each in sorted(filter(None, shapes - left)):
            form = self.story.resource("format", each)
            if form is not None:
                yield removal(self.text, form)


def _all(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _all(child)


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(url: str) -> str:
    words = unquote(url)
    for start in ("file://localhost", "file://", "./"):
        words = words.removeprefix(start)
    return words
