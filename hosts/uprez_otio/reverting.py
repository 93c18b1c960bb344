"""Take a relink back: to the byte where nobody touched the output since, else clip for clip."""

from __future__ import annotations

from pathlib import Path

from uprez.errors import HostError
from uprez.model import Conform, LeftOut
from uprez_otio.bundles import is_bundle, rewrite
from uprez_otio.edits import Edit, edited
from uprez_otio.files import write_whole
from uprez_otio.format import Format
from uprez_otio.known import format_of
from uprez_otio.media_url import is_relative
from uprez_otio.receipt import Receipt, digest, read_receipt


def revert(receipt: Path, output: Path | None) -> Conform:
    """Give back the timeline that the receipt's relink read; raises HostError where nobody can be sure."""
    told = read_receipt(receipt)
    if output is not None and output.exists():
        raise HostError(f"{output}: exists already; choose another name with -o")
    kind = format_of(told.output)
    bundle = is_bundle(told.output)
    if bundle and output is not None:
        raise HostError(f"{output}: a bundle is changed back where it is; leave -o off")
    text = kind.text(told.output)
    left_out: tuple[LeftOut, ...] = ()
    done = tuple(told.shots)
    target = output or told.output
    untouched = digest(text) == told.output_digest and not bundle
    if untouched and _may_move(kind, undone := _undone(text, told), told, target):
        text = undone
    elif digest(text) != told.input_digest:
        back = kind.taken_back(text, told)
        text, done, left_out = back.text, back.done, back.left_out
    if bundle:
        rewrite(target, kind.encoded(text))
    else:
        write_whole(target, kind.encoded(text))
    return Conform(
        timeline=told.input.stem, output=str(target), receipt=receipt, relinked=done, left_out=left_out
    )


def _may_move(kind: Format, text: str, told: Receipt, target: Path) -> bool:
    """Tell whether the input's own text finds its media from the target's folder, too."""
    origin = told.input if told.input.is_dir() else told.input.parent
    if target.absolute().parent == origin:
        return True
    return not any(is_relative(address.url) for address in kind.addresses(text) if address.url)


def _undone(text: str, told: Receipt) -> str:
    for step in told.undo:
        text, _ = edited(text, (Edit(*edit) for edit in step))
    if digest(text) != told.input_digest:
        raise HostError(f"{told.output}: its receipt does not fit it; open {told.input} instead")
    return text
