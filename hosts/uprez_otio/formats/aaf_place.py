"""Say where a component of an AAF lies, and what was found of a clip. Only ever runs in the child process."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_chain import Chain, Use
from uprez_otio.formats.aaf_open import named, slot_at
from uprez_otio.formats.aaf_parts import Cut
from uprez_otio.limits import NESTING


@dataclass(frozen=True, slots=True)
class Place:
    """Hold where a component is: its path, the cut of it that is shown, and what lies around it.

    `around` are the effects and transitions whose precomputed pictures show it; `warp` plays it.
    """

    path: str
    cut: Cut
    rate: Fraction
    depth: int
    enabled: bool = True
    around: tuple[Any, ...] = ()
    warp: Any = None
    markers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """Hold the source clip of a clip's row, and the file that the row told; `rate` is the source clip's."""

    source: Any
    chain: Chain
    use: Use | None
    rate: Fraction
    around: tuple[Any, ...]


def is_subclip(segment: Any) -> bool:
    """Tell whether a composition is one clip and nothing else, so that its clips are clips of its media."""
    for _ in range(NESTING):
        if named(segment) == "SourceClip":
            mob = segment.mob
            slot = None if mob is None else slot_at(mob, segment.slot_id)
            if named(mob) != "CompositionMob" or slot is None:
                return True
            segment = slot.segment
        elif named(segment) == "Sequence" and len(own := list(segment.components)) == 1:
            segment = own[0]
        else:
            return False
    return False
