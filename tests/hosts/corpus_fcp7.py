"""Relink every clip of a Final Cut XML to stand-in renders, and hold it against a reading of its own.

Nothing here uses uprez's reader: a plain tree of the file is asked which media frame each frame of each clip
shows, by the speed that is written, before and after.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as tree  # noqa: N813

import av
import numpy as np

from uprez.errors import HostError, PlanError
from uprez.model import Manner, Relink, Selection, Shot
from uprez.pulls import plan_pulls
from uprez_otio.host import OtioHost

SIZE = (32, 18)
STILLS = (".png", ".jpg", ".tif")
NTSC = Fraction(1000, 1001)


def run_corpus(file: Path, folder: Path) -> dict[str, Any]:
    """Relink what can be of a file; return how many clips, relinked, left out by reason, and wrong."""
    cut, rates = with_stand_ins(file, folder)
    host = OtioHost(str(cut))
    try:
        found = host.shots(Selection(include_disabled=True))
    except (HostError, PlanError) as refused:
        return {"file": file.name, "clips": 0, "relinked": 0, "left_out": {str(refused)[-60:]: 1}, "wrong": 0}
    reasons = Counter(left.reason for left in found.left_out if "it stays as it is" not in left.reason)
    clips = len(found.shots) + sum(reasons.values())
    told = {"file": file.name, "clips": clips, "relinked": 0, "left_out": dict(reasons), "wrong": 0}
    if not found.shots:
        return told
    relinks = tuple(rendered(found.shots, folder / "renders"))
    output = folder / "out.xml"
    conform = host.relink(relinks, Manner(output=output))
    reasons += Counter(left.reason for left in conform.left_out)
    renders = renders_of(found.shots, relinks)
    wrong = list(differences(cut, output, renders, rates, len(conform.relinked)))
    assert conform.receipt is not None
    host.revert(conform.receipt)
    if output.read_bytes() != cut.read_bytes():
        wrong.append("the revert is not what the input was")
    return told | {
        "relinked": len(conform.relinked),
        "left_out": dict(reasons),
        "wrong": len(wrong),
        "told": wrong[:5],
    }


def with_stand_ins(file: Path, folder: Path) -> tuple[Path, dict[str, Fraction]]:
    """Copy a file and give each picture that it names one of the same length and rate."""
    text = file.read_text(encoding="utf-8")
    root = tree.fromstring(text)
    lengths = {each.get("id"): clip for clip in root.iter("clipitem") for each in clip.findall("file")
               if clip.find("filter/effect[effectid='timeremap']") is None}  # fmt: skip
    rates: dict[str, Fraction] = {}
    for number, each in enumerate(root.iter("file")):
        url = each.findtext("pathurl")
        if url is None or url in rates or each.find("media/video") is None:
            continue
        clip = lengths.get(each.get("id"))
        rate = true_rate(each, clip) if clip is not None else rate_of(each, None)
        path = folder / "media" / f"{number}{'.png' if url.endswith(STILLS) else '.mkv'}"
        blank(path, int(each.findtext("duration") or 1), rate, SIZE, number)
        address = f"file://localhost{path}"
        text = text.replace(f">{url.replace('&', '&amp;')}<", f">{address}<")
        rates[url] = rates[address] = rate
    cut = folder / "cut.xml"
    cut.write_text(text, encoding="utf-8")
    return cut, rates


def true_rate(file: tree.Element, clip: tree.Element) -> Fraction:
    """Return the rate of a file by how long a clip of all of it is: Premiere writes 29 for 29.97."""
    said, length = rate_of(file, None), Fraction(file.findtext("duration") or 0)
    lasting = Fraction(clip.findtext("duration") or 0) / rate_of(clip, said)
    if not length or not lasting or said.denominator > 1:
        return said
    return min((said, (said + 1) * NTSC), key=lambda rate: abs(length / rate - lasting))


def rate_of(element: tree.Element, outer: Fraction | None) -> Fraction:
    base = element.findtext("rate/timebase")
    if base is None:
        assert outer is not None
        return outer
    return Fraction(base) * (NTSC if element.findtext("rate/ntsc") == "TRUE" else 1)


def blank(path: Path, frames: int, rate: Fraction, size: tuple[int, int], shade: int) -> None:
    """Write a long file in no time: one picture, encoded once and written again for every frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    still = path.suffix == ".png"
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("png" if still else "ffv1", rate=rate)
        video.width, video.height = size
        video.pix_fmt = "rgb24" if still else "yuv420p"
        plane = np.full((size[1] * 3 // 2, size[0]), 16 + shade % 200, np.uint8)
        frame = av.VideoFrame.from_ndarray(plane, format="yuv420p").reformat(format=video.pix_fmt)
        frame.pts, frame.time_base = 0, 1 / rate
        packets = [*video.encode(frame), *video.encode(None)]
        data, extra = bytes(packets[0]), packets[0].time_base
        up = rate.denominator * extra.denominator  # integers: fractions would take most of the time
        down = rate.numerator * extra.numerator
        for at in range(1 if still else frames):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = video, extra, True
            packet.pts = packet.dts = (2 * at * up + down) // (2 * down)
            packet.duration = up // down
            out.mux(packet)


def rendered(shots: tuple[Shot, ...], folder: Path, *, handles: int = 3) -> Iterator[Relink]:
    """Make stand-ins for the renders of a plan, twice as large."""
    for number, pull in enumerate(plan_pulls(shots, handles)):
        still = pull.media.info.still
        path = folder / f"render {number}{'.png' if still else '.mkv'}"
        size = pull.media.width * 2, pull.media.height * 2
        blank(path, pull.frames.count, pull.media.rate, size, number)
        for shot in pull.shots:
            yield Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=pull.media.rate,
                width=size[0],
                height=size[1],
            )


@dataclass(frozen=True)
class Render:
    """Say which file a render stands for, from which frame of it on, and how many frames it has."""

    url: str
    first: int
    count: int


def renders_of(shots: tuple[Shot, ...], relinks: tuple[Relink, ...]) -> dict[str, Render]:
    """Return the renders by their paths."""
    media = {shot.id: shot.media for shot in shots}
    return {
        relink.path.as_posix(): Render(
            media[relink.shot].path.as_posix(),
            relink.stands_for.start - media[relink.shot].available.start,
            relink.stands_for.count,
        )
        for relink in relinks
    }


@dataclass
class Use:
    """Hold one clip as the file writes it, with the file it shows; times are in its own rate."""

    clip: tree.Element
    file: tree.Element
    seq_rate: Fraction
    start: int
    end: int

    @property
    def path(self) -> str:
        return re.sub("^file:(//localhost|//)?", "", unquote(self.file.findtext("pathurl") or ""))


def uses_of(root: tree.Element) -> list[Use]:
    """Return the picture clips that have a file, in the order in which they are written."""
    files: dict[str, tree.Element] = {}
    for each in root.iter("file"):
        if len(each):
            files.setdefault(each.get("id", ""), each)
    found = []
    for sequence in root.iter("sequence"):
        rate = rate_of(sequence, Fraction(24)) if len(sequence) else Fraction(24)
        for track in sequence.findall("media/video/track"):
            items = [each for each in track if each.tag in ("clipitem", "generatoritem", "transitionitem")]
            for index, clip in enumerate(items):
                file = clip.find("file")
                if clip.tag == "clipitem" and file is not None:
                    bounds = [shown_from(items, index), shown_to(items, index)]
                    found.append(Use(clip, file if len(file) else files[file.get("id", "")], rate, *bounds))
    return found


def shown_from(items: list[tree.Element], index: int) -> int:
    start = int(Fraction(items[index].findtext("start") or -1))
    return start if start >= 0 else int(items[index - 1].findtext("start") or 0)


def shown_to(items: list[tree.Element], index: int) -> int:
    end = int(Fraction(items[index].findtext("end") or -1))
    return end if end >= 0 else int(items[index + 1].findtext("end") or 0)


def frames_of(use: Use, rates: dict[str, Fraction], hiero: bool) -> list[tuple[int, ...]]:
    """Return for each frame of the timeline the media frames that a clip may show, by each way to count."""
    own = rate_of(use.clip, use.seq_rate)
    media = rates[use.path]
    parameters = use.clip.findall("filter/effect[effectid='timeremap']/parameter")
    said = {each.findtext("parameterid"): each.findtext("value") for each in parameters}
    speed = Fraction((said.get("speed") or "").strip() or (1 if hiero else 100)) / (1 if hiero else 100)
    first = max(Fraction(use.clip.findtext("in") or 0), Fraction(0))
    length = Fraction(use.file.findtext("duration") or 0) * own / media
    apart = Fraction(use.clip.findtext("out") or 0) - first
    counts_media = speed not in (0, 1) and apart == (use.end - use.start) * speed
    ways = []
    for at in range(use.end - use.start):
        at_clip = first + at * own / use.seq_rate
        counted = first + at
        if counts_media:
            ways.append((math.floor((first + at * speed) * media / own),))
            continue
        if use.clip.findtext("stillframe") == "TRUE":
            places = [Fraction(use.clip.findtext("stillframeoffset") or 0)]
        elif speed == 0:
            keys = use.clip.findall("filter/effect[effectid='timeremap']/parameter/keyframe/value")
            places = [Fraction(keys[0].text or 0)]
        elif said.get("reverse") == "TRUE" or speed < 0:
            places = [length - own / media - at_clip * abs(speed)]
        else:
            places = [at_clip * speed]
            if abs(media / use.seq_rate - 1) < Fraction(11, 10000):
                ways.append((math.floor(at_clip * speed * media / own), math.floor(counted * speed)))
                continue
        ways.append(tuple(math.floor(each * media / own) for each in places))
    return ways


def differences(
    before: Path, after: Path, renders: dict[str, Render], rates: dict[str, Fraction], relinked: int
) -> Iterator[str]:
    """Yield what is wrong: a frame that is another one, a clip not relinked, a change that is no media's."""
    rates = {re.sub("^file:(//localhost|//)?", "", unquote(url)): rate for url, rate in rates.items()}
    rates |= {path: rates[one.url] for path, one in renders.items()}
    old, new = tree.fromstring(before.read_bytes()), tree.fromstring(after.read_bytes())
    hiero = "duration>1055.0<" in before.read_text(encoding="utf-8")
    one, other = uses_of(old), uses_of(new)
    if len(one) != len(other):
        yield "the clips are not as many as they were"
    count = 0
    for was, now in zip(one, other, strict=True):
        name = was.clip.findtext("name")
        render = renders.get(now.path)
        count += render is not None
        if render is None:
            if tree.tostring(resolved(was)) != tree.tostring(resolved(now)):
                yield f"{name}: changed though it was not relinked"
            continue
        if render.url != was.path:
            yield f"{name}: shows the render of another file"
        if (was.start, was.end) != (now.start, now.end):
            yield f"{name}: lies elsewhere"
        first, shown = render.first, frames_of(now, rates, hiero)
        back = [tuple(each + first for each in way) for way in shown] if not was.path.endswith(".png") else []
        if back and back != frames_of(was, rates, hiero):
            yield f"{name}: {frames_of(was, rates, hiero)[:3]} became {back[:3]}"
        if back and any(not 0 <= each < render.count for way in shown for each in way):
            yield f"{name}: shows frames that its render does not have"
        if bare(was.clip) != bare(now.clip):
            yield f"{name}: more than its media changed"
    if count > relinked or (relinked and not count):
        yield f"{count} clips show renders, and {relinked} were relinked"
    if rest(old) != rest(new):
        yield "more than media changed"


def resolved(use: Use) -> tree.Element:
    """Return a clip with its file written out."""
    clip = tree.fromstring(tree.tostring(use.clip))
    file = clip.find("file")
    assert file is not None
    file.clear()
    file.extend(use.file)
    return squeezed(clip)


MOVED = {"in", "out", "duration", "pproTicksIn", "pproTicksOut", "masterclipid", "file", "stillframeoffset"}


def bare(clip: tree.Element) -> bytes:
    """Return what a relink must leave of a clip: all but its media and the numbers that count its frames."""
    clip = squeezed(tree.fromstring(tree.tostring(clip)))
    for each in list(clip):
        if each.tag in MOVED:
            clip.remove(each)
        effect = each.find("effect")
        if effect is None:
            continue
        for parameter in list(effect.findall("parameter")):
            if parameter.findtext("parameterid") in ("scale", "center", "graphdict"):
                effect.remove(parameter)
        for when in effect.iter("when"):
            when.text = ""
        if effect.findtext("effectid") == "basic" and effect.find("parameter") is None:
            clip.remove(each)
        for end in each.findall("end"):
            end.text = ""
    for marker in clip.findall("marker"):
        for point in (*marker.findall("in"), *marker.findall("out")):
            point.text = ""
    return tree.tostring(clip)


def rest(root: tree.Element) -> bytes:
    """Return all of a file but its picture clips and what <file> elements say."""
    root = squeezed(tree.fromstring(tree.tostring(root)))
    for track in root.iter("track"):
        for clip in track.findall("clipitem"):
            if clip.find("file") is not None and clip.find("sourcetrack/mediatype[.='audio']") is None:
                clip.clear()
    for file in root.iter("file"):
        file.clear()
    return tree.tostring(root)


def squeezed(element: tree.Element) -> tree.Element:
    """Take the white space between elements away."""
    for each in element.iter():
        each.tail = None
        if len(each):
            each.text = None
    return element
