"""Relink every clip of an AAF to stand-in renders, and hold what came out against a reading of its own.

Nothing here uses uprez's reader: what each frame of the timeline shows is asked of pyaaf2's objects frame by
frame, going down from the timeline to a file, before and after.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aaf2
import opentimelineio as otio

from uprez.errors import HostError, PlanError
from uprez.model import Manner, Relink, Selection, Shot
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip
from uprez.times import snap_rate
from uprez_otio.host import OtioHost

SIZE = (32, 18)
LONGEST = 30_000
Seen = tuple[str, Fraction]
"""A file and a frame of it, counted from its first."""


def run_corpus(file: Path, folder: Path) -> dict[str, Any]:
    """Relink what can be of a file; return how many clips, relinked, left out by reason, and wrong."""
    cut = with_stand_ins(file, folder)
    host = OtioHost(str(cut))
    try:
        found = host.shots(Selection())
    except (HostError, PlanError) as refused:
        return {"file": file.name, "clips": 0, "relinked": 0, "left_out": {str(refused)[-60:]: 1}, "wrong": 0}
    reasons = Counter(left.reason for left in found.left_out if "it stays as it is" not in left.reason)
    clips = len(found.shots) + sum(reasons.values())
    if not found.shots:
        return {"file": file.name, "clips": clips, "relinked": 0, "left_out": dict(reasons), "wrong": 0}
    relinks = tuple(rendered(found.shots, folder / "renders"))
    output = folder / "out.aaf"
    conform = host.relink(relinks, Manner(output=output))
    reasons += Counter(left.reason for left in conform.left_out)
    wrong = [] if told_by_adapter(cut) == told_by_adapter(output) else ["OTIO's adapter reads it differently"]
    assert conform.receipt is not None
    host.revert(conform.receipt, folder / "back.aaf")
    if (folder / "back.aaf").read_bytes() != cut.read_bytes():
        wrong.append("a revert does not give it back")
    wrong += list(differences(cut, output, renders_of(found.shots, relinks), len(conform.relinked)))
    return {
        "file": file.name,
        "clips": clips,
        "relinked": len(conform.relinked),
        "left_out": dict(reasons),
        "wrong": len(wrong),
        "told": wrong[:5],
    }


def with_stand_ins(file: Path, folder: Path) -> Path:
    """Copy a file and give each picture that it names a small one of the same length and rate."""
    cut = folder / "cut.aaf"
    shutil.copyfile(file, cut)
    with aaf2.open(str(cut), "rw") as content:
        for number, mob in enumerate(content.content.sourcemobs()):
            for slot in mob.slots:
                descriptor = mob.descriptor
                if slot.media_kind == "Picture" and "Length" in descriptor and list(descriptor.locator):
                    name = stand_in(descriptor["Length"].value, slot.edit_rate, number, folder / "media")
                    for locator in descriptor.locator:
                        locator["URLString"].value = name.as_uri()
    return cut


def stand_in(length: int, rate: Fraction, number: int, folder: Path) -> Path:
    """Make a file of so many frames; no two are alike, so that none passes for another."""
    assert 0 < length <= LONGEST
    kind = folder / "kinds" / f"{length} {rate.numerator}-{rate.denominator}.mkv"
    if not kind.exists():
        make_clip(kind, frames=length, rate=snap_rate(float(rate)), size=SIZE)
    path = folder / f"media {number}.mkv"
    path.write_bytes(kind.read_bytes() + f"{number:016d}".encode())
    return path


def rendered(shots: tuple[Shot, ...], folder: Path) -> Iterator[Relink]:
    """Make stand-ins for the renders of a plan: twice as large, with the same numbers."""
    by_id = {shot.id: shot for shot in shots}
    for number, pull in enumerate(plan_pulls(shots, 3)):
        path = folder / f"render {number}.mkv"
        size = SIZE[0] * 2, SIZE[1] * 2
        frames = pull.frames.count
        first = pull.frames.start - pull.media.available.start
        make_clip(path, frames=frames, rate=pull.media.rate, size=size, first=first)
        for shot in pull.shots:
            yield Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=by_id[shot].media.rate,
                width=size[0],
                height=size[1],
            )


@dataclass(frozen=True)
class Render:
    """Say which file a render stands for, from which frame of it on, and how many."""

    url: str
    first: int
    count: int

    def of(self, at: Fraction) -> Seen:
        """Return what a frame of the render stands for; of what it does not have, nothing."""
        return (self.url, at + self.first) if 0 <= at < self.count else (f"nothing at {at}", at)


def renders_of(shots: tuple[Shot, ...], relinks: tuple[Relink, ...]) -> dict[str, Render]:
    """Return the renders by their addresses."""
    media = {shot.id: shot.media for shot in shots}
    return {
        unquote(relink.path.as_uri()): Render(
            unquote(media[relink.shot].path.as_uri()),
            relink.stands_for.start - media[relink.shot].available.start,
            relink.stands_for.count,
        )
        for relink in relinks
    }


def differences(
    before: Path, after: Path, renders: dict[str, tuple[str, int]], relinked: int
) -> Iterator[str]:
    """Yield what is wrong: a frame that is another one, a clip not relinked, a change that is no media's."""
    with aaf2.open(str(before)) as old, aaf2.open(str(after)) as new:
        known = {str(mob.mob_id) for mob in old.content.mobs}
        places = relinked_in(new, known)
        one, other = Told(old, places).mobs(), Told(new, places).mobs()
        changed = [name for name in one if one[name] != other.get(name)]
        if changed:
            yield f"more than media changed in {changed[:2]}"
        if len(places) > relinked:
            yield f"{len(places)} clips name new media, and {relinked} were relinked"
        count = 0
        for (place, was), (_, now) in zip(frames(old), frames(new), strict=True):
            back = [renders[url].of(at) if url in renders else (url, at) for url, at in now]
            if sorted(back) != sorted(was):
                yield f"{place}: {was} became {now}"
            count += any(url in renders for url, _ in now)
        if relinked and not count:
            yield "no frame shows a render"


