"""Make the text of a relinked timeline, and know what reading it back must show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uprez.errors import HostError
from uprez.model import LeftOut, Manner, Relink, Shot
from uprez_otio.convert import Number
from uprez_otio.formats.otio import ClipText, Json, range_json, reference_json
from uprez_otio.formats.otio_tracks import Mirror
from uprez_otio.jsontext import Edit, Hand, Key, Pointer, places, value
from uprez_otio.layout import Placed
from uprez_otio.media_url import like

_MADE_BY = "made_by"


@dataclass
class Patch:
    """Hold the edits of a relink; `shown` are the renders that reading back must find, by clip path."""

    edits: list[Edit] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    relinked: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    was: dict[str, Json] = field(default_factory=dict)


@dataclass
class Patcher:
    """Patch one timeline: `text` its JSON, `root` the way to its stack, `folder` where the output will be."""

    text: str
    root: Pointer
    folder: Path
    run: str
    lengths: Mapping[str, tuple[Number, float]]

    def patch(self, work: list[tuple[Placed, Relink]], manner: Manner) -> Patch:
        """Return the edits that point every clip at its render; what can't be is left out by name."""
        if manner.kind == "track":
            return self._tracks(work)
        patch = Patch()
        found = places(self.text, [self.pointer(placed.path) for placed, _ in work])
        for placed, relink in work:
            try:
                edits = list(self._clip(found, placed, relink, manner, patch))
            except HostError as refused:
                patch.left_out.append(_left_out(placed, str(refused)))
                continue
            patch.edits += edits
            patch.relinked.append(relink.shot)
        return patch

    def pointer(self, path: str) -> Pointer:
        """Return the way through the file's JSON to the clip, stack or track at `path`."""
        steps: list[Key] = [*self.root]
        for index in filter(None, path.split("/")):
            steps += ["children", int(index)]
        return tuple(steps)

    def _clip(
        self,
        found: Mapping[Pointer, tuple[int, int]],
        placed: Placed,
        relink: Relink,
        manner: Manner,
        patch: Patch,
    ) -> Iterator[Edit]:
        clip = ClipText.of(self.text, found[self.pointer(placed.path)][0])

        def build(original: Json, key: str) -> Json:
            return self._reference(placed, relink, original, key)

        render = build(*reversed(clip.original()))
        yield from clip.second_reference(build) if manner.kind == "reference" else clip.replaced(build)
        new_range = self._source_range(clip, placed, render)
        if new_range is not None:
            yield clip.source_range(new_range)
        patch.shown.append((placed.path, render["target_url"]))
        patch.was[relink.shot] = {
            "references": clip.references,
            "active": clip.active,
            "source_range": clip.content.get("source_range"),
        }

    def _reference(self, placed: Placed, relink: Relink, original: Json, key: str) -> Json:
        shot, footing = placed.candidate.found, placed.footing
        assert isinstance(shot, Shot)
        assert footing is not None
        written = original.get("available_range")
        available: Json | None
        if shot.media.info.still:
            available = written
        else:
            cut = relink.stands_for.start - shot.media.available.start
            rate = _rate(placed, written)
            start = written["start_time"]["value"] if _counts(placed, written) else float(footing.base)
            available = range_json(start + cut, relink.stands_for.count, rate)
        told: Json = {
            "run": self.run,
            "shot": relink.shot,
            "original_key": key,
            "generative": relink.generative,
            "size": [relink.width, relink.height],
            _MADE_BY: dict(relink.made_by),
        }
        url = like(str(original.get("target_url", "")), relink.path, self.folder)
        return reference_json(
            url, available, original.get("available_image_bounds"), original.get("name") or "", told
        )

    def _source_range(self, clip: ClipText, placed: Placed, render: Json) -> Json | None:
        """Return the range that a clip without one needs, because its render is shorter than its media."""
        cut, available = placed.source, render["available_range"]
        if clip.content.get("source_range") is not None or available is None or cut is None:
            return None
        rate = available["duration"]["rate"]
        first, count = float(cut.start), float(cut.count)
        if (available["start_time"]["value"], available["duration"]["value"]) == (first, count):
            return None
        written = clip.original()[1].get("available_range")
        return dict(written) if written else range_json(first, count, rate)

    def _tracks(self, work: list[tuple[Placed, Relink]]) -> Patch:
        """Put a new track right above each track that has renders, so that nothing above is hidden."""
        patch = Patch()
        by_track: dict[str, dict[int, tuple[Placed, Relink]]] = defaultdict(dict)
        for placed, relink in work:
            track, _, index = placed.path.rpartition("/")
            by_track[track][int(index)] = placed, relink
        wanted = {self.pointer(track) for track in by_track}
        stacks = {pointer[:-2] for pointer in wanted if len(pointer) > len(self.root)}
        found = places(self.text, wanted | stacks | {(*stack, "OTIO_SCHEMA") for stack in stacks})
        for track, clips in sorted(by_track.items()):
            pointer = self.pointer(track)
            self._track(pointer, found, track, clips, patch)
        return patch

    def _track(
        self,
        pointer: Pointer,
        found: Mapping[Pointer, tuple[int, int]],
        path: str,
        clips: dict[int, tuple[Placed, Relink]],
        patch: Patch,
    ) -> None:
        start, end = found[pointer]
        content: Json = value(self.text, start)[0]
        if not self._may_grow(pointer, content, found):
            reason = "it lies on no track of its own, so that none can be put above it; use --as reference"
            patch.left_out += [_left_out(placed, reason) for placed, _ in clips.values()]
            return
        renders: dict[int, Json] = {}
        for index, (placed, relink) in clips.items():
            try:
                key, original = ClipText.of(self.text, found_child(self.text, start, index)).original()
                renders[index] = self._reference(placed, relink, original, key)
            except HostError as refused:
                patch.left_out.append(_left_out(placed, str(refused)))
        mirror = Mirror(content, renders, self._lengths_on(path, content))
        patch.left_out += [_left_out(clips[index][0], why) for index, why in mirror.refused.items()]
        if not mirror.renders:
            return
        name = f"{clips[min(clips)][0].candidate.found.track} uprez"
        array = self.text.rfind("[", 0, found[(*pointer[:-1], 0)][0] + 1) if (*pointer[:-1], 0) in found else -1
        hand = Hand.of(self.text, array) if array >= 0 else Hand("", "")
        patch.edits.append(Edit(end, end, f",{hand.lead}{hand.written(mirror.track(name, self.run))}"))
        for index, render in mirror.renders.items():
            patch.shown.append((clips[index][0].path, render["target_url"]))
            patch.relinked.append(clips[index][1].shot)


def _left_out(placed: Placed, reason: str) -> LeftOut:
    found = placed.candidate.found
    return LeftOut(name=found.name, track=found.track, reason=reason)
