"""Take a relink back from a Final Cut XML that was edited since: its clips are known by their renders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from uprez.errors import HostError
from uprez.model import LeftOut
from uprez_otio.edits import Edit, edited
from uprez_otio.format import TakenBack
from uprez_otio.formats.fcp7_clip import Clip, clip_at
from uprez_otio.formats.fcp7_edits import put_words
from uprez_otio.formats.fcp7_framing import filter_text, framed
from uprez_otio.formats.fcp7_move import moved, why_not_moved
from uprez_otio.formats.fcp7_patch import document_of, grown_back, restored, spots_in
from uprez_otio.formats.fcp7_remap import effects_of
from uprez_otio.formats.fcp7_tree import Document
from uprez_otio.receipt import Receipt
from uprez_otio.xmltext import Element, escaped, parse, put_attribute

_GONE = "it is not in the timeline any more; nothing to take back"
Was = dict[str, Any]


def clip_for_clip(text: str, told: Receipt) -> TakenBack:
    """Give every clip that still shows a render of this relink its own file back."""
    try:
        document = document_of(text)
    except HostError as bad:
        raise HostError(f"{told.output}: {bad}") from None
    by_render = {str(was.references.get("render")): was.references for was in told.shots.values()}
    edits: list[Edit] = []
    kept: dict[str, str] = {}
    seen: dict[int, Clip] = {}
    for spot, rate in spots_in(document):
        clip = clip_at(document, spot, rate)
        if clip is not None and clip.url in by_render:
            seen.setdefault(spot.element.start, clip)
    files = _Originals(document)
    for clip in seen.values():
        why = why_not_moved(clip, restored(by_render[clip.url]["part"]))
        if why is None:
            edits += _given_back(text, files, clip, by_render[clip.url])
        else:
            kept[clip.url] = f"{why.partition(';')[0]}; undo that edit and try again"
    if not edits:
        raise HostError(f"{told.output}: holds nothing of this relink any more; open {told.input} instead")
    there = {clip.url for clip in seen.values()} - kept.keys()
    left_out = tuple(
        LeftOut(name=was.name, track=was.track, reason=kept.get(str(was.references.get("render")), _GONE))
        for was in told.shots.values()
        if str(was.references.get("render")) not in there
    )
    done = tuple(shot for shot, was in told.shots.items() if str(was.references.get("render")) in there)
    text, _ = edited(text, edits)
    parse(text)
    return TakenBack(text, done, left_out)


def _given_back(text: str, files: _Originals, clip: Clip, was: Was) -> Iterator[Edit]:
    element = clip.spot.element
    use, master = element.find("file"), element.find("masterclipid")
    if use is not None:
        yield Edit(use.start, use.end, files.written(str(was["file"])))
    if master is not None and was["masterclip"]:
        yield put_words(master, str(was["masterclip"]))
    yield from moved(clip, restored(was["part"]))
    growth = grown_back(was["growth"])
    ours = _our_filter(text, element, 1 / growth.wide)
    if ours is not None:
        line = text.rfind("\n", 0, ours.start)
        start = line if line >= 0 and not text[line : ours.start].strip() else ours.start
        yield Edit(start, ours.end, "")
        return
    yield from framed(text, element, growth, files.document.dialect)


def _our_filter(text: str, element: Element, growth: Fraction) -> Element | None:
    written = filter_text(growth)
    return next((each for each, _ in effects_of(element) if text[each.start : each.end] == written), None)


@dataclass
class _Originals:
    """Write the files that clips had: each in full once, where the text has not kept it."""

    document: Document
    _done: dict[str, str] = field(default_factory=dict)

    def written(self, was: str) -> str:
        """Return the <file> of a clip as it was before."""
        if was in self._done:
            return f'<file id="{escaped(self._done[was])}"/>'
        own = _bare(was)
        name = own.attributes.get("id", "")
        known = self.document.files.get(name)
        if known is not None and known.words("pathurl") == own.words("pathurl"):
            self._done[was] = name
            return self.written(was)
        if known is not None:
            name = f"{name}-uprez-original"
        self._done[was] = name
        return edited(was, [put_attribute(was, own, "id", name)])[0] if known is not None else was


def _bare(written: str) -> Element:
    """Read a piece of a file by itself; its bytes are the file's, whose encoding it does not tell."""
    try:
        written.encode("latin-1").decode("utf-8")
        return parse(written)
    except UnicodeDecodeError:
        return parse(written.encode("ascii", "replace").decode("ascii"))
