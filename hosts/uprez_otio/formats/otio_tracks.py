"""Build a track of renders that mirrors a track of the timeline: renders where they stood, gaps elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from uprez_otio.formats.otio import KEY, Json, range_json, untimed

HALF_DISSOLVE = (
    "its transition would blend with a clip that has no render on the new track; use --as reference"
)
Length = tuple[float, float]


@dataclass
class Mirror:
    """Mirror the track `content`.

    `renders` are the references of the renders by the index of their clip; `lengths` how long nested stacks
    and clips are, as frames and rate, by index. `gaps` says how many children a render of its own takes up,
    `moving` are the renders that no effect may retime, and `ranges` source ranges of clips that have none.
    """

    content: Json
    renders: dict[int, Json]
    lengths: Mapping[int, Length]
    gaps: Mapping[int, int] = field(default_factory=dict)
    moving: Collection[int] = ()
    ranges: Mapping[int, Json] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._children: list[Json] = self.content.get("children") or []
        while (half := next(filter(self._half_dissolves, self.renders), None)) is not None:
            del self.renders[half]
            self.refused[half] = HALF_DISSOLVE

    def _half_dissolves(self, index: int) -> bool:
        beside = ((index - 1, index - 2), (index + 1, index + 2))
        return any(self._is_transition(cut) and other not in self.renders for cut, other in beside)

    def _is_transition(self, index: int) -> bool:
        inside = 0 <= index < len(self._children)
        return inside and str(self._children[index].get("OTIO_SCHEMA", "")).startswith("Transition.")

    def track(self, name: str, run: str, *, generative: bool = False) -> Json:
        """Build the track; it ends with its last render."""
        children: list[Json] = []
        gap: list[Length] = []
        taken = {inside for index, count in self.gaps.items() for inside in range(index + 1, index + count)}
        for index, child in enumerate(self._children):
            if index in taken:
                continue
            if index in self.renders:
                children += [_gap(*length) for length in gap]
                gap = []
                children.append(self._clip(index, child))
            elif not self._is_transition(index):
                _add(gap, self.lengths[index])
            elif index - 1 in self.renders:
                children.append(child)
        return {
            "OTIO_SCHEMA": "Track.1",
            "metadata": {KEY: {"run": run} | ({"generative": True} if generative else {})},
            "name": name,
            "source_range": self.content.get("source_range"),
            "effects": [],
            "markers": [],
            "enabled": True,
            "children": children,
            "kind": "Video",
        }

    def _clip(self, index: int, child: Json) -> Json:
        render = self.renders[index]
        if index in self.gaps:
            inside = [self.lengths[each] for each in range(index, index + self.gaps[index])]
            return _filling(child, render, range_json(0, sum(count for count, _ in inside), inside[0][1]))
        if index in self.ranges:
            child = {**child, "source_range": self.ranges[index]}
        return _showing(_untimed(child) if index in self.moving else child, render)


def _filling(place: Json, render: Json, frames: Json) -> Json:
    """Build the clip above a gap or a slug: its own frames, without what was done to the slug."""
    render = {**render, "available_range": frames}
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {},
        "name": place.get("name") or PurePosixPath(render["target_url"]).stem,
        "source_range": frames,
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": render},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _untimed(clip: Json) -> Json:
    """Return a clip without what would retime a moving picture, or a baked one again."""
    return {**clip, "effects": untimed(clip.get("effects") or [])}


def _showing(clip: Json, render: Json) -> Json:
    kept = {
        key: content for key, content in clip.items() if not key.startswith(("media_reference", "active_"))
    }
    return {
        **kept,
        "OTIO_SCHEMA": "Clip.2",
        "media_references": {"DEFAULT_MEDIA": render},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _add(gap: list[Length], length: Length) -> None:
    """Join gaps of one rate: each rate keeps its own, so that no length is ever converted."""
    if gap and gap[-1][1] == length[1]:
        gap[-1] = gap[-1][0] + length[0], length[1]
    else:
        gap.append(length)


def _gap(count: float, rate: float) -> Json:
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": range_json(0, count, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
    }
