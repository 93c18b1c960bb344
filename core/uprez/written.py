"""Remember which timelines uprez wrote, so that a run done again may replace its own output, no other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

FILE = "written.json"


def remember(workspace: Path, output: Path) -> None:
    """Keep the digest of an output that was just written."""
    known = _known(workspace)
    known[str(output.absolute())] = _digest(output)
    part = workspace / f"{FILE}.part"
    part.write_text(json.dumps(known, indent=1), encoding="utf-8")
    part.replace(workspace / FILE)


def is_ours(workspace: Path, output: Path) -> bool:
    """Tell whether `output` is still byte for byte what uprez wrote there."""
    digest = _known(workspace).get(str(output.absolute()))
    return digest is not None and output.exists() and _digest(output) == digest


def wrote(workspace: Path, output: Path) -> bool:
    """Tell whether uprez wrote a timeline there, whatever became of it since."""
    return str(output.absolute()) in _known(workspace)


def _known(workspace: Path) -> dict[str, str]:
    try:
        found = json.loads((workspace / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(output: Path) -> str:
    """Digest a file, or the files that lie in a folder, not in folders below."""
    digest = hashlib.sha256()
    for path in sorted(output.iterdir()) if output.is_dir() else [output]:
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
