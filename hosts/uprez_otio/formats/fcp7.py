"""Final Cut Pro 7's XML, as Premiere, Resolve, Hiero and others write it: its own kind of file is written."""

from __future__ import annotations

from collections.abc import Iterator

from uprez_otio.format import Address, Format, Job, Patch, TakenBack
from uprez_otio.formats.fcp7_back import clip_for_clip
from uprez_otio.formats.fcp7_patch import Patcher, document_of
from uprez_otio.receipt import Receipt
from uprez_otio.xmltext import escaped


class Fcp7(Format):
    """Stand for .xml files that hold an <xmeml>."""

    suffixes = (".xml",)
    writes = ".xml"
    manners = ("reference",)

    def patch(self, job: Job) -> Patch:
        """Give each clip a file of its own in the text; see `Format.patch`."""
        return Patcher(job).patch()

    def addresses(self, text: str) -> Iterator[Address]:
        """Yield what stands in <pathurl>."""
        for each in document_of(text).root.every("pathurl"):
            if each.inside != each.end:
                yield Address(each.inside, each.close, each.text.strip())

    def escaped(self, url: str) -> str:
        """Return an address in ASCII, as it stands between tags."""
        return escaped(url)

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Take back what is still there of the relink; see `Format.taken_back`."""
        return clip_for_clip(text, told)
