"""What is in a file of pictures, counted and not taken from its header."""

from __future__ import annotations

from fractions import Fraction

from pydantic import NonNegativeInt, PositiveInt

from uprez.frozen import Frozen
from uprez.stamp import Stamp


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


class Numbering(Frozen):
    """Say how the files of an image sequence are called: `prefix`, a number of `padding` digits, `suffix`.

    The first frame is in the file of number `first`, each further one in the next.
    """

    prefix: str
    suffix: str
    first: int
    padding: NonNegativeInt = 0

    def name(self, index: int) -> str:
        """Return the name of the file that holds a frame, counted from 0."""
        number = self.first + index
        sign = "-" if number < 0 else ""
        return f"{self.prefix}{sign}{abs(number):0{self.padding}d}{self.suffix}"

    def further(self, frames: int) -> Numbering:
        """Return the numbering that begins so many frames later."""
        return self.model_copy(update={"first": self.first + frames})


class Info(Frozen):
    """Say what a file holds, counted and not taken from its header.

    Sizes are stored pixels, before rotation. `timecode` is the first frame's number, None where the file
    has none; `frames` of a still is 1. `sequence` says how the files are called where each holds one frame;
    the path that goes with it is then the first one's. `stamp` is there where uprez made the file itself.
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
    sequence: Numbering | None = None
    audio: tuple[Audio, ...] = ()
    stamp: Stamp | None = None
