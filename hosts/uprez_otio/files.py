"""Write files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from uprez.errors import HostError


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place in one step, so that a crash leaves the old one or the new one.

    Raises HostError where it can't be written; then nothing has changed.
    """
    part: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.stem[:40]}.", suffix=path.suffix, delete=False
        ) as file:
            part = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as broken:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
        raise HostError(f"{path}: can't be written ({broken.strerror}); nothing was changed") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
