"""Bring the source's own sound along for a range: packets copied, PCM cut to the sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from uprez.media.opening import opened


class Sound:
    """Hold the audio streams of a source between two times, in seconds from its first frame."""

    def __init__(self, source: Any, start: Fraction, end: Fraction) -> None:
        self._source = source
        self._start, self._end = start, end
        self.streams: tuple[Any, ...] = tuple(source.streams.audio) if source is not None else ()

    def packets(self, tracks: Sequence[Any]) -> Iterator[Any]:
        """Yield the packets of the range in file order, each for its track, counted from the range's start.

        Compressed sound begins with the first packet that starts inside the range, in sync.
        """
        if not self.streams:
            return
        video = self._source.streams.video[0]
        zero = (video.start_time or 0) * video.time_base
        begin = max(Fraction(0), zero + self._start - 1)
        self._source.seek(int(begin / video.time_base), backward=True, stream=video)
        by_stream = {stream.index: track for stream, track in zip(self.streams, tracks, strict=True)}
        ended: set[int] = set()
        for packet in self._source.demux(*self.streams):
            if packet.pts is None or not packet.size:
                continue
            index = packet.stream.index
            cut = _cut(packet, zero + self._start, zero + self._end)
            if cut is not None:
                cut.stream = by_stream[index]
                yield cut
            elif packet.pts * packet.time_base >= zero + self._end:
                ended.add(index)
                if len(ended) == len(self.streams):
                    return


@contextlib.contextmanager
def sound_of(path: Path, start: Fraction, end: Fraction) -> Iterator[Sound]:
    """Open the sound of `path` between two times, in seconds from its first frame."""
    with opened(path) as source:
        yield Sound(source if source.streams.audio else None, start, end)


def _cut(packet: Any, start: Fraction, end: Fraction) -> Any:
    """Return what of a packet lies in the range, with its time from `start` on; None if nothing does."""
    base = packet.time_base
    at = packet.pts * base
    length = (packet.duration or 0) * base
    context = packet.stream.codec_context
    if context.name.startswith("pcm_"):
        return _cut_samples(packet, context, start, end)
    if at < start or at + length > end:
        return None
    first = round(start / base)
    packet.dts = (packet.dts if packet.dts is not None else packet.pts) - first
    packet.pts -= first
    return packet


def _cut_samples(packet: Any, context: Any, start: Fraction, end: Fraction) -> Any:
    rate, base = context.sample_rate, packet.time_base
    held = bytes(packet)
    at = round(packet.pts * base * rate)
    width = len(held) // max(1, round((packet.duration or 0) * base * rate))
    low, high = max(at, round(start * rate)), min(at + len(held) // max(1, width), round(end * rate))
    if low >= high or not width:
        return None
    cut = av.Packet(held[(low - at) * width : (high - at) * width])
    cut.pts = cut.dts = low - round(start * rate)
    cut.duration, cut.time_base = high - low, Fraction(1, rate)
    return cut
