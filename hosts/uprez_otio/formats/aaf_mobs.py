"""Make the mobs of a render, like those of the file that it stands for. Only runs in the child process."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from uprez_otio.formats.aaf_chain import Use
from uprez_otio.formats.aaf_open import alike, inputs, kind_of, named, number, rate_of, value_of
from uprez_otio.formats.aaf_place import Leaf
from uprez_otio.limits import NESTING, BadTimeline

_FILE_ONLY = (
    "CodecDefinition", "Compression", "ContainerFormat", "DataOffset", "FirstFrameOffset",
    "FrameIndexByteOrder", "FrameSampleSize", "ImageAlignmentFactor", "ImageSize", "MediaContainerGUID",
    "OffsetToFrameIndexes", "OffsetToFrameIndexes64", "ResolutionID", "SequenceOffset",
)  # fmt: skip
"""What a descriptor says of the bytes of the old file."""
_WIDTHS = "SampledWidth", "DisplayWidth", "SampledXOffset", "DisplayXOffset"
_HEIGHTS = "SampledHeight", "DisplayHeight", "SampledYOffset", "DisplayYOffset"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Ask for the clip at `path` to show a render, whose first frame is frame `head` of the clip's file.

    `url` is its address as it is written, `file` as a path; a `still` keeps all lengths.
    """

    path: str
    url: str
    file: str
    head: int
    count: int
    width: int
    height: int
    still: bool = False

    @property
    def render(self) -> tuple[object, ...]:
        """Return what tells one render from another."""
        return self.url, self.head, self.count


class Mobs:
    """Make mobs in a file; clips of one master that show one render share one."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._made: dict[str, tuple[Any, int]] = {}

    def of(self, leaf: Leaf, wanted: Wanted) -> tuple[Any, int]:
        """Return the mob and the slot that a relinked clip names."""
        master, use = leaf.chain.master, leaf.use
        assert use is not None
        told = [
            str(master.mob_id),
            leaf.chain.slot.slot_id,
            str(use.mob.mob_id),
            leaf.chain.name,
            *wanted.render,
        ]
        key = json.dumps(told)
        if key not in self._made:
            self._made[key] = self._make(leaf, use, wanted, key)
        return self._made[key]

    def _make(self, leaf: Leaf, use: Use, wanted: Wanted, key: str) -> tuple[Any, int]:
        file, slot_id = self._file_mob(use, wanted, key)
        master, slot = leaf.chain.master, leaf.chain.slot
        if named(master) != "MasterMob":
            return file, slot_id
        copy = self._copied(master, key, "master")
        if copy is None:
            return self._file.content.mobs.get(_id(key, "master")), slot.slot_id
        _only(copy, slot.slot_id)
        copy.name = leaf.chain.name
        own = _slot(copy, slot.slot_id)
        clip = self._file.create.SourceClip(media_kind=kind_of(slot))
        clip.mob_id, clip.slot_id, clip.start = file.mob_id, slot_id, 0
        _lead(own, clip, number(slot.segment.length, "clip's length") if wanted.still else wanted.count)
        _comment(copy, wanted.file)
        self._file.content.mobs.append(copy)
        return copy, slot.slot_id

    def _file_mob(self, use: Use, wanted: Wanted, key: str) -> tuple[Any, int]:
        """Make the mob of the render's file: like the old one, or leading to the import it stands for."""
        slot_id = use.slot.slot_id
        copy = self._copied(use.mob, key, "file")
        if copy is None:
            return self._file.content.mobs.get(_id(key, "file")), slot_id
        _only(copy, slot_id)
        own = _slot(copy, slot_id)
        imported = named(use.mob.descriptor) in ("ImportDescriptor", "TapeDescriptor", "FilmDescriptor")
        length = number(own.segment.length, "file's length") if wanted.still else wanted.count
        head = 0 if wanted.still else wanted.head
        if imported:
            clip = self._file.create.SourceClip(media_kind=kind_of(use.slot))
            clip.mob_id, clip.slot_id, clip.start, clip.length = use.mob.mob_id, slot_id, head, length
            own.segment = clip
            _only(copy, slot_id, timecode=False)
        else:
            _advance(own.segment, head, length)
            _advance_timecode(copy, rate_of(use.slot), head, length)
        copy.descriptor = self._descriptor(use, wanted, length, imported)
        self._file.content.mobs.append(copy)
        return copy, slot_id

    def _copied(self, mob: Any, key: str, what: str) -> Any:
        """Return a copy with an id of its own, None where an earlier run of uprez made it already."""
        own = _id(key, what)
        if self._file.content.mobs.get(own) is not None:
            return None
        copy = _copied(mob, self._file)
        copy.mob_id = own
        return copy

    def _descriptor(self, use: Use, wanted: Wanted, length: int, imported: bool) -> Any:
        """Describe the render: what is said of the picture stays, what is said of the old bytes goes."""
        old = use.mob.descriptor
        if imported or value_of(old, "StoredWidth") is None:
            new = self._file.create.CDCIDescriptor()
            new["ComponentWidth"].value, new["HorizontalSubsampling"].value = 8, 2
            new["FrameLayout"].value, new["VideoLineMap"].value = "FullFrame", [42, 0]
            new["ImageAspectRatio"].value = f"{wanted.width}/{wanted.height}"
        else:
            new = _copied(old, self._file)
            for name in _FILE_ONLY:
                if new.get(name, None, allkeys=False) is not None:
                    del new[name]
            _resize(new, wanted)
        new["StoredWidth"].value, new["StoredHeight"].value = wanted.width, wanted.height
        new["SampleRate"].value = use.slot.edit_rate
        new["Length"].value = length
        locator = self._file.create.NetworkLocator()
        locator["URLString"].value = wanted.url
        new["Locator"].value = [locator]
        return new


