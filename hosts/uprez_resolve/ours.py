"""What uprez leaves in a project, so that reading and writing know it again."""

from __future__ import annotations

from pathlib import PurePath, PureWindowsPath

BIN = "uprez"
"""The bin, below the root, that holds renders and nothing else."""
TRACK = "uprez"
"""The name of the tracks that `--as track` adds; what lies on one is ours and never a shot."""
ORIGINAL = "uprez.original"
"""Third-party metadata of a pool item that `--as replace` changed: the file that it had (since 19.0.3)."""
MARKER = '{"uprez"'
"""How the customData of our timeline markers begins."""
SUFFIX = ".uprez"
"""How the folder of a workspace ends: what lies in one is a render or a plate."""

RENDERED = "rendered"
"""The folder of a workspace with what Resolve itself rendered, since its own file can't be read."""


def in_workspace(path: str) -> bool:
    """Tell whether a file lies in a workspace of uprez, written with slashes of either kind."""
    kind = PureWindowsPath if "\\" in path else PurePath
    return any(part.endswith(SUFFIX) for part in kind(path).parts[:-1])
