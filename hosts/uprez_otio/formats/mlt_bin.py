"""Keep Kdenlive's bin true: each render gets a clip of its own in it, to which its uses belong."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from uprez_otio.edits import Edit
from uprez_otio.formats.mlt_clone import Names, clone, part
from uprez_otio.formats.mlt_fit import Fit, Growth, cropped
from uprez_otio.formats.mlt_rows import is_kdenlive
from uprez_otio.formats.mlt_time import like
from uprez_otio.formats.mlt_tree import LEAVES, Document, value
from uprez_otio.xmltext import Element, indent_of, put_attribute

_NOWHERE = "its clip is not in the project's bin; open and save it in Kdenlive"


@dataclass
class Bin:
    """Add clips to the bin of a project; does nothing for one of another editor."""

    document: Document
    text: str
    edits: list[Edit] = field(default_factory=list)
    _known: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        self._on = is_kdenlive(self.document)
        self._clips = list(self._listed())
        numbers = (value(each, "kdenlive:id") for tag in ("producer", "chain", "tractor")
                   for each in self.document.root.every(tag))  # fmt: skip
        taken = [int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) < 9]
        self._next = max(taken, default=0) + 1

    def why_not(self, service: Element) -> str | None:
        """Return why a producer's render has no place in the bin, None where it has or needs none."""
        return None if not self._on or self._clip(service) is not None else _NOWHERE

    def added(self, service: Element, url: str, fit: Fit, growth: Growth) -> tuple[str, str]:
        """Return the number and the name of a render's clip, which is added where it is not there yet.

        `fit` is that of the whole render, which begins later than its file.
        """
        found = self._clip(service) if self._on else None
        if found is None:
            return "", ""
        entry, clip = found
        known = self._known.get((clip.start, url))
        if known is None:
            name = value(clip, "kdenlive:control_uuid")
            known = str(self._next), f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {url}')}}}"
            self._next += 1
            self._known[clip.start, url] = known
            self._add(entry, clip, url, fit, growth, known)
        return known

    def _add(
        self, entry: Element, clip: Element, url: str, fit: Fit, growth: Growth, known: tuple[str, str]
    ) -> None:
        """Put a copy of a clip behind it, and one of its entry behind that."""
        document, text = self.document, self.text
        names = Names(f"{clip.attributes.get('id', '')}_uprezbin{known[0]}", *known)
        self.edits.append(
            beside(text, clip, clone(document, text, clip, url, fit, names, cropped(clip, growth)))
        )
        edits = [put_attribute(text, entry, "producer", names.id)]
        if not fit.still:
            for name, frame in (("in", 0), ("out", fit.length - 1)):
                written = like(entry.attributes.get(name, ""), frame, document.rate)
                edits.append(put_attribute(text, entry, name, written))
        self.edits.append(beside(text, entry, part(text, entry, edits), within=True))

    def _listed(self) -> Iterator[tuple[Element, Element]]:
        playlist = self.document.bin
        for entry in playlist.all("entry") if playlist is not None else ():
            clip = self.document.target(entry)
            if clip is not None and clip.tag in LEAVES:
                yield entry, clip

    def _clip(self, service: Element) -> tuple[Element, Element] | None:
        """Return the entry and the clip in the bin of what is used on the timeline."""
        for name in ("kdenlive:control_uuid", "kdenlive:id"):
            wanted = value(service, name)
            if wanted:
                return next((each for each in self._clips if value(each[1], name) == wanted), None)
        return None


def beside(text: str, element: Element, written: str, *, within: bool = False) -> Edit:
    """Return the edit that puts a copy behind its original, or before all that holds a nested one."""
    top = element
    while not within and top.parent is not None and top.parent.parent is not None:
        top = top.parent
    line = f"\n{indent_of(text, top)}"
    if top is element:
        return Edit(top.end, top.end, line + written)
    return Edit(top.start, top.start, written + line)
