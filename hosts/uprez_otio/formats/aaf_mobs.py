"""Make the mobs of a render, like those of the file that it stands for. Only runs in the child process."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from uprez_otio.formats.aaf_chain import Use
from uprez_otio.formats.aaf_copies import (
    advance,
    advance_timecode,
    copied,
    lead,
    move_markers,
    note_path,
    only,
    picture,
    resize,
    whole_pictures,
)
from uprez_otio.formats.aaf_open import kind_of, named, number, rate_of, value_of
from uprez_otio.formats.aaf_place import Leaf
from uprez_otio.limits import BadTimeline

_FILE_ONLY = (
    "CodecDefinition", "Compression", "ContainerFormat", "DataOffset", "FirstFrameOffset",
    "FrameIndexByteOrder", "FrameSampleSize", "ImageAlignmentFactor", "ImageSize", "MediaContainerGUID",
    "OffsetToFrameIndexes", "OffsetToFrameIndexes64", "ResolutionID", "SequenceOffset",
)  # fmt: skip
"""What a descriptor says of the bytes of the old file."""


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


@dataclass(frozen=True, slots=True)
class Beginning:
    """Say where a clip begins in its render's master mob, and where that begins in the render, at `inside`.

    `shift` is how many frames earlier that is than in the old master mob.
    """

    start: int
    inside: int
    shift: int


class Mobs:
    """Make mobs in a file; clips of one source that show one render share them."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._made: dict[str, tuple[Any, int]] = {}

    def of(self, leaf: Leaf, wanted: Wanted, at: Beginning) -> tuple[Any, int]:
        """Return the mob and the slot that a relinked clip names, which begin as `at` tells."""
        master, use = leaf.chain.master, leaf.use
        assert use is not None
        old = str(leaf.source.mob_id), leaf.source.slot_id, str(master.mob_id), str(use.mob.mob_id)
        key = json.dumps([*old, at.inside, *wanted.render])
        if key not in self._made:
            self._made[key] = self._make(leaf, use, wanted, at, key)
        return self._made[key]

    def _make(self, leaf: Leaf, use: Use, wanted: Wanted, at: Beginning, key: str) -> tuple[Any, int]:
        master, slot = leaf.chain.master, leaf.chain.slot
        has_master = named(master) == "MasterMob"
        if at.inside and not has_master:
            raise BadTimeline("it has no master clip, and its media another rate; conform it first")
        file, slot_id = self._file_mob(use, wanted, key)
        if not has_master:
            return file, slot_id
        copy = self._copied(master, key, "master")
        if copy is None:
            return self._file.content.mobs.get(_id(key, "master")), slot.slot_id
        only(copy, slot.slot_id, "Timecode", "EventMobSlot")
        copy.name = leaf.chain.name
        clip = self._file.create.SourceClip(media_kind=kind_of(slot))
        clip.mob_id, clip.slot_id, clip.start = file.mob_id, slot_id, at.inside
        length = number(slot.segment.length, "clip's length") if wanted.still else wanted.count - at.inside
        lead(picture(copy, slot.slot_id), clip, length)
        advance_timecode(copy, rate_of(slot), at.shift, length)
        move_markers(copy, at.shift, length)
        note_path(copy, wanted.file)
        self._file.content.mobs.append(copy)
        return copy, slot.slot_id

    def _file_mob(self, use: Use, wanted: Wanted, key: str) -> tuple[Any, int]:
        """Make the mob of the render's file: like the old one, or leading to the import it stands for."""
        slot_id = use.slot.slot_id
        copy = self._copied(use.mob, key, "file")
        if copy is None:
            return self._file.content.mobs.get(_id(key, "file")), slot_id
        only(copy, slot_id, "Timecode")
        own = picture(copy, slot_id)
        imported = named(use.mob.descriptor) in ("ImportDescriptor", "TapeDescriptor", "FilmDescriptor")
        length = number(own.segment.length, "file's length") if wanted.still else wanted.count
        head = 0 if wanted.still else wanted.head
        if imported:
            clip = self._file.create.SourceClip(media_kind=kind_of(use.slot))
            clip.mob_id, clip.slot_id, clip.start, clip.length = use.mob.mob_id, slot_id, head, length
            own.segment = clip
            only(copy, slot_id)
        else:
            advance(own.segment, head, length)
            advance_timecode(copy, rate_of(use.slot), head, length)
        copy.descriptor = self._descriptor(use, wanted, length, imported)
        self._file.content.mobs.append(copy)
        return copy, slot_id

    def _copied(self, mob: Any, key: str, what: str) -> Any:
        """Return a copy with an id of its own, None where an earlier run of uprez made it already."""
        own = _id(key, what)
        if self._file.content.mobs.get(own) is not None:
            return None
        copy = copied(mob, self._file)
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
            new = copied(old, self._file)
            for name in _FILE_ONLY:
                if new.get(name, None, allkeys=False) is not None:
                    del new[name]
            resize(new, wanted.width, wanted.height)
            whole_pictures(new)
        new["StoredWidth"].value, new["StoredHeight"].value = wanted.width, wanted.height
        new["SampleRate"].value = use.slot.edit_rate
        new["Length"].value = length
        locator = self._file.create.NetworkLocator()
        locator["URLString"].value = wanted.url
        new["Locator"].value = [locator]
        return new


def _id(key: str, what: str) -> Any:
    """Make a mob's id of what it is for, so that the same relink done twice gives the same file."""
    from aaf2.mobid import MobID

    own = MobID.new()
    own.material = uuid.UUID(bytes=hashlib.sha256(f"{key} {what}".encode()).digest()[:16], version=4)
    return own
