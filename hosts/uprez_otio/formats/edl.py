"""EDLs, the oldest and barest kind of timeline: a new list is written, in which reels point at renders."""

from __future__ import annotations

from collections.abc import Iterator

from uprez.errors import HostError
from uprez_otio.format import Address, Format, Job, Patch, TakenBack
from uprez_otio.formats.edl_back import clip_for_clip
from uprez_otio.formats.edl_names import address
from uprez_otio.formats.edl_patch import Patcher
from uprez_otio.formats.edl_text import sheet_of
from uprez_otio.limits import BadTimeline
from uprez_otio.receipt import Receipt


class Edl(Format):
    """Stand for .edl files."""

    suffixes = (".edl",)
    writes = ".edl"
    manners = ("reference",)

    def patch(self, job: Job) -> Patch:
        """Give each clip its render's reel and name; see `Format.patch`."""
        return Patcher(job).patch()

    def addresses(self, text: str) -> Iterator[Address]:
        """Yield what stands in FROM FILE, TO FILE and FROM CLIP comments."""
        try:
            events = sheet_of(text).events
        except BadTimeline as bad:
            raise HostError(str(bad)) from None
        for event in events:
            sides = (
                address(event, outgoing) for outgoing in ((True, False) if len(event.lines) > 1 else (True,))
            )
            for each in {found.start: found for found in sides if found is not None}.values():
                yield Address(each.value.start, each.value.end, each.value.told)

    def escaped(self, url: str) -> str:
        """Return an address as it is: nothing in an EDL is escaped."""
        return self.latin(url)

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Take back what is still there of the relink; see `Format.taken_back`."""
        return clip_for_clip(text, told)
