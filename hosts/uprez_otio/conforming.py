"""Carry a relink out: patch, write with a receipt, read back, and leave nothing behind where it fails."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uprez.errors import HostError, RelinkError
from uprez.model import Conform, Manner, Relink
from uprez_otio.bundles import inside, is_bundle, packed, write_bundle
from uprez_otio.edits import Edit, edited
from uprez_otio.files import write_whole
from uprez_otio.format import Format, Job, Patch
from uprez_otio.layout import Layout
from uprez_otio.media_url import is_relative, like
from uprez_otio.placed import Placed
from uprez_otio.reading_back import check_by_original, check_by_render
from uprez_otio.receipt import Changed, Receipt, Undo, digest, receipt_path

Read = Callable[[Path], tuple[Layout, list[Placed]]]
Work = tuple[tuple[Placed, Relink], ...]


@dataclass
class Conforming:
    """Write the timeline `source` to `output`, relinked, in its own format."""

    source: Path
    output: Path
    format: Format
    read: Read
    origin: Path
    """The folder from which the timeline's relative addresses count."""

    def refused(self, layout: Layout, work: Work, manner: Manner) -> dict[str, str]:
        """Return by shot id, with the reason, what a relink would leave out; writes nothing."""
        original = self.format.text(self.source)
        text, _ = edited(original, self._moved(original))
        patch = self.format.patch(self._job(text, layout, work, manner, "rehearsal"))
        reasons = {(left.name, left.track): left.reason for left in patch.left_out}
        found = {relink.shot: each.candidate.found for each, relink in work}
        return {
            shot: reasons[one.name, one.track]
            for shot, one in found.items()
            if shot not in patch.relinked and (one.name, one.track) in reasons
        }

    def conform(self, layout: Layout, placed: list[Placed], work: Work, manner: Manner) -> Conform:
        """Relink the clips of `work`; raises RelinkError with the output as it was before."""
        original = self.format.text(self.source)
        text, back = edited(original, self._moved(original))
        run = uuid.uuid4().hex[:16]
        patch = self.format.patch(self._job(text, layout, work, manner, run))
        after, undone = edited(text, patch.edits)
        final, media = self._packed(after)
        folder = self.output.absolute().parent
        names = {relink.shot: each for each, relink in work}
        receipt = Receipt(
            run=run,
            manner=manner.kind,
            input=self.source.absolute(),
            input_digest=digest(original),
            output=self.output.absolute(),
            output_digest=digest(final),
            shots={
                shot: Changed(
                    name=names[shot].candidate.found.name,
                    track=names[shot].candidate.found.track,
                    **_was(patch, shot, media, folder),
                )
                for shot in patch.relinked
            },
            undo=() if media else _steps(undone, back),
        )
        self._prove(after, receipt, (layout, placed), work, patch)
        self._write(final, media, receipt)
        return Conform(
            timeline=layout.header.name or self.source.stem,
            output=str(self.output),
            receipt=receipt_path(self.output),
            relinked=tuple(patch.relinked),
            left_out=tuple(patch.left_out),
        )

    def _job(self, text: str, layout: Layout, work: Work, manner: Manner, run: str) -> Job:
        return Job(text, layout, self.origin, self.output.absolute().parent, run, work, manner)

    def _packed(self, text: str) -> tuple[str, dict[str, Path]]:
        """Return the text as it stands in the output, and what goes into a bundle with it."""
        if not is_bundle(self.output):
            return text, {}
        return packed(self.format, text, self.output.absolute().parent, self.output)

    def _prove(
        self, text: str, receipt: Receipt, before: tuple[Layout, list[Placed]], work: Work, patch: Patch
    ) -> None:
        """Read the text back from a file beside the output, before anything takes its place."""
        proof = self.output.with_name(f".{self.output.stem}.{receipt.run}{self.format.writes}")
        try:
            write_whole(proof, self.format.encoded(text))
            after = self.read(proof)
            if self.format.keeps_original:
                check_by_original(self.output, before, after, patch)
            else:
                check_by_render(self.output, before, after, [relink for _, relink in work], patch)
        except RelinkError:
            raise
        except (HostError, OSError) as broken:
            raise RelinkError(f"{self.output}: {broken}") from broken
        finally:
            with contextlib.suppress(OSError):
                proof.unlink()

    def _write(self, text: str, media: dict[str, Path], receipt: Receipt) -> None:
        """Write the receipt, then the output: each whole or not at all."""
        try:
            told = receipt.model_dump_json(indent=1)
            write_whole(receipt_path(self.output), told.encode("utf-8", "surrogatepass"))
            if is_bundle(self.output):
                write_bundle(self.output, self.format.encoded(text), media)
            else:
                write_whole(self.output, self.format.encoded(text))
        except HostError as broken:
            raise RelinkError(str(broken)) from broken

    def _moved(self, text: str) -> Iterator[Edit]:
        """Rewrite relative media paths where the output lies in another folder, so that none goes offline."""
        here, there = self.origin, self.output.absolute().parent
        if here == there:
            return
        for at in self.format.addresses(text):
            if is_relative(at.url) and (path := at.path(here)) is not None:
                tail = "/" if at.folder and at.url.endswith("/") else ""
                yield Edit(at.start, at.end, self.format.escaped(like(at.url, path, there, here) + tail))


def _was(patch: Patch, shot: str, media: dict[str, Path], folder: Path) -> dict[str, Any]:
    """Return what a clip had before, with the addresses of a bundle where it lies in one."""
    was = patch.was.get(shot, {})
    return {key: inside(each, media, folder) for key, each in was.items()} if media else was


def _steps(*steps: list[Edit]) -> tuple[Undo, ...]:
    return tuple(tuple((edit.start, edit.end, edit.new) for edit in step) for step in steps)
