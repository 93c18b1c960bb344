"""Finish a render: the source's timecode, reel, tags, exact rate and sound, on every frame that came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from uprez.media.export import first_timecode
from uprez.media.opening import opened, writable
from uprez.media.presets import codec
from uprez.media.probe import probe
from uprez.media.reading import read_frames
from uprez.media.scaling import Scaler
from uprez.media.sound import sound_of
from uprez.media.writing import VideoWriter, copy, settle
from uprez.model import Info
from uprez.orders import Order
from uprez.times import to_timecode

Told = Callable[[int], None]


def finish(fetched: Path, order: Order, to: Path, progress: Told = lambda done: None) -> Info:
    """Write the finished render of `order` to `to` and return what it holds.

    The picture is copied where it is in the wanted codec already, else encoded once more; no frame is
    added or lost. Raises MediaError.
    """
    if order.plate.preset == "still":
        copy(fetched, to)
        return probe(to)
    came = probe(fetched)
    wanted = codec(order.recipe.render, came.pixel_format, came.bits)
    if came.codec == wanted.made:
        _wrap(fetched, came, order, to, wanted.container, progress)
    else:
        encoded = to.with_name(f"{to.stem}.encoded{wanted.suffix}")
        try:
            _encode(fetched, came, order, encoded, progress)
            _wrap(encoded, probe(encoded), order, to, wanted.container, lambda done: None)
        finally:
            encoded.unlink(missing_ok=True)
    return probe(to)


def _encode(fetched: Path, came: Info, order: Order, to: Path, progress: Told) -> None:
    """Encode the render in the wanted codec, at its true rate and with the source's colour tags."""
    source = order.plate.pull.media
    writer = VideoWriter(
        to,
        order.recipe.render,
        width=came.width,
        height=came.height,
        rate=source.rate,
        colour=source.info.colour,
        sample_aspect=source.info.sample_aspect,
        pixel_format_like=came.pixel_format,
        bits=came.bits,
    )
    with writer as out:
        scaler = Scaler(came.width, came.height, out.pixel_format)
        for done, frame in enumerate(read_frames(fetched, 0, came.frames, came.rate), 1):
            out.write(frame if frame.format.name == out.pixel_format else scaler.scale(frame))
            progress(done)


def _wrap(picture: Path, came: Info, order: Order, to: Path, container: str, progress: Told) -> None:
    """Copy the picture's packets into the finished file, re-stamped to the true rate, with the sound."""
    pull = order.plate.pull
    media = pull.media
    part = to.with_name(to.name + ".part")
    first = pull.frames.start - media.available.start
    span = first / media.info.rate, (first + came.frames) / media.info.rate
    try:
        with opened(picture) as source, writable(to), sound_of(media.path, *span) as sound:
            to.parent.mkdir(parents=True, exist_ok=True)
            with av.open(str(part), "w", format=container) as out:
                video = _video(out, source.streams.video[0], order)
                tracks = [out.add_stream_from_template(stream) for stream in sound.streams]
                heard = sound.packets(tracks)
                for done, packet in enumerate(_restamped(source, came, media.rate), 1):
                    _mux_sound(out, heard, until=done / media.rate)
                    packet.stream = video
                    out.mux(packet)
                    progress(done)
                _mux_sound(out, heard, until=None)
        with writable(to):
            settle(part, to)
    finally:
        part.unlink(missing_ok=True)


def _video(out: Any, template: Any, order: Order) -> Any:
    media = order.plate.pull.media
    video = out.add_stream_from_template(template)
    video.time_base = 1 / media.rate
    video.codec_context.framerate = media.rate  # without it the muxer writes no timecode track
    timecode = first_timecode(order.plate)
    if timecode is not None:
        video.metadata["timecode"] = to_timecode(timecode, media.rate, drop=media.info.drop)
    reel = media.reel or media.info.reel
    if reel:
        video.metadata["reel_name"] = reel
    if media.info.rotation:
        video.set_display_rotation(media.info.rotation)
    return video


def _restamped(source: Any, came: Info, rate: Fraction) -> Iterator[Any]:
    """Number the picture's packets frame by frame: what came at a carrier rate plays at the true one."""
    video = source.streams.video[0]
    zero = video.start_time or 0
    per_tick = came.rate * video.time_base
    for packet in source.demux(video):
        if not packet.size or packet.is_discard:
            continue
        packet.pts = round((packet.pts - zero) * per_tick)
        packet.dts = packet.pts if packet.dts is None else round((packet.dts - zero) * per_tick)
        packet.duration, packet.time_base = 1, 1 / rate
        yield packet


def _mux_sound(out: Any, heard: Iterator[Any], until: Fraction | None) -> None:
    """Mux the sound that belongs before `until` seconds; all that is left for None."""
    for packet in heard:
        out.mux(packet)
        if until is not None and packet.pts is not None and packet.pts * packet.time_base >= until:
            return