def frames(file: Any) -> Iterator[tuple[str, list[Seen]]]:
    """Yield what each frame of the timeline shows, from whichever layer."""
    (top,) = file.content.toplevel()
    for slot in top.slots:
        if slot.media_kind == "Picture":
            for at in range(slot.segment.length):
                yield f"{slot.slot_id}/{at}", list(shown(slot.segment, Fraction(at), slot.edit_rate))


def shown(part: Any, at: Fraction, rate: Fraction) -> Iterator[Seen]:
    """Yield every file that frame `at` of a component may show, and which frame of it."""
    kind = type(part).__name__
    if kind == "Sequence" and len(part.components) == 1:
        yield from shown(part.components[0], at, rate)
    elif kind == "Sequence":
        begin = Fraction(0)
        for each in part.components:
            if type(each).__name__ == "Transition":
                begin -= each.length
                continue
            if begin <= at < begin + each.length:
                yield from shown(each, at - begin, rate)
            begin += each.length
    elif kind == "NestedScope":
        for each in part.slots:
            yield from shown(each, at, rate)
    elif kind == "Selector":
        yield from shown(part["Selected"].value, at, rate)
        for each in part.getvalue("Alternates") or ():
            yield from shown(each, at, rate)
    elif kind == "OperationGroup":
        moved = at
        if part.operation["IsTimeWarp"].value:
            moved = played(part, at)
        for each in part.segments:
            yield from shown(each, moved, rate)
    elif kind == "SourceClip" and part.mob is not None:
        slot = part.slot
        factor = (
            Fraction(1) if abs(slot.edit_rate / rate - 1) < Fraction(11, 10000) else slot.edit_rate / rate
        )
        there = (at + part.start) * factor + (slot.getvalue("Origin") or 0)
        addresses = [unquote(each["URLString"].value) for each in file_of(part.mob)]
        if addresses:  # beyond its ends a file's first or last frame stands still
            yield (
                addresses[0],
                min(max(there, Fraction(0)), Fraction(part.mob.descriptor["Length"].value - 1)),
            )
        else:
            yield from shown(slot.segment, there, slot.edit_rate)


