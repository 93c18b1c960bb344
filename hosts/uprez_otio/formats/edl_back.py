"""Take a relink back from an EDL that was edited since: its clips are known by their renders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from uprez.errors import HostError
from uprez.model import LeftOut
from uprez_otio.edits import Edit, edited
from uprez_otio.format import TakenBack
from uprez_otio.formats.edl_edits import moved, put_reel, put_value
from uprez_otio.formats.edl_names import address, motion_of
from uprez_otio.formats.edl_patch import read
from uprez_otio.formats.edl_text import Comment, Event
from uprez_otio.formats.edl_tree import Use
from uprez_otio.receipt import Receipt

_GONE = "it is not in the list any more; nothing to take back"


def clip_for_clip(text: str, told: Receipt) -> TakenBack:
    """Give every event that still shows a render of this relink its own reel and names back."""
    rate = next((int(was.references["rate"]) for was in told.shots.values()), 0)
    _, tree = read(text, rate)
    by_render = {_latin(str(was.references.get("render"))): was.references for was in told.shots.values()}
    edits: dict[tuple[int, int], Edit] = {}
    seen: set[str] = set()
    for _, use in tree.uses():
        where = address(use.event, use.outgoing)
        if where is not None and where.value.text in by_render:
            seen.add(where.value.text)
            found = _given_back(text, use, where, by_render[where.value.text], rate)
            edits |= {(edit.start, edit.end): edit for edit in found}
    if not edits:
        raise HostError(f"{told.output}: holds nothing of this relink any more; open {told.input} instead")
    there = {shot for shot, was in told.shots.items() if _latin(str(was.references.get("render"))) in seen}
    left_out = tuple(
        LeftOut(name=was.name, track=was.track, reason=_GONE)
        for shot, was in told.shots.items()
        if shot not in there
    )
    done = tuple(shot for shot in told.shots if shot in there)
    return TakenBack(edited(text, edits.values())[0], done, left_out)


def _given_back(text: str, use: Use, where: Comment, was: dict[str, Any], rate: int) -> Iterator[Edit]:
    for event, line, _ in use.parts:
        motion = motion_of(event, line)
        yield from moved(line, motion, -int(was["by"]), rate)
        if line.reel.text == was["new_reel"] != was["reel"]:
            for word in [line.reel, *([motion.reel] if motion else [])]:
                yield put_reel(text, word, str(was["reel"]))
        yield from _renamed(text, event, was)
    if was["address"]:
        yield put_value(where.value, str(was["address"]))
    else:
        yield _without(text, where.start)


def _renamed(text: str, event: Event, was: dict[str, Any]) -> Iterator[Edit]:
    for each in event.comments:
        if each.key.startswith("UPREZ "):
            yield _without(text, each.start)
        for key, now, before in was["comments"]:
            if (each.key, each.value.text) == (key, now):
                yield put_value(each.value, before)


def _without(text: str, start: int) -> Edit:
    """Return the edit that takes a line away, with the end of the line before it."""
    end = re.compile(r"[^\r\n]*").match(text, start)
    before = re.search(r"(\r\n|\r|\n)?$", text[:start])
    return Edit(before.start() if before else start, end.end() if end else start, "")


def _latin(words: str) -> str:
    return words.encode("utf-8", "surrogateescape").decode("latin-1")
