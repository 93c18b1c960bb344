"""Where the frames of an image sequence are, and how a timeline counts them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from uprez.errors import MediaError
from uprez.media.sequences import probe_sequence
from uprez.model import Media, Numbering
from uprez.times import FrameRange
from uprez_otio.convert import Number, Span, same
from uprez_otio.media_url import locate_folder

_MOST = 1_000_000
_UNTOLD = (
    "its image sequence does not say which frames it has; relink it in your editor and export the cut again"
)


def sequence_media(
    url: str, files: Sequence[Any], available: Span | None, folder: Path
) -> tuple[Media, Number, Fraction] | str:
    """Return a sequence as a media, the timeline's number of its first frame, and the rate it counts in.

    A sentence where it can't be told or is not whole. `files` are what `references_read` says of them.
    """
    base, prefix, suffix, first, step, digits, _ = files
    if available is None or type(available.count) is not int or not 0 < available.count <= _MOST:
        return _UNTOLD
    try:
        numbering = Numbering(prefix=prefix, suffix=suffix, first=first, padding=digits)
    except ValidationError:
        return "its image sequence is numbered in a way nobody can follow; relink it in your editor"
    if "/" in prefix + suffix or "\\" in prefix + suffix or "\0" in prefix + suffix:
        return "its image sequence names folders where files belong; relink it in your editor"
    if step != 1:
        return (
            "its image sequence has a file only every few frames; export one with every frame and relink it"
        )
    where = locate_folder(base, folder)
    if where.path is None:
        return where.why
    rate = same(available.rate)
    try:
        info, digest = probe_sequence(where.path, numbering, available.count, rate)
    except (MediaError, OSError) as broken:
        return str(broken)
    media = Media(
        url=url,
        path=where.path / numbering.name(0),
        fingerprint=digest,
        rate=rate,
        available=FrameRange(start=int(available.start // 1), count=available.count),
        info=info,
    )
    return media, available.start, rate
