"""Small edits of an EDL: a reel in its column, a comment's words, a line below an event, a moved timecode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from uprez_otio.edits import Edit, edited
from uprez_otio.formats.edl_names import channels, track_name
from uprez_otio.formats.edl_rate import frame_of, is_drop, timecode_like
from uprez_otio.formats.edl_text import PADDING, Event, Line, Motion, Sheet, Word

_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_STRICT = 8
_MARKER = re.compile(r"\s*\*?\s*LOC\s*:", re.IGNORECASE)


def put_reel(text: str, word: Word, reel: str) -> Edit:
    """Return the edit that writes another reel and leaves the columns after it where they are."""
    padding = re.compile(r"[ ]*").match(text, word.end)
    end = padding.end() if padding else word.end
    width = end - word.start
    return Edit(word.start, end, reel.ljust(max(width, len(reel) + 1)))


def put_value(word: Word, value: str) -> Edit:
    """Return the edit that gives a comment another value."""
    return Edit(word.start, word.end, value)


def below(text: str, event: Event, line: str) -> Edit:
    """Return the edit that adds a line to what is said of an event."""
    end = event.end
    return Edit(end, end, f"{ending(text)}{line}")


def picture_only(text: str, line: Line) -> Edit:
    """Return the edit that leaves a line its picture alone."""
    return put_reel(text, line.channel, track_name(line))


def sound_only(text: str, event: Event, number: int) -> list[str]:
    """Return the lines of an event of its own that has the sound of one, as that was; markers stay behind."""
    line = event.lines[0]
    start = max(text.rfind(mark, 0, line.reel.start) for mark in "\r\n") + 1
    sound = "/".join(each for each in channels(line) if not each.startswith("V")).replace("B", "A")
    digits = re.compile(r"\d+").search(text, start)
    assert digits is not None
    channel = put_reel(text, line.channel, sound)
    first = Edit(digits.start(), digits.end(), f"{number:0{len(digits[0])}d}")
    inside = (Edit(each.start - start, each.end - start, each.new) for each in (first, channel))
    said = (each.rstrip(PADDING) for each in re.split(r"\r\n|\r|\n", text[line.end : event.end]))
    whole = edited(text[start : line.end], inside)[0]
    return [whole, *(each for each in said if each and not _MARKER.match(each))]


def ending(text: str) -> str:
    """Return how a text ends its lines."""
    match = re.search(r"\r\n|\r|\n", text)
    return match[0] if match else "\n"


def moved(line: Line, motion: Motion | None, by: int, rate: int) -> Iterator[Edit]:
    """Yield the edits that count a line's source times from so many frames later."""
    words = [line.source_in, line.source_out, *([motion.at] if motion else [])]
    for word in words if by else ():
        drop = is_drop(word.text, line.drop)
        frame = frame_of(word.text, rate, drop) - by
        yield Edit(word.start, word.end, timecode_like(word.text, frame, rate, drop))


def longest(sheet: Sheet) -> int:
    """Return how long a reel may be: eight letters in a strict EDL, else as long as its longest."""
    return max(_STRICT, *(len(line.reel.text) for event in sheet.events for line in event.lines))


def new_reel(stem: str, source: str, taken: Iterable[str], most: int) -> str:
    """Return a reel for a render that no other has: its file's name, else the source's own and a number."""
    known = {each.casefold() for each in taken}
    whole = _UNFIT.sub("_", stem)
    if whole == stem and len(stem) <= most and stem.casefold() not in known:
        return stem
    base = _UNFIT.sub("", source) or "UPREZ"
    number = 1
    while True:
        tail = f"U{number}"
        name = f"{base[: most - len(tail)]}{tail}"
        if name.casefold() not in known:
            return name
        number += 1
