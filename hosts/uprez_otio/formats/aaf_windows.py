"""Find which part of each nested sequence of an AAF is used at all. Only ever runs in the child process."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_open import PICTURES, kind_of, named, number, rate_of, rescaled, slot_at
from uprez_otio.formats.aaf_parts import clips_in

Windows = dict[tuple[str, int], tuple[int, int]]


def windows_of(file: Any) -> Windows:
    """Return which part of each nested sequence is used, by all who use it together: by mob and slot."""
    found: Windows = {}
    for mob in file.content.compositionmobs():
        for slot in mob.slots:
            if kind_of(slot) in PICTURES and hasattr(slot, "edit_rate"):
                for clip in clips_in(slot.segment):
                    _widen(found, clip, rate_of(slot))
    return found


def _widen(found: Windows, clip: Any, rate: Fraction) -> None:
    mob = clip.mob
    slot = slot_at(mob, clip.slot_id) if named(mob) == "CompositionMob" else None
    if slot is None:
        return
    start, count = number(clip.start, "clip's start"), number(clip.length, "clip's length")
    first, last = (rescaled(Fraction(each), rate, rate_of(slot)) for each in (start, start + count))
    low, high = math.floor(first), math.ceil(last)
    key = str(mob.mob_id), clip.slot_id
    known = found.get(key, (low, high))
    found[key] = min(low, known[0]), max(high, known[1])
