"""Make the text of a relinked timeline, and know what reading it back must show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uprez.errors import HostError
from uprez.model import Manner, Relink
from uprez_otio.baking import Baked, is_retimed
from uprez_otio.edits import Edit
from uprez_otio.format import Patch
from uprez_otio.formats.otio import KEY, ClipText, Json, address_of, range_json, untimed
from uprez_otio.formats.otio_tracks import Mirror
from uprez_otio.jsontext import Hand, Key, Pointer, places, value
from uprez_otio.layout import Layout
from uprez_otio.placed import Placed, Rendered
from uprez_otio.references import References


@dataclass
class Patcher:
    """Patch one timeline: `text` its JSON, `layout` how it was read, `folder` where the output will be."""

    text: str
    layout: Layout
    origin: Path
    folder: Path
    run: str
    manner: Manner
    references: References = field(init=False)
    _found: dict[Pointer, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.references = References(self.layout, self.origin, self.folder, self.run)

    def patch(self, work: Sequence[tuple[Placed, Relink]]) -> Patch:
        """Return the edits that point every clip at its render; what can't be is left out by name."""
        if self.manner.kind == "track":
            return self._tracks(work)
        patch = Patch()
        found = places(self.text, [self.pointer(placed.path) for placed, _ in work])
        for placed, relink in work:
            try:
                edits = list(self._clip(found, placed, relink, patch))
            except HostError as refused:
                patch.leave_out(placed, str(refused))
                continue
            patch.edits += edits
            patch.relinked.append(relink.shot)
        return patch

    def pointer(self, path: str) -> Pointer:
        """Return the way through the file's JSON to the clip, stack or track at `path`."""
        steps: list[Key] = [*self.layout.header.pointer]
        for index in filter(None, path.split("/")):
            steps += ["children", int(index)]
        return tuple(steps)

    def _clip(
        self,
        found: Mapping[Pointer, tuple[int, int]],
        placed: Placed,
        relink: Relink,
        patch: Patch,
    ) -> Iterator[Edit]:
        clip = ClipText.of(self.text, found[self.pointer(placed.path)][0])
        effects = untimed(clip.effects) if self._bakes(placed, relink) else clip.effects
        key, original = clip.original()
        render = self._reference(placed, relink, original, key, clip)
        second = self.manner.kind == "reference"
        yield from clip.second_reference(render) if second else clip.replaced(render)
        yield from clip.played_by(effects)
        new_range = self._source_range(clip, placed, render)
        if new_range is not None:
            yield clip.source_range(new_range)
        patch.shown.append(Rendered(placed.path, address_of(render)))
        patch.was[relink.shot] = {
            "references": clip.references,
            "active": clip.active,
            "filled": new_range is not None,
            "effects": None if effects == clip.effects else clip.effects,
        }

    def _bakes(self, placed: Placed, relink: Relink) -> bool:
        return self.manner.retime == "bake" and not relink.generative and is_retimed(placed)

    def _reference(self, placed: Placed, relink: Relink, original: Json, key: str, clip: ClipText) -> Json:
        """Return the render's reference; raises HostError where a retime can't be baked."""
        if not self._bakes(placed, relink):
            return self.references.of(placed, relink, original, key)
        baked = Baked.of(placed, relink)
        if isinstance(baked, str):
            raise HostError(baked)
        return self.references.baked(placed, relink, original, key, baked, clip.effects)

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

    def _tracks(self, work: Sequence[tuple[Placed, Relink]]) -> Patch:
        """Put a new track right above each track that has renders, so that nothing above is hidden."""
        patch = Patch()
        by_track: dict[str, dict[int, tuple[Placed, Relink]]] = defaultdict(dict)
        for placed, relink in work:
            track, _, index = placed.path.rpartition("/")
            by_track[track][int(index)] = placed, relink
        wanted = [self.pointer(placed.path) for placed, _ in work]
        wanted += map(self.pointer, self.layout.ours)
        for pointer in map(self.pointer, by_track):
            wanted += [pointer, pointer[:-1], (*pointer[:-2], "OTIO_SCHEMA"), (*pointer, "OTIO_SCHEMA")]
        self._found = places(self.text, wanted)
        for track, clips in by_track.items():
            self._track(track, clips, patch)
        return patch

    def _track(self, path: str, clips: dict[int, tuple[Placed, Relink]], patch: Patch) -> None:
        pointer = self.pointer(path)
        if not (
            self._schema(pointer).startswith("Track.") and self._schema(pointer[:-2]).startswith("Stack.")
        ):
            reason = "it lies on no track of a stack, so none can be put above it; use --as reference"
            for placed, _ in clips.values():
                patch.leave_out(placed, reason)
            return
        start, end = self._found[pointer]
        content: Json = value(self.text, start)[0]
        ranges: dict[int, Json] = {}
        renders = dict(self._renders(clips, patch, ranges))
        spans = {index: placed.covers for index, (placed, _) in clips.items() if placed.empty}
        made = any(relink.generative for _, relink in clips.values())
        moving = {index for index, one in clips.items() if one[1].generative or self._bakes(*one)}
        mirror = Mirror(content, renders, self._lengths_on(path, content), spans, moving, ranges)
        for index, why in mirror.refused.items():
            patch.leave_out(clips[index][0], why)
        if not mirror.renders:
            return
        first, _ = clips[min(clips)]
        hand = Hand.of(self.text, self._found[pointer[:-1]][0])
        track = mirror.track(f"{first.candidate.found.track} uprez", self.run, generative=made)
        earlier = end
        above = None if made else self._ours_above(path)
        if above is not None:
            earlier = self._found[self.pointer(above)][1]
            patch.replaced.append(above)
        patch.edits.append(Edit(end, earlier, f"{hand.comma}{hand.written(track)}"))
        for index, render in sorted(mirror.renders.items()):
            placed, relink = clips[index]
            patch.shown.append(Rendered(placed.path, address_of(render), placed.at))
            patch.relinked.append(relink.shot)

    def _renders(
        self, clips: dict[int, tuple[Placed, Relink]], patch: Patch, ranges: dict[int, Json]
    ) -> Iterator[tuple[int, Json]]:
        """Yield the references of a track's renders; `ranges` takes the source ranges that clips need."""
        for index, (placed, relink) in clips.items():
            if placed.empty:
                yield index, self.references.above_gap(placed, relink)
                continue
            try:
                clip = ClipText.of(self.text, self._found[self.pointer(placed.path)][0])
                key, original = clip.original()
                render = self._reference(placed, relink, original, key, clip)
                needed = self._source_range(clip, placed, render)
                if needed is not None:
                    ranges[index] = needed
                yield index, render
            except HostError as refused:
                patch.leave_out(placed, str(refused))

    def _ours_above(self, path: str) -> str | None:
        """Return where an earlier run put its track above this one: the new one takes its place.

        New pictures have no source below, so that a track of them stays.
        """
        stack, _, index = path.rpartition("/")
        above = f"{stack}/{int(index) + 1}" if stack else str(int(index) + 1)
        if above not in self.layout.ours:
            return None
        content: Json = value(self.text, self._found[self.pointer(above)][0])[0]
        return None if content["metadata"][KEY].get("generative") else above

    def _schema(self, pointer: Pointer) -> str:
        place = self._found.get((*pointer, "OTIO_SCHEMA"))
        return str(value(self.text, place[0])[0]) if place else ""

    def _lengths_on(self, path: str, track: Json) -> dict[int, tuple[float, float]]:
        """Return how long what lies on a track is, as it is written or as it was laid out."""
        lengths = {}
        for index, child in enumerate(track.get("children") or []):
            written = child.get("source_range")
            known = self.layout.lengths.get(f"{path}/{index}")
            if written:
                lengths[index] = written["duration"]["value"], written["duration"]["rate"]
            elif known:
                lengths[index] = known
        return lengths
