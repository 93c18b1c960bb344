"""Read MLT projects by a plain tree, apart from uprez's reader: which frames of which files each clip shows.

MLT shows, at frame k of a producer, the file's frame nearest to k's time; warped files are counted from
their first frame, reversed ones from the producer's last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as tree  # noqa: N813

import av
import numpy as np

from uprez.errors import HostError, PlanError
from uprez.model import Manner, Relink, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip
from uprez_otio.host import OtioHost

Use = tuple[int, str, list[int]]
"""How deep a clip lies, its file's address, and the frames that it shows of it."""
FILES = ("avformat", "avformat-novalidate", "timewarp", "qimage", "pixbuf")


def told(element: tree.Element, name: str) -> str:
    """Return a property."""
    return next((each.text or "" for each in element.findall("property") if each.get("name") == name), "")


def frames(written: str | None, rate: Fraction, otherwise: int) -> int:
    """Return a time in frames."""
    if not written or written.startswith("-"):
        return otherwise
    if ":" not in written:
        return int(written.partition(".")[0])
    hours, minutes, seconds = written.replace(",", ".").split(":")
    return math.floor((int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)) * rate + Fraction(1, 2))


def uses(text: str, rates: dict[str, Fraction]) -> Iterator[Use]:
    """Yield every clip on the tracks with a picture, in order; `rates` are the files', by address."""
    root = tree.fromstring(text)
    profile = root.find("profile")
    assert profile is not None
    rate = Fraction(int(profile.get("frame_rate_num", "0")), int(profile.get("frame_rate_den", "1")))
    parts = {each.get("id", ""): each for each in root.iter() if each.get("id")}
    last = [each for each in root if each.tag == "tractor"][-1]
    yield from inside(last, parts, rate, rates, 0)


def inside(part: tree.Element, parts: dict[str, tree.Element], rate: Fraction, rates: dict[str, Fraction],
           depth: int) -> Iterator[Use]:  # fmt: skip
    for each in part.iter("track") if part.tag == "tractor" else part.findall("entry"):
        if each.get("hide") in ("video", "both"):
            continue
        name = each.get("producer")
        shown = parts[name] if name else each[0]
        if shown.tag in ("tractor", "playlist"):
            yield from inside(shown, parts, rate, rates, depth + 1)
        elif told(shown, "mlt_service") in FILES and told(shown, "set.test_image") != "1":
            yield depth, *clip(each, shown, rate, rates)


