"""Look for a file's picture in sources, by content alone: each source is decoded once, for all files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from uprez import alignment
from uprez.alignment import REACH
from uprez.errors import MediaError
from uprez.media.compare import Codes, measured, shrunk, small_pictures
from uprez.media.probe import probe
from uprez.media.sequences import read_media
from uprez.model import Media
from uprez.places import Found, Measured, chosen, likeness, measured_at
from uprez.times import FrameRange
from uprez.verify import Evidence

_SAMPLES = 32  # frames of a file that are held against every frame of a source
_COARSE = 4  # small pictures are averaged by so much again
_NEAR = 0.4  # of 2 for unrelated pictures: what is further off is not looked at closely
_CLOSELY = 3  # places of a source that are
_FARTHER, _SLACK = 3.0, 0.03  # and not those that are so much further off than the nearest that none decides
_log = logging.getLogger("uprez")
Shape = npt.NDArray[np.float32]


@dataclass
class _Sought:
    """Hold some frames of a file in small, and where they lie in it."""

    path: Path
    count: int
    at: npt.NDArray[np.int64]
    shapes: Shape
    near: list[tuple[float, Media, int]] = field(default_factory=list)


def recognise(files: Iterable[Path], sources: Sequence[Media]) -> dict[Path, Found]:
    """Return for each file where in the sources its picture is, and whether that is sure.

    Reads every source whole, and holds a few frames of each file. A source that can't be read is logged; a
    file that can't be is nowhere.
    """
    paths, sought, broken = list(files), [], dict[Path, Found]()
    for path in paths:
        try:
            sought.append(_sought(path))
        except MediaError as unreadable:
            broken[path] = Found(why=str(unreadable))
    for media in {source.fingerprint: source for source in sources}.values():
        try:
            _look(media, sought)
        except MediaError as unreadable:
            _log.warning("not looked through: %s", unreadable)
    return {**broken, **{one.path: chosen(list(_closely(one))) for one in sought}}


def compared(path: Path, media: Media, first: int, count: int) -> Evidence:
    """Measure a file against `count` frames of a media, from its `first` on (0-based); raises MediaError."""
    return measured(_source(media, first, count), small_pictures(path))


def agrees(path: Path, media: Media, first: int, count: int) -> bool:
    """Tell whether nothing in a file's picture speaks against its showing these frames; raises MediaError."""
    if first + count > media.info.frames:
        return False
    seen = compared(path, media, first, count)
    alike = likeness(seen)
    astray = alignment.decided(seen.distances) not in (0, None)
    return not astray and (alike is None or measured_at(media, media.available, seen) is not None)


def _sought(path: Path) -> _Sought:
    count = probe(path).frames
    at = np.unique(np.linspace(0, count - 1, min(count, _SAMPLES)).round().astype(np.int64))
    wanted = set(at.tolist())
    shapes = [_shape(codes) for index, codes in enumerate(small_pictures(path)) if index in wanted]
    if len(shapes) < len(at):
        raise MediaError(f"{path}: can't be decoded to its end; copy it again")
    return _Sought(path, count, at, np.stack(shapes))


def _look(media: Media, sought: Sequence[_Sought]) -> None:
    """Go through a source once, and remember for each file the places that are nearest."""
    length = min(media.available.count, media.info.frames)
    fitting = [one for one in sought if one.count <= length]
    costs = [np.zeros(length - one.count + 1) for one in fitting]
    for index, codes in enumerate(_source(media, 0, length) if fitting else ()):
        shape = _shape(codes)
        for one, cost in zip(fitting, costs, strict=True):
            offsets = index - one.at
            inside = (offsets >= 0) & (offsets < len(cost))
            gaps = one.shapes[inside] - shape
            cost[offsets[inside]] += (gaps * gaps).mean(axis=1)
    for one, cost in zip(fitting, costs, strict=True):
        one.near += [(cost[start], media, start) for start in _lowest(cost / len(one.at))]


def _lowest(cost: npt.NDArray[np.float64]) -> Iterator[int]:
    """Yield the places that fit best, none in reach of another."""
    left = cost.copy()
    for _ in range(_CLOSELY):
        start = int(left.argmin())
        if left[start] > _NEAR:
            return
        yield start
        left[max(0, start - REACH) : start + REACH + 1] = np.inf


def _closely(one: _Sought) -> Iterator[Measured]:
    """Measure the nearest places frame by frame; a source that breaks off on the way is logged."""
    near = sorted(one.near, key=lambda near: near[0])[: 2 * _CLOSELY]
    for cost, media, start in near:
        if cost > _FARTHER * near[0][0] + _SLACK:
            break
        try:
            found = _measured(one, media, start)
        except MediaError as broken:
            _log.warning("not looked through: %s", broken)
            continue
        if found is not None:
            yield found


def _measured(one: _Sought, media: Media, start: int) -> Measured | None:
    """Measure a file at a place, or beside it where that is off by a little."""
    seen = compared(one.path, media, start, one.count)
    moved = start - (alignment.decided(seen.distances) or 0)
    if moved != start and 0 <= moved <= media.info.frames - one.count:
        start, seen = moved, compared(one.path, media, moved, one.count)
    frames = FrameRange(start=media.available.start + start, count=one.count)
    return measured_at(media, frames, seen)


def _source(media: Media, first: int, count: int) -> Iterator[Codes]:
    if media.info.still:
        yield from islice(small_pictures(media.path), 1)
        return
    for frame in read_media(media, first, count):
        yield shrunk(frame)


def _shape(codes: Codes) -> Shape:
    """Return the luma of a small picture in smaller still, without its own brightness and contrast."""
    high, wide = codes[0].shape
    luma = codes[0].reshape(high // _COARSE, _COARSE, wide // _COARSE, _COARSE).mean(axis=(1, 3))
    flat = (luma - luma.mean()).astype(np.float32).ravel()
    shape: Shape = flat / max(float(flat.std()), 1.0)
    return shape
