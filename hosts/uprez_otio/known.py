"""Which format a timeline file is of; what no module here knows goes to OTIO's installed adapters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from uprez_otio.format import Format
from uprez_otio.formats.aaf import Aaf
from uprez_otio.formats.edl import Edl
from uprez_otio.formats.fcp7 import Fcp7
from uprez_otio.formats.fcpx import Fcpx
from uprez_otio.formats.mlt import Kdenlive, Mlt
from uprez_otio.formats.native import Otio

OTIO = Otio()
FORMATS: tuple[Format, ...] = (OTIO, Aaf(), Fcpx(), Fcp7(), Mlt(), Kdenlive(), Edl())


def format_of(path: Path) -> Format:
    """Return the format of a file by its suffix; OTIO's where only an adapter may know it."""
    suffix = path.suffix.lower()
    return next((each for each in FORMATS if suffix in each.suffixes), OTIO)


def is_known(path: Path) -> bool:
    """Tell whether a file is of a kind that is read here."""
    suffix = path.suffix.lower()
    return suffix in set(_own()) or (bool(suffix) and suffix[1:] in _adapted())


def _own() -> Iterator[str]:
    for each in FORMATS:
        yield from each.suffixes


@cache
def _adapted() -> frozenset[str]:
    """Return the suffixes that installed adapters read; only asked where the suffix is none of ours."""
    try:
        from opentimelineio.adapters import suffixes_with_defined_adapters

        return frozenset(suffixes_with_defined_adapters(read=True))
    except Exception:  # a broken adapter is no reason not to read an .otio
        return frozenset()
