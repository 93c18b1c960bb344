"""Bring the effects of a clip earlier as its frames are: MLT counts them in the frames of the producer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from uprez_otio.edits import Edit
from uprez_otio.formats.mlt_time import frames_of, like
from uprez_otio.formats.mlt_tree import Document, value
from uprez_otio.xmltext import Element, put_attribute, put_text

_KEY = re.compile(r"(\s*)([\d:.,]+)([^=\d:.,\s]?=.*)", re.DOTALL)
_COUNTING = ("timer", "vidstab", "gpstext", "gpsgraphic", "subtitle")
Key = tuple[str, str, str]


def moved_effects(document: Document, text: str, element: Element, back: int) -> Iterator[Edit]:
    """Yield the edits that bring the effects of a clip `back` frames earlier."""
    for each in element.all("filter") if back else ():
        if _lasts(document, each):
            yield from _moved_keys(document, each, back)
            continue
        for name in ("in", "out"):
            written = each.attributes.get(name)
            frames = None if written is None else frames_of(written, document.rate)
            if written is not None and frames is not None:
                yield put_attribute(text, each, name, like(written, max(0, frames - back), document.rate))


def why_not_moved(document: Document, filters: Iterator[Element], back: int) -> str | None:
    """Return why an effect of a clip can't be brought earlier, None where all can."""
    for each in filters if back else ():
        if _counts(each):
            service = value(each, "mlt_service")
            return (
                f"its effect {service} goes by the frames of its file; give handles that reach the first one"
            )
        lasts, begin = _lasts(document, each), document.time(each, "in") or 0
        for told in each.all("property"):
            keys = _keys(told.text)
            early = keys is None or (lasts and any(_time(document, key) < back for key in keys))
            if early or (keys and not lasts and begin < back):
                return (
                    f"its effect {value(each, 'mlt_service')} moves and counts from the file's first frame; "
                    "give handles that reach it"
                )
    return None


def _counts(filter_: Element) -> bool:
    """Tell whether what an effect shows depends on how far in the file a frame lies."""
    written = value(filter_, "mlt_service") == "dynamictext" and "#" in value(filter_, "argument")
    again = any(value(filter_, name) not in ("", "0") for name in ("cycle", "transition.cycle"))
    return written or again or value(filter_, "mlt_service") in _COUNTING


def _moved_keys(document: Document, filter_: Element, back: int) -> Iterator[Edit]:
    """Yield the edits that bring the key frames of an effect earlier that lasts as long as its clip."""
    for told in filter_.all("property"):
        keys = _keys(told.text) or []
        moved = (
            f"{space}{like(time, _time(document, (space, time, rest)) - back, document.rate)}{rest}"
            for space, time, rest in keys
        )
        if keys:
            yield put_text(told, ";".join(moved))


def _keys(words: str) -> list[Key] | None:
    """Return the key frames of a property, none where it stays the same; None where they can't be told."""
    if words.lstrip().startswith("{"):
        return None if words.count('":') > 1 else []
    parts = [_KEY.fullmatch(part) for part in words.split(";")]
    found = [(match[1], match[2], match[3]) for match in parts if match]
    if len(found) < 2:
        return []
    return found if len(found) == len(parts) else None


def _time(document: Document, key: Key) -> int:
    return frames_of(key[1], document.rate) or 0


def _lasts(document: Document, filter_: Element) -> bool:
    """Tell whether an effect lasts as long as its clip, which MLT writes as no times or as zeros."""
    return not document.time(filter_, "in") and not document.time(filter_, "out")
