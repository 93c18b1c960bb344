"""Read FCPXML's times as exact fractions: rational seconds, frame rates, rate conforming and time maps."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from uprez_otio.formats.light import NTSC, alike, nominal, snapped
from uprez_otio.limits import BadTimeline
from uprez_otio.xmltext import Element

_TIME = re.compile(r"\s*([+-]?\d{1,19}(?:\.\d{1,12})?)(?:/(\d{1,19}))?\s*s?\s*$", re.ASCII)
_NAMED = re.compile(r"\d([pi])(\d{2,5})$")
_CINEMA, _PAL = (24, 48), (25, 50)
_BLENDS = re.compile("blend|optical|nearest")


@lru_cache(maxsize=1 << 16)
def seconds(words: str | None) -> Fraction | None:
    """Read "1001/24000s" or "5s"; None where nothing is written. Raises BadTimeline."""
    if words is None:
        return None
    match = _TIME.match(words)
    below = int(match[2] or 1) if match else 0
    if match is None or below == 0:
        raise BadTimeline(f"its time {words[:40]!r} is no number of seconds; export it again")
    return Fraction(match[1]) / below


def written(time: Fraction) -> str:
    """Write seconds as FCPXML has them."""
    return f"{time.numerator}s" if time.denominator == 1 else f"{time.numerator}/{time.denominator}s"


def rate_of(form: Element | None) -> Fraction | None:
    """Return the frame rate of a <format>, by its frame duration or else by Apple's name; None for none."""
    if form is None:
        return None
    length = seconds(form.attributes.get("frameDuration"))
    if length is not None:
        if length <= 0:
            raise BadTimeline("a frame in it lasts no time; export it again")
        return snapped(1 / length)
    match = _NAMED.search(form.attributes.get("name", ""))
    if match is None:
        return None
    number = Fraction(match[2]) / (100 if len(match[2]) > 3 else 1)
    whole = number / (2 if match[1] == "i" and number > 49 else 1)
    return snapped(whole) if whole else None


def conformed(clip: Element, media: Fraction | None, rate: Fraction) -> Fraction:
    """Return how many seconds of a clip's own time go by in one second of its timeline.

    `media` is the rate of what it holds, `rate` the timeline's. Where Final Cut scales, frames go one by
    one, or two by two; what it does to 24 in a 30 or 60 nobody tells exactly, and the longer reading counts.
    """
    told = clip.find("conform-rate")
    if told is None and media == rate:
        return Fraction(1)
    source = _source_rate(told.attributes.get("srcFrameRate") if told else None) or media
    if source is None or source == rate:
        return Fraction(1)
    if told is None:
        return max(Fraction(1), rate / source) if alike(source, rate) else Fraction(1)
    if told.attributes.get("scaleEnabled", "1") == "0":
        return Fraction(1)
    taken = _frames_a_frame(nominal(source), nominal(rate))
    if taken is not None:
        return taken * rate / source
    return 1 / NTSC if source.denominator == 1001 and source < rate else Fraction(1)


def _source_rate(words: str | None) -> Fraction | None:
    match = re.match(r"\d{1,3}(\.\d{1,3})?$", words or "")
    return snapped(Fraction(match[0])) if match and Fraction(match[0]) else None


def _frames_a_frame(media: int, rate: int) -> Fraction | None:
    """Return how many media frames a scaled clip shows in each of its timeline's, by Apple's chart."""
    if media in _CINEMA + _PAL and (rate in _CINEMA or (rate in _PAL and media in _CINEMA)):
        return Fraction(media // 24, rate // 24)
    if media % rate == 0 or rate % media == 0:
        return Fraction(media, rate)
    return None


def blends(clip: Element) -> bool:
    """Tell whether a clip is shown with frames made of the ones around."""
    told = (clip.find("timeMap"), clip.find("conform-rate"))
    return any(each is not None and _BLENDS.search(each.attributes.get("frameSampling", "")) for each in told)
