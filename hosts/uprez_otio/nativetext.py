"""Read the JSON of a timeline that is OTIO's own, as it is; nothing of it is understood here."""

from __future__ import annotations

import zipfile
from pathlib import Path

from uprez_otio.limits import check_size


def native_text(path: Path) -> bytes | None:
    """Return the OTIO JSON that a file or bundle holds, None for other formats; raises BadTimeline."""
    suffix = path.suffix.lower()
    if suffix == ".otioz":
        with zipfile.ZipFile(path) as bundle:
            member = bundle.getinfo("content.otio")
            check_size(member.file_size)
            return bundle.read(member)
    if suffix not in (".otio", ".otiod"):
        check_size(path.stat().st_size)
        return None
    file = path / "content.otio" if suffix == ".otiod" else path
    check_size(file.stat().st_size)
    return file.read_bytes()
