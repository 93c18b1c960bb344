"""Count an EDL's timecode, and tell its frame rate: no line of it does, but its columns give it away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from uprez_otio.formats.edl_text import Line, Sheet, Word
from uprez_otio.limits import BadTimeline

RATES = (24, 25, 30, 48, 50, 60, 100, 120)
_DROPPED = {30: 2, 60: 4, 120: 8}
_PARTS = re.compile(r"[:;.,]")
_SURE = 4  # of five votes


def is_drop(text: str, mode: bool) -> bool:
    """Tell whether a timecode is drop-frame, by its own mark or else by the mode around it."""
    return mode or ";" in text or "," in text


def frame_of(text: str, rate: int, drop: bool) -> int:
    """Return the frame that a timecode names at a nominal rate; a bare number is one already."""
    parts = [int(part) for part in _PARTS.split(text)]
    if len(parts) == 1:
        return parts[0]
    hours, minutes, seconds, frames = parts
    if minutes > 59 or seconds > 59 or frames >= rate:
        raise BadTimeline(f"timecode {text} does not exist at {rate} frames per second; correct it")
    total = 60 * hours + minutes
    frame = (60 * total + seconds) * rate + frames
    return frame - _DROPPED[rate] * (total - total // 10) if drop and rate in _DROPPED else frame


def timecode_like(text: str, frame: int, rate: int, drop: bool) -> str:
    """Write a frame the way in which `text` is written."""
    if not _PARTS.search(text):
        return f"{frame:0{len(text)}d}"
    if drop and rate in _DROPPED:
        skip = _DROPPED[rate]
        tens, rest = divmod(frame, 600 * rate - 9 * skip)
        minutes = (rest - skip) // (60 * rate - skip) if rest >= skip else 0
        frame += 9 * skip * tens + skip * minutes
    seconds, frames = divmod(frame, rate)
    numbers = iter((seconds // 3600, seconds // 60 % 60, seconds % 60, frames))
    return re.sub(r"\d+", lambda match: f"{next(numbers):0{len(match[0])}d}", text)


def rates_of(sheet: Sheet) -> tuple[int, ...]:
    """Return the nominal rates that an EDL may have, the likeliest first; raises BadTimeline for none."""
    if sheet.rate:
        return (_said(sheet.rate),)
    lines = [line for event in sheet.events for line in event.lines]
    drop = sheet.drop or any(is_drop(word.text, False) for line in lines for word in _words(line))
    least = max((_frames(word.text) for line in lines for word in _words(line)), default=0)
    fitting = [rate for rate in RATES if rate > least and (rate in _DROPPED or not drop)]
    if not fitting:
        raise BadTimeline(f"it counts {least} frames in a second, which no rate has; correct it")
    votes = Counter(vote for event in sheet.events if not event.motions for line in event.lines
                    if (vote := _vote(line)) is not None)  # fmt: skip
    told = {rate: count for rate, count in votes.items() if rate in fitting}
    best = max(told, key=lambda rate: told[rate], default=None)
    if best is not None and 5 * told[best] >= _SURE * sum(told.values()):
        return (best,)
    return tuple(fitting)


def _said(text: str) -> int:
    match = re.match(r"\d+(?:\.\d+)?", text)
    rate = -(-Fraction(match[0]) // 1) if match else 0
    if not 0 < rate <= 1000:
        raise BadTimeline(f"its frame rate is {text}; write it like 25")
    return int(rate)


def _words(line: Line) -> Iterator[Word]:
    yield from (line.source_in, line.source_out, line.record_in, line.record_out)


def _frames(text: str) -> int:
    parts = _PARTS.split(text)
    return int(parts[-1]) if len(parts) == 4 else 0


def _vote(line: Line) -> int | None:
    """Return the rate at which source and record are equally long, None where they are at any or at none."""
    source = _apart(line.source_in.text, line.source_out.text)
    record = _apart(line.record_in.text, line.record_out.text)
    if source[0] == record[0]:
        return None
    rate, rest = divmod(record[1] - source[1], source[0] - record[0])
    return rate if rest == 0 and rate > 0 else None


def _apart(start: str, end: str) -> tuple[int, int]:
    """Return how far two timecodes are apart in seconds and, besides, in frames."""
    one, other = (_seconds(text) for text in (start, end))
    return other[0] - one[0], other[1] - one[1]


def _seconds(text: str) -> tuple[int, int]:
    parts = [int(part) for part in _PARTS.split(text)]
    if len(parts) == 1:
        return 0, parts[0]
    return 3600 * parts[0] + 60 * parts[1] + parts[2], parts[3]
