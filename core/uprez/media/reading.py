"""Read frames by number, exactly: every frame is placed by its own timestamp, in integers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain, groupby
from pathlib import Path
from typing import Any, cast

from av.video.frame import PictureType

from uprez.errors import MediaError
from uprez.media.counting import on_screen, shown
from uprez.media.opening import opened, picture
from uprez.media.probe import probe

_REORDERED = 32  # frames to seek ahead of the wanted one where they are coded out of order


def read_frames(path: Path, first: int, count: int, rate: Fraction | None = None) -> Iterator[Any]:
    """Decode `count` frames from file frame `first` (0-based, as shown), in constant memory.

    `rate` saves a probe where it is known. Raises MediaError where the file has not all of them.
    """
    rate = probe(path).rate if rate is None else rate
    wanted = first
    for number, frame in _numbered(path, first, rate):
        if number < first:
            continue
        if number != wanted:
            raise MediaError(f"{path}: frame {wanted} can't be decoded; check that the file is whole")
        frame.pict_type = PictureType.NONE
        yield frame
        wanted += 1
        if wanted == first + count:
            return
    raise MediaError(
        f"{path}: ends after {wanted} frames, {first + count} are needed; check that it is whole"
    )


def is_sound(path: Path) -> bool:
    """Tell whether a file's picture decodes from its first frame to its last."""
    try:
        info = probe(path)
        for _ in read_frames(path, 0, info.frames, info.rate):
            pass
    except MediaError:
        return False
    return info.frames > 0


def read_moments(path: Path, first: int, count: int, rate: Fraction) -> Iterator[Any]:
    """Decode what is on screen at `count` moments of a file whose frames last unequally.

    They lie 1/`rate` seconds apart, and the first of them `first` / `rate` seconds after the file's first
    frame. Raises MediaError where one of these frames can't be decoded.
    """
    with _decoding(path) as (source, video, opening, frames):
        if opening is None:
            raise MediaError(f"{path}: holds no frame that can be decoded; check that the file is whole")
        times = on_screen(_times(path, opening.pts), rate * video.time_base, first, count)
        if times[0] != opening.pts:
            frames = _sought(source, video, times[0] - _lead(video, rate), times[0])
        for time, moments in groupby(times):
            frame = next((each for each in frames if each.pts >= time), None)
            if frame is None or frame.pts > time:
                raise MediaError(f"{path}: frame {first} can't be decoded; check that the file is whole")
            for _ in moments:
                frame.pict_type = PictureType.NONE
                yield frame
                first += 1


def _times(path: Path, first: int) -> list[int]:
    with opened(path) as source:
        return shown(source, picture(source), path.stat().st_size, first)


def _numbered(path: Path, first: int, rate: Fraction) -> Iterator[tuple[int, Any]]:
    """Decode frames with their numbers, from a whole frame at or before `first` on."""
    with _decoding(path) as (source, video, opening, frames):
        if opening is None:
            return
        if _clockless(source, video, opening):  # its frames come in order all the same
            yield from enumerate(frames)
            return
        zero, per_tick = opening.pts, rate * video.time_base
        lead = _lead(video, rate)
        if first > lead * per_tick:
            latest = zero + int(first / per_tick)
            frames = _sought(source, video, latest - lead, latest)
        for frame in frames:
            yield round((frame.pts - zero) * per_tick), frame


@contextmanager
def _decoding(path: Path) -> Iterator[tuple[Any, Any, Any, Iterator[Any]]]:
    """Open a file; gives it, its picture, the first frame, None where there is none, and all frames."""
    with opened(path) as source:
        video = picture(source)
        video.thread_type = "AUTO"
        frames = source.decode(video)
        opening = next(frames, None)
        yield source, video, opening, chain([] if opening is None else [opening], frames)


def _lead(video: Any, rate: Fraction) -> int:
    """Return how many ticks ahead of a frame to seek."""
    return int((_REORDERED if video.codec_context.has_b_frames else 1) / (rate * video.time_base))


def _clockless(source: Any, video: Any, frame: Any) -> bool:
    """Tell whether timestamps say nothing: a bare stream has none, AVI numbers frames as they are coded."""
    return frame.pts is None or (source.format.name == "avi" and video.codec_context.has_b_frames)


def _sought(source: Any, video: Any, target: int, latest: int) -> Iterator[Any]:
    """Decode from the last keyframe before `target`; from the start where a seek lands after `latest`.

    Frames before the keyframe are dropped: they lean on pictures that the seek skipped.
    """
    source.seek(target, backward=True, any_frame=False, stream=video)
    frames = source.decode(video)
    for frame in frames:
        if frame.key_frame or frame.pts > latest:
            if frame.pts <= latest:
                return chain([frame], frames)
            break
    source.seek(0)
    return cast(Iterator[Any], source.decode(video))
