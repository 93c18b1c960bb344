"""Find the way through Final Cut's XML: its one timeline, the files, and what lies on each track.

Reader and writer walk by the same functions, so that a path such as "0/3" means the same element to both:
the fourth thing on the first video track.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from uprez_otio.formats.fcp7_numbers import is_true, number_of
from uprez_otio.formats.fcp7_remap import effects_of
from uprez_otio.limits import BadTimeline
from uprez_otio.xmltext import Element

ITEMS = ("clipitem", "generatoritem", "transitionitem")
RESOLVE, PREMIERE, HIERO = "Resolve", "Premiere", "Hiero"


@dataclass(slots=True)
class Spot:
    """Hold what lies on a track, from `start` to `end` in its frames, without the overlaps of transitions.

    `head` and `tail` are how much more of it transitions show, and `inside` how far behind its in point
    its start is.
    """

    path: str
    element: Element
    start: Fraction
    end: Fraction
    head: Fraction = Fraction(0)
    tail: Fraction = Fraction(0)
    inside: Fraction = Fraction(0)


@dataclass(slots=True)
class Document:
    """Hold a whole file: `files` and `sequences` are what their ids stand for, written out once."""

    root: Element
    files: dict[str, Element] = field(default_factory=dict)
    sequences: dict[str, Element] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    """How many clips show the sequence of an id."""
    timeline: Element = field(init=False)
    dialect: str = field(init=False)

    @classmethod
    def of(cls, root: Element) -> Document:
        """Take in a file; raises BadTimeline where it is none of Final Cut 7's, or holds several."""
        if root.tag != "xmeml":
            raise BadTimeline(
                f"its XML is <{root.tag[:40]}> and not Final Cut Pro 7's <xmeml>; export it as that"
            )
        found = cls(root)
        for tag, known in (("file", found.files), ("sequence", found.sequences)):
            for each in root.every(tag):
                if each.children and each.attributes.get("id"):
                    known.setdefault(each.attributes["id"], each)
        found.timeline = found._only_timeline()
        found.dialect = _dialect(found.timeline)
        return found

    def file_of(self, clip: Element) -> Element | None:
        """Return the <file> of a clip where it is written out, maybe elsewhere; None where it has none."""
        return self._written_out(clip.find("file"), self.files)

    def nested_in(self, clip: Element) -> Element | None:
        """Return the sequence that a clip shows, None where it shows none."""
        return self._written_out(clip.find("sequence"), self.sequences)

    def _written_out(self, found: Element | None, known: dict[str, Element]) -> Element | None:
        if found is None or found.children:
            return found
        return known.get(found.attributes.get("id", ""), found)

    def _only_timeline(self) -> Element:
        written = [each for each in self.root.every("sequence") if each.find("media") is not None]
        for clip in self.root.every("clipitem"):
            self.uses.update(
                each.attributes["id"] for each in clip.all("sequence") if "id" in each.attributes
            )
        apart = [each for each in written if not _in_clip(each)]
        found = [each for each in apart if each.attributes.get("id") not in self.uses] or apart
        if len(found) == 1:
            return found[0]
        if not found:
            raise BadTimeline("it holds no sequence; export the sequence and not only its clips")
        names = ", ".join(each.words("name")[:40] or "without a name" for each in found[:6])
        raise BadTimeline(f"it holds {len(found)} sequences ({names}); export the one you mean by itself")


def tracks_of(sequence: Element, kind: str) -> Iterator[Element]:
    """Yield the tracks of a sequence, "video" or "audio", from bottom to top."""
    media = sequence.find(f"media/{kind}")
    return media.all("track") if media is not None else iter(())


def spots_on(track: Element, path: str) -> Iterator[Spot]:
    """Yield what lies on a track, in the order in which it is written."""
    items = [each for each in track.children if each.tag in ITEMS]
    reached = Fraction(0)
    for index, each in enumerate(items):
        before = items[index - 1] if index else None
        after = items[index + 1] if index + 1 < len(items) else None
        if each.tag == "transitionitem":
            yield Spot(f"{path}/{index}", each, *_bounds(each))
            continue
        spot = _placed(each, before, after, reached)
        spot.path = f"{path}/{index}"
        reached = spot.end
        yield spot


def _placed(clip: Element, before: Element | None, after: Element | None, reached: Fraction) -> Spot:
    """Find the place of a clip, whose start and end are -1 where a transition has them."""
    start, end = number_of(clip, "start"), number_of(clip, "end")
    leading = before if before is not None and before.tag == "transitionitem" else None
    trailing = after if after is not None and after.tag == "transitionitem" else None
    length = _length(clip)
    spot = Spot("", clip, reached, reached)
    if start is not None and start >= 0:
        spot.start = start
        if leading is not None:
            spot.head = max(Fraction(0), start - _bounds(leading)[0])
    elif leading is not None:
        spot.start = _cut(leading)
        spot.head = spot.inside = spot.start - _bounds(leading)[0]
    elif end is not None and end >= 0 and length is not None:
        spot.start = end - length
    if end is not None and end >= 0:
        spot.end = end
        if trailing is not None:
            spot.tail = max(Fraction(0), _bounds(trailing)[1] - end)
    elif trailing is not None:
        spot.end = _cut(trailing)
        spot.tail = _bounds(trailing)[1] - spot.end
    else:
        spot.end = spot.start + (length or 0)
    return spot


def _length(clip: Element) -> Fraction | None:
    first, last = number_of(clip, "in"), number_of(clip, "out")
    return None if first is None or last is None or last < 0 else last - max(first, Fraction(0))


def _bounds(transition: Element) -> tuple[Fraction, Fraction]:
    start, end = number_of(transition, "start"), number_of(transition, "end")
    if start is None or end is None or end < start:
        raise BadTimeline("a transition in it has no start or end; export it again")
    return start, end


def _cut(transition: Element) -> Fraction:
    """Return where the cut under a transition is."""
    start, end = _bounds(transition)
    aligned = transition.words("alignment").lower()
    if aligned.startswith("start"):
        return start
    return end if aligned.startswith("end") else start + (end - start) // 2


def _in_clip(element: Element) -> bool:
    above = element.parent
    while above is not None:
        if above.tag == "clipitem":
            return True
        above = above.parent
    return False


def _dialect(sequence: Element) -> str:
    """Tell who wrote a sequence by what he leaves in it; nothing where he leaves nothing."""
    if sequence.words("name").endswith("(Resolve)"):
        return RESOLVE
    if any(name.startswith(("TL.SQ", "MZ.")) for name in sequence.attributes):
        return PREMIERE
    for clip in sequence.every("clipitem"):
        if clip.find("pproTicksIn") is not None:
            return PREMIERE
        if clip.words("in").endswith(".0") and clip.words("duration").endswith(".0"):
            return HIERO
    authored = (each for clip in sequence.every("clipitem") for _, each in effects_of(clip))
    made = (each for effect in authored for each in effect.all("parameter"))
    return PREMIERE if any(each.attributes.get("authoringApp") == "PremierePro" for each in made) else ""


def is_enabled(element: Element) -> bool:
    """Tell whether a clip or a track is switched on."""
    return is_true(element, "enabled", True)
