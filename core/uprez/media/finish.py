"""Finish a render: the source's timecode, reel, tags, exact rate and sound, on every frame that came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from av.video.frame import PictureType

from uprez.media.export import alike, converter, first_timecode
from uprez.media.making import finish_made
from uprez.media.muxing import Output
from uprez.media.opening import opened, picture
from uprez.media.presets import codec, normal
from uprez.media.probe import probe
from uprez.media.reading import read_frames
from uprez.media.retagging import Retagged, Told
from uprez.media.scaling import Scaler
from uprez.media.sound import sound_of
from uprez.media.writing import VideoWriter, copy, source_tags
from uprez.model import Colour, Info, Media
from uprez.orders import Order
from uprez.stamp import Stamp

Progress = Callable[[int], None]
Raster = tuple[int, int]


@dataclass(frozen=True)
class Kept:
    """Name frames of a fetched file: `count` of them from `first` on, counted from 0."""

    path: Path
    first: int
    count: int


def _nobody(done: int) -> None:
    """Hear of progress and tell nobody."""


def finish(
    fetched: Path, order: Order, to: Path, progress: Progress = _nobody, stamp: Stamp | None = None
) -> Info:
    """Write the finished render of `order` to `to` and return what it holds.

    The picture is copied where it is in the wanted codec and colours already, else encoded once more; no
    frame is added or lost. `stamp` is for the file's metadata; a still has none. Raises MediaError.
    """
    if order.frames is not None:
        return finish_made(fetched, order, to, progress, stamp)
    if order.plate.preset == "still":
        _finish_still(fetched, order, to)
        return probe(to)
    came, colour = probe(fetched), normal(order.plate.pull.media.info)[2]
    if came.width % 2 or came.height % 2:  # nobody ordered that, and no codec that editors read takes it
        copy(fetched, to)
        return came
    wanted = codec(order.recipe.render, came.pixel_format, came.bits)
    copied = came.codec == wanted.made and not came.variable and alike(came.colour, colour)
    if copied and not _hides(fetched):
        out = Output(to, wanted.container, order.plate.pull.media.rate, stamp)
        _copy(fetched, came, order, out, progress)
    else:
        _encode([Kept(fetched, 0, came.frames)], order, to, progress, stamp=stamp)
    return probe(to)


def finish_joined(
    kept: Sequence[Kept], order: Order, to: Path, progress: Progress = _nobody, stamp: Stamp | None = None
) -> Info:
    """Write what was fetched in pieces as one finished render, encoded once; raises MediaError."""
    _encode(kept, order, to, progress, stamp=stamp)
    return probe(to)


def finish_at(render: Path, order: Order, to: Path, width: int, height: int) -> Info:
    """Write a finished render again at another raster, in pixels, with its sound; raises MediaError."""
    if order.plate.preset == "still":
        _finish_still(render, order, to, (width, height))
    else:
        came = probe(render)
        _encode([Kept(render, 0, came.frames)], order, to, _nobody, (width, height), came.stamp)
    return probe(to)


def _finish_still(fetched: Path, order: Order, to: Path, size: Raster | None = None) -> None:
    """Write a still in its source's own format, whatever kind of picture the service returned."""
    came, colour = probe(fetched), normal(order.plate.pull.media.info)[2]
    width, height = size or (came.width, came.height)
    if size is None and came.codec == codec("still", came.pixel_format, came.bits, to.suffix).made:
        copy(fetched, to)
        return
    writer = VideoWriter(
        to,
        "still",
        width=width,
        height=height,
        rate=came.rate,
        colour=colour,
        sample_aspect=came.sample_aspect,
        pixel_format_like=came.pixel_format,
        bits=came.bits,
    )
    with writer as out:
        tagged = came.colour if colour.matrix == 0 else colour
        convert = _resized(came, out.pixel_format, tagged, size)
        for frame in read_frames(fetched, 0, 1, came.rate):
            out.write(convert(frame))


def _encode(
    kept: Sequence[Kept],
    order: Order,
    to: Path,
    progress: Progress,
    size: Raster | None = None,
    stamp: Stamp | None = None,
) -> None:
    """Encode the render in the wanted codec, at its true rate and in the source's colours, with the sound."""
    width, height = size or (probe(kept[0].path).width, probe(kept[0].path).height)
    source, came = order.plate.pull.media, probe(kept[0].path)
    colour = normal(source.info)[2]
    writer = VideoWriter(
        to,
        order.recipe.render,
        width=width,
        height=height,
        rate=source.rate,
        colour=colour,
        sample_aspect=source.info.sample_aspect,
        pixel_format_like=came.pixel_format,
        bits=came.bits,
        timecode=first_timecode(order.plate),
        drop=source.info.drop,
        reel=source.reel or source.info.reel,
        rotation=source.info.rotation,
        stamp=stamp,
    )
    with sound_of(source.path, *_span(order, sum(one.count for one in kept))) as sound, writer as out:
        heard = sound.packets(sound.tracks(out.output))
        for done, frame in enumerate(_converted(kept, out.pixel_format, colour, size), 1):
            out.write(frame)
            _mux_sound(out.output, heard, until=done / source.rate)
            progress(done)
        _mux_sound(out.output, heard, until=None)


