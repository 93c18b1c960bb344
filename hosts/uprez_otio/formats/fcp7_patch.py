"""Point the clips of Final Cut's XML at renders; what can't be is left out by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from uprez.errors import HostError
from uprez.model import Relink, Shot
from uprez.times import spoken
from uprez_otio.edits import Edit
from uprez_otio.format import Job, Patch
from uprez_otio.formats.fcp7_clip import Clip, clip_at
from uprez_otio.formats.fcp7_edits import put_words
from uprez_otio.formats.fcp7_files import Files, NewFile
from uprez_otio.formats.fcp7_framing import Growth, framed, why_not_framed
from uprez_otio.formats.fcp7_move import Part, moved, why_not_moved
from uprez_otio.formats.fcp7_nest import View
from uprez_otio.formats.fcp7_numbers import rate_of, said_rate
from uprez_otio.formats.fcp7_rows import sequence_rate
from uprez_otio.formats.fcp7_tree import Document, Spot, spots_on, tracks_of
from uprez_otio.formats.light import alike
from uprez_otio.limits import NESTING, BadTimeline
from uprez_otio.media_url import like
from uprez_otio.placed import Placed, Rendered
from uprez_otio.xmltext import Element, parse

Asked = tuple[Placed, Relink]


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what becomes of one clip: the shots that asked for it, its new file, and how it is moved."""

    asked: tuple[Asked, ...]
    clip: Clip
    new: NewFile
    part: Part
    growth: Growth


@dataclass
class Patcher:
    """Patch one timeline for a job."""

    job: Job
    document: Document = field(init=False)
    _patch: Patch = field(default_factory=Patch)

    def __post_init__(self) -> None:
        self.document = document_of(self.job.text)

    def patch(self) -> Patch:
        """Return the edits of all clips."""
        changes = list(self._changes())
        files = Files(self.job.text, self.document)
        uses = [(use, change.new) for change in changes if (use := change.clip.spot.element.find("file"))]
        self._patch.edits += files.rewritten(uses)
        for change in changes:
            self._patch.edits += self._edits(files, change)
            self._tell(change)
        return self._patch

    def _edits(self, files: Files, change: Change) -> Iterator[Edit]:
        element = change.clip.spot.element
        yield from moved(change.clip, change.part)
        yield from framed(self.job.text, element, change.growth, self.document.dialect)
        master, use = element.find("masterclipid"), element.find("file")
        if master is not None and use is not None:
            yield put_words(master, files.masterclip(use, change.new))

    def _tell(self, change: Change) -> None:
        element, file = change.clip.spot.element, change.clip.file
        for placed, relink in change.asked:
            self._patch.relinked.append(relink.shot)
            self._patch.shown.append(Rendered(placed.path, change.new.url))
            self._patch.was[relink.shot] = {
                "references": {
                    "render": change.new.url,
                    "file": self.job.text[file.start : file.end],
                    "masterclip": element.words("masterclipid"),
                    "part": [change.part.head, change.part.tail, change.part.count],
                    "growth": [str(change.growth.wide), str(change.growth.high), change.growth.height],
                }
            }

    def _changes(self) -> Iterator[Change]:
        """Yield what is to be done, once for each clip: one in a nested sequence may be asked for twice."""
        shown: dict[int, int] = defaultdict(int)
        places: dict[str, tuple[Spot, Fraction]] = {}
        for spot, rate in spots_in(self.document):
            shown[spot.element.start] += 1
            places[spot.path] = spot, rate
        by_clip: dict[int, list[Asked]] = defaultdict(list)
        for asked in self.job.work:
            by_clip[places[asked[0].path][0].element.start].append(asked)
        for start, group in by_clip.items():
            change = self._change(tuple(group), *places[group[0][0].path], shown[start])
            if isinstance(change, str):
                for placed, _ in group:
                    self._patch.leave_out(placed, change)
                continue
            yield change

    def _change(self, group: tuple[Asked, ...], spot: Spot, rate: Fraction, shown: int) -> Change | str:
        """Return what becomes of a clip, or why nothing can."""
        placed, relink = group[0]
        clip, shot = clip_at(self.document, spot, rate), placed.candidate.found
        if clip is None or not isinstance(shot, Shot):
            return "it has no file any more; run again"
        if relink.generative:
            return "new pictures have no place in this kind of file; export an .otio and use that"
        if len(group) < shown or len({(each.path, each.stands_for) for _, each in group}) > 1:
            return (
                f"its sequence is nested {shown} times and not all are done alike; choose all, or unnest it"
            )
        part = _part(clip, shot, relink)
        wide, high = Fraction(relink.width, shot.media.width), Fraction(relink.height, shot.media.height)
        growth = Growth(wide, high, shot.media.height)
        refused = _odd_rate(clip, shot) or why_not_moved(clip, part)
        refused = refused or why_not_framed(spot.element, growth, self.document.dialect)
        return refused or Change(group, clip, self._new(clip, relink, part), part, growth)

    def _new(self, clip: Clip, relink: Relink, part: Part) -> NewFile:
        path = relink.path.absolute()
        url = like(clip.url, path, self.job.folder, self.job.origin)
        rate = (
            None
            if clip.still or rate_of(clip.file) in (None, clip.media_rate)
            else said_rate(clip.media_rate)
        )
        return NewFile(url, path.name, None if clip.still else part, rate, relink.width, relink.height)


