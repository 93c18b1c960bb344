"""Make the producers of renders: copies of the originals, with another file and length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from uprez_otio.edits import Edit, edited
from uprez_otio.formats.mlt_clip import NAME, SPEED, called
from uprez_otio.formats.mlt_fit import Fit
from uprez_otio.formats.mlt_time import frames_of, like
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.xmltext import Element, attribute_at, escaped, put_attribute, put_text

MARK = "uprez:original"
"""The property in which a render's producer keeps the id of its source's."""
_STALE = re.compile(
    r"kdenlive:(file_hash|file_size|originalurl|proxy|duration|markers|zone_in|zone_out|clipzones)|shotcut:hash"
    r"|uprez:.*|shotcut:resource|shotcut:proxy|meta\.media\.(?!frame_rate_).*|meta\.attr\..*|(audio|video)_index"
)
_MOVING = re.compile(r"(^|;)\s*[\d:.,]+[^=;\d\s]?=")


@dataclass(frozen=True, slots=True)
class Names:
    """Hold what a copy is called: its id, and its clip in Kdenlive's bin."""

    id: str
    bin: str = ""
    uuid: str = ""


def clone(
    document: Document,
    text: str,
    service: Element,
    url: str,
    fit: Fit,
    names: Names,
    more: Iterable[Edit] = (),
) -> str:
    """Return the text of a copy of a producer that shows a render; `more` are edits of its own in it."""
    edits = [*more, *_renamed(text, service, names), *_pointed(text, service, url)]
    if not fit.still:
        edits += _sized(document, text, service, fit)
        edits += moved_effects(document, text, service, fit.back)
    told = {MARK: service.attributes.get("id", ""), NAME: called(service)}
    mark = "".join(f'<property name="{name}">{escaped(words)}</property>' for name, words in told.items())
    edits.append(Edit(service.inside, service.inside, mark))
    return part(text, service, edits)


def part(text: str, element: Element, edits: list[Edit]) -> str:
    """Return the text of one element with edits made in it."""
    begin = element.start
    moved = (Edit(each.start - begin, each.end - begin, each.new) for each in edits)
    return edited(text[begin : element.end], moved)[0]


def _renamed(text: str, service: Element, names: Names) -> Iterator[Edit]:
    """Yield the edits that give a copy names of its own."""
    yield put_attribute(text, service, "id", names.id)
    for name, new in (("kdenlive:id", names.bin), ("kdenlive:control_uuid", names.uuid)):
        told = named(service, name)
        if new and told is not None:
            yield put_text(told, new)


def _pointed(text: str, service: Element, url: str) -> Iterator[Edit]:
    """Yield the edits that name another file, and take away what is only true of the old one."""
    for each in service.all("property"):
        name = each.attributes.get("name", "")
        if name == "resource":
            warp = SPEED.match(each.text.strip()) if value(service, "mlt_service") == "timewarp" else None
            yield put_text(each, f"{warp[0]}:{url}" if warp else url)
        elif name == "warp_resource":
            yield put_text(each, url)
        elif _STALE.fullmatch(name) and not (name.endswith("_index") and each.text.strip() == "-1"):
            yield Edit(_line(text, each), each.end, "")


def _line(text: str, element: Element) -> int:
    """Return where the line of an element begins, if nothing else stands before it on it."""
    at = text.rfind("\n", 0, element.start)
    return at if at >= 0 and not text[at : element.start].strip() else element.start


def _sized(document: Document, text: str, service: Element, fit: Fit) -> Iterator[Edit]:
    rate, length = document.rate, named(service, "length")
    if length is not None:
        yield put_text(length, like(length.text, fit.length, rate))
    if attribute_at(text, service, "in") is not None:
        yield put_attribute(text, service, "in", like(service.attributes["in"], 0, rate))
    last = service.attributes.get("out")
    if last is not None:
        yield put_attribute(text, service, "out", like(last, fit.length - 1, rate))


def moved_effects(document: Document, text: str, element: Element, back: int) -> Iterator[Edit]:
    """Yield the edits that bring the effects of a clip `back` frames earlier, as its frames are."""
    for each in element.all("filter") if back else ():
        for name in ("in", "out"):
            written = each.attributes.get(name)
            frames = None if written is None else frames_of(written, document.rate)
            if written is not None and frames is not None and not _unset(document, each):
                yield put_attribute(text, each, name, like(written, max(0, frames - back), document.rate))


def why_not_moved(document: Document, filters: Iterator[Element], back: int) -> str | None:
    """Return why an effect of a clip can't be brought earlier, None where all can."""
    for each in filters if back else ():
        moving = any(_MOVING.search(told.text.strip()) for told in each.all("property"))
        if moving and (_unset(document, each) or (document.time(each, "in") or 0) < back):
            return (
                f"its effect {value(each, 'mlt_service')} moves and counts from the file's first frame; "
                "give handles that reach it"
            )
    return None


def _unset(document: Document, filter_: Element) -> bool:
    """Tell whether an effect lasts as long as its clip, which MLT writes as no times or as zeros."""
    return not document.time(filter_, "out")