def _converted(kept: Sequence[Kept], pixel_format: str, colour: Colour, size: Raster | None) -> Iterator[Any]:
    for one in kept:
        came = probe(one.path)
        convert = _resized(came, pixel_format, colour, size)
        for frame in _frames(one, came):
            yield convert(frame)


def _resized(came: Info, pixel_format: str, colour: Colour, size: Raster | None) -> Callable[[Any], Any]:
    """Return what brings frames to a pixel format, a colour and, where one is given, a raster."""
    if size is None:
        return converter(came, pixel_format, colour)
    return Scaler(*size, pixel_format, colour=colour).scale


def _frames(kept: Kept, came: Info) -> Iterator[Any]:
    """Read frames by number; where their times are uneven they have none but their order."""
    if not came.variable:
        yield from read_frames(kept.path, kept.first, kept.count, came.rate)
        return
    with opened(kept.path) as source:
        for frame in islice(source.decode(picture(source)), kept.first, kept.first + kept.count):
            frame.pict_type = PictureType.NONE
            yield frame


def _span(order: Order, frames: int) -> tuple[Fraction, Fraction]:
    """Return begin and end of the render in its source, in seconds from the source's first frame."""
    pull = order.plate.pull
    first = pull.frames.start - pull.media.available.start
    return first / pull.media.info.rate, (first + frames) / pull.media.info.rate


def _copy(fetched: Path, came: Info, order: Order, to: Output, progress: Progress) -> None:
    """Copy the picture's packets into the finished file, re-stamped to the true rate, with the sound."""
    media, span = order.plate.pull.media, _span(order, came.frames)
    with opened(fetched) as source, sound_of(media.path, *span) as sound, to as out:
        video = _video(out, picture(source), order)
        retagged = Retagged(picture(source), video, came, _told(media))
        heard = sound.packets(sound.tracks(out))
        for done, packet in enumerate(_restamped(source, came, media.rate), 1):
            _mux_sound(out, heard, until=done / media.rate)
            out.mux(retagged.packets(packet))
            progress(done)
        out.mux(retagged.packets(None))
        _mux_sound(out, heard, until=None)


def _video(out: Output, template: Any, order: Order) -> Any:
    media = order.plate.pull.media
    video = out.file.add_stream_from_template(template)
    video.time_base = 1 / media.rate
    context = video.codec_context
    context.framerate = media.rate  # without it the muxer writes no timecode track
    context.sample_aspect_ratio = media.info.sample_aspect
    reel = media.reel or media.info.reel
    video.metadata.update(source_tags(first_timecode(order.plate), media.rate, media.info.drop, reel))
    if media.info.rotation:
        video.set_display_rotation(media.info.rotation)
    return video


def _told(media: Media) -> Told:
    return Told(colour=normal(media.info)[2], rate=media.rate, sample_aspect=media.info.sample_aspect)


def _hides(fetched: Path) -> bool:
    """Tell whether an edit list hides frames: others may lean on them, so a copy without them would break."""
    with opened(fetched) as source:
        return any(packet.is_discard for packet in source.demux(picture(source)) if packet.size)


def _restamped(source: Any, came: Info, rate: Fraction) -> Iterator[Any]:
    """Number the picture's packets frame by frame: what came at a carrier rate plays at the true one."""
    video = picture(source)
    zero = video.start_time or 0
    per_tick = came.rate * video.time_base
    for packet in source.demux(video):
        if not packet.size or packet.is_discard:
            continue
        packet.pts = round((packet.pts - zero) * per_tick)
        packet.dts = packet.pts if packet.dts is None else round((packet.dts - zero) * per_tick)
        packet.duration, packet.time_base = 1, 1 / rate
        yield packet


def _mux_sound(out: Output, heard: Iterator[Any], until: Fraction | None) -> None:
    """Mux the sound that belongs before `until` seconds; all that is left for None."""
    for packet in heard:
        out.mux(packet)
        if until is not None and packet.pts is not None and packet.pts * packet.time_base >= until:
            return
