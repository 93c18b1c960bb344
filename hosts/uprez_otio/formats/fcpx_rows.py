"""Read a Final Cut Pro XML, by itself or in a bundle, as rows; nothing heavy, for it runs in the child."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uprez_otio.formats.fcpx_tree import Story, file_of
from uprez_otio.formats.fcpx_walk import Row, Walk
from uprez_otio.xmltext import read


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of the project in a file; several projects lie beside each other on tracks."""
    yield from Walk(Story(read(file_of(path)))).rows()
