"""What is in a file of pictures, counted and not taken from its header."""

from __future__ import annotations

from fractions import Fraction

from pydantic import NonNegativeInt, PositiveInt

from uprez.frozen import Frozen


class Colour(Frozen):
    """Hold the colour tags of a stream as ITU-T H.273 numbers; 2 is unspecified, range 1 limited, 2 full."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    range: int = 0


class Audio(Frozen):
    """Describe one audio stream of a file."""

    codec: str
    rate: int
    layout: str


class Info(Frozen):
    """Say what a file holds, counted and not taken from its header.

    Sizes are stored pixels, before rotation. `timecode` is the first frame's number, None where the file
    has none; `frames` of a still is 1.
    """

    container: str
    codec: str
    rate: Fraction
    frames: NonNegativeInt
    timecode: int | None = None
    drop: bool = False
    reel: str | None = None
    width: PositiveInt
    height: PositiveInt
    sample_aspect: Fraction = Fraction(1)
    pixel_format: str
    bits: PositiveInt
    alpha: bool = False
    colour: Colour = Colour()
    rotation: int = 0
    interlaced: bool = False
    variable: bool = False
    still: bool = False
    audio: tuple[Audio, ...] = ()
