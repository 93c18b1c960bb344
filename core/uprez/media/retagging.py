"""Make copied packets say what the source says, in the stream and in the bitstream where it has its own."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from av.bitstream import BitStreamFilterContext

from uprez.frozen import Frozen
from uprez.media.writing import tag
from uprez.model import Colour, Info


class Told(Frozen):
    """Hold what a stream is to say of itself; `rate` in frames per second."""

    colour: Colour
    rate: Fraction
    sample_aspect: Fraction

    def holds(self, info: Info) -> bool:
        """Tell whether a file says all of it already."""
        return (info.colour, info.rate, info.sample_aspect) == (self.colour, self.rate, self.sample_aspect)


class Retagged:
    """Pass packets of `source` on to the stream `to`, saying `told` where they said something else."""

    def __init__(self, source: Any, to: Any, came: Info, told: Told) -> None:
        self._to = to
        self._filter: Any = None
        if told.holds(came):
            return
        described = _filter(came.codec, told)
        if described:
            self._filter = BitStreamFilterContext(described, source, to)
        # only now: the filter gives the stream the parameters of what it reads
        tag(to.codec_context, told.colour)
        to.codec_context.sample_aspect_ratio = told.sample_aspect
        to.codec_context.framerate = told.rate  # without it the muxer writes no timecode track

    def packets(self, packet: Any) -> Iterator[Any]:
        """Yield what a packet becomes; None yields what is still held back."""
        held = self._filter.filter(packet) if self._filter else () if packet is None else (packet,)
        for one in held:
            one.stream = self._to
            yield one


def _filter(codec: str, told: Told) -> str | None:
    colour, rate = told.colour, told.rate * (2 if codec == "h264" else 1)  # H.264 counts in fields
    if codec in ("h264", "hevc"):
        return (
            f"{codec}_metadata=colour_primaries={colour.primaries}:transfer_characteristics={colour.transfer}"
            f":matrix_coefficients={colour.matrix}:video_full_range_flag={int(colour.range == 2)}"
            f":tick_rate={rate.numerator}/{rate.denominator}"
            f":sample_aspect_ratio={told.sample_aspect.numerator}/{told.sample_aspect.denominator}"
        )
    return _prores(colour) if codec == "prores" else None


def _prores(colour: Colour) -> str:
    """Name the tags that a ProRes header knows; -1 leaves what stands there."""
    primaries = colour.primaries if colour.primaries in (1, 5, 6, 9, 11, 12) else -1
    transfer = colour.transfer if colour.transfer in (1, 2, 16, 18) else -1
    matrix = colour.matrix if colour.matrix in (1, 6, 9) else -1
    return f"prores_metadata=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
