"""Which shots get pictures, how large, and from which files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from uprez.errors import MediaError
from uprez.media.presets import STILL_SUFFIXES
from uprez.media.thumbnails import Stills, stills
from uprez.report.card import moments
from uprez.report.values import Report, Row

MOST = 100
PAGE_BYTES = 18_000_000
SHOT_BYTES = 400_000
WINDOW, SMALL_WINDOW = (960, 540), (640, 360)
_SMALL_BELOW = 200_000  # bytes a shot, under which a large window would show more JPEG than picture


def pictures(report: Report, *, most: int, progress: Callable[[int, int], None]) -> dict[str, Stills | str]:
    """Read the pictures of the shots, those that want a look first; a sentence where there can be none.

    A page stays under about 25 MB: with many shots the windows are smaller, and after `most` there are none.
    """
    with_render = [row for row in report.rows if row.render]
    chosen = sorted(with_render, key=_calm)[:most]
    budget = min(SHOT_BYTES, PAGE_BYTES // max(1, len(chosen)))
    found: dict[str, Stills | str] = {row.shot: "No picture: there is no render." for row in report.rows}
    found |= {row.shot: f"No picture: a page shows at most {most} shots." for row in with_render}
    for done, row in enumerate(chosen):
        progress(done, len(chosen))
        found[row.shot] = _picture(row, budget)
    return found


def _calm(row: Row) -> int:
    """Sort first what a person should look at first."""
    return 0 if row.verdict != "MATCH" else 1 if row.generative else 2 if row.warnings else 3


def _picture(row: Row, budget: int) -> Stills | str:
    assert row.render is not None
    if row.generative and row.plate is None:
        return "No picture to compare with: it was made from words alone."
    wanted = moments(row)
    after = row.render, [frame - row.pull_frames.start for frame in wanted]
    window = SMALL_WINDOW if budget < _SMALL_BELOW else WINDOW
    try:
        return stills(_before(row, wanted), after, rate=row.rate, window=window, budget=budget)
    except MediaError as unreadable:
        return f"No picture: {unreadable}."


def _before(row: Row, wanted: tuple[int, ...]) -> tuple[Path, list[int]]:
    """Take the plate, or the source itself where the plate was cleared away."""
    if row.plate and row.plate.exists():
        if row.plate.suffix.lower() in STILL_SUFFIXES:
            return row.plate, [0] * len(wanted)
        return row.plate, [frame - row.pull_frames.start for frame in wanted]
    return row.media, [frame - row.available.start for frame in wanted]
