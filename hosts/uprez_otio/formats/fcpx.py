"""Final Cut Pro's XML, edited in place: a render is an asset of its own, and its clips refer to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uprez.errors import HostError
from uprez_otio.format import Address, Format, Job, Patch, TakenBack
from uprez_otio.formats.fcpx_back import taken_back
from uprez_otio.formats.fcpx_patch import Patcher
from uprez_otio.formats.fcpx_tree import file_of
from uprez_otio.limits import BadTimeline
from uprez_otio.receipt import Receipt
from uprez_otio.xmltext import attribute_at, escaped, parse

_ADDRESSES = {"asset": "src", "media-rep": "src", "effect": "src", "locator": "url"}


class Fcpx(Format):
    """Stand for .fcpxml, and for a bundle, out of which a plain .fcpxml is written."""

    suffixes = (".fcpxml", ".fcpxmld")
    writes = ".fcpxml"
    manners = ("reference",)

    def patch(self, job: Job) -> Patch:
        """Edit the XML; see `Format.patch`."""
        try:
            return Patcher(job).patch()
        except BadTimeline as bad:
            raise HostError(str(bad)) from None

    def addresses(self, text: str) -> Iterator[Address]:
        """Yield the addresses of all that lies outside the file: media, their index files, templates."""
        try:
            root = parse(text)
        except BadTimeline as bad:
            raise HostError(str(bad)) from None
        for tag, name in _ADDRESSES.items():
            for element in root.every(tag):
                found = attribute_at(text, element, name)
                if found is not None:
                    yield Address(*found, element.attributes[name])

    def escaped(self, url: str) -> str:
        """Return an address as it stands in an attribute."""
        return escaped(url)

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Let the clips of renders that are still there refer to their sources; see `Format.taken_back`."""
        try:
            return taken_back(text, told)
        except BadTimeline as bad:
            raise HostError(f"{told.output}: {bad}") from None

    def text(self, path: Path) -> str:
        """Return what a file holds, or the file inside a bundle; see `Format.text`."""
        try:
            return super().text(file_of(path))
        except BadTimeline as bad:
            raise HostError(f"{path}: {bad}") from None
