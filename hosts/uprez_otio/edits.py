"""Change single places of a text and leave every other character as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from uprez.errors import HostError


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `new` in the place of the characters from `start` up to `end`."""

    start: int
    end: int
    new: str


def edited(text: str, edits: Iterable[Edit]) -> tuple[str, list[Edit]]:
    """Return the text with all edits made, and the edits that take them back; raises HostError."""
    pieces, back, at, shift = [], [], 0, 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            raise HostError("two changes of one clip overlap; relink it in a run of its own")
        pieces += [text[at : edit.start], edit.new]
        start = edit.start + shift
        back.append(Edit(start, start + len(edit.new), text[edit.start : edit.end]))
        at, shift = edit.end, shift + len(edit.new) - (edit.end - edit.start)
    return "".join([*pieces, text[at:]]), back
