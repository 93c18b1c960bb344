"""Follow an AAF clip from mob to mob to the files that it may show. Only ever runs in the child process.

A clip names a slot of a master mob, whose clip names a slot of a file's mob, whose clip names one of a tape
or of the file it was imported from. Each step counts in the frames of the slot that it is in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_open import (
    PICTURES,
    alike,
    inputs,
    is_warp,
    kind_of,
    named,
    number,
    operation_name,
    rate_of,
    rescaled,
    slot_at,
    value_of,
)
from uprez_otio.limits import NESTING

_DAY = 12 * 3600  # an import that nobody measured is said to have hours


@dataclass(frozen=True, slots=True)
class Use:
    """Hold one file of a chain: the clip begins at frame `position` of it, counted from its first.

    `start` is the timecode of its first frame, in frames, as the tape behind it tells it.
    """

    mob: Any
    slot: Any
    urls: tuple[str, ...]
    position: Fraction
    rate: Fraction
    length: int
    start: int


@dataclass(slots=True)
class Chain:
    """Hold what a clip leads to: `master` is the first mob that is no composition, at `slot`.

    `problem` says why the files can't be told, where they can't.
    """

    master: Any = None
    slot: Any = None
    name: str = ""
    uses: list[Use] = field(default_factory=list)
    problem: str | None = None
    embedded: bool = False


def follow(clip: Any, rate: Fraction, embedded: frozenset[Any]) -> Chain:
    """Return the chain of a clip in a slot of a rate; `embedded` names the mobs whose media the AAF holds."""
    chain = Chain()
    position, count = Fraction(number(clip.start, "clip's start")), number(clip.length, "clip's length")
    for _ in range(NESTING):
        mob = clip.mob
        slot = None if mob is None else slot_at(mob, clip.slot_id)
        if mob is None or slot is None or not hasattr(slot, "edit_rate"):
            break
        to = rate_of(slot)
        position = rescaled(position, rate, to) + number(value_of(slot, "Origin") or 0, "track's origin")
        count = round(rescaled(Fraction(count), rate, to))
        rate = to
        if named(mob) != "CompositionMob":
            _take(chain, mob, slot, position, rate, embedded)
        found = within(slot.segment, position, count)
        if isinstance(found, str):
            if not chain.uses:
                chain.problem = found
            break
        if found is None:
            break
        clip, position = found[0], found[1] + number(found[0].start, "clip's start")
    return chain


def within(segment: Any, position: Fraction, count: int) -> tuple[Any, Fraction] | str | None:
    """Return the clip of a mob's slot that holds a position, and the position in it.

    None where nothing is there, a reason where it can't be told.
    """
    for _ in range(NESTING):
        kind = named(segment)
        if kind == "SourceClip":
            return segment, position
        if kind == "Sequence":
            found = _part(list(segment.components), position, count)
            if not isinstance(found, tuple):
                return found
            segment, position = found
        elif kind == "OperationGroup":
            if is_warp(segment):
                return f"its source clip is retimed ({operation_name(segment)}); bake it in your editor"
            fed = inputs(segment)
            if len(fed) != 1:
                return None
            segment = fed[0]
        elif kind == "EssenceGroup":
            segment = next(iter(value_of(segment, "Choices") or ()), None)
        elif kind == "Selector":
            segment = value_of(segment, "Selected")
        elif kind == "Pulldown":
            return "its source clip has a pulldown, which uprez does not follow; transcode it in your editor"
        else:
            return None
    return None


def _part(parts: list[Any], position: Fraction, count: int) -> tuple[Any, Fraction] | str | None:
    begin = Fraction(0)
    for part in parts:
        if named(part) == "Transition":
            return "its source clip has a transition in itself; render it in your editor"
        length = number(part.length, "clip's length")
        if len(parts) == 1 or begin <= position < begin + length:
            if len(parts) > 1 and position + count > begin + length:
                return "its source clip is put together of several; render it in your editor"
            return part, position - begin
        begin += length
    return None


def _take(
    chain: Chain, mob: Any, slot: Any, position: Fraction, rate: Fraction, embedded: frozenset[Any]
) -> None:
    if chain.master is None:
        chain.master, chain.slot = mob, slot
    chain.name = chain.name or str(mob.name or "")
    if named(mob) != "SourceMob" or kind_of(slot) not in PICTURES:
        return
    urls = tuple(locators(mob))
    if urls:
        chain.uses.append(
            Use(mob, slot, urls, position, rate, _length(mob, slot, rate, chain), timecode(mob, slot) or 0)
        )
    chain.embedded = chain.embedded or mob.mob_id in embedded


def locators(mob: Any) -> list[str]:
    """Return the addresses that a file's mob names, each once."""
    return list(dict.fromkeys(value_of(each, "URLString") for each in locators_of(mob)))


def locators_of(mob: Any) -> list[Any]:
    """Return what holds an address in a file's mob, or in one of the streams that it describes."""
    descriptor = value_of(mob, "EssenceDescription")
    holders = [descriptor, *(value_of(descriptor, "FileDescriptors") or ())] if descriptor is not None else []
    found = [locator for each in holders for locator in value_of(each, "Locator") or ()]
    return [each for each in found if value_of(each, "URLString")]


def embedded_in(file: Any) -> frozenset[Any]:
    """Return the ids of the mobs whose media the file itself holds."""
    found = file.content.get("EssenceData", None, allkeys=False)
    return frozenset(each.unique_key for each in found) if found is not None else frozenset()


def _length(mob: Any, slot: Any, rate: Fraction, chain: Chain) -> int:
    descriptor = mob.descriptor
    length, sampled = value_of(descriptor, "Length"), value_of(descriptor, "SampleRate")
    if isinstance(length, int) and isinstance(sampled, Fraction | int) and alike(Fraction(sampled), rate):
        return number(length, "file's length")
    own = number(slot.segment.length, "file's length")
    return chain.uses[-1].length if own >= _DAY * rate and chain.uses else own


def timecode(mob: Any, slot: Any, depth: int = 0) -> int | None:
    """Return the timecode, in frames, of the first frame of a mob's slot; None where none is told."""
    rate = rate_of(slot)
    own = _told(mob, rate)
    if own is not None or depth > NESTING:
        return own
    found = within(slot.segment, Fraction(0), 0)
    if not isinstance(found, tuple):
        return None
    clip = found[0]
    tape = clip.mob
    behind = None if tape is None else slot_at(tape, clip.slot_id)
    first = None if behind is None else timecode(tape, behind, depth + 1)
    if first is None:
        return None
    at = rescaled(Fraction(number(clip.start, "clip's start")), rate, rate_of(behind))
    return round(rescaled(first + at, rate_of(behind), rate))


def _told(mob: Any, rate: Fraction) -> int | None:
    """Return the start of a mob's timecode track that counts at a rate; its first one wins."""
    found = []
    for slot in mob.slots:
        segment = slot.segment
        if named(segment) == "Sequence":
            segment = next(iter(segment.components), None)
        if named(segment) == "Timecode" and segment.fps == round(rate):
            found.append((value_of(slot, "PhysicalTrackNumber") != 1, number(segment.start, "timecode")))
    return min(found, key=lambda each: each[0])[1] if found else None
