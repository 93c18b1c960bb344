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


COUNTED_BY_FILES = "its frames are counted by the numbers of their files, since no others fit"
COUNTED_FROM_FIRST = (
    "its frames are counted from the first file, as Hiero counts them, since no others fit; "
    "its render begins there"
)


def base_that_fits(base: Number, count: int, first: int, start: Number) -> tuple[Number, str]:
    """Return the number of a sequence's first frame by which a clip's `start` is in it, and a note.

    Writers disagree: OTIO counts on from the available range's start, Resolve's exporters by the files'
    numbers (`first`), Hiero's from nought. Another way is only taken where it is the one that fits.
    """
    ways = {base: "", first: COUNTED_BY_FILES, 0: COUNTED_FROM_FIRST}
    fitting = [way for way in ways if 0 <= start - way < count]
    if base in fitting or len(fitting) != 1:
        return base, ""
    return fitting[0], ways[fitting[0]]


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
