"""Say what a media file holds by counting, since headers lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import MediaError, PlanError
from uprez.media.counting import constant, moments, shown
from uprez.media.opening import opened, picture
from uprez.media.stamps import stamp_in
from uprez.model import Audio, Colour, Info, Uneven
from uprez.times import from_timecode, may_drop, snap_rate

_WHOLE = 64 * 1024 * 1024
_SAMPLES, _SAMPLE = 64, 16 * 1024
_CUT_OFF = 16  # frames that a decoder may hold back at most, so that a cut can tear holes among them
FASTEST = 240
"""Frames per second above which FFmpeg names the clock of a file and not its rate."""
_USUAL = tuple(snap_rate(rate) for rate in (23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60))
_COARSE = Fraction(1, 4)  # frames a tick, from which on times are too coarse to tell a rate by
_BOTTOM_FIRST = (3, 4)  # AVFieldOrder: bottom first, coded so or not
_PROGRESSIVE = (0, 1)  # AVFieldOrder: unknown, progressive
_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya")


def probe(path: Path) -> Info:
    """Count the frames of `path` and read everything uprez acts on; decodes one frame.

    The count is of packets that are shown, from the first frame that can be decoded on; a packet in the
    middle that can't be decoded is found when it is read. Raises MediaError.
    """
    frame = _first_frame(path)
    with opened(path) as source:
        video = picture(source)
        still = source.format.name.endswith("_pipe")
        ticks = [0] if still else shown(source, video, path.stat().st_size, frame.pts)
        if not ticks:
            raise MediaError(f"{path}: holds no whole frame; check that the file is whole")
        timed = not still and frame.pts is not None
        rate, uneven = _rate(video, ticks) if timed else (_named_rate(video), None)
        timecode, drop = _timecode(source, video, uneven.rate if uneven else rate)
        context = video.codec_context
        return Info(
            container=source.format.name.partition(",")[0],
            codec=context.codec.canonical_name,
            rate=rate,
            frames=len(ticks),
            timecode=timecode,
            drop=drop,
            reel=_named(source, video, "reel_name"),
            width=frame.width,
            height=frame.height,
            sample_aspect=_aspect(video),
            pixel_format=frame.format.name,
            bits=max(component.bits for component in frame.format.components),
            alpha=frame.format.name.startswith(_ALPHA),
            colour=_colour(context, frame),
            rotation=round(frame.rotation) % 360,
            interlaced=bool(frame.interlaced_frame) or context.field_order not in _PROGRESSIVE,
            bottom_first=context.field_order in _BOTTOM_FIRST,
            uneven=uneven,
            still=still,
            audio=tuple(_audio(stream) for stream in source.streams.audio if stream.codec_context),
            stamp=stamp_in(_tags(source, video)),
        )


def _first_frame(path: Path) -> Any:
    with opened(path) as source:
        frame = next(source.decode(picture(source)), None)
        if frame is None:
            raise MediaError(f"{path}: holds no frame that can be decoded; check that the file is whole")
        return frame


def fingerprint(path: Path) -> str:
    """Digest a file's size and content: all of it up to 64 MiB, else 64 samples from head to tail.

    The file's name and times don't count, so that a copy is the same media. Raises MediaError.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            if size <= _WHOLE:
                while block := file.read(1 << 20):
                    digest.update(block)
            else:
                for number in range(_SAMPLES):
                    file.seek((size - _SAMPLE) * number // (_SAMPLES - 1))
                    digest.update(file.read(_SAMPLE))
    except OSError as broken:
        raise MediaError(f"{path}: can't be read ({broken.strerror}); check that it is there") from None
    return digest.hexdigest()


def _named_rate(video: Any) -> Fraction:
    return snap_rate(video.codec_context.framerate or video.average_rate or 25)


def _rate(video: Any, ticks: list[int]) -> tuple[Fraction, Uneven | None]:
    """Return the rate that all frame times agree with; the mean, and how they lie, where there is none such.

    A last few frames with holes between them, as a cut between keyframes leaves, are taken off `ticks`.
    """
    named = [snap_rate(rate) for rate in (video.base_rate, video.average_rate) if rate]
    if len(ticks) < 2:
        return (named[0] if named else Fraction(25)), None
    mean = snap_rate(Fraction(len(ticks) - 1, max(1, ticks[-1] - ticks[0])) / video.time_base)
    for rate in (*named, mean):
        if rate * video.time_base > _COARSE and rate not in named[:1]:
            continue  # frames may be missing, and a tick is no measure for that
        agreeing = constant(ticks, rate * video.time_base)
        if len(ticks) - agreeing <= _CUT_OFF and 4 * agreeing >= 3 * len(ticks):
            del ticks[agreeing:]
            return rate, None
    return mean, _uneven(video, ticks, mean)


def _uneven(video: Any, ticks: list[int], mean: Fraction) -> Uneven:
    base = Fraction(video.time_base)
    begins = ticks[0] if video.start_time is None else video.start_time
    told = (begins + video.duration - ticks[0]) * base if video.duration else Fraction(0)
    jittered = [rate for rate in _USUAL if abs(rate - mean) * 50 < mean and _is_gapless(ticks, rate * base)]
    named = snap_rate(video.base_rate) if video.base_rate else None
    if jittered:
        named = min(jittered, key=lambda rate: _astray(ticks, rate * base))
    elif named and named > max(_USUAL[-1], 5 * mean / 2):
        named = None  # the finest that times can be told in, which is no rate
    rate = named or mean
    return Uneven(
        rate=rate,
        named=named is not None,
        lasts=max(told, (ticks[-1] - ticks[0]) * base + 1 / rate),
        gapless=_is_gapless(ticks, rate * base),
    )


def _is_gapless(ticks: list[int], per_tick: Fraction) -> bool:
    return moments(ticks, per_tick) == [*range(len(ticks))]


def _astray(ticks: list[int], per_tick: Fraction) -> Fraction:
    """Return how many frames all frames together lie beside a constant rate."""
    return sum((abs((tick - ticks[0]) * per_tick - at) for at, tick in enumerate(ticks)), Fraction(0))


def _timecode(source: Any, video: Any, rate: Fraction) -> tuple[int | None, bool]:
    text = _named(source, video, "timecode")
    if text is None:
        return None, False
    try:
        return from_timecode(text, rate), may_drop(rate) and (";" in text or "," in text)
    except PlanError:
        return None, False


def _named(source: Any, video: Any, key: str) -> str | None:
    """Look a name up where containers keep it: the timecode track, the stream, the file."""
    for tags in _tags(source, video):
        for name, value in tags.items():
            if name.lower() == key and value:
                return str(value)
    return None


def _tags(source: Any, video: Any) -> Iterator[dict[str, str]]:
    yield from (stream.metadata for stream in source.streams.data)
    yield video.metadata
    yield source.metadata


def _aspect(video: Any) -> Fraction:
    aspect = video.sample_aspect_ratio
    return Fraction(aspect) if aspect else Fraction(1)


def _colour(context: Any, frame: Any) -> Colour:
    """Prefer the frame's tags where it has them: a container may say nothing or something else."""

    def tag(name: str, *unset: int) -> int:
        found = int(getattr(frame, name))
        return found if found not in unset else int(getattr(context, name))

    # 0 is reserved, and a matrix of 0 means RGB: a YUV bitstream that has it could not say what it is
    return Colour(
        primaries=tag("color_primaries", 0, 2),
        transfer=tag("color_trc", 0, 2),
        matrix=tag("colorspace", 2) if frame.format.is_rgb else tag("colorspace", 0, 2),
        range=tag("color_range", 0),
    )


def _audio(stream: Any) -> Audio:
    context = stream.codec_context
    return Audio(codec=context.name, rate=context.sample_rate or 0, layout=context.layout.name)
