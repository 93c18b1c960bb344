"""Read an AAF as rows, with pyaaf2. Only ever runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uprez_otio.formats.aaf_open import opened
from uprez_otio.formats.aaf_tree import Row, Walk


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of the one sequence that a file holds; raises BadTimeline."""
    with opened(path) as file:
        yield from Walk(file, path.absolute().parent).rows()
