"""Take a relink back from an .otio that was edited since: clip for clip, wherever the clips are now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from uprez.errors import HostError
from uprez.model import LeftOut
from uprez_otio.edits import Edit, edited
from uprez_otio.format import TakenBack
from uprez_otio.formats.otio import KEY, ClipText, Json
from uprez_otio.jsontext import Hand, Pointer, elements, places, value
from uprez_otio.receipt import Changed, Receipt


def clip_for_clip(text: str, told: Receipt) -> TakenBack:
    """Take back what is still there of the relink; the edits that came after it stay."""
    found = {shot: pointer for pointer, shot in _relinked(value(text, _start(text))[0], told.run, ())}
    tracks = [pointer for shot, pointer in found.items() if shot.startswith(KEY)]
    wanted = [*found.values(), *(pointer[:-1] for pointer in tracks)]
    spots = places(text, wanted)
    edits: list[Edit] = []
    for shot, pointer in found.items():
        if pointer in tracks:
            edits.append(_without(text, spots[pointer[:-1]][0], int(pointer[-1])))
        elif shot in told.shots:
            edits += _restored(ClipText.of(text, spots[pointer][0]), told.shots[shot])
    if not edits:
        raise HostError(f"{told.output}: holds nothing of this relink any more; open {told.input} instead")
    gone = [] if tracks else [shot for shot in told.shots if shot not in found]
    left_out = tuple(
        LeftOut(
            name=told.shots[shot].name,
            track=told.shots[shot].track,
            reason="it is not in the timeline any more; nothing to take back",
        )
        for shot in gone
    )
    done = tuple(shot for shot in told.shots if shot not in gone)
    text, _ = edited(text, edits)
    json.loads(text)
    return TakenBack(text, done, left_out)


def _start(text: str) -> int:
    return len(text) - len(text.lstrip())


def _relinked(thing: Any, run: str, at: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Yield where the clips and tracks of a run are, wherever an editor has moved them."""
    if isinstance(thing, list):
        for index, each in enumerate(thing):
            yield from _relinked(each, run, (*at, index))
    elif isinstance(thing, dict):
        schema = str(thing.get("OTIO_SCHEMA", ""))
        if schema.startswith("Track.") and _told(thing).get("run") == run:
            yield at, f"{KEY} {at}"
        elif schema.startswith("Clip."):
            shot = next((_told(each).get("shot") for each in _references(thing)
                         if _told(each).get("run") == run), None)  # fmt: skip
            if shot is not None:
                yield at, str(shot)
        else:
            for key in ("tracks", "children"):
                yield from _relinked(thing.get(key), run, (*at, key))


def _told(thing: Json) -> Json:
    metadata = thing.get("metadata")
    told = metadata.get(KEY) if isinstance(metadata, dict) else None
    return told if isinstance(told, dict) else {}


def _references(clip: Json) -> list[Json]:
    found = [clip.get("media_reference"), *(clip.get("media_references") or {}).values()]
    return [each for each in found if isinstance(each, dict)]


def _restored(clip: ClipText, was: Changed) -> Iterator[Edit]:
    """Yield the edits that give a clip its old references back; a range it did not have goes too."""
    hand = Hand.of(clip.text, clip.at)
    for key in ("media_references", "media_reference"):
        member = clip.found.get(key)
        if member is not None:
            old = was.references.get("DEFAULT_MEDIA") if key == "media_reference" else was.references
            yield Edit(member.start, member.end, hand.written(old))
    active = clip.found.get("active_media_reference_key")
    if active is not None and was.active:
        yield Edit(active.start, active.end, json.dumps(was.active))
    if was.effects is not None:
        yield from clip.played_by(was.effects)
    member = clip.found.get("source_range")
    if was.filled and member is not None:
        yield Edit(member.start, member.end, "null")


def _without(text: str, array: int, index: int) -> Edit:
    """Return the edit that takes an element and the comma before it out of an array."""
    spans = elements(text, array)
    start = spans[index - 1][1] if index else spans[index][0]
    return Edit(start, spans[index][1], "")
