"""What is in a file of pictures, counted and not taken from its header."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pydantic import NonNegativeInt, PositiveInt, model_validator

from uprez.frozen import Frozen
from uprez.stamp import Stamp
from uprez.times import nominal


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


class Uneven(Frozen):
    """Say of a file whose frames last unequally at what rate they come, and how many seconds it lasts.

    The rate is a mean unless it is `named`: then frames come at times of that rate. A `gapless` file has
    exactly one frame for each of these, however late or early it comes.
    """

    rate: Fraction
    named: bool = True
    lasts: Fraction
    gapless: bool = False


class Info(Frozen):
    """Say what a file holds, counted and not taken from its header.

    Sizes are stored pixels, before rotation. `timecode` is the first frame's number, None where the file
    has none; `frames` of a still is 1. `sequence` says how the files are called where each holds one frame;
    the path that goes with it is then the first one's. `stamp` is there where uprez made the file itself.
    Where frames are `uneven`, `rate` is their mean. `bottom_first` tells which field of an interlaced frame
    is the earlier one, where the frames themselves don't.
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
    bottom_first: bool = False
    uneven: Uneven | None = None
    still: bool = False
    sequence: Numbering | None = None
    audio: tuple[Audio, ...] = ()
    stamp: Stamp | None = None

    @property
    def variable(self) -> bool:
        """Tell whether its frames last unequally."""
        return self.uneven is not None

    def counted_at(self, rate: Fraction) -> Info:
        """Return it, where its frames last unequally, as who counts it at a constant rate sees it."""
        if self.uneven is None:
            return self
        told: dict[str, object] = {"rate": rate, "frames": max(1, round(self.uneven.lasts * rate))}
        if self.timecode is not None and nominal(rate) != nominal(self.uneven.rate):
            count = Fraction(self.timecode * nominal(rate), nominal(self.uneven.rate))
            told |= {"timecode": None if self.drop else round(count), "drop": False}
        return self.model_copy(update=told)

    @model_validator(mode="before")
    @classmethod
    def _of_older_ledgers(cls, told: Any) -> Any:
        """Read what a ledger holds from before `uneven`: that no file in it was."""
        if isinstance(told, dict) and told.get("variable") is False:
            return {key: value for key, value in told.items() if key != "variable"}
        return told
