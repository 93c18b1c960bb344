"""Walk an AAF's composition: the rows of its clips, and by their paths the objects that a relink changes.

Reader and writer walk with this one class, so that a clip's path means the same to both. Only ever runs in
the child process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.aaf_chain import embedded_in, follow
from uprez_otio.formats.aaf_marks import Marks
from uprez_otio.formats.aaf_open import (
    PICTURES,
    SOUNDS,
    inputs,
    is_warp,
    kind_of,
    named,
    number,
    operation_name,
    rate_of,
    rescaled,
    slot_at,
    value_of,
)
from uprez_otio.formats.aaf_parts import (
    Cut,
    Window,
    components,
    content,
    cuts,
    layers,
    sounds,
    start_of,
    top_of,
)
from uprez_otio.formats.aaf_place import Leaf, Place, chosen, gap, hidden, is_subclip, no_file, why_no_movie
from uprez_otio.formats.aaf_speed import Warp, warp_of
from uprez_otio.formats.aaf_windows import windows_of
from uprez_otio.limits import NESTING, BadTimeline

Row = list[Any]
_MOST_ROWS = 1_000_000
_FAR = float(1 << 31)


class Walk:
    """Yield the rows of a file; `clips` holds by path what was found, once they are all yielded."""

    def __init__(self, file: Any, folder: Path) -> None:
        self.clips: dict[str, Leaf] = {}
        self._file = file
        self._folder = folder
        self._embedded = embedded_in(file)
        self._windows = windows_of(file)
        self._media: dict[tuple[Any, ...], int] = {}
        self._rows = 0

    def rows(self) -> Iterator[Row]:
        """Yield all rows; see `walking`."""
        for row in self._timeline():
            self._rows += 1
            if self._rows > _MOST_ROWS:
                raise BadTimeline(f"it shows more than {_MOST_ROWS} clips; split it")
            yield row

    def _timeline(self) -> Iterator[Row]:
        top = top_of(self._file)
        slots = [slot for slot in top.slots if hasattr(slot, "edit_rate") and slot.segment is not None]
        pictures = [slot for slot in slots if kind_of(slot) in PICTURES]
        rate = rate_of((pictures or slots)[0]) if slots else Fraction(24)
        marks = Marks(top)
        yield ["timeline", str(top.name or ""), float(rate), start_of(top, rate), ["AAF"], []]
        yield ["stack", "", None, True, None, None, None, None]
        index = 0
        for slot in slots:
            if slot in pictures:
                for layer, (segment, enabled, around) in enumerate(layers(slot.segment)):
                    yield from self._track(
                        segment,
                        Place(str(index), Cut.none(), rate_of(slot), 0, enabled, around),
                        str(value_of(slot, "SlotName") or ""),
                        marks.on(slot, layer),
                    )
                    index += 1
            elif kind_of(slot) in SOUNDS:
                name = str(value_of(slot, "SlotName") or "")
                yield ["sound", str(index), name, "Audio", sounds(slot.segment)]
                index += 1
        yield ["stack end"]

    def _track(
        self,
        segment: Any,
        place: Place,
        name: str = "",
        marks: list[tuple[int, str]] | None = None,
        window: Window = None,
    ) -> Iterator[Row]:
        yield ["track", place.path, name, None, place.enabled, None, None]
        at = 0
        for index, (part, cut) in enumerate(cuts(components(segment))):
            path = f"{place.path}/{index}"
            if cut is None:
                yield ["transition", path]
                continue
            end = at + cut.count
            texts = tuple(text for position, text in marks or () if at <= position < end)
            before, seen, after = cut.seen(at, window)
            inner = Place(path, seen, place.rate, place.depth, True, place.around + cut.beside, None, texts)
            yield from hidden(path, before, place.rate)
            yield from self._item(part, inner)
            yield from hidden(path, after, place.rate)
            at = end
        yield ["track end"]

    def _item(self, part: Any, place: Place) -> Iterator[Row]:
        """Yield what one component of a track is, through whatever it is wrapped in."""
        if place.depth > NESTING:
            raise BadTimeline(f"it is nested more than {NESTING} deep; flatten it")
        deeper = replace(place, depth=place.depth + 1)
        match named(part):
            case "SourceClip":
                yield from self._source(part, place)
            case "Filler" | "ScopeReference":
                yield gap(place.path, place.cut.count, place.rate)
            case "Sequence" if len(own := list(part.components)) == 1:
                yield from self._item(own[0], deeper)
            case "Selector":
                yield from self._selector(part, deeper)
            case "OperationGroup":
                yield from self._effect(part, deeper)
            case "Sequence" | "NestedScope":
                yield from self._stack(layers(part), place)
            case other:
                yield from self._clip(place, "", ("unknown", other, None), Fraction(0))

    def _selector(self, part: Any, place: Place) -> Iterator[Row]:
        """A muted clip is the alternate to nothing; of several angles the selected one is shown."""
        selected, others = value_of(part, "Selected"), list(value_of(part, "Alternates") or ())
        if named(selected) in ("Filler", "ScopeReference") and others:
            yield from self._item(others[0], replace(place, enabled=False))
        else:
            yield from self._item(selected, place)

    def _effect(self, group: Any, place: Place) -> Iterator[Row]:
        fed = inputs(group)
        shown = [each for each in fed if content(each)]
        place = replace(place, around=(*place.around, group))
        if not fed:
            name = operation_name(group)
            yield from self._clip(place, name, ("generator", name, None), Fraction(0))
        elif not shown:
            yield gap(place.path, place.cut.count, place.rate)
        elif is_warp(group) and place.warp is None and len(shown) == 1:
            warp = warp_of(group, number(shown[0].length, "effect's input"))
            yield from self._item(shown[0], replace(place, warp=warp))
        elif len(shown) == 1 and not is_warp(group):
            yield from self._item(shown[0], place)
        else:
            problem = "it is retimed in several steps" if is_warp(group) else None
            yield from self._stack([(each, True, ()) for each in fed], place, problem=problem)

    def _stack(
        self,
        tracks: list[tuple[Any, bool, tuple[Any, ...]]],
        place: Place,
        *,
        start: Fraction = Fraction(0),
        rate: Fraction | None = None,
        problem: str | None = None,
        window: Window = None,
    ) -> Iterator[Row]:
        """Yield what lies in layers, or one after another, within one component."""
        cut, warp = place.cut, place.warp
        own = rate or place.rate
        trimmed = warp.lowest(cut.trim, cut.count) if warp else Fraction(cut.trim)
        first = start + rescaled(trimmed, place.rate, own)
        span = [float(first), float(own), float(cut.count), float(place.rate)]
        speed = warp.told(cut.trim, cut.count, -_FAR, _FAR) if warp else None
        why = problem or (warp.problem if warp else None)
        yield ["stack", place.path, span, place.enabled, speed, why, *cut.growth(place.rate)]
        for index, (segment, enabled, around) in enumerate(tracks):
            beside = (*place.around, *around)
            inner = Place(f"{place.path}/{index}", Cut.none(), own, place.depth + 1, enabled, beside)
            yield from self._track(segment, inner, window=window)
        yield ["stack end"]

    def _source(self, source: Any, place: Place) -> Iterator[Row]:
        mob = source.mob
        slot = None if mob is None else slot_at(mob, source.slot_id)
        if named(mob) == "CompositionMob" and slot is not None and not is_subclip(slot.segment):
            start = rescaled(Fraction(number(source.start, "clip's start")), place.rate, rate_of(slot))
            nested = replace(place, depth=place.depth + 1)
            window = self._windows.get((str(mob.mob_id), source.slot_id))
            tracks = layers(slot.segment)
            yield from self._stack(tracks, nested, start=start, rate=rate_of(slot), window=window)
            return
        chain = follow(source, place.rate, self._embedded)
        use, url = chosen(chain, self._folder)
        self.clips[place.path] = Leaf(source, chain, use, place.rate, place.around)
        if use is None:
            yield from self._clip(place, chain.name, no_file(chain), Fraction(0), chain.problem)
            return
        rate = float(use.rate)
        media = ("file", url, (float(use.start), rate, float(use.length), rate))
        problem = why_no_movie(use, url)
        reach = float(-use.position), float(use.length - 1 - use.position)
        yield from self._clip(place, chain.name, media, use.start + use.position, problem, use.rate, reach)

    def _clip(
        self,
        place: Place,
        name: str,
        media: tuple[str, str, tuple[float, ...] | None],
        start: Fraction,
        problem: str | None = None,
        rate: Fraction | None = None,
        reach: tuple[float, float] = (-_FAR, _FAR),
    ) -> Iterator[Row]:
        known = self._media.get(media)
        if known is None:
            known = self._media[media] = len(self._media)
            yield ["media", media[0], media[1], list(media[2]) if media[2] else None]
        cut, warp = place.cut, place.warp or Warp(Fraction(1))
        own = rate or place.rate
        first = start + rescaled(warp.lowest(cut.trim, cut.count), place.rate, own)
        yield [
            "clip",
            place.path,
            name,
            [float(first), float(own), float(cut.count), float(place.rate)],
            known,
            warp.told(cut.trim, cut.count, *reach),
            problem or warp.problem,
            *cut.growth(place.rate),
            place.enabled,
            None,
            list(place.markers),
        ]
