"""Tell whether a Resolve is running here, which its library does not say."""

from __future__ import annotations

import re
import subprocess
import sys

_LISTED = {
    "win32": (["tasklist"], re.compile(r"^Resolve\.exe\s", re.MULTILINE | re.IGNORECASE)),
    "darwin": (["ps", "-A", "-o", "args="], re.compile(r"/Contents/MacOS/Resolve(\s|$)", re.MULTILINE)),
    "linux": (["ps", "-A", "-o", "args="], re.compile(r"^\S*/bin/resolve(\s|$)", re.MULTILINE)),
}


def runs() -> bool:
    """Tell whether a Resolve is running on this machine, whoever started it."""
    if sys.platform not in _LISTED:
        return False
    words = _LISTED[sys.platform][0]
    try:
        listed = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return among(listed, sys.platform)


def among(listed: str, system: str) -> bool:
    """Tell whether a list of processes, as a system writes it, has a Resolve in it."""
    return bool(_LISTED[system][1].search(listed))
