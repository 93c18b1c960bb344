"""Point the clips of an AAF at renders, and back. Only ever runs in the child process, on a copy.

Each render gets a file mob of its own, made like that of the file it stands for and leading to the same tape
or import, as many frames further on as its head was cut off; and a master mob, which only the relinked clips
name. Sound stays where it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez_otio.formats.aaf_chain import locators, locators_of
from uprez_otio.formats.aaf_mobs import Beginning, Mobs, Wanted
from uprez_otio.formats.aaf_open import named, number, opened, rate_of, rescaled, slot_at, value_of
from uprez_otio.formats.aaf_parts import clips_in
from uprez_otio.formats.aaf_place import Leaf
from uprez_otio.formats.aaf_tree import Row, Walk
from uprez_otio.limits import BadTimeline
from uprez_otio.media_url import is_relative, like, locate

Json = dict[str, Any]
_STEPS = 2000


def edit(path: Path, told: Json) -> Iterator[Row]:
    """Change a file in place as `told`, and yield what was done, a row for each clip.

    `told` names the folder that relative addresses count from as `origin`, and either the clips to `relink`
    or those to take `back`; for a file that will lie in another `folder` those addresses are rewritten.
    """
    with opened(path, write=True) as file:
        walk = Walk(file, Path(told["origin"]))
        for _ in walk.rows():
            continue
        if "back" in told:
            yield from _taken_back(file, told["back"])
        else:
            if told["origin"] != told["folder"]:
                _move(file, Path(told["origin"]), Path(told["folder"]))
            yield from _Relinking(file, walk.clips).rows([Wanted(**each) for each in told["relink"]])


def addresses(path: Path, _: Json) -> Iterator[Row]:
    """Yield the media addresses of a file."""
    with opened(path) as file:
        for mob in file.content.sourcemobs():
            for url in locators(mob):
                yield ["address", url]


def _move(file: Any, origin: Path, folder: Path) -> None:
    for mob in file.content.sourcemobs():
        for locator in locators_of(mob):
            url = value_of(locator, "URLString")
            if is_relative(url) and (path := locate(url, origin).path) is not None:
                locator["URLString"].value = like(url, path, folder, origin)


class _Relinking:
    """Relink clips; one may be shown at several paths, since a nested sequence may be used twice."""

    def __init__(self, file: Any, clips: dict[str, Leaf]) -> None:
        self._mobs = Mobs(file)
        self._clips = clips
        self._paths: dict[str, list[str]] = {}
        for path, leaf in clips.items():
            self._paths.setdefault(_key(leaf), []).append(path)

    def rows(self, wanted: list[Wanted]) -> Iterator[Row]:
        """Yield `["relinked", path, was]` or `["refused", path, reason]` for each clip that is wanted."""
        by_path = {each.path: each for each in wanted}
        done: dict[str, Json] = {}
        for each in wanted:
            leaf = self._clips.get(each.path)
            if leaf is None or leaf.use is None:
                yield ["refused", each.path, "it is not in the file any more; run again"]
                continue
            key = _key(leaf)
            others = [by_path.get(path) for path in self._paths[key]]
            if any(other is None or other.render != each.render for other in others):
                places = len(others)
                yield ["refused", each.path, _shared(places)]
                continue
            try:
                if key not in done:
                    done[key] = self._relink(leaf, each)
                _forget_computed(leaf)
                yield ["relinked", each.path, done[key]]
            except BadTimeline as refused:
                yield ["refused", each.path, str(refused)]

    def _relink(self, leaf: Leaf, wanted: Wanted) -> Json:
        source, use = leaf.source, leaf.use
        assert use is not None
        start = number(source.start, "clip's start")
        to, inside = start, 0
        if not wanted.still:
            to, inside = _beginning(use.position - wanted.head, use.rate, leaf.rate)
        shift = round(rescaled(Fraction(start - to), leaf.rate, rate_of(leaf.chain.slot)))
        mob, slot_id = self._mobs.of(leaf, wanted, Beginning(to, inside, shift))
        old = {"source": str(source.mob_id), "slot": source.slot_id, "by": start - to}
        source.mob_id, source.slot_id, source.start = mob.mob_id, slot_id, to
        return {"mob": str(mob.mob_id), **old}


def _forget_computed(leaf: Leaf) -> None:
    """Take out what the editor computed of the old media, which it would go on showing."""
    for effect in leaf.around:
        if effect.get("Rendering", None, allkeys=False) is not None:
            del effect["Rendering"]


def _beginning(first: Fraction, rate: Fraction, own: Fraction) -> tuple[int, int]:
    """Return where a clip begins in its render's master mob, and where that begins in the render.

    Together they come to frame `first` of the render. A clip counts in its timeline's rate, `own`, so that
    one number alone can't name every frame of media at another `rate`.
    """
    last = math.floor(rescaled(first, rate, own))
    for to in range(last, max(-1, last - _STEPS), -1):
        inside = first - rescaled(Fraction(to), own, rate)
        if inside.denominator == 1:
            return to, int(inside)
    raise BadTimeline("its frames lie between those of its media; conform it to the timeline's rate first")


def _key(leaf: Leaf) -> str:
    return str(leaf.source.dir.path())


def _shared(places: int) -> str:
    return (
        f"it lies in a sequence that is used {places} times, which do not all get the same render; "
        "select all of them and give more --handles"
    )


def _taken_back(file: Any, told: list[Json]) -> Iterator[Row]:
    """Point what names a render's mob at the old one again, wherever it is, and drop what nothing names."""
    by_mob = {each["mob"]: each for each in told}
    found = set()
    for mob in list(file.content.compositionmobs()):
        for slot in mob.slots:
            for clip in clips_in(slot.segment):
                was = by_mob.get(str(clip.mob_id))
                if was is None:
                    continue
                old = _mob_named(file, was["source"])
                if old is None or slot_at(old, was["slot"]) is None:
                    continue
                clip.mob_id, clip.slot_id = old.mob_id, was["slot"]
                clip.start = number(clip.start, "clip's start") + was["by"]
                found.add(was["mob"])
    for each in told:
        yield ["back" if each["mob"] in found else "gone", each["shot"], None]
    for name in found:
        _drop(file, _mob_named(file, name))


def _mob_named(file: Any, name: str) -> Any:
    return next((mob for mob in file.content.mobs if str(mob.mob_id) == name), None)


def _drop(file: Any, mob: Any) -> None:
    """Take out the mob of a render and the file mob that only it names."""
    behind = [clip.mob for slot in mob.slots for clip in clips_in(slot.segment)]
    file.content.mobs.pop(mob.mob_id)
    if named(mob) == "MasterMob":
        for each in behind:
            if each is not None:
                file.content.mobs.pop(each.mob_id)
