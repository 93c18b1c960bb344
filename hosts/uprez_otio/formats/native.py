"""OTIO's own files, and whatever an installed adapter of OTIO reads: written as .otio."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from uprez_otio.bundles import SUFFIXES
from uprez_otio.format import Address, Format, Job, Patch, TakenBack
from uprez_otio.reading import read_text
from uprez_otio.receipt import Receipt
from uprez_otio.relink import Patcher
from uprez_otio.taking_back import clip_for_clip

_URL = re.compile(r'"(target_url(?:_base)?)"\s*:\s*("(?:[^"\\]|\\.)*")')


class Otio(Format):
    """Stand for .otio and its bundles."""

    suffixes = (".otio", ".otioz", ".otiod")
    writes = ".otio"
    also_writes = SUFFIXES
    manners = ("reference", "replace", "track")
    bakes = True
    keeps_original = True

    def patch(self, job: Job) -> Patch:
        """Edit the JSON; see `Format.patch`."""
        return Patcher(job.text, job.layout, job.origin, job.folder, job.run, job.manner).patch(job.work)

    def addresses(self, text: str) -> Iterator[Address]:
        """Yield what stands at `target_url`, and the folders of image sequences."""
        for match in _URL.finditer(text):
            folder = match[1] == "target_url_base"
            yield Address(match.start(2), match.end(2), json.loads(match[2]), folder)

    def escaped(self, url: str) -> str:
        """Return an address as a JSON string."""
        return json.dumps(url)

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Take back what is still there of the relink; see `Format.taken_back`."""
        return clip_for_clip(text, told)

    def text(self, path: Path) -> str:
        """Return the OTIO JSON of a file or a bundle, or what an adapter makes of another format."""
        return read_text(path)

    def encoded(self, text: str) -> bytes:
        """Return the UTF-8 of a text, as it was read."""
        return text.encode("utf-8", "surrogateescape")
