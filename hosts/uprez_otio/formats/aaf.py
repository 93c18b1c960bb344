"""AAF, the file of Avid, which Resolve and Premiere read too: edited in place by pyaaf2, in the child.

It is no text: `Format.text` has one character for each byte, and an edit is a block of bytes that pyaaf2
changed. So nothing of the file is written here that the receipt can't take back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from uprez.errors import HostError
from uprez.model import LeftOut, Relink, Shot
from uprez_otio.edits import Edit
from uprez_otio.format import Address, Format, Job, Patch, TakenBack
from uprez_otio.media_url import like
from uprez_otio.placed import Placed, Rendered
from uprez_otio.reading import call
from uprez_otio.receipt import Receipt

_BLOCK = 512
_MODULE = "uprez_otio.formats.aaf_edit"
Json = dict[str, Any]


class Aaf(Format):
    """Stand for .aaf."""

    suffixes = (".aaf",)
    writes = ".aaf"
    manners = ("reference",)

    def patch(self, job: Job) -> Patch:
        """Give each render mobs of its own and point its clips at them; see `Format.patch`."""
        patch = Patch()
        told = {
            "origin": str(job.origin),
            "folder": str(job.folder),
            "relink": [_wanted(job, placed, relink) for placed, relink in job.work],
        }
        rows, after = self._called(job.text, "edit", told, job.layout.header.name)
        by_path = {placed.path: (placed, relink) for placed, relink in job.work}
        for what, path, found in rows:
            placed, relink = by_path[path]
            if what == "refused":
                patch.leave_out(placed, found)
                continue
            patch.relinked.append(relink.shot)
            patch.shown.append(Rendered(path, relink.path.as_uri() if relink.path.is_absolute() else ""))
            patch.was[relink.shot] = {"references": found}
        patch.edits += _differences(job.text, after)
        return patch

    def addresses(self, text: str) -> Iterator[Address]:
        """Yield the addresses, at no place of the text: they lie in pieces, so `patch` moves them itself."""
        rows, _ = self._called(text, "addresses", {}, "the file")
        for _, url in rows:
            yield Address(0, 0, url)

    def escaped(self, url: str) -> str:
        """Return nothing, which is what stands at no place; see `addresses`."""
        return ""

    def taken_back(self, text: str, told: Receipt) -> TakenBack:
        """Point the clips at their old mobs again, wherever they are; see `Format.taken_back`."""
        back = [{"shot": shot, **was.references} for shot, was in told.shots.items() if was.references]
        asked = {"origin": str(told.output.parent), "folder": str(told.output.parent), "back": back}
        rows, after = self._called(text, "edit", asked, str(told.output))
        done = tuple(shot for what, shot, _ in rows if what == "back")
        if not done:
            raise HostError(
                f"{told.output}: holds nothing of this relink any more; open {told.input} instead"
            )
        left_out = tuple(
            LeftOut(
                name=was.name,
                track=was.track,
                reason="it is not in the timeline any more; nothing to take back",
            )
            for shot, was in told.shots.items()
            if shot not in done
        )
        return TakenBack(after, done, left_out)

    def _called(self, text: str, function: str, told: Json, name: str) -> tuple[list[list[Any]], str]:
        """Call the child with a copy; returns what it says, and the text that the copy then has."""
        with tempfile.TemporaryDirectory(prefix="uprez-") as folder:
            copy = Path(folder) / "cut.aaf"
            copy.write_bytes(self.encoded(text))
            try:
                rows = call(copy, _MODULE, function, told)
            except HostError as refused:
                raise HostError(str(refused).replace(str(copy), name)) from None
            return rows, self.text(copy)


def _wanted(job: Job, placed: Placed, relink: Relink) -> Json:
    shot, footing = placed.candidate.found, placed.footing
    assert isinstance(shot, Shot)
    assert footing is not None
    path = relink.path.absolute()
    return {
        "path": placed.path,
        "url": like(shot.media.url, path, job.folder, job.origin),
        "file": str(path),
        "head": relink.stands_for.start - shot.media.available.start,
        "count": relink.stands_for.count,
        "width": relink.width,
        "height": relink.height,
        "still": shot.media.info.still,
    }


def _differences(before: str, after: str) -> Iterator[Edit]:
    """Yield the blocks of a text that changed, and what was added or cut off at its end."""
    start: int | None = None
    common = min(len(before), len(after))
    for at in range(0, common, _BLOCK):
        end = min(at + _BLOCK, common)
        if before[at:end] != after[at:end]:
            start = at if start is None else start
        elif start is not None:
            yield Edit(start, at, after[start:at])
            start = None
    if start is not None:
        yield Edit(start, common, after[start:common])
    if len(before) != len(after):
        yield Edit(common, len(before), after[common:])