def clip(
    cut: tree.Element, shown: tree.Element, rate: Fraction, rates: dict[str, Fraction]
) -> tuple[str, list[int]]:
    begin, length = frames(shown.get("in"), rate, 0), frames(told(shown, "length"), rate, 1 << 20)
    playtime = min(frames(shown.get("out"), rate, length - 1), length - 1) - begin + 1
    first = frames(cut.get("in"), rate, 0)
    last = min(frames(cut.get("out"), rate, playtime - 1), playtime - 1)
    url, speed = told(shown, "resource"), Fraction(1)
    if told(shown, "mlt_service") == "timewarp":
        written, _, url = url.partition(":")
        speed = Fraction(written).limit_denominator(1000)
        assert told(shown, "warp_resource") in ("", url)
    if "%" in url:
        number, stays = int(re.split(r"\?begin[=:]", f"{url}?begin=0")[1]), int(told(shown, "ttl"))
        return url, [number + (begin + each) // stays for each in range(first, last + 1)]
    if url.endswith(".png"):
        return url, [0] * (last - first + 1)
    ramp = next((each for each in shown.findall("link") if told(each, "mlt_service") == "timeremap"), None)
    if ramp is not None:
        times = along(ramp, [begin + each for each in range(first, last + 1)], rate)
        return url, [max(0, math.floor(time * float(rates[url]))) for time in times]
    step = abs(speed) * rates[url] / rate
    places = [begin + each if speed > 0 else playtime - 1 - each for each in range(first, last + 1)]
    return url, [math.floor(place * step + Fraction(1, 2)) for place in places]


def along(ramp: tree.Element, places: list[int], rate: Fraction) -> list[float]:
    """Return the times of the file that a speed curve shows, in seconds."""
    written = told(ramp, "time_map") or told(ramp, "map")
    keys = [re.fullmatch(r"([\d:.,]+)([|~]?)=(.*)", each) for each in written.split(";")]
    at = [frames(key[1], rate, 0) for key in keys if key]
    values = [float(key[3]) for key in keys if key]
    begin = frames(ramp.get("in"), rate, 0)
    found = []
    for place in (each - begin for each in places):
        left = max(0, int(np.searchsorted(at, place, side="right")) - 1)
        kind = keys[left][2] if keys[left] else ""
        time = values[left] if kind == "|" else float(np.interp(place, at, values))
        if kind == "~" and at[0] <= place < at[-1]:
            around = values[max(left - 1, 0)], *values[left : left + 2], values[min(left + 2, len(at) - 1)]
            time = hermite(around, (place - at[left]) / (at[left + 1] - at[left]))
        found.append(time + begin / float(rate))
    return found


def hermite(around: tuple[float, ...], part: float) -> float:
    """Return a value between the two in the middle, at which the curve runs as its neighbours lie."""
    before, one, other, after = around
    return (
        (2 * part**3 - 3 * part**2 + 1) * one
        + (part**3 - 2 * part**2 + part) * (other - before) / 2
        + (3 * part**2 - 2 * part**3) * other
        + (part**3 - part**2) * (after - one) / 2
    )


def rate_in(path: Path) -> Fraction:
    """Return the rate of a file."""
    with av.open(str(path)) as file:
        rate = file.streams.video[0].average_rate or Fraction(24)
    ntsc = Fraction(round(rate * 1001 / 1000) * 1000, 1001)
    return min((Fraction(round(rate)), ntsc), key=lambda each: abs(each - rate))


def run_corpus(file: Path, folder: Path) -> dict[str, Any]:
    """Relink what can be of a project; return how many clips, relinked, left out by reason, and wrong."""
    text = file.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    named = set(re.findall(r'name="(?:warp_)?resource">(?:-?[\d.]+:)?([^<]*\.\w+)<', text))
    for number, url in enumerate(sorted(named)):
        suffix = ".png" if url.lower().endswith((".png", ".jpg", ".jpeg")) else ".mkv"
        still = {"codec": "png", "pixel_format": "rgb24", "colour": None} if suffix == ".png" else {}
        make_clip(folder / f"{number}{suffix}", frames=1 if still else 3000, size=(32, 18), first=0, **still)
        found[url] = f"{number}{suffix}"
        text = text.replace(f">{url}<", f">{found[url]}<").replace(f":{url}<", f":{found[url]}<")
    text = re.sub(r' root="[^"]*"', "", text)
    cut = folder / f"cut{file.suffix}"
    cut.write_text(text, encoding="utf-8")
    return report(cut, folder, text)


def report(cut: Path, folder: Path, text: str) -> dict[str, Any]:
    host = OtioHost(str(cut))
    try:
        seen = host.shots(Selection())
    except (HostError, PlanError) as refused:
        return {"file": cut.name, "clips": 0, "relinked": 0, "left_out": {str(refused): 1}, "wrong": 0}
    relinks = []
    for pull in plan_pulls(seen.shots, 12):
        path = folder / "renders" / f"{pull.id}{pull.media.path.suffix}"
        still = {"codec": "png", "pixel_format": "rgb24", "colour": None} if pull.media.info.still else {}
        make_clip(path, frames=pull.frames.count, rate=pull.media.rate, size=(64, 36), **still)
        relinks += [Relink(shot=shot, path=path, stands_for=pull.frames, rate=pull.media.rate, width=64,
                           height=36) for shot in pull.shots]  # fmt: skip
    output = cut.with_name(f"{cut.stem}_out{cut.suffix}")
    conform = host.relink(tuple(relinks), Manner(output=output))
    reasons = [left.reason for left in (*seen.left_out, *conform.left_out)]
    return {
        "file": cut.name,
        "clips": len(seen.shots),
        "relinked": len(conform.relinked),
        "left_out": {reason: reasons.count(reason) for reason in reasons},
        "wrong": len(wrong(text, output.read_text(encoding="utf-8"), folder, relinks)),
    }


def wrong(before: str, after: str, folder: Path, relinks: list[Relink]) -> list[str]:
    """Return the clips that show other frames after a relink than before, by the plain reading of both."""
    heads = {relink.path.resolve(): relink.stands_for.start for relink in relinks}
    named = {url for text in (before, after)
             for url in re.findall(r'resource">(?:-?[\d.]+:)?([^<]*\.\w+)<', text)}  # fmt: skip
    rates = {url: rate_in(folder / url) for url in named if not url.endswith(".png")}
    faults = []
    for one, other in zip(uses(before, rates), uses(after, rates), strict=True):
        head = heads.get((folder / other[1]).resolve(), 0)
        shown = [each + head for each in other[2]]
        if one[0] != other[0] or one[2] != shown:
            faults.append(f"{one[1]}: {one[2][:4]} became {other[1]}: {shown[:4]}")
    return faults
