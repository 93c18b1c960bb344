"""Walk OTIO's objects once and yield rows of plain JSON. Only ever runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import opentimelineio as otio

from uprez_otio.dialects import dialect_of
from uprez_otio.limits import NESTING, BadTimeline
from uprez_otio.opening import root_of
from uprez_otio.references_read import OURS, WITH_FILES, media, span_of, time_of
from uprez_otio.retimes import Speed, retime

Row = list[Any]
_HANDS = 50  # clips that are asked for their writer's name


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a timeline: a header, then tracks, stacks, clips, gaps and transitions in order."""
    timeline, pointer = _timeline(root_of(path))
    stack = timeline.tracks
    start = timeline.global_start_time
    rate = start.rate if start else _first_rate(stack)
    yield ["timeline", timeline.name, rate, time_of(start), dialect_of(_names(timeline)), pointer]
    yield from Walk().stack(stack, "", 0, [None, None])


def _timeline(root: Any) -> tuple[Any, list[Any]]:
    if isinstance(root, otio.schema.Timeline):
        return root, ["tracks"]
    if isinstance(root, otio.schema.SerializableCollection):
        found = [index for index, child in enumerate(root) if isinstance(child, otio.schema.Timeline)]
        if len(found) == 1:
            return root[found[0]], ["children", found[0], "tracks"]
        raise BadTimeline(f"it holds {len(found)} timelines; save the one you mean by itself")
    kind = root.schema_name() if isinstance(root, otio.core.SerializableObject) else type(root).__name__
    raise BadTimeline(f"it holds a {kind} and no timeline; save it as a timeline")


def _names(timeline: Any) -> Iterator[str]:
    """Yield the names in the metadata of a timeline, its tracks, and its first clips and their media."""
    yield from timeline.metadata
    yield from timeline.tracks.metadata
    for track in timeline.tracks:
        yield from track.metadata
    for clip in islice(timeline.tracks.find_clips(), _HANDS):
        yield from clip.metadata
        for reference in clip.media_references().values():
            yield from reference.metadata
            yield from getattr(reference.metadata.get(OURS, {}).get("original"), "metadata", ())


def _first_rate(stack: Any) -> float | None:
    """Return the rate of the first clip that has one: OTIO timelines have none of their own."""
    for clip in stack.find_clips():
        if clip.source_range is not None and _is_video(clip):
            return float(clip.source_range.duration.rate)
    return None


def _is_video(clip: Any) -> bool:
    parent = clip.parent()
    return not isinstance(parent, otio.schema.Track) or parent.kind == "Video"


class Walk:
    """Yield the rows of what lies in a stack; each media reference is yielded once, before its first use."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._replaced: set[int] = set()

    def stack(self, stack: Any, path: str, depth: int, growth: Row) -> Iterator[Row]:
        """Yield a stack's row, what it holds from bottom to top, and its end."""
        if depth > NESTING:
            raise BadTimeline(f"its stacks are nested more than {NESTING} deep; flatten them")
        yield ["stack", path, span_of(stack.source_range), stack.enabled, *retime(stack), *growth]
        children = (stack,) if isinstance(stack, otio.schema.Track) else stack
        for index, child in enumerate(children):
            at = path if child is stack else f"{path}/{index}" if path else str(index)
            yield from self._layer(child, at, depth)
        yield ["stack end"]

    def _layer(self, child: Any, path: str, depth: int) -> Iterator[Row]:
        if not isinstance(child, otio.schema.Track):
            yield ["track", path, child.name, None, True, None, None]
            yield from self._child(child, path, depth, [None, None])
            yield ["track end"]
        elif child.kind != "Video":
            yield ["sound", path, child.name, child.kind, len(child.find_clips())]
        elif OURS in child.metadata:
            yield ["ours", path, child.name, len(child.find_clips())]
            for clip, span in child.range_of_all_children().items():
                if type(clip) is otio.schema.Clip:
                    yield _render(path, clip.media_reference, time_of(span.start_time))
        else:
            yield ["track", path, child.name, span_of(child.source_range), child.enabled, *retime(child)]
            items = list(child)
            for index, item in enumerate(items):
                yield from self._child(item, f"{path}/{index}", depth, _growth(items, index))
            yield ["track end"]

    def _child(self, item: Any, path: str, depth: int, growth: Row) -> Iterator[Row]:
        kind = type(item)
        if kind is otio.schema.Clip:
            yield from self._clip(item, path, growth)
        elif kind is otio.schema.Gap:
            yield ["gap", path, time_of(item.trimmed_range().duration)]
        elif kind is otio.schema.Transition:
            yield ["transition", path]
        elif isinstance(item, otio.core.Composition):
            yield from self.stack(item, path, depth + 1, growth)
        else:
            raise BadTimeline(f"it holds a {item.schema_name()} at {path}, whose length nobody knows")

    def _clip(self, clip: Any, path: str, growth: Row) -> Iterator[Row]:
        reference = clip.media_reference
        beside = clip.active_media_reference_key == OURS
        if beside:
            yield _render(path, reference, None)
            reference = _original(clip, reference)
        number, fresh = self._reference(reference)
        if number in self._replaced and not beside:
            yield _render(path, reference, None)
        if fresh is not None:
            yield fresh
        markers = clip.markers
        color = clip.color
        yield [
            "clip",
            path,
            clip.name,
            span_of(clip.source_range),
            number,
            *(_baked(clip.media_reference) or retime(clip, reference)),
            *growth,
            clip.enabled,
            None if color is None else color.name or color.to_hex(),
            [" ".join(filter(None, (marker.name, marker.comment))) for marker in markers] if markers else [],
        ]

    def _reference(self, reference: Any) -> tuple[int, Row | None]:
        """Return the number of a clip's media, and its row where it is new."""
        found = media(reference)
        key = str(found)
        number = self._known.get(key)
        if number is not None:
            return number, None
        number = self._known[key] = len(self._known)
        if found[0] in WITH_FILES and OURS in reference.metadata:
            self._replaced.add(number)
            original = media(reference.metadata[OURS].get("original"))
            return number, ["media", *(original if original[0] in WITH_FILES else ["missing", "", None])]
        return number, ["media", *found]


def _render(path: str, reference: Any, place: list[float] | None) -> Row:
    """Say which render a clip shows; only who reads a relinked timeline back asks for it."""
    return ["render", path, media(reference)[1], span_of(reference.available_range), place]


def _baked(reference: Any) -> tuple[Speed, None] | None:
    """Return how a clip was played before its retime was baked into the file that it shows."""
    baked = reference.metadata[OURS].get("baked") if reference and OURS in reference.metadata else None
    if baked is None:
        return None
    speed = baked["speed"]
    if speed is None or isinstance(speed, float):
        return speed, None
    curve = [[float(low), float(high)] for low, high in speed["curve"]]
    return {**speed, "curve": curve}, None


def _original(clip: Any, render: Any) -> Any:
    """Return the reference that a clip had before it was relinked."""
    references = clip.media_references()
    key = render.metadata[OURS].get("original_key") if OURS in render.metadata else None
    if key in references:
        return references[key]
    return next((reference for key, reference in references.items() if key != OURS), render)


def _growth(items: list[Any], index: int) -> Row:
    """Return by how much the transitions around an item make more of it seen, at its head and its tail."""
    before: Any = items[index - 1] if index else None
    after: Any = items[index + 1] if index + 1 < len(items) else None
    head = time_of(before.in_offset) if type(before) is otio.schema.Transition else None
    tail = time_of(after.out_offset) if type(after) is otio.schema.Transition else None
    return [head, tail]
