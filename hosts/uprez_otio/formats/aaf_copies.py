"""Copy parts of an AAF for a render, and fit the copies to it. Only ever runs in the child process."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_open import alike, inputs, kind_of, named, number, rate_of, value_of
from uprez_otio.limits import NESTING, BadTimeline

_WIDTHS = "SampledWidth", "DisplayWidth", "SampledXOffset", "DisplayXOffset"
_HEIGHTS = "SampledHeight", "DisplayHeight", "SampledYOffset", "DisplayYOffset"
_OF_FIELDS = "FieldDominance", "StoredF2Offset", "DisplayF2Offset", "FieldStartOffset", "FieldEndOffset"


def resize(descriptor: Any, width: int, height: int) -> None:
    """Write a size where a descriptor has one; its windows keep their shape."""
    was = descriptor["StoredWidth"].value, descriptor["StoredHeight"].value
    for names, old, new in ((_WIDTHS, was[0], width), (_HEIGHTS, was[1], height)):
        for name in names:
            value = value_of(descriptor, name)
            if isinstance(value, int) and old:
                descriptor[name].value = round(Fraction(value * new, old))


def whole_pictures(descriptor: Any) -> None:
    """Say that a picture has all its lines in one frame, as every render has."""
    if value_of(descriptor, "FrameLayout") in (None, "FullFrame"):
        return
    descriptor["FrameLayout"].value = "FullFrame"
    lines = value_of(descriptor, "VideoLineMap") or [42]
    descriptor["VideoLineMap"].value = [lines[0], 0]
    for name in _OF_FIELDS:
        if descriptor.get(name, None, allkeys=False) is not None:
            del descriptor[name]


def copied(thing: Any, file: Any) -> Any:
    """Copy an object that is not put anywhere yet.

    pyaaf2 also asks for the place of each part by a wrong number, which fails for a list that something was
    once taken out of; what is put nowhere has no use for the answer.
    """
    from aaf2.properties import StrongRefVectorProperty as Vector

    name_of = Vector.index_ref_name

    def forgiving(self: Any, index: int) -> str:
        return str(name_of(self, index)) if index < len(self.references) else ""

    Vector.index_ref_name = forgiving
    try:
        return thing.copy(root=file)
    finally:
        Vector.index_ref_name = name_of


def picture(mob: Any, slot_id: int) -> Any:
    """Return the slot of a mob that has one with the id."""
    return next(slot for slot in mob.slots if slot.slot_id == slot_id)


def only(mob: Any, slot_id: int, *kinds: str) -> None:
    """Leave of a copied mob the picture that is meant, and what is of `kinds`: sound is no render's."""
    mob["Slots"].value = [
        slot
        for slot in mob.slots
        if slot.slot_id == slot_id or kind_of(slot) in kinds or named(slot) in kinds
    ]


def move_markers(mob: Any, shift: int, count: int) -> None:
    """Keep the markers of a copied master that lie on a render's `count` frames, which begin at `shift`."""
    gone = []
    for slot in mob.slots:
        if named(slot) != "EventMobSlot" or named(slot.segment) != "Sequence":
            continue
        kept = []
        for event in slot.segment.components:
            position = number(value_of(event, "Position") or 0, "marker's position") - shift
            if 0 <= position < count:
                event["Position"].value = position
                kept.append(event)
        slot.segment["Components"].value = kept
        if not kept:
            gone.append(slot.slot_id)
    mob["Slots"].value = [slot for slot in mob.slots if slot.slot_id not in gone]


def lead(slot: Any, clip: Any, length: int) -> None:
    """Put a clip in the place of the one that a slot leads to, inside the effects that lie on it."""
    clip.length = length
    holder, segment = slot, slot.segment
    for _ in range(NESTING):
        if named(segment) != "OperationGroup" or len(inputs(segment)) != 1:
            break
        segment.length = length
        holder, segment = segment, inputs(segment)[0]
    if holder is slot:
        slot.segment = clip
    else:
        holder["InputSegments"].value = [clip]


def advance(segment: Any, head: int, length: int) -> None:
    """Lead so many frames further on in the tape, so that the timecode of each frame stays."""
    kind = named(segment)
    segment.length = length
    if kind == "SourceClip":
        if segment.mob is not None:
            segment.start = number(segment.start, "clip's start") + head
    elif kind == "Sequence" and len(segment.components) == 1:
        advance(segment.components[0], head, length)
    elif kind != "Filler":
        raise BadTimeline(
            f"its file leads to its tape through a {kind}, which uprez does not follow; transcode it"
        )


def advance_timecode(mob: Any, rate: Any, head: int, length: int) -> None:
    """Begin so many frames further on in the timecode that a mob tells itself."""
    for slot in mob.slots:
        for part in [slot.segment, *getattr(slot.segment, "components", ())]:
            if named(part) == "Timecode" and alike(rate_of(slot), rate) and part.fps == round(rate):
                part.start, part.length = number(part.start, "timecode") + head, length


def note_path(mob: Any, file: str) -> None:
    """Tell where the file is where the old master did, in the column that Avid keeps for it."""
    for each in value_of(mob, "UserComments") or ():
        if each.name == "UNC Path":
            each.value = file
