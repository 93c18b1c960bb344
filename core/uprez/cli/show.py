"""Print: results to stdout, talk to stderr, tables for people and JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from uprez.model import LeftOut
    from uprez.times import FrameRange

# what would move the cursor, change colours, break a line or turn the writing round
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def say(text: object, *, err: bool = False) -> None:
    """Print one line; control characters that a timeline may hold are spelled out."""
    typer.echo(_UNSHOWABLE.sub(lambda found: repr(found[0])[1:-1], str(text)), err=err)


def as_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, err: bool = False) -> None:
    """Print rows under a head in columns as wide as their widest cell; the last may run on."""
    from rich.cells import cell_len

    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(cell_len(row[column]) for row in cells) for column in range(len(head) - 1)]
    for row in cells:
        padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row[:-1], widths, strict=True)]
        say("  ".join([*padded, row[-1]]).rstrip(), err=err)


def left_out(clips: Iterable[LeftOut], *, err: bool = False) -> None:
    """List the clips that are not done, with their reasons."""
    for clip in clips:
        say(f"left out: {clip.name} ({clip.track}): {clip.reason}", err=err)


def left_out_json(clips: Iterable[LeftOut]) -> list[dict[str, str]]:
    """Return the clips that are not done in the shape of the contract."""
    return [{"name": clip.name, "track": clip.track, "reason": clip.reason} for clip in clips]


def frames(span: FrameRange) -> dict[str, int]:
    """Return a range in the shape of the contract."""
    return {"start": span.start, "count": span.count}


def length(seconds: float) -> str:
    """Write a length of time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