def document_of(text: str) -> Document:
    """Read a text; raises HostError for what is no timeline."""
    try:
        return Document.of(parse(text))
    except BadTimeline as bad:
        raise HostError(str(bad)) from None


def spots_in(document: Document) -> Iterator[tuple[Spot, Fraction]]:
    """Yield each clip that the timeline shows, nested ones by each way to them, with its sequence's rate."""
    yield from _spots(document, document.timeline, "", 0, View())


def _spots(
    document: Document, sequence: Element, path: str, depth: int, view: View
) -> Iterator[tuple[Spot, Fraction]]:
    rate = sequence_rate(sequence)
    if rate is None or depth > NESTING:
        return
    for number, track in enumerate(tracks_of(sequence, "video")):
        for spot in spots_on(track, f"{path}/{number}" if path else str(number)):
            if spot.element.tag == "transitionitem" or view.hides(spot):
                continue
            nested = document.nested_in(spot.element)
            if nested is not None and spot.end > spot.start:
                inner = view.into(document, spot, nested, rate, sequence_rate(nested) or rate)
                yield from _spots(document, nested, spot.path, depth + 1, inner)
            else:
                yield spot, rate


def _part(clip: Clip, shot: Shot, relink: Relink) -> Part:
    """Return which part of the file a render holds."""
    head = relink.stands_for.start - shot.media.available.start
    whole = shot.media.available.count
    return Part(head, whole - head - relink.stands_for.count, relink.stands_for.count)


def _odd_rate(clip: Clip, shot: Shot) -> str | None:
    """Return why a file's own rate or length is no ground to count on, None where it is."""
    real, said = shot.media.rate, clip.media_rate
    if clip.still or shot.media.info.still:
        return None
    if rate_of(clip.file) not in (None, said) and said_rate(said) is None:
        return "its file has a rate that this kind of timeline can't write; make its rate constant"
    counted = clip.blurred or clip.rate == clip.cut_rate == said
    if real != said and not (alike(real, said) and counted):
        return (
            f"its file has {spoken(real)} frames per second and its timeline says {spoken(said)}; export it "
            "again, without another rate for the file"
        )
    if clip.speed < 0 and clip.length != shot.media.available.count:
        return "it is reversed, and its file has another length than its timeline says; export it again"
    return None


def restored(part: list[int]) -> Part:
    """Return the part that puts back what a render's part took."""
    head, tail, count = part
    return Part(-head, -tail, count + head + tail)


def grown_back(growth: list[Any]) -> Growth:
    """Return the growth that takes back a render's."""
    wide, high, height = Fraction(growth[0]), Fraction(growth[1]), int(growth[2])
    return Growth(1 / wide, 1 / high, round(height * high))
