"""Settle a timeline's frame rate by its media, where the timeline itself leaves it open, as EDLs do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from uprez.errors import HostError
from uprez_otio.footing import Library
from uprez_otio.readers import reader_of
from uprez_otio.reading import call, read_rows

Row = list[Any]


def settled(path: Path, library: Library) -> Iterator[Row]:
    """Yield the rows of a timeline, read at the rate of its media where it has to be one of several.

    Without media all clips are left out anyway, and the smallest rate serves. Raises HostError.
    """
    rows = read_rows(path)
    first = next(rows, None)
    if first is None or first[0] != "rates":
        yield from [first] if first else []
        yield from rows
        return
    _, rates, named = first
    found = library.rates_of(named) & set(rates)
    if len(found) > 1:
        several = ", ".join(map(str, sorted(found)))
        raise HostError(
            f"{path}: does not tell its frame rate, and its media have several ({several}); add a line "
            "'* FRAME RATE: 25' (with yours) below its title"
        )
    rate = next(iter(found), rates[0])
    if rate == rates[0]:
        yield from rows
        return
    list(rows)
    yield from call(path, reader_of(path), "rows_at", rate)
