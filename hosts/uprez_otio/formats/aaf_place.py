"""Say where a component of an AAF lies, and what was found of a clip. Only ever runs in the child process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.aaf_chain import Chain, Use
from uprez_otio.formats.aaf_open import named, slot_at
from uprez_otio.formats.aaf_parts import Cut
from uprez_otio.limits import NESTING
from uprez_otio.media_url import locate

_NUMBERED = re.compile(r"(\d|#|\]|%5D)\.(dpx|exr|tiff?|png|jpe?g|cin|tga|sgi|bmp)$", re.IGNORECASE)
_SEQUENCE = "it is an image sequence, which is not done in AAF yet; export it as a movie and relink it"


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


def no_file(chain: Chain) -> tuple[str, str, None]:
    """Return the media of a clip that has no file; one whose file can't be told says so itself."""
    if chain.problem:
        return "file", "", None
    return ("picture", "embedded in the AAF", None) if chain.embedded else ("missing", "", None)


def why_no_movie(use: Use, url: str) -> str | None:
    """Return why a file is left alone: one of many numbered pictures would be taken for a still."""
    return _SEQUENCE if use.length > 1 and _NUMBERED.search(url) else None


def chosen(chain: Chain, folder: Path) -> tuple[Use | None, str]:
    """Return the file nearest to what the editor plays that is here, else the one that it plays."""
    if chain.problem:
        return None, ""
    every = [(use, url) for use in chain.uses for url in use.urls]
    here = ((use, url) for use, url in every if locate(url, folder).path is not None)
    return next(here, every[0] if every else (None, ""))


def gap(path: str, count: int, rate: Fraction) -> list[Any]:
    """Return the row of a place without a clip."""
    return ["gap", path, [float(count), float(rate)]]


def hidden(path: str, count: int, rate: Fraction) -> Iterator[list[Any]]:
    """Stand in for what no use of a nested sequence shows of a clip."""
    if count:
        yield gap(path, count, rate)