def _resize(descriptor: Any, wanted: Wanted) -> None:
    """Write the render's size where the descriptor has one; its windows keep their shape."""
    was = descriptor["StoredWidth"].value, descriptor["StoredHeight"].value
    for names, old, new in ((_WIDTHS, was[0], wanted.width), (_HEIGHTS, was[1], wanted.height)):
        for name in names:
            value = value_of(descriptor, name)
            if isinstance(value, int) and old:
                descriptor[name].value = round(Fraction(value * new, old))


def _copied(thing: Any, file: Any) -> Any:
    """Copy an object that is not put anywhere yet.

    pyaaf2 looks up the names of what it copies by wrong numbers, which fails for a list that something was
    once taken out of. What has no place yet needs no names.
    """
    from aaf2.properties import StrongRefVectorProperty as Vector

    named_so = Vector.index_ref_name
    Vector.index_ref_name = lambda *_: ""
    try:
        return thing.copy(root=file)
    finally:
        Vector.index_ref_name = named_so


def _id(key: str, what: str) -> Any:
    """Make a mob's id of what it is for, so that the same relink done twice gives the same file."""
    from aaf2.mobid import MobID

    own = MobID.new()
    own.material = uuid.UUID(bytes=hashlib.sha256(f"{key} {what}".encode()).digest()[:16], version=4)
    return own


def _slot(mob: Any, slot_id: int) -> Any:
    return next(slot for slot in mob.slots if slot.slot_id == slot_id)


def _only(mob: Any, slot_id: int, *, timecode: bool = True) -> None:
    """Leave of a copied mob the picture that is meant, and its timecode: sound is no render's."""
    kept = [
        slot for slot in mob.slots if slot.slot_id == slot_id or (timecode and kind_of(slot) == "Timecode")
    ]
    mob["Slots"].value = kept


def _lead(slot: Any, clip: Any, length: int) -> None:
    """Put a clip in the place of the one that a slot leads to, inside the effects that lie on it."""
    clip.length = length
    holder, segment = slot, slot.segment
    for _ in range(NESTING):
        if named(segment) != "OperationGroup" or len(inputs(segment)) != 1:
            break
        segment.length = length
        holder, segment = segment, inputs(segment)[0]
    if holder is slot:
        slot.segment = clip
    else:
        holder["InputSegments"].value = [clip]


def _advance(segment: Any, head: int, length: int) -> None:
    """Lead so many frames further on in the tape, so that the timecode of each frame stays."""
    kind = named(segment)
    segment.length = length
    if kind == "SourceClip":
        if segment.mob is not None:
            segment.start = number(segment.start, "clip's start") + head
    elif kind == "Sequence" and len(segment.components) == 1:
        _advance(segment.components[0], head, length)
    elif kind != "Filler":
        raise BadTimeline(
            f"its file leads to its tape through a {kind}, which uprez does not follow; transcode it"
        )


def _advance_timecode(mob: Any, rate: Any, head: int, length: int) -> None:
    for slot in mob.slots:
        for part in [slot.segment, *getattr(slot.segment, "components", ())]:
            if named(part) == "Timecode" and alike(rate_of(slot), rate) and part.fps == round(rate):
                part.start, part.length = number(part.start, "timecode") + head, length


def _comment(mob: Any, file: str) -> None:
    """Tell where the file is where the old master did, in the column that Avid keeps for it."""
    for comment in value_of(mob, "UserComments") or ():
        if comment.name == "UNC Path":
            comment.value = file
