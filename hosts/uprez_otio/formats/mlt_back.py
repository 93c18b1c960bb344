"""Take a relink back from an MLT project that was edited since: its clips are known by their producers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from uprez.errors import HostError
from uprez.model import LeftOut
from uprez_otio.edits import Edit, edited
from uprez_otio.format import TakenBack
from uprez_otio.formats.mlt_clip import Spot
from uprez_otio.formats.mlt_clone import MARK, line_of
from uprez_otio.formats.mlt_effects import moved_effects
from uprez_otio.formats.mlt_fit import cropped
from uprez_otio.formats.mlt_patch import document_of, spots_in
from uprez_otio.formats.mlt_time import like
from uprez_otio.formats.mlt_tree import Document, named, value
from uprez_otio.receipt import Receipt
from uprez_otio.xmltext import Element, parse, put_attribute, put_text

_GONE = "it is not in the timeline any more; nothing to take back"
Was = dict[str, Any]


def clip_for_clip(text: str, told: Receipt) -> TakenBack:
    """Give every clip that still shows a render of this relink its own producer back."""
    document = document_of(text)
    by_clone = {str(was.references.get("clone")): was.references for was in told.shots.values()}
    seen: dict[int, Spot] = {}
    for spot in spots_in(document):
        was = by_clone.get(spot.service.attributes.get("id", ""))
        if was is not None and _is_ours(document, spot, was):
            seen.setdefault(spot.holder.start, spot)
    edits: list[Edit] = []
    for spot in seen.values():
        edits += _given_back(document, text, spot, by_clone[spot.service.attributes["id"]])
    if not edits:
        raise HostError(f"{told.output}: holds nothing of this relink any more; open {told.input} instead")
    done = {spot.service.attributes["id"] for spot in seen.values()}
    edits += _unused(document, text, by_clone, set(seen))
    left_out = tuple(
        LeftOut(name=was.name, track=was.track, reason=_GONE)
        for was in told.shots.values()
        if str(was.references.get("clone")) not in done
    )
    back, _ = edited(text, edits)
    parse(back)
    shots = tuple(shot for shot, was in told.shots.items() if str(was.references.get("clone")) in done)
    return TakenBack(back, shots, left_out)


def _is_ours(document: Document, spot: Spot, was: Was) -> bool:
    """Tell whether a clip shows a copy that we made, whose original is still there."""
    original = str(was["producer"])
    marked = value(spot.service, MARK) == original and spot.service.parent is not spot.holder
    return marked and bool(document.by_id.get(original))


def _given_back(document: Document, text: str, spot: Spot, was: Was) -> Iterator[Edit]:
    holder, original = spot.holder, document.by_id[str(was["producer"])][-1]
    begin, moved = document.time(original, "in") or 0, int(was["moved"])
    yield put_attribute(text, holder, "producer", str(was["producer"]))
    if (moved or begin) and spot.count is not None:
        for name, frame in (("in", spot.first), ("out", spot.first + spot.count - 1)):
            written = like(holder.attributes.get(name, ""), frame + moved - begin, document.rate)
            yield put_attribute(text, holder, name, written)
    told = named(holder, "kdenlive:id")
    if told is not None and was["bin"][1]:
        yield put_text(told, str(was["bin"][0]))
    wide, high = (1 / Fraction(each) for each in was["growth"])
    yield from cropped(holder, (wide, high))
    yield from moved_effects(document, text, holder, -moved)


def _unused(document: Document, text: str, clones: dict[str, Was], done: set[int]) -> Iterator[Edit]:
    """Yield the edits that take copies away which nothing shows any more, and their clips in the bin."""
    kept = [each for tag in ("entry", "track") for each in document.root.every(tag) if each.start not in done]
    used = {each.attributes.get("producer", "") for each in kept}
    gone = {name: was for name, was in clones.items() if name not in used}
    for name in gone:
        yield from (_without(text, each) for each in document.by_id.get(name, ()))
    numbers = {str(was["bin"][1]) for was in gone.values()} - {""}
    living = {value(each, "kdenlive:id") for tag in ("producer", "chain") for each in document.root.every(tag)
              if each.attributes.get("id", "") in used - _in_bin(document)}  # fmt: skip
    for entry in document.bin.all("entry") if document.bin is not None else ():
        clip = document.target(entry)
        if clip is not None and value(clip, MARK) and value(clip, "kdenlive:id") in numbers - living:
            yield _without(text, entry)
            yield _without(text, clip)


def _in_bin(document: Document) -> set[str]:
    return (
        {each.attributes.get("producer", "") for each in document.bin.all("entry")} if document.bin else set()
    )


def _without(text: str, element: Element) -> Edit:
    return Edit(line_of(text, element), element.end, "")
