"""Point the clips of an OTIO JSON text at renders; every other character stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from uprez.errors import HostError
from uprez.model import Numbering
from uprez_otio.edits import Edit
from uprez_otio.jsontext import Hand, Member, insertion, members

KEY = "uprez"
Json = dict[str, Any]
_WITH_FILES = ("ExternalReference.", "ImageSequenceReference.")
_TIMED = ("LinearTimeWarp", "FreezeFrame", "TimeEffect")


@dataclass(frozen=True, slots=True)
class ClipText:
    """Read one clip of a text, from the character where it begins."""

    text: str
    at: int
    found: dict[str, Member]
    content: Json

    @classmethod
    def of(cls, text: str, at: int) -> ClipText:
        """Read the clip at `at`; raises HostError where it is no clip that can be changed."""
        if text[at] != "{":
            raise HostError("what is there is no clip that uprez knows; update uprez")
        found = {member.key: member for member in members(text, at)}
        content = {key: member.value for key, member in found.items()}
        schema = content.get("OTIO_SCHEMA", "")
        if schema not in ("Clip.1", "Clip.2"):
            raise HostError(f"{schema or 'what is there'} is no clip that uprez knows; update uprez")
        return cls(text, at, found, content)

    @property
    def active(self) -> str:
        """Return the key of the reference that the clip shows."""
        return str(self.content.get("active_media_reference_key") or "DEFAULT_MEDIA")

    @property
    def references(self) -> Json:
        """Return the clip's references by key."""
        if "media_reference" in self.content:
            return {"DEFAULT_MEDIA": self.content["media_reference"]}
        return dict(self.content.get("media_references") or {})

    def original(self) -> tuple[str, Json]:
        """Return the key and the reference that the clip had before any relink; raises HostError."""
        references, key = self.references, self.active
        shown = references.get(key) or {}
        told = (shown.get("metadata") or {}).get(KEY) or {}
        if isinstance(told.get("original"), dict):
            return str(told.get("original_key", key)), told["original"]
        if key == KEY:
            key = told.get("original_key") or next((name for name in references if name != KEY), key)
            shown = references.get(key) or {}
        if not str(shown.get("OTIO_SCHEMA", "")).startswith((*_WITH_FILES, "MissingReference.")):
            raise HostError("its media is shared with another clip's in the file; relink it by hand")
        return key, shown

    def second_reference(self, render: Json) -> Iterator[Edit]:
        """Yield the edits that add the render as a reference beside the original, and show it."""
        hand = Hand.of(self.text, self.at)
        single = self.found.get("media_reference")
        if single is not None:
            yield self._upgraded(single, hand, render)
            yield from self._relabelled()
            return
        at = self.found["media_references"].start
        inside = list(members(self.text, at))
        own = next((member for member in inside if member.key == KEY), None)
        written = hand.deeper.written(render)
        if own is not None:
            yield Edit(own.start, own.end, written)
        else:
            yield insertion(self.text, at, inside, KEY, written)
        yield self._set("active_media_reference_key", json.dumps(KEY))

    def replaced(self, render: Json) -> Iterator[Edit]:
        """Yield the edit that puts the render in the original's place; it carries the original with it."""
        told = {**render["metadata"][KEY], "original": self.original()[1]}
        render = {**render, "metadata": {KEY: told}}
        hand = Hand.of(self.text, self.at)
        single = self.found.get("media_reference")
        if single is not None:
            yield Edit(single.start, single.end, hand.written(render))
            return
        at = self.found["media_references"].start
        shown = next(member for member in members(self.text, at) if member.key == self.active)
        yield Edit(shown.start, shown.end, hand.deeper.written(render))

    @property
    def effects(self) -> list[Json]:
        """Return the clip's effects before any relink baked one of them into a file."""
        shown = self.references.get(self.active) or {}
        baked = ((shown.get("metadata") or {}).get(KEY) or {}).get("baked") or {}
        effects: list[Json] = baked.get("effects") or self.content.get("effects") or []
        return effects

    def played_by(self, effects: list[Json]) -> Iterator[Edit]:
        """Yield the edit that gives the clip other effects, where it has others."""
        if effects != (self.content.get("effects") or []):
            yield self._set("effects", Hand.of(self.text, self.at).written(effects))

    def source_range(self, content: Json) -> Edit:
        """Return the edit that writes the clip's source range."""
        return self._set("source_range", Hand.of(self.text, self.at).written(content))

    def _set(self, key: str, written: str) -> Edit:
        member = self.found.get(key)
        if member is None:
            return insertion(self.text, self.at, list(self.found.values()), key, written)
        return Edit(member.start, member.end, written)

    def _upgraded(self, single: Member, hand: Hand, render: Json) -> Edit:
        """Turn the one reference of a Clip.1 into the two of a Clip.2."""
        was = self.text[single.start : single.end]
        close = hand.lead if "\n" in hand.lead else ""
        deeper = hand.deeper
        new = f'"{KEY}": {deeper.written(render)}'
        both = f'{{{deeper.lead}"DEFAULT_MEDIA": {was}{deeper.comma}{new}{close}}}'
        active = f'"active_media_reference_key": "{KEY}"'
        return Edit(single.at, single.end, f'"media_references": {both}{hand.comma}{active}')

    def _relabelled(self) -> Iterator[Edit]:
        label = self.found["OTIO_SCHEMA"]
        yield Edit(label.start, label.end, '"Clip.2"')


def untimed(effects: list[Json]) -> list[Json]:
    """Return the effects that change no time."""
    return [each for each in effects if str(each.get("OTIO_SCHEMA", "")).partition(".")[0] not in _TIMED]


def range_json(start: float, count: float, rate: float) -> Json:
    """Build a TimeRange, all three in frames."""
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": time_json(count, rate),
        "start_time": time_json(start, rate),
    }


def time_json(count: float, rate: float) -> Json:
    """Build a RationalTime."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(count)}


def reference_json(url: str, available: Json | None, bounds: Json | None, name: str, told: Json) -> Json:
    """Build the reference of a render; `told` is what uprez says of it."""
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {KEY: told},
        "name": name,
        "available_range": available,
        "available_image_bounds": bounds,
        "target_url": url,
    }


def sequence_json(reference: Json, numbering: Numbering, folder: str, rate: float) -> Json:
    """Build the reference of a render that has a file for each frame, from that of one that has one file.

    `folder` is the address of the files' folder, `rate` what the original says they play at.
    """
    kept = {key: reference[key] for key in ("metadata", "name", "available_range", "available_image_bounds")}
    return {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        **kept,
        "target_url_base": folder if folder.endswith("/") else f"{folder}/",
        "name_prefix": numbering.prefix,
        "name_suffix": numbering.suffix,
        "start_frame": numbering.first,
        "frame_step": 1,
        "rate": rate,
        "frame_zero_padding": numbering.padding,
        "missing_frame_policy": "error",
    }


def address_of(reference: Json) -> str:
    """Return where a reference's media is, as reading it back tells it."""
    if "target_url" in reference:
        return str(reference["target_url"])
    digits = "#" * max(1, int(reference["frame_zero_padding"]))
    return f"{reference['target_url_base']}{reference['name_prefix']}{digits}{reference['name_suffix']}"
