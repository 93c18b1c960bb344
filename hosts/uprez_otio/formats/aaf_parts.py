"""Take the composition of an AAF apart: its layers, its components, and what transitions leave of each.

Only ever runs in the child process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_open import (
    inputs,
    is_warp,
    named,
    number,
    value_of,
)
from uprez_otio.limits import NESTING, BadTimeline

_SILENT = ("Filler", "ScopeReference")
Window = tuple[int, int] | None
Layer = tuple[Any, bool, tuple[Any, ...]]
"""A layer of a track: its segment, whether it is enabled, and the effects that lie over all of it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Hold the part of a component between the cuts that its transitions stand for.

    `trim` frames of its beginning lie before the first cut; `head` and `tail` are how much more of it the
    transitions show, and `beside` are their effects.
    """

    trim: int
    count: int
    head: int = 0
    tail: int = 0
    beside: tuple[Any, ...] = ()

    @classmethod
    def none(cls) -> Cut:
        """Return the cut of what has none of its own."""
        return cls(0, 0)

    def seen(self, at: int, window: Window) -> tuple[int, Cut, int]:
        """Return the part of it that lies in a window of its track, and how much comes before and after it.

        `at` is where it begins there. What the window does not show at all stays whole: that is said of it.
        """
        before = 0 if window is None else max(0, window[0] - at)
        after = 0 if window is None else max(0, at + self.count - window[1])
        if before + after >= self.count or not before + after:
            return 0, self, 0
        head, tail = 0 if before else self.head, 0 if after else self.tail
        count = self.count - before - after
        return before, Cut(self.trim + before, count, head, tail, self.beside), after

    def growth(self, rate: Fraction) -> list[list[float] | None]:
        """Return `head` and `tail` as rows have them."""
        return [[float(each), float(rate)] if each else None for each in (self.head, self.tail)]


def top_of(file: Any) -> Any:
    """Return the one composition that is the timeline; raises BadTimeline."""
    every = list(file.content.compositionmobs())
    top = [mob for mob in every if value_of(mob, "UsageCode") == "Usage_TopLevel"]
    if not top:
        used = {clip.mob_id for mob in every for slot in mob.slots for clip in clips_in(slot.segment)}
        top = [mob for mob in every if mob.mob_id not in used and value_of(mob, "UsageCode") is None]
    if len(top) != 1:
        raise BadTimeline(f"it holds {len(top)} sequences; export the one you mean by itself")
    return top[0]


def start_of(mob: Any, rate: Fraction) -> list[float] | None:
    """Return the timecode at which a composition begins, as rows have it."""
    found = []
    for slot in mob.slots:
        segment = slot.segment
        if named(segment) == "Sequence":
            segment = next(iter(segment.components), None)
        if named(segment) == "Timecode" and segment.fps == round(rate):
            found.append((value_of(slot, "PhysicalTrackNumber") != 1, number(segment.start, "timecode")))
    return [float(min(found)[1]), float(rate)] if found else None


def layers(segment: Any, around: tuple[Any, ...] = (), depth: int = 0) -> list[Layer]:
    """Return the layers of a track, from the bottom up: Avid keeps all of them in one slot."""
    if depth > NESTING:
        raise BadTimeline(f"it is nested more than {NESTING} deep; flatten it")
    kind = named(segment)
    if kind == "NestedScope":
        return [each for slot in segment.slots for each in layers(slot, around, depth + 1)]
    if kind == "Selector":
        selected, others = value_of(segment, "Selected"), list(value_of(segment, "Alternates") or ())
        if named(selected) in _SILENT and others:
            muted = layers(others[0], around, depth + 1)
            return [(each, False, effects) for each, _, effects in muted]
    if kind == "OperationGroup" and not is_warp(segment):
        shown = [each for each in inputs(segment) if content(each)]
        if len(shown) == 1 and named(shown[0]) in ("NestedScope", "Sequence"):
            return layers(shown[0], (*around, segment), depth + 1)
    return [(segment, True, around)]


def components(segment: Any) -> list[Any]:
    """Return what lies one after another on a layer."""
    return list(segment.components) if named(segment) == "Sequence" else [segment]


def content(segment: Any, depth: int = 0) -> bool:
    """Tell whether a segment shows anything of its own, and not only what lies below it."""
    if depth > NESTING:
        raise BadTimeline(f"it is nested more than {NESTING} deep; flatten it")
    kind = named(segment)
    if kind == "Sequence":
        return any(content(each, depth + 1) for each in segment.components)
    if kind == "NestedScope":
        return any(content(each, depth + 1) for each in segment.slots)
    if kind == "OperationGroup":
        fed = inputs(segment)
        return not fed or any(content(each, depth + 1) for each in fed)
    if kind == "Selector":
        every = [value_of(segment, "Selected"), *(value_of(segment, "Alternates") or ())]
        return any(content(each, depth + 1) for each in every)
    return kind not in (*_SILENT, "Transition", "NoneType")


def cuts(parts: list[Any]) -> Iterator[tuple[Any, Cut | None]]:
    """Yield the components of a layer with what their transitions leave of them, transitions with None.

    An AAF's clips overlap for as long as a transition between them is; its cut point parts it in two.
    """
    for index, part in enumerate(parts):
        if named(part) == "Transition":
            yield part, None
            continue
        before = parts[index - 1] if index else None
        after = parts[index + 1] if index + 1 < len(parts) else None
        head = _halves(before)[0] if named(before) == "Transition" else 0
        tail = _halves(after)[1] if named(after) == "Transition" else 0
        count = number(part.length, "clip's length") - head - tail
        if count < 0:
            raise BadTimeline("a transition of it is longer than what it joins; fix it and export again")
        beside = tuple(effect for each in (before, after) if (effect := _effect(each)) is not None)
        yield part, Cut(head, count, head, tail, beside)


def _halves(transition: Any) -> tuple[int, int]:
    length = number(transition.length, "transition's length")
    cut = number(transition.cutpoint, "transition's cut point")
    if not 0 <= cut <= length:
        raise BadTimeline("a transition of it has its cut point outside; fix it and export again")
    return cut, length - cut


def _effect(part: Any) -> Any:
    return value_of(part, "OperationGroup") if named(part) == "Transition" else None


def clips_in(segment: Any, depth: int = 0) -> Iterator[Any]:
    """Yield all source clips of a segment, shown or not."""
    if depth > NESTING:
        raise BadTimeline(f"it is nested more than {NESTING} deep; flatten it")
    match named(segment):
        case "SourceClip":
            yield segment
            return
        case "Sequence":
            inside = list(segment.components)
        case "NestedScope":
            inside = list(segment.slots)
        case "OperationGroup":
            inside = inputs(segment)
        case "Selector":
            inside = [value_of(segment, "Selected"), *(value_of(segment, "Alternates") or ())]
        case "EssenceGroup":
            inside = list(value_of(segment, "Choices") or ())
        case _:
            return
    for each in inside:
        yield from clips_in(each, depth + 1)


def sounds(segment: Any) -> int:
    """Return how many clips a track of sound has."""
    return sum(clip.mob is not None for clip in clips_in(segment))
