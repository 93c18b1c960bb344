"""The entries of Resolve's Scripts menu: their names, and the one file that each of them is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENTRIES = {
    "Upscale Selected Clips....py": "upscale",
    "Quote Selected....py": "quote",
    "Bring Back Finished.py": "bring",
    "Compare Before and After.py": "compare",
    "Revert to Original.py": "revert",
}
"""By file name what uprez is asked to do; the menu shows the name without its ending."""
LOG = "UPREZ_RESOLVE_LOG"
"""Where the entry tells the uprez that it starts which file its log is."""
MARK = "# an entry of uprez in DaVinci Resolve's menu; `uprez resolve uninstall --apply` removes it"
_INSIDE = Path(__file__).parent / "inside"
_PARTS = ("table.py", "serving.py", "menu.py")
_JOINED = ("from table import", "from serving import")
HANDED_ON = ("UPREZ_HOME", "UPREZ_RESOLVE_FOLDER", "UPREZ_RESOLVE_PYTHON", "RESOLVE_SCRIPT_LIB")
"""Variables that an entry remembers from its install, since Resolve is started without a shell."""
_OLD = """import sys

if sys.version_info < (3, 6):
    print("uprez: this menu entry needs Python 3.6 or newer; install one from python.org, restart Resolve")
    sys.exit(1)
"""


def script(name: str, kept: Path) -> bytes:
    """Return the file of an entry, plain ASCII whatever the paths in it are; `kept` is where its log goes.

    A Python that is too old for it, 2.7 too, gets to the sentence that says so: the file parses there. What
    of the environment leads to this uprez's settings goes with it: Resolve is started without a shell.
    """
    told = ascii(_told(ENTRIES[name], kept))
    parts = [(_INSIDE / part).read_text(encoding="utf-8") for part in _PARTS]
    lines = [line for line in "\n".join(parts).splitlines() if not line.startswith(_JOINED)]
    joined = "\n".join(lines).replace("INSTALLED = None", f"INSTALLED = {told}", 1)
    return f"{MARK}\n{_OLD}\n{joined}\n".encode("ascii")


def log_of(kept: Path) -> Path:
    """Return the one log of what happens behind the menu."""
    return kept / "log.txt"


def _told(action: str, kept: Path) -> dict[str, object]:
    page = kept / "trouble.html"
    handed_on = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    return {
        "action": action,
        "python": sys.executable,
        "log": str(log_of(kept)),
        "lock": str(kept / "menu.lock"),
        "page": str(page),
        "page_address": page.absolute().as_uri(),
        "environment": {**handed_on, LOG: str(log_of(kept))},
    }
