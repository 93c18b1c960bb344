"""Whose hand a timeline is in: editors leave their names in its metadata and count retimes their own way.

OTIO says that a retimed clip's length is the timeline's; Premiere writes how much of the media it takes.
Whoever wrote one that names nobody may have meant either.
"""

from __future__ import annotations

from collections.abc import Iterable

UNKNOWN = "unknown writer"
"""What stands in a timeline's dialect where no writer is known."""
PREMIERE = "PremierePro_OTIO"
_WRITERS = (
    "Resolve_OTIO", PREMIERE, "foundry.", "hiero", "ayon.", "openpype", "flame_", "AAF", "fcp_xml", "fcpx",
    "cmx_3600", "kdenlive", "xges",
)  # fmt: skip


def dialect_of(names: Iterable[str]) -> list[str]:
    """Return what the names in a timeline's metadata say of its writer; read by whoever counts frames."""
    known = sorted({name for name in names if name.startswith(_WRITERS)})
    return known or [UNKNOWN]
