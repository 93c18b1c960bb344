"""Give copied packets the source's colour tags, in the stream and in the bitstream where it has its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from av.bitstream import BitStreamFilterContext

from uprez.media.writing import tag
from uprez.model import Colour, Info


class Retagged:
    """Pass packets of `source` on to the stream `to`, saying `colour` where they said something else."""

    def __init__(self, source: Any, to: Any, came: Info, colour: Colour) -> None:
        self._to = to
        self._filter: Any = None
        if came.colour != colour:
            tag(to.codec_context, colour)
            described = _filter(came.codec, colour)
            self._filter = BitStreamFilterContext(described, source, to) if described else None
            tag(to.codec_context, colour)  # the filter sets the stream's parameters to its own

    def packets(self, packet: Any) -> Iterator[Any]:
        """Yield what a packet becomes; None yields what is still held back."""
        held = self._filter.filter(packet) if self._filter else () if packet is None else (packet,)
        for one in held:
            one.stream = self._to
            yield one


def _filter(codec: str, colour: Colour) -> str | None:
    full = int(colour.range == 2)
    tags = (
        f"colour_primaries={colour.primaries}:transfer_characteristics={colour.transfer}:"
        f"matrix_coefficients={colour.matrix}:video_full_range_flag={full}"
    )
    if codec in ("h264", "hevc"):
        return f"{codec}_metadata={tags}"
    return _prores(colour) if codec == "prores" else None


def _prores(colour: Colour) -> str:
    """Name the tags that a ProRes header knows; -1 leaves what stands there."""
    primaries = colour.primaries if colour.primaries in (1, 2, 5, 6, 9, 11, 12) else -1
    transfer = colour.transfer if colour.transfer in (1, 2, 16, 18) else -1
    matrix = colour.matrix if colour.matrix in (1, 2, 6, 9) else -1
    return f"prores_metadata=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
