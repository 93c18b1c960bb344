"""Carry a relink out: patch, write with a receipt, read back, and leave nothing behind where it fails."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from uprez.errors import HostError, RelinkError
from uprez.model import Conform, Manner, Relink, Shot
from uprez_otio.files import write_whole
from uprez_otio.jsontext import Edit, edited
from uprez_otio.layout import Layout
from uprez_otio.media_url import is_relative, like, locate
from uprez_otio.placed import Placed, Rendered
from uprez_otio.reading import read_text
from uprez_otio.receipt import Changed, Receipt, digest, receipt_path
from uprez_otio.relink import Patch, Patcher

Read = Callable[[Path], tuple[Layout, list[Placed]]]
Work = list[tuple[Placed, Relink]]
_URL = re.compile(r'"target_url"\s*:\s*("(?:[^"\\]|\\.)*")')


@dataclass
class Conforming:
    """Write the timeline `source` to `output`, relinked."""

    source: Path
    output: Path
    read: Read

    @property
    def _origin(self) -> Path:
        """Return the folder from which the timeline's relative addresses count."""
        here = self.source.absolute()
        return here if here.suffix.lower() == ".otiod" else here.parent

    def refused(self, layout: Layout, placed: list[Placed], work: Work, manner: Manner) -> dict[str, str]:
        """Return by shot id, with the reason, what a relink would leave out; writes nothing."""
        original = read_text(self.source)
        text, _ = edited(original, self._moved(original))
        patcher = Patcher(text, layout, self._origin, self.output.absolute().parent, "rehearsal")
        patch = patcher.patch(work, manner)
        reasons = {(left.name, left.track): left.reason for left in patch.left_out}
        found = {relink.shot: each.candidate.found for each, relink in work}
        return {
            shot: reasons[one.name, one.track]
            for shot, one in found.items()
            if shot not in patch.relinked and (one.name, one.track) in reasons
        }

    def conform(self, layout: Layout, placed: list[Placed], work: Work, manner: Manner) -> Conform:
        """Relink the clips of `work`; raises RelinkError with the output as it was before."""
        original = read_text(self.source)
        text, back = edited(original, self._moved(original))
        run = uuid.uuid4().hex[:16]
        folder = self.output.absolute().parent
        patcher = Patcher(text, layout, self._origin, folder, run)
        patch = patcher.patch(work, manner)
        after, undone = edited(text, patch.edits)
        names = {relink.shot: each for each, relink in work}
        receipt = Receipt(
            run=run,
            manner=manner.kind,
            input=self.source.absolute(),
            input_digest=digest(original),
            output=self.output.absolute(),
            output_digest=digest(after),
            shots={
                shot: Changed(
                    name=names[shot].candidate.found.name,
                    track=names[shot].candidate.found.track,
                    **patch.was.get(shot, {}),
                )
                for shot in patch.relinked
            },
            undo=tuple(tuple((edit.start, edit.end, edit.new) for edit in step) for step in (undone, back)),
        )
        self._write(after, receipt, layout, placed, patch)
        return Conform(
            timeline=layout.header.name or self.source.stem,
            output=str(self.output),
            receipt=receipt_path(self.output),
            relinked=tuple(patch.relinked),
            left_out=tuple(patch.left_out),
        )

    def _write(self, text: str, receipt: Receipt, before: Layout, placed: list[Placed], patch: Patch) -> None:
        """Prove the text in a file beside the output before it takes its place."""
        proof = self.output.with_name(f".{self.output.stem}.{receipt.run}.otio")
        try:
            write_whole(proof, text.encode("utf-8", "surrogateescape"))
            self._read_back(proof, before, placed, patch)
            told = json.dumps(receipt.model_dump(mode="json"), indent=1)
            write_whole(receipt_path(self.output), told.encode())
            proof.replace(self.output)
        except RelinkError:
            raise
        except (HostError, OSError) as broken:
            raise RelinkError(f"{self.output}: {broken}") from broken
        finally:
            with contextlib.suppress(OSError):
                proof.unlink()

    def _read_back(self, proof: Path, before: Layout, placed: list[Placed], patch: Patch) -> None:
        layout, found = self.read(proof)
        old, new = list(map(_told, _clips(placed))), list(map(_told, _clips(found)))
        changed = next((one for one, other in zip(old, new, strict=False) if one != other), None)
        if changed is not None or len(old) != len(new):
            name = changed[0] if changed else "a clip"
            raise RelinkError(f"{self.output}: {name} did not read back as it was; nothing was written")
        if Counter(map(_seen, layout.renders)) != Counter(map(_seen, _expected(before, patch))):
            raise RelinkError(f"{self.output}: did not read back with its renders; nothing was written")

    def _moved(self, text: str) -> Iterator[Edit]:
        """Rewrite relative media paths where the output lies in another folder, so that none goes offline."""
        here, there = self._origin, self.output.absolute().parent
        if here == there:
            return
        for match in _URL.finditer(text):
            url = json.loads(match[1])
            if is_relative(url) and (path := locate(url, here).path) is not None:
                yield Edit(match.start(1), match.end(1), json.dumps(like(url, path, there, here)))


def _expected(before: Layout, patch: Patch) -> list[Rendered]:
    """Return the renders that the output must show: the new ones, and earlier ones that none replaced."""
    mine = {each.path for each in patch.shown} | set(patch.replaced)
    kept = [each for each in before.renders if each.path not in mine]
    return [*kept, *patch.shown]


def _seen(render: Rendered) -> tuple[object, ...]:
    return render.url, render.at


def _clips(placed: list[Placed]) -> Iterator[Placed]:
    return (each for each in placed if not each.ours)


def _told(each: Placed) -> tuple[object, ...]:
    """Return what a relink must leave alone; a clip's place in the tree may move with a new track."""
    found, candidate = each.candidate.found, each.candidate
    common = found.name, found.track, candidate.record, each.source, candidate.enabled, candidate.markers
    return (*common, found.retime, found.source) if isinstance(found, Shot) else common
