"""Lay out what an FCPXML timeline holds: which elements, when, and on which lane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.formats.fcpx_time import conformed, seconds
from uprez_otio.formats.fcpx_tree import CONTAINERS, STORY, Story, lane_of
from uprez_otio.limits import NESTING, BadTimeline
from uprez_otio.xmltext import Element

_Lanes = tuple[int, ...]


@dataclass(slots=True)
class Piece:
    """Place an element in its timeline: seconds from and for how long, and the lanes that lead to it.

    `head` and `tail` are how much more of it its transitions show.
    """

    element: Element
    at: Fraction
    length: Fraction
    lanes: _Lanes = ()
    head: Fraction = Fraction(0)
    tail: Fraction = Fraction(0)

    @property
    def end(self) -> Fraction:
        """Return the second after it."""
        return self.at + self.length


def pieces(
    story: Story, holder: Element, rate: Fraction, at: Fraction = Fraction(0), lanes: _Lanes = ()
) -> Iterator[Piece]:
    """Yield what lies in a spine, an angle or a container, and what is connected to it.

    `rate` is the timeline's; offsets in the holder count from second `at`.
    """
    laid = laid_out(story, holder, at, lanes)
    for index, piece in enumerate(laid):
        if piece.element.tag == "transition":
            _grow(laid, index)
    for piece in laid:
        if piece.element.tag != "transition":
            yield piece
            yield from _connected(story, piece, rate)


def laid_out(story: Story, holder: Element, at: Fraction = Fraction(0), lanes: _Lanes = ()) -> list[Piece]:
    """Return what lies in a holder one after the other, transitions too, without what is connected to it."""
    laid: list[Piece] = []
    cursor = at
    for child in holder.children:
        inside = holder.tag not in CONTAINERS or not lane_of(child)
        told = seconds(child.attributes.get("offset"))
        start = cursor if told is None else at + told
        if child.tag == "spine" and inside:
            laid += laid_out(story, child, start, lanes)
        elif child.tag in (*STORY, "transition") and inside:
            element = story.picked(child)
            if element is not None:
                laid.append(Piece(element, start, story.length(element), lanes))
        if laid and laid[-1].element.tag != "transition":
            cursor = laid[-1].end
    return laid


def _connected(story: Story, piece: Piece, rate: Fraction) -> Iterator[Piece]:
    """Yield what hangs on a piece; its offset counts on the piece's own clock."""
    if len(piece.lanes) > NESTING:
        raise BadTimeline(f"its connected clips hang on each other more than {NESTING} deep; flatten them")
    element = piece.element
    if not any(child.tag in STORY or child.tag == "spine" for child in element.children):
        return
    begins = story.begins(element)
    pace = conformed(element, story.source_rate(element), rate)
    for child in element.children:
        lane = lane_of(child)
        if child.tag not in (*STORY, "spine") or (element.tag in CONTAINERS and not lane):
            continue
        told = seconds(child.attributes.get("offset"))
        at = piece.at + ((begins if told is None else told) - begins) / pace
        lanes = (*piece.lanes, lane or 1)
        chosen = story.picked(child)
        if child.tag == "spine":
            yield from pieces(story, child, story.rate(child) or rate, at, lanes)
        elif chosen is not None:
            connected = Piece(chosen, at, story.length(chosen), lanes)
            yield connected
            yield from _connected(story, connected, rate)


def _grow(laid: list[Piece], index: int) -> None:
    """Let the clips around a transition show what it shows of them beyond their ends."""
    transition = laid[index]
    before = laid[index - 1] if index else None
    after = laid[index + 1] if index + 1 < len(laid) else None
    if before is not None and before.element.tag != "transition":
        before.tail = max(before.tail, transition.end - before.end, Fraction(0))
    if after is not None and after.element.tag != "transition":
        after.head = max(after.head, after.at - transition.at, Fraction(0))
