"""The Pythons of this machine, since a menu entry runs in whichever Resolve has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def pythons() -> dict[str, Path]:
    """Find the Pythons of this machine by their minor version."""
    found: dict[str, Path] = {}
    candidates = [
        shutil.which(f"python{name}") for name in ("2.7", *(f"3.{minor}" for minor in range(6, 15)))
    ]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True).stdout.strip()
        candidates += map(str, sorted(Path(root).glob("versions/*/bin/python")))
    for candidate in filter(None, [sys.executable, *candidates]):
        asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        version = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
        if version:
            found.setdefault(version, Path(candidate))
    return found
