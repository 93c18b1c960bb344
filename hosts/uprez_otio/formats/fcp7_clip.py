"""Know of one clip of Final Cut's XML which media frames it shows, in the numbers of its own rate.

Its in point counts frames of the clip's rate from the file's first, at the speed at which it is played: at
200 percent, in point 20 is media frame 40. Some writers count the media's frames all the same, which its out
point tells.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from uprez_otio.formats.fcp7_numbers import is_true, number_of, rate_of, true_rate
from uprez_otio.formats.fcp7_remap import Remap, read_remap, remap_filter, said_speed, simple_speed
from uprez_otio.formats.fcp7_tree import HIERO, Document, Spot
from uprez_otio.formats.light import alike
from uprez_otio.xmltext import Element

STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tga", ".bmp", ".psd", ".exr", ".dpx", ".gif", ".webp")
_NUMBERED = re.compile(r"(\d{3,}|[\]}]|%5D)\.\w+$", re.IGNORECASE)
_UNHELD = "its freeze frame does not tell which frame it holds"
_LATE = Fraction(3, 2)
_LONGEST = 1_000_000


@dataclass(slots=True)
class Clip:
    """Hold a clip: `rate` is what its in point counts, `media_rate` the file's, `cut_rate` the sequence's.

    `first` is the media frame at its start, in frames of `rate`, the lowest it shows where it is reversed;
    `speed` is 1 where it is not retimed. `retimed` says that its in point counts retimed frames.
    """

    spot: Spot
    file: Element
    rate: Fraction
    cut_rate: Fraction
    media_rate: Fraction
    length: Fraction | None
    first: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)
    retimed: bool = True
    held: bool = False
    problem: str | None = None

    @property
    def url(self) -> str:
        """Return the address of its media."""
        return self.file.words("pathurl")

    @property
    def still(self) -> bool:
        """Tell whether its media is one picture."""
        return self.url.lower().endswith(STILLS)

    @property
    def count(self) -> Fraction:
        """Return its frames on the timeline."""
        return self.spot.end - self.spot.start

    @property
    def step(self) -> Fraction:
        """Return how many media frames one number of its in point stands for."""
        return (abs(self.speed) if self.retimed else 1) * self.media_rate / self.rate

    @property
    def blurred(self) -> bool:
        """Tell whether two of its rates are nearly one, so that frames may be counted or timed."""
        rates = self.rate, self.cut_rate, self.media_rate
        return any(one != other and alike(one, other) for one in rates for other in rates)

    @property
    def lock(self) -> int:
        """Return what the frames cut off the file's head must be a multiple of."""
        return 1 if self.speed == 0 else self.step.numerator

    def curve(self) -> list[list[float]]:
        """Return, beyond the first, the lowest and highest media frame that each frame may show.

        Frames may be counted one for one, or timed: the file's own rate decides which, and who plays it.
        """
        timed = self.first * self.cut_rate / self.rate
        counted = self.first if alike(self.rate, self.cut_rate) else timed
        lead = (self.count - 1) * -self.speed if self.speed < 0 else Fraction(0)
        scale = self.media_rate / self.cut_rate
        before, after = math.ceil(self.spot.head), math.ceil(self.count + self.spot.tail)
        last = self.length - 1 if self.length else None
        rows = []
        for at in range(-before, max(after, 1 - before)):
            past = lead + self.speed * at
            others = (counted + past, timed + past, (counted + past) * scale)
            ways = [each if last is None else min(each, last) for each in others]
            ways.append((timed + past) * scale)
            rows.append([float(min(ways) - counted), float(max(ways) - counted)])
        return rows


def clip_at(document: Document, spot: Spot, cut_rate: Fraction) -> Clip | None:
    """Read the clip at a spot, None where it has no file."""
    element, file = spot.element, document.file_of(spot.element)
    if file is None:
        return None
    own = rate_of(element) or cut_rate
    length = number_of(file, "duration")
    clip = Clip(spot, file, own, cut_rate, rate_of(file) or own, length)
    if clip.still:
        clip.problem = _numbered(clip)
        return clip
    factor = document.dialect == HIERO
    whole, speed = number_of(element, "duration"), said_speed(element, factor=factor)
    frame = speed / own
    lasting = whole * frame if whole else None
    clip.media_rate = true_rate(clip.media_rate, length, lasting, frame * _LATE + 1 / clip.media_rate)
    remap = read_remap(element, factor=factor, length=_in(clip, length))
    if number_of(element, "subclipinfo/startoffset"):
        clip.problem = "it is a subclip, whose in point editors count differently; replace it with its clip"
    if isinstance(remap, str):
        clip.problem = clip.problem or remap
        remap = None
    _begun(clip, remap)
    return clip


def _numbered(clip: Clip) -> str | None:
    """Return what is wrong with a picture that may be the first of many: its name does not tell."""
    many = clip.length is not None and 1 < clip.length < _LONGEST
    if not many or is_true(clip.spot.element, "stillframe") or not _NUMBERED.search(clip.url):
        return None
    return "its media may be a still or an image sequence, which its name does not tell; export a movie of it"


def _begun(clip: Clip, remap: Remap | None) -> None:
    """Find the first media frame that a clip shows, and what its in point counts."""
    element = clip.spot.element
    first, last = number_of(element, "in"), number_of(element, "out")
    first = max(first, Fraction(0)) if first is not None else Fraction(0)
    if is_true(element, "stillframe"):
        held = number_of(element, "stillframeoffset")
        remap = Remap(Fraction(0), held)
        if held is None:
            clip.problem = clip.problem or _UNHELD
    if remap is not None and remap.speed == 0:
        if remap.held == 0 and first and remap_filter(element) is not None:
            clip.problem = clip.problem or _UNHELD
        clip.speed, clip.held, clip.first = Fraction(0), True, remap.held or Fraction(0)
        return
    shown = clip.count + clip.spot.head + clip.spot.tail
    reach = first + shown * max(Fraction(1), clip.rate / clip.cut_rate)
    clip.speed = simple_speed(remap.speed, reach) if remap else Fraction(1)
    said = last - first if last is not None and last >= 0 else None
    if said is not None and not _counted(clip, said, shown) and clip.problem is None:
        clip.problem = "its in and out points fit neither its length nor its speed"
    _first(clip, first)


def _counted(clip: Clip, said: Fraction, shown: Fraction) -> bool:
    """Settle what the in point counts, by how far the out point is from it."""
    per, speed = clip.rate / clip.cut_rate, abs(clip.speed)
    slack = _LATE + (1 if per != 1 else 0)
    if abs(said - shown * per) <= slack:
        return True
    if abs(said - shown) <= slack:
        clip.rate = clip.cut_rate
        return True
    if clip.speed > 0 and speed != 1 and abs(said - shown * per * speed) <= slack + speed:
        clip.retimed = False
        return True
    return False


def _first(clip: Clip, first: Fraction) -> None:
    per, inside = clip.rate / clip.cut_rate, clip.spot.inside
    if clip.speed > 0:
        scale = clip.speed if clip.retimed else 1
        clip.first = first * scale + inside * per * clip.speed
        return
    whole = _in(clip, clip.length)
    if whole is None:
        clip.problem = clip.problem or "it is reversed, and its file does not tell its length"
        return
    frame = clip.rate / clip.media_rate
    clip.first = whole - frame + clip.speed * (first + inside * per + (clip.count - 1) * per)


def _in(clip: Clip, frames: Fraction | None) -> Fraction | None:
    """Return frames of the file in frames of the clip's rate."""
    return None if frames is None else frames * clip.rate / clip.media_rate
