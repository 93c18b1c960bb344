"""MLT projects: Kdenlive's own, and those of Shotcut, Flowblade and melt. Each is written as its own kind."""

from __future__ import annotations

from collections.abc import Iterator

from uprez_otio.format import Address, Format, Job, Patch, TakenBack
from uprez_otio.formats.mlt_back import clip_for_clip
from uprez_otio.formats.mlt_clip import SPEED
from uprez_otio.formats.mlt_patch import Patcher, document_of
from uprez_otio.formats.mlt_rows import home_of
from uprez_otio.formats.mlt_sequence import base_of, is_sequence
from uprez_otio.formats.mlt_tree import LEAVES, value
from uprez_otio.receipt import Receipt
from uprez_otio.xmltext import Element, escaped

_ADDRESSES = ("resource", "warp_resource", "kdenlive:originalurl", "shotcut:resource")
_NO_FILES = ("color", "colour", "kdenlivetitle", "noise", "count", "blipflash", "qtext", "pango", "")


class Mlt(Format):
    """Stand for .mlt files."""

    suffixes = (".mlt",)
    writes = ".mlt"
    manners = ("reference",)
    by_engine = True

    def patch(self, job: Job) -> Patch:
        """Give each clip a producer of its own in the text; see `Format.patch`."""
        return Patcher(job).patch()

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Take back what is still there of the relink; see `Format.taken_back`."""
        return clip_for_clip(text, told)

    def addresses(self, text: str) -> Iterator[Address]:
        """Yield what the producers of files name, where it counts from the project's own folder."""
        document = document_of(text)
        if home_of(document.root) is not None:
            return
        for tag in LEAVES:
            for service in document.root.every(tag):
                kind = value(service, "mlt_service")
                for each in service.all("property") if kind not in _NO_FILES else ():
                    if each.attributes.get("name") in _ADDRESSES and each.inside != each.end:
                        yield _address(text, each, kind)

    def escaped(self, url: str) -> str:
        """Return an address in ASCII, as it stands between tags."""
        return escaped(url)


def _address(text: str, told: Element, kind: str) -> Address:
    """Return the address that a property tells; of an image sequence that of its folder."""
    written = text[told.inside : told.close]
    if is_sequence(told.text) and kind != "timewarp":
        folder = base_of(told.text.strip()) or "./"
        return Address(told.inside, told.inside + written.rfind("/") + 1, folder, folder=True)
    warp = SPEED.match(written) if kind == "timewarp" else None
    start = warp.end() + 1 if warp else 0
    return Address(told.inside + start, told.close, told.text[start:] if warp else told.text.strip())


class Kdenlive(Mlt):
    """Stand for .kdenlive files."""

    suffixes = (".kdenlive",)
    writes = ".kdenlive"