def file_of(mob: Any) -> list[Any]:
    if type(mob).__name__ != "SourceMob" or "Length" not in mob.descriptor:
        return []
    return list(mob.descriptor.locator)


def played(group: Any, at: Fraction) -> Fraction:
    """Return which frame of its input an effect shows, by the positions that Avid wrote beside its speed."""
    by_name = {each.name: each for each in group.parameters}
    points = [(each.time, each.value) for each in by_name["PARAM_SPEED_OFFSET_MAP_U"].pointlist] if (
        "PARAM_SPEED_OFFSET_MAP_U" in by_name
    ) else []  # fmt: skip
    if not points:
        return at
    after = next((index for index, (time, _) in enumerate(points) if time > at), len(points) - 1)
    (t0, v0), (t1, v1) = points[max(after - 1, 0)], points[max(after, 1)]
    exact = Fraction(v0) + (at - Fraction(t0)) * (Fraction(v1) - Fraction(v0)) / (Fraction(t1) - Fraction(t0))
    return exact.limit_denominator(10_000)


@dataclass
class Told:
    """Tell all that a file holds, but for the media of the clips at the places of `relinked`."""

    file: Any
    relinked: set[str]

    def mobs(self) -> dict[str, Any]:
        return {str(mob.mob_id): self.thing(mob) for mob in self.file.content.mobs}

    def thing(self, value: Any) -> Any:
        if isinstance(value, aaf2.core.AAFObject):
            own = {each.name: self.of(each) for each in value.properties()}
            if value.dir is not None and value.dir.path() in self.relinked:
                own |= {"SourceID": "media", "SourceMobSlotID": "media", "StartTime": "media"}
            return type(value).__name__, own
        if isinstance(value, list | tuple) or type(value).__name__.endswith("VectorProperty"):
            return [self.thing(each) for each in value]
        return value if isinstance(value, int | float | str | Fraction | bytes) else repr(value)

    def of(self, each: Any) -> Any:
        kind = type(each).__name__
        if kind == "WeakRefProperty":
            return str(getattr(each.value, "unique_key", None))
        if kind == "StrongRefSetProperty":
            return sorted((str(key), self.thing(value)) for key, value in each.items())
        if kind in ("StrongRefProperty", "StrongRefVectorProperty"):
            return self.thing(each.value)
        return bytes(each.data or b"")


def relinked_in(file: Any, known: set[str]) -> set[str]:
    """Return where the clips are that name a mob which was not there before."""
    return {
        part.dir.path()
        for mob in file.content.compositionmobs()
        for part, _ in mob.walk_references()
        if type(part).__name__ == "SourceClip" and part.mob is not None and str(part.mob_id) not in known
    }


def told_by_adapter(path: Path) -> list[Any]:
    """Tell how OTIO's adapter reads an AAF: names, lengths, effects, markers and mutes, but not media."""
    timeline = otio.adapters.read_from_file(str(path))
    return list(_told(timeline.tracks))


def _told(thing: Any) -> Iterator[Any]:
    own = [type(thing).__name__, thing.name]
    if isinstance(thing, otio.core.Item):
        spans = [thing.range_in_parent()] if isinstance(thing.parent(), otio.schema.Track) else []
        effects = [(type(each).__name__, getattr(each, "time_scalar", None)) for each in thing.effects]
        marks = [(each.name, each.marked_range) for each in thing.markers]
        own += [thing.duration(), spans, effects, marks, thing.enabled]
    elif isinstance(thing, otio.schema.Transition):
        own += [thing.in_offset, thing.out_offset]
    yield own
    for each in thing if isinstance(thing, otio.core.Composition) else ():
        yield from _told(each)
