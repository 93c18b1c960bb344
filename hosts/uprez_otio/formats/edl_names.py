"""Say which comments and M2 lines of an event are about which of its clips, and what a line is about."""

from __future__ import annotations

from uprez_otio.formats.edl_text import Comment, Event, Line, Motion

_ANY = ("AX", "AXX")
"""Reels that stand for any file."""


def named(event: Event, outgoing: bool, *keys: str) -> Comment | None:
    """Return a comment that is about the clip that is left, or about the one that comes."""
    if outgoing:
        return event.named(*keys)
    coming = tuple(key.replace("FROM ", "TO ") for key in keys if "FROM " in key)
    found = event.named(*coming)
    if found is not None or len(event.lines) == 1:
        return found
    first, last = event.lines[0], event.lines[-1]
    alone = first.black or (first.reel.text == last.reel.text and not is_any_file(last))
    return event.named(*keys) if alone and keys[0] not in ("FROM FILE", "FROM CLIP") else None


def clip_name(event: Event, outgoing: bool) -> Comment | None:
    """Return the comment that says what a clip is called."""
    return named(event, outgoing, "FROM CLIP NAME", "CLIP NAME")


def address(event: Event, outgoing: bool) -> Comment | None:
    """Return the comment that says where a clip's file is."""
    found = named(event, outgoing, "FROM FILE")
    if found is None:
        found = named(event, outgoing, "FROM CLIP")
        found = found if found and any(mark in found.value.text for mark in "/\\") else None
    return found if found and found.value.text else None


def motion_of(event: Event, line: Line) -> Motion | None:
    """Return the M2 line that is about a line."""
    if len(event.lines) == 1 and len(event.motions) == 1:
        return event.motions[0]
    fitting = [each for each in event.motions if each.reel.text == line.reel.text]
    exact = [each for each in fitting if each.at.text == line.source_in.text]
    return next(iter(exact or (fitting if line is event.lines[-1] else [])), None)


def has_picture(line: Line) -> bool:
    """Tell whether a line is about picture."""
    return any(part == "B" or part.startswith("V") for part in channels(line))


def has_both(line: Line) -> bool:
    """Tell whether a line is about picture and sound."""
    return has_picture(line) and channels(line) != [track_name(line)]


def track_name(line: Line) -> str:
    """Return the name of a line's picture track."""
    return next((part for part in channels(line) if part.startswith("V")), "V")


def channels(line: Line) -> list[str]:
    """Return what a line is about, part by part: "V", "A2", or "B" for both."""
    return line.channel.text.upper().split("/")


def is_any_file(line: Line) -> bool:
    """Tell whether a reel stands for any file rather than naming one."""
    return line.reel.text.upper() in _ANY
