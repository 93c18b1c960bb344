"""Give renders files of their own in Final Cut's XML, and keep the originals for who still shows them.

A file is written out once, at its first use, and then named by its id. A clip that gets another file may be
that first use, so that what it said moves on to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from uprez.times import to_timecode
from uprez_otio.edits import Edit
from uprez_otio.formats.fcp7_edits import put_number, put_words, with_edits
from uprez_otio.formats.fcp7_move import Part
from uprez_otio.formats.fcp7_numbers import number_of, rate_of, timecode_of
from uprez_otio.formats.fcp7_tree import Document
from uprez_otio.xmltext import Element, put_attribute


@dataclass(frozen=True, slots=True)
class NewFile:
    """Hold what a render's <file> says otherwise than the original's; None is what stays as it is."""

    url: str
    name: str
    part: Part | None
    rate: tuple[str, str] | None
    width: int
    height: int


@dataclass
class Files:
    """Write the files of a document anew: `uses` are the <file> elements of clips that get a render."""

    text: str
    document: Document
    _ids: set[str] = field(default_factory=set)
    _number: int = 0
    _known: dict[tuple[int, NewFile], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tag in ("file", "clip"):
            self._ids |= {each.attributes.get("id", "") for each in self.document.root.every(tag)}
        self._ids |= {each.text.strip() for each in self.document.root.every("masterclipid")}

    def rewritten(self, uses: Sequence[tuple[Element, NewFile]]) -> Iterator[Edit]:
        """Yield the edits that give each clip its render's file, and others the file that these had."""
        gone = {use.start for use, _ in uses}
        for use, new in sorted(uses, key=lambda each: each[0].start):
            original = self._written_out(use)
            known = (original.start, new)
            if known in self._known:
                yield Edit(use.start, use.end, f'<file id="{self._known[known]}"/>')
                continue
            self._known[known] = name = self._fresh()
            yield Edit(use.start, use.end, cloned(self.text, original, name, new))
        yield from self._moved_on(gone)

    def masterclip(self, use: Element, new: NewFile) -> str:
        """Return a name for the master clip of a render, the same for all clips that show it."""
        file = self._known.get((self._written_out(use).start, new), "")
        return f"{file}-masterclip"

    def _moved_on(self, gone: set[int]) -> Iterator[Edit]:
        """Yield the edits that write a file out at its next use, where its first use gets a render."""
        needy = {name: each for name, each in self.document.files.items() if each.start in gone}
        if not needy:
            return
        for each in self.document.root.every("file"):
            name = each.attributes.get("id", "")
            if name in needy and each.start not in gone:
                first = needy.pop(name)
                if not each.children:
                    yield Edit(each.start, each.end, self.text[first.start : first.end])

    def _written_out(self, use: Element) -> Element:
        return use if use.children else self.document.files.get(use.attributes.get("id", ""), use)

    def _fresh(self) -> str:
        """Return a name that no file or master clip has yet."""
        self._number += 1
        while self._ids & {f"uprez-file-{self._number}", f"uprez-file-{self._number}-masterclip"}:
            self._number += 1
        return f"uprez-file-{self._number}"


def cloned(text: str, original: Element, name: str, new: NewFile) -> str:
    """Return a <file> like another, for a render: with its address, length, timecode and raster."""
    return with_edits(text, original, _changes(text, original, name, new))


def _changes(text: str, original: Element, name: str, new: NewFile) -> Iterator[Edit]:
    yield put_attribute(text, original, "id", name)
    for tag, words in (("name", new.name), ("pathurl", new.url)):
        place = original.find(tag)
        if place is not None:
            yield put_words(place, words)
    if new.part is not None:
        for path in ("duration", "media/video/duration"):
            place = original.find(path)
            if place is not None:
                yield from put_number(place, Fraction(new.part.count))
        yield from _timecode(original, new.part.head)
    if new.rate is not None:
        yield from _rates(original, new.rate)
    for path in ("", "media/video/samplecharacteristics/"):
        for tag, size in (("width", new.width), ("height", new.height)):
            place = original.find(path + tag)
            if place is not None:
                yield from put_number(place, Fraction(size))
        fields = original.find(f"{path}fielddominance")
        if fields is not None:
            yield put_words(fields, "none")  # a render has whole pictures
    sound = original.find("media/audio")
    if sound is not None:
        yield Edit(sound.start, sound.end, "")


def _rates(original: Element, rate: tuple[str, str]) -> Iterator[Edit]:
    """Yield the edits that give a file the rate it has, where its editor cut it to a whole number."""
    for path in ("rate", "media/video/samplecharacteristics/rate"):
        for tag, words in zip(("timebase", "ntsc"), rate, strict=True):
            place = original.find(f"{path}/{tag}")
            if place is not None:
                yield put_words(place, words)


def _timecode(original: Element, head: int) -> Iterator[Edit]:
    """Yield the edits that let a file's timecode begin later."""
    timecode = original.find("timecode")
    rate = rate_of(timecode) or rate_of(original)
    if timecode is None or rate is None or not head:
        return
    own = rate_of(original) or rate
    frame = timecode_of(original) + round(head * rate / own)
    words = timecode.words("string")
    drop = timecode.words("displayformat").upper() == "DF" or ";" in words
    place = timecode.find("frame")
    if place is not None and number_of(timecode, "frame") is not None:
        yield from put_number(place, frame)
    string = timecode.find("string")
    if string is not None and words:
        told = to_timecode(int(frame), rate, drop=drop)
        yield put_words(string, told.replace(":", ";") if words.count(";") == 3 else told)
