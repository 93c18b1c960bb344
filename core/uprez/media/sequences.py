"""Read image sequences as the media they are, and write a render as one: a file for each frame."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from uprez.errors import MediaError
from uprez.media.fields import whole_pictures
from uprez.media.opening import readable
from uprez.media.presets import FRAME_SUFFIXES
from uprez.media.probe import fingerprint, probe
from uprez.media.reading import read_frames, read_moments
from uprez.media.scaling import Scaler
from uprez.media.stamps import stamp_beside
from uprez.media.writing import VideoWriter
from uprez.model import Colour, Info, Media, Numbering

_RGB = Colour(matrix=0, range=2)
_NUMBERED = re.compile(r"(.*?)(\d+)(\.[^.]+)$")
_SAMPLED = 16  # files read whole for the digest; of the others the size and the name count


def probe_sequence(folder: Path, numbering: Numbering, count: int, rate: Fraction) -> tuple[Info, str]:
    """Return what a sequence of `count` frames holds, and its digest; `rate` in frames per second.

    Raises MediaError for a file that is missing, for a kind of picture that can't be written back, and where
    the first and the last differ in size.
    """
    paths = [folder / numbering.name(index) for index in range(count)]
    there = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    missing = next((path for path in paths if not there.get(path.name)), None)
    if missing is not None:
        raise MediaError(f"{missing}: is missing in its image sequence; bring it back")
    if numbering.suffix.lower() not in FRAME_SUFFIXES:
        raise MediaError(
            f"{folder / numbering.name(0)}: sequences of this kind can't be written back; convert it to PNG, "
            "TIFF, JPEG or DPX, or to a movie, and relink it"
        )
    first, last = probe(paths[0]), probe(paths[-1])
    if (first.width, first.height, first.pixel_format) != (last.width, last.height, last.pixel_format):
        raise MediaError(f"{paths[-1]}: is another kind of picture than the first; export the sequence again")
    stamp = stamp_beside(paths[0])
    whole = stamp if stamp and stamp.count == count else None
    told = {"rate": rate, "frames": count, "still": False, "sequence": numbering, "stamp": whole}
    return first.model_copy(update=told), _digest(paths, there)


def read_media(media: Media, first: int, count: int) -> Iterator[Any]:
    """Decode `count` frames of a media from its frame `first`, counted from 0, as a cut shows them.

    Each is a whole picture of its own: fields are made into frames, and a file whose frames last unequally
    is counted at the media's constant rate. See `read_frames`.
    """
    if not media.info.interlaced:
        yield from _read(media, first, count)
        return
    low = max(0, first - 1)  # a field is made up from the frames around it
    high = min(media.info.frames, first + count + 1)
    with readable(media.path):
        whole = whole_pictures(_read(media, low, high - low), bottom_first=media.info.bottom_first)
        yield from islice(whole, first - low, first - low + count)


def _read(media: Media, first: int, count: int) -> Iterator[Any]:
    numbering, info = media.info.sequence, media.info
    if numbering is None:
        reads = read_moments if info.variable else read_frames
        yield from reads(media.path, first, count, info.rate)
        return
    for index in range(first, first + count):
        path = file_of(media, index)
        for frame in read_frames(path, 0, 1, info.rate):
            if (frame.width, frame.height) != (media.width, media.height):
                size = f"{frame.width}x{frame.height}"
                raise MediaError(f"{path}: has {size} pixels, unlike the first; export the sequence again")
            yield frame


def file_of(media: Media, index: int) -> Path:
    """Return the file that holds a frame, counted from 0."""
    numbering = media.info.sequence
    return media.path if numbering is None else media.path.with_name(numbering.name(index))


def alongside(path: Path) -> list[Path]:
    """Return the files of the sequence that an image is in, by their numbers; itself where there is none."""
    own = _NUMBERED.match(path.name)
    if own is None:
        return [path]
    found = ((_NUMBERED.match(other.name), other) for other in path.parent.iterdir())
    row = {int(name[2]): other for name, other in found if name and (name[1], name[3]) == (own[1], own[3])}
    return [row[number] for number in sorted(row)]


def write_sequence(render: Path, folder: Path, like: Info, numbering: Numbering) -> Path:
    """Write a render's frames as files of the kind that `like` tells; returns the first one's path.

    What is there already is not written again. Raises MediaError.
    """
    info = probe(render)
    for index, frame in enumerate(read_frames(render, 0, info.frames, info.rate)):
        path = folder / numbering.name(index)
        if path.exists():
            continue
        writer = VideoWriter(
            path,
            "still",
            width=info.width,
            height=info.height,
            rate=info.rate,
            colour=_RGB,
            sample_aspect=info.sample_aspect,
            pixel_format_like=like.pixel_format,
            bits=like.bits,
        )
        with writer as out:
            out.write(Scaler(info.width, info.height, out.pixel_format).scale(frame))
    return folder / numbering.name(0)


def _digest(paths: list[Path], sizes: dict[str, int]) -> str:
    """Digest the sizes of all files and the content of some, spread from the first to the last."""
    digest = hashlib.sha256(" ".join(str(sizes[path.name]) for path in paths).encode())
    last = len(paths) - 1
    for number in sorted({last * at // (_SAMPLED - 1) for at in range(_SAMPLED)}):
        digest.update(fingerprint(paths[number]).encode())
    return digest.hexdigest()
