"""Point the events of an EDL at renders; what can't be is left out by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uprez.errors import HostError
from uprez.model import Media, Relink, Shot
from uprez.times import nominal
from uprez_otio.edits import Edit
from uprez_otio.format import Job, Patch
from uprez_otio.formats.edl_edits import (
    below,
    ending,
    longest,
    moved,
    new_reel,
    picture_only,
    put_reel,
    put_value,
    sound_only,
)
from uprez_otio.formats.edl_names import address, clip_name, has_both, is_any_file, motion_of, named
from uprez_otio.formats.edl_text import Comment, Event, Line, Sheet, sheet_of
from uprez_otio.formats.edl_tree import Tree, Use
from uprez_otio.limits import BadTimeline
from uprez_otio.media_url import like
from uprez_otio.placed import Placed, Rendered

_ODD = re.compile(r"[\x00-\x1f\x7f]|^\s|\s$")
_BOTH = "its picture and sound are one event with a transition; export them as events of their own"
FROM, TO = "FROM", "TO"


@dataclass
class Patcher:
    """Patch one EDL for a job."""

    job: Job
    sheet: Sheet = field(init=False)
    tree: Tree = field(init=False)
    _number: int = 0
    _reels: dict[str, str] = field(default_factory=dict)
    _patch: Patch = field(default_factory=Patch)

    def __post_init__(self) -> None:
        self.sheet, self.tree = read(self.job.text, nominal(self.job.layout.header.rate))
        self._number = max(event.lines[0].number for event in self.sheet.events)

    def patch(self) -> Patch:
        """Return the edits of all events."""
        uses = dict(self.tree.uses())
        for placed, relink in self.job.work:
            use, shot = uses.get(placed.path), placed.candidate.found
            refused = self._refused(use, shot, relink)
            if refused is not None or use is None or not isinstance(shot, Shot):
                self._patch.leave_out(placed, refused or "it is not in the list any more; run again")
                continue
            self._relink(use, placed, shot, relink)
        first = {(edit.start, edit.end): edit for edit in reversed(self._patch.edits)}
        self._patch.edits = list(first.values())
        return self._patch

    def _refused(self, use: Use | None, shot: Any, relink: Relink) -> str | None:
        if use is None or not isinstance(shot, Shot):
            return "it is not in the list any more; run again"
        if relink.generative:
            return "new pictures have no place in an EDL; export an .otio and use that"
        if any(has_both(line) and len(event.lines) > 1 for event, line, _ in use.parts):
            return _BOTH
        if _ODD.search(str(relink.path)):
            return "its render lies in a folder whose name an EDL can't write; give another --workspace"
        return None

    def _relink(self, use: Use, placed: Placed, shot: Shot, relink: Relink) -> None:
        path, media = relink.path.absolute(), shot.media
        head = relink.stands_for.start - media.available.start
        by = 0 if media.info.still or media.info.timecode is not None else head
        reel = self._reel(use, path, media)
        told = address(use.event, use.outgoing)
        url = like(told.value.told if told else "/", path, self.job.folder, self.job.origin)
        old: list[list[str]] = []
        for event, line, outgoing in use.parts:
            motion = motion_of(event, line)
            self._patch.edits += moved(line, motion, by, self.tree.rate)
            if reel != line.reel.text:
                words = [line.reel, *([motion.reel] if motion else [])]
                self._patch.edits += [put_reel(self.job.text, word, reel) for word in words]
            for comment, value in self._renamed(event, outgoing, line, media, path, reel):
                old.append([comment.key, value, comment.value.text])
                self._patch.edits.append(put_value(comment.value, value))
        sound = self._sound(use)
        self._patch.edits += self._told(use, told, url, old, sound)
        self._patch.relinked.append(relink.shot)
        self._patch.shown.append(Rendered(placed.path, url))
        was = {"render": url, "address": told.value.text if told else "", "reel": use.line.reel.text}
        self._patch.was[relink.shot] = {
            "references": {**was, "new_reel": reel, "comments": old, "by": by, "rate": self.tree.rate}
        }

    def _reel(self, use: Use, path: Path, media: Media) -> str:
        """Return the reel that stands for a render: one for each, and "AX" stays where names count."""
        old = use.line.reel.text
        if is_any_file(use.line):
            return old
        key = f"{path}"
        if key not in self._reels:
            taken = {line.reel.text for event in self.sheet.events for line in event.lines}
            taken |= set(self._reels.values())
            self._reels[key] = new_reel(path.stem, old, taken, longest(self.sheet))
        return self._reels[key]

    def _renamed(
        self, event: Event, outgoing: bool, line: Line, media: Media, path: Path, reel: str
    ) -> Iterator[tuple[Comment, str]]:
        """Yield the comments that name the media's file, each with what names the render's instead."""
        stem, whole = media.path.stem.casefold(), media.path.name.casefold()
        name, source = clip_name(event, outgoing), named(event, outgoing, "SOURCE FILE")
        tape = named(event, outgoing, "REEL")
        for each in (name, source):
            said = each.value.told.casefold() if each else ""
            by_stem = each is not None and said == stem and (each is source or is_any_file(line))
            if each is not None and said == whole:
                yield each, self._latin(path.name)
            elif each is not None and (by_stem or (each is source and said == line.reel.told.casefold())):
                yield each, self._latin(path.stem)
        if tape is not None and tape.value.text and line.reel.text.startswith(tape.value.text):
            yield tape, reel

    def _sound(self, use: Use) -> list[str]:
        """Take the sound out of a clip's event, and return the lines of one of its own that keeps it."""
        if not has_both(use.line):
            return []
        self._number += 1
        self._patch.edits.append(picture_only(self.job.text, use.line))
        return sound_only(self.job.text, use.event, self._number)

    def _told(
        self, use: Use, told: Comment | None, url: str, old: list[list[str]], sound: list[str]
    ) -> Iterator[Edit]:
        """Yield what says where the render is, and what the clip was called where that changed."""
        side = FROM if use.outgoing else TO
        if told is not None:
            yield put_value(told.value, self._latin(url))
        lines = [] if told is not None else [f"* {side} FILE: {self._latin(url)}"]
        kept = named(use.event, use.outgoing, "UPREZ FROM CLIP NAME")
        said = clip_name(use.event, use.outgoing)
        name = next((was for key, _, was in old if key.endswith("CLIP NAME")), None)
        name = use.line.reel.text if said is None else name
        if name is not None and kept is None:
            lines.append(f"* UPREZ {side} CLIP NAME: {name}")
        if lines or sound:
            yield below(self.job.text, use.event, ending(self.job.text).join([*lines, *sound]))

    def _latin(self, words: str) -> str:
        return words.encode("utf-8", "surrogateescape").decode("latin-1")


def read(text: str, rate: int) -> tuple[Sheet, Tree]:
    """Read a text; raises HostError for what is no EDL."""
    try:
        sheet = sheet_of(text)
        return sheet, Tree.of(sheet, rate)
    except BadTimeline as bad:
        raise HostError(str(bad)) from None
