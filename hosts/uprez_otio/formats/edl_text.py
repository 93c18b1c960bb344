"""Split the text of an EDL into what its lines say, each word with its place, so that it can be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from uprez_otio.limits import BadTimeline

_TIME = r"\d{1,2}[:;.,]\d{2}[:;.,]\d{2}[:;.,]\d{2,3}|\d{1,9}"
_EVENT = re.compile(
    r"\s*(?P<number>\d{1,9})\s+(?P<reel>\S.*?)\s+(?P<channel>[A-Za-z0-9/]+)"
    r"\s+(?P<kind>C|D|W\d{1,4}|K(?:\s*[BO])?(?:\s*\(F\))?)(?:\s+(?P<length>\d{1,6})(?:\s*F)?)?"
    rf"\s+(?P<source_in>{_TIME})\s+(?P<source_out>{_TIME})"
    rf"\s+(?P<record_in>{_TIME})\s+(?P<record_out>{_TIME})\s*$"
)
_MOTION = re.compile(
    rf"\s*M2\s+(?P<reel>\S.*?)\s+(?P<speed>[-+]?\d{{1,6}}(?:\.\d{{0,6}})?)\s+(?P<at>{_TIME})\s*$"
)
_COMMENT = re.compile(
    r"\s*\*?\s*(?P<key>(?:UPREZ )?(?:FROM|TO) CLIP NAME|KEY CLIP NAME|CLIP NAME|SOURCE FILE"
    r"|FROM FILE|TO FILE|FROM CLIP|TO CLIP|REEL|LOC|FRAME RATE)\s*(?:IS\s*)?:[ \t]*(?P<value>.*?)\s*$",
    re.IGNORECASE,
)
_MODE = re.compile(r"\s*FCM\s*:\s*(NON[- ]?)?DROP", re.IGNORECASE)
_TITLE = re.compile(r"\s*TITLE\s*:\s*(.*?)\s*$", re.IGNORECASE)
_SPLIT = re.compile(r"\s*SPLIT\s*:\s*VIDEO", re.IGNORECASE)
_TIMES = re.compile(r"\d{1,2}[:;]\d{2}[:;]\d{2}[:;]\d{2}")
_BROKEN = re.compile(r"\s*\d{1,9}\s+\S")
_MOST = 8
"""Lines under one number: two for a transition, three for one of a key, and sound."""
_LONGEST = 2000  # characters; a line of an event has about 80
PADDING = " \t\r\n\x00\x1a\x0b\x0c"


@dataclass(frozen=True, slots=True)
class Word:
    """Hold some characters of the text and where they stand."""

    start: int
    end: int
    text: str

    @property
    def told(self) -> str:
        """Return it as people read it: each character stands for one byte, most often of UTF-8."""
        try:
            return self.text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return self.text


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of an event; `drop` is the mode that its last FCM line named."""

    number: int
    reel: Word
    channel: Word
    kind: str
    length: int
    source_in: Word
    source_out: Word
    record_in: Word
    record_out: Word
    drop: bool
    end: int

    @property
    def black(self) -> bool:
        """Tell whether it shows nothing."""
        return self.reel.text.upper() in ("BL", "BLACK")


@dataclass(frozen=True, slots=True)
class Motion:
    """Hold an M2 line: what is played at which frames per second from which source timecode on."""

    reel: Word
    speed: str
    at: Word


@dataclass(frozen=True, slots=True)
class Comment:
    """Hold a comment that names something; `key` in capitals."""

    key: str
    value: Word
    start: int


@dataclass(slots=True)
class Event:
    """Hold the lines under one number, and what is said of them below; `end` is where that ends."""

    lines: list[Line]
    motions: list[Motion] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    split: bool = False
    end: int = 0

    def named(self, *keys: str) -> Comment | None:
        """Return the first comment with one of the keys, in the order of the keys."""
        found = {each.key: each for each in reversed(self.comments)}
        return next((found[key] for key in keys if key in found), None)


@dataclass(slots=True)
class Sheet:
    """Hold an EDL: `drop` is its first mode, None where it has none; `rate` what it says of itself."""

    title: str = ""
    drop: bool | None = None
    rate: str = ""
    events: list[Event] = field(default_factory=list)


def sheet_of(text: str) -> Sheet:
    """Read an EDL; raises BadTimeline for what is none."""
    if text[:2] in ("\xff\xfe", "\xfe\xff"):
        raise BadTimeline("it is UTF-16 text; save it as plain text or UTF-8")
    sheet, drop, split, open_ = Sheet(), False, False, False
    for number, (start, line) in enumerate(_lines(text), 1):
        if not line:
            continue
        if match := _EVENT.match(line):
            found = _line(match, start, drop)
            last = sheet.events[-1] if sheet.events else None
            alike = last is not None and open_ and last.lines[0].number == found.number
            if last is not None and alike and len(last.lines) < _MOST:
                last.lines.append(found)
            else:
                sheet.events.append(Event([found], split=split))
            sheet.events[-1].end, open_, split = found.end, True, False
        elif mode := _MODE.match(line):
            drop = mode[1] is None
            sheet.drop = drop if sheet.drop is None else sheet.drop
        elif _SPLIT.match(line):
            split = True
        elif title := _TITLE.match(line):
            sheet.title = sheet.title or Word(0, 0, title[1]).told
        elif _BROKEN.match(line) and len(_TIMES.findall(line)) > 1:
            raise BadTimeline(f"line {number} ({line.strip()[:60]}) is no event that is known; correct it")
        else:
            open_ = _told(sheet, line, start) and open_
    if not sheet.events:
        raise BadTimeline("it holds no event; export it as a CMX 3600 EDL")
    return sheet


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line without what pads it, and where it begins."""
    at = 0
    for each in re.split(r"(\r\n|\r|\n)", text):
        if not each.startswith(("\r", "\n")):
            line = each.rstrip(PADDING)
            yield at, line if len(line) <= _LONGEST else line[:_LONGEST]
        at += len(each)


def _told(sheet: Sheet, line: str, start: int) -> bool:
    """Take in what a line says of the event before; tells whether that event may have more lines."""
    comment = _COMMENT.match(line)
    if comment and comment["key"].upper() == "FRAME RATE":
        sheet.rate = sheet.rate or comment["value"]
    if not sheet.events:
        return True
    event = sheet.events[-1]
    event.end = start + len(line)
    if line.lstrip()[:3] in ("M2 ", "M2\t"):
        motion = _MOTION.match(line)
        if motion is None:
            event.odd.append(line.strip())
        else:
            event.motions.append(
                Motion(_word(motion, "reel", start), motion["speed"], _word(motion, "at", start))
            )
    elif comment:
        event.comments.append(Comment(comment["key"].upper(), _word(comment, "value", start), start))
    return False


def _line(match: re.Match[str], start: int, drop: bool) -> Line:
    kind = "".join(match["kind"].split())
    return Line(
        int(match["number"]),
        _word(match, "reel", start),
        _word(match, "channel", start),
        kind,
        int(match["length"] or 0),
        _word(match, "source_in", start),
        _word(match, "source_out", start),
        _word(match, "record_in", start),
        _word(match, "record_out", start),
        drop,
        start + len(match[0].rstrip(PADDING)),
    )


def _word(match: re.Match[str], name: str, start: int) -> Word:
    return Word(start + match.start(name), start + match.end(name), match[name])
