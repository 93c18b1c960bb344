"""Read and write the numbers of Final Cut's XML: frames, rates and words for yes."""

from __future__ import annotations

import re
from fractions import Fraction

from uprez_otio.formats.light import NTSC, nominal, snapped
from uprez_otio.xmltext import Element

_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,2})?\Z", re.ASCII)
_FASTEST = 1000
_DIGITS = 6


def number(words: str) -> Fraction | None:
    """Read a number such as "12" or "0.25"; None for what is none."""
    words = words.strip()
    return Fraction(words) if _NUMBER.match(words) else None


def number_of(element: Element | None, path: str) -> Fraction | None:
    """Return the number at a way of tags, None where there is none."""
    return None if element is None else number(element.words(path))


def is_true(element: Element | None, path: str, default: bool = False) -> bool:
    """Tell whether the word at a way of tags says yes; the default where nothing is said."""
    words = element.words(path).upper() if element is not None else ""
    return words in ("TRUE", "1") if words else default


def rate_of(element: Element | None) -> Fraction | None:
    """Return what <rate> in an element says, None where it says none."""
    base = number_of(element, "rate/timebase")
    if base is None or not 0 < base < _FASTEST:
        return None
    if base.denominator > 1:
        return snapped(base)
    return base * NTSC if is_true(element, "rate/ntsc") else base


def true_rate(
    written: Fraction, length: Fraction | None, lasting: Fraction | None, slack: Fraction
) -> Fraction:
    """Return the rate of a file whose rate was cut to a whole number, as Premiere writes 29 for 29.97.

    `length` are its frames, `lasting` the seconds that a clip of all of it would last, give or take `slack`.
    """
    above = (written + 1) * NTSC
    cut = written in (23, 29, 59, 119)
    if written.denominator > 1 or not length or not lasting or length <= 1:
        return above if cut else written
    known = (above, written) if cut else (written, above)
    near = (each for each in known if abs(length / each - lasting) <= slack)
    told = snapped(length / lasting)
    return next(near, told if written < told < written + 1 else written)


def said_rate(rate: Fraction) -> tuple[str, str] | None:
    """Return how a rate is written, its timebase and whether it is NTSC's; None for one that can't be."""
    if rate.denominator == 1:
        return str(rate.numerator), "FALSE"
    base = rate / NTSC
    return (str(base.numerator), "TRUE") if base.denominator == 1 else None


def timecode_of(element: Element | None) -> Fraction:
    """Return the frame at which an element's <timecode> begins; 0 where it has none."""
    if element is None or element.find("timecode") is None:
        return Fraction(0)
    frame = number_of(element, "timecode/frame")
    return _frame_of(element) if frame is None else frame


def _frame_of(element: Element) -> Fraction:
    """Count the frames of a timecode that is only written in words."""
    parts = re.split("[:;,.]", element.words("timecode/string"))
    rate = rate_of(element.find("timecode")) or rate_of(element)
    if rate is None or len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return Fraction(0)
    hours, minutes, seconds, frames = (int(part[:6]) for part in parts)
    base, whole = nominal(rate), 60 * hours + minutes
    dropped = base // 15 if element.words("timecode/displayformat").upper() == "DF" else 0
    return Fraction((60 * whole + seconds) * base + frames - dropped * (whole - whole // 10))


def decimal(value: Fraction, like: str = "") -> str:
    """Write a number as the editor does, who wrote `like`: with a point where he had one."""
    rounded = round(value * 10**_DIGITS)
    if rounded % 10**_DIGITS == 0:
        whole = str(rounded // 10**_DIGITS)
        return f"{whole}.0" if like.strip().endswith(".0") else whole
    sign = "-" if rounded < 0 else ""
    before, after = divmod(abs(rounded), 10**_DIGITS)
    return f"{sign}{before}.{after:0{_DIGITS}d}".rstrip("0")
