"""Which module reads which kind of timeline file as rows. Only names: the child imports the one it needs.

A reader is a module with `rows(path)`, which yields the rows that `walking` describes and imports nothing
heavy: each timeline is read by a process of its own.
"""

from __future__ import annotations

from pathlib import Path

OTIO = "uprez_otio.walking"
READERS: dict[str, str] = {
    ".xml": "uprez_otio.formats.fcp7_rows",
    ".aaf": "uprez_otio.formats.aaf_rows",
    ".fcpxml": "uprez_otio.formats.fcpx_rows",
    ".fcpxmld": "uprez_otio.formats.fcpx_rows",
    ".edl": "uprez_otio.formats.edl_rows",
    ".mlt": "uprez_otio.formats.mlt_rows",
    ".kdenlive": "uprez_otio.formats.mlt_rows",
}
"""By suffix, in small letters with its dot; OTIO and its adapters read all others."""


def reader_of(path: Path) -> str:
    """Return the name of the module that reads a file."""
    return READERS.get(path.suffix.lower(), OTIO)
