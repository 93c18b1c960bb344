"""Bring the source's own sound along for a range: packets copied where they can be, PCM cut to the sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from uprez.media.muxing import Output
from uprez.media.opening import opened, picture, writable

# What editors read from each container as it stands; other sound is decoded to PCM there.
_COPIED = {
    "mov": ("aac", "mp3", "mp2", "ac3", "eac3", "alac", "pcm_"),
    "matroska": (
        "aac",
        "mp3",
        "mp2",
        "ac3",
        "eac3",
        "alac",
        "flac",
        "opus",
        "vorbis",
        "dts",
        "pcm_s",
        "pcm_f",
    ),
}
_PCM = "pcm_s24le"
_ROUNDING = Fraction(1, 100)  # seconds that a timestamp may be off where no sample is missing


class Sound:
    """Hold the audio streams of a source between two times, in seconds from its first frame."""

    def __init__(self, source: Any, start: Fraction, end: Fraction) -> None:
        self._source = source
        video = picture(source)
        zero = (video.start_time or 0) * video.time_base
        self._start, self._end = zero + start, zero + end
        self._streams = [stream for stream in source.streams.audio if stream.codec_context]
        self._decoded: dict[int, Any] = {}
        self._reached: dict[int, int] = {}

    def tracks(self, out: Output) -> dict[int, Any]:
        """Add a track to `out` for each stream and return them by the stream's index."""
        with writable(out.path):
            return {stream.index: self._track(out.file, stream) for stream in self._streams}

    def packets(self, tracks: dict[int, Any]) -> Iterator[Any]:
        """Yield the packets of the range in file order, each for its track, counted from the range's start.

        Copied sound that is compressed begins with the first packet that starts inside the range, in sync.
        """
        if not tracks:
            return
        self._seek()
        ended: set[int] = set()
        for packet in self._source.demux(*self._streams):
            if packet.pts is None or not packet.size:
                continue
            index = packet.stream.index
            if packet.pts * packet.time_base >= self._end:
                ended.add(index)
                if len(ended) == len(tracks):
                    return
                continue
            for cut in self._cut(packet):
                cut.stream = tracks[index]
                yield cut

    def _track(self, out: Any, stream: Any) -> Any:
        context = stream.codec_context
        if context.codec.canonical_name.startswith(_COPIED[out.format.name]):
            return out.add_stream_from_template(stream)
        track = out.add_stream(_PCM, rate=context.sample_rate, layout=context.layout.name)
        self._decoded[stream.index] = av.AudioResampler(format="s32", layout=context.layout)
        return track

    def _seek(self) -> None:
        """Go to a second before the range, so that a decoder has run in when it begins."""
        video = picture(self._source)
        first = (video.start_time or 0) * video.time_base
        begin = max(min(first, self._start), self._start - 1)
        self._source.seek(round(begin / video.time_base), backward=True, stream=video)

    def _cut(self, packet: Any) -> Iterator[Any]:
        """Yield what of a packet lies in the range, with its time from the range's start on."""
        stream = packet.stream
        if stream.index in self._decoded:
            with contextlib.suppress(av.error.InvalidDataError):  # a hole in the sound, the picture goes on
                for frame in packet.decode():
                    for one in self._decoded[stream.index].resample(frame):
                        yield from self._samples(stream, _int24(one), one.pts * one.time_base, one.samples)
        elif stream.codec_context.name.startswith("pcm_"):
            samples = round((packet.duration or 0) * packet.time_base * stream.codec_context.sample_rate)
            yield from self._samples(stream, bytes(packet), packet.pts * packet.time_base, samples)
        else:
            yield from self._whole(packet)

    def _whole(self, packet: Any) -> Iterator[Any]:
        base = packet.time_base
        length = (packet.duration or 0) * base
        if packet.pts * base < self._start or packet.pts * base + length > self._end:
            return
        zero = round(self._start / base)
        packet.dts = (packet.pts if packet.dts is None else packet.dts) - zero
        packet.pts -= zero
        yield packet

    def _samples(self, stream: Any, held: bytes, time: Fraction, samples: int) -> Iterator[Any]:
        if not samples:
            return
        rate = stream.codec_context.sample_rate
        width, at, zero = len(held) // samples, self._placed(stream, time, samples), round(self._start * rate)
        low, high = max(at, zero), min(at + samples, round(self._end * rate))
        if low >= high:
            return
        cut = av.Packet(held[(low - at) * width : (high - at) * width])
        cut.pts = cut.dts = low - zero
        cut.duration, cut.time_base = high - low, Fraction(1, rate)
        yield cut

    def _placed(self, stream: Any, time: Fraction, samples: int) -> int:
        """Return the first sample's number: what follows on is counted, since clocks may be coarse."""
        rate: int = stream.codec_context.sample_rate
        at = round(time * rate)
        reached = self._reached.get(stream.index, at)
        if abs(at - reached) <= rate * _ROUNDING:
            at = reached
        self._reached[stream.index] = at + samples
        return at


@contextlib.contextmanager
def sound_of(path: Path, start: Fraction, end: Fraction) -> Iterator[Sound]:
    """Open the sound of `path` between two times, in seconds from its first frame."""
    with opened(path) as source:
        yield Sound(source, start, end)


def _int24(frame: Any) -> bytes:
    """Return a frame of packed 32-bit samples as 24-bit little-endian ones."""
    held = np.frombuffer(bytes(frame.planes[0]), np.uint8)[: frame.samples * frame.layout.nb_channels * 4]
    return held.reshape(-1, 4)[:, 1:].tobytes()
