"""Make the producers of renders: copies of the originals, with another file and length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from uprez_otio.edits import Edit, edited
from uprez_otio.formats.mlt_clip import NAME, SPEED, called
from uprez_otio.formats.mlt_effects import moved_effects
from uprez_otio.formats.mlt_fit import Fit
from uprez_otio.formats.mlt_sequence import begin_in
from uprez_otio.formats.mlt_time import like
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.xmltext import Element, attribute_at, escaped, put_attribute, put_text

MARK = "uprez:original"
"""The property in which a render's producer keeps the id of its source's."""
_STALE = re.compile(
    r"kdenlive:(file_hash|file_size|originalurl|proxy|duration|markers|zone_in|zone_out|clipzones)|shotcut:hash"
    r"|uprez:.*|shotcut[:_]resource|shotcut:proxy|meta\.media\.(?!frame_rate_).*|meta\.attr\..*|(audio|video)_index"
    r"|force_(progressive|tff)"  # what a person said of the source's fields; a render has none
)


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
    if not fit.kept:
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
        elif name == "begin" and (begin := begin_in(url)):
            yield put_text(each, begin)
        elif _STALE.fullmatch(name) and not (name.endswith("_index") and each.text.strip() == "-1"):
            yield Edit(line_of(text, each), each.end, "")


def line_of(text: str, element: Element) -> int:
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
