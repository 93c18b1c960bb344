"""Relink every clip of an FCPXML to stand-in renders, and hold what came out against a reading of its own.

Nothing here uses uprez's reader: the XML is read with ElementTree, and each element that plays an asset is
followed frame by frame, before and after.
"""

from __future__ import annotations

import math
import os
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import HostError, PlanError
from uprez.model import Manner, Relink, Selection, Shot
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip
from uprez.times import snap_rate, to_timecode
from uprez_otio.host import OtioHost

SIZE = (32, 18)
LARGER = (64, 36)
LONGEST = 40_000
HANDLES = 24
STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".psd")
_ONE = Fraction(1)
_STORY = ("asset-clip", "video", "clip", "sync-clip", "ref-clip", "mc-clip", "title", "gap")
_PLAYED_AS = {("25", 24): 24, ("24", 25): 25, ("23.98", 25): 25, ("50", 24): 48}
_CUT = re.compile(r"<[^>]*>|[^<]+")
_OWN = ("ref", "format", "scale")
_KEYS = {"<keyframe": ("value",)}
_MAY = ("<asset-clip", "<video", "<clip", "<sync-clip", "<adjust-transform", "<keyframe", "<media")


def run_corpus(file: Path, folder: Path) -> dict[str, Any]:
    """Relink what can be of a file; return how many clips, relinked, left out by reason, and wrong."""
    cut = with_stand_ins(file, folder)
    host = OtioHost(str(cut))
    try:
        found = host.shots(Selection())
    except (HostError, PlanError) as refused:
        return {"file": file.name, "clips": 0, "relinked": 0, "left_out": {str(refused)[-60:]: 1}, "wrong": 0}
    reasons = Counter(left.reason for left in found.left_out if "it stays as it is" not in left.reason)
    told: dict[str, Any] = {"file": file.name, "clips": len(found.shots) + sum(reasons.values())}
    if not found.shots:
        return {**told, "relinked": 0, "left_out": dict(reasons), "wrong": 0}
    relinks = tuple(rendered(found.shots, folder / "renders"))
    output = folder / "cut_uprez.fcpxml"
    refused = host.rehearse(relinks, Manner(output=output))
    conform = host.relink(relinks, Manner(output=output))
    reasons += Counter(left.reason for left in conform.left_out)
    wrong = list(differences(cut, output, found.shots, relinks, set(conform.relinked)))
    if len(refused) != len(conform.left_out):
        wrong.append("the rehearsal told something else than the relink")
    host.revert(output.with_name("cut_uprez.uprez-receipt.json"), folder / "back.fcpxml")
    if (folder / "back.fcpxml").read_bytes() != cut.read_bytes():
        wrong.append("the revert did not give the bytes back")
    more = {"left_out": dict(reasons), "wrong": len(wrong), "told": wrong[:5]}
    return {**told, "relinked": len(conform.relinked), **more}


def seconds(words: str | None, default: str = "0s") -> Fraction:
    above, _, below = (words or default).rstrip("s").partition("/")
    return Fraction(above) / Fraction(below or 1)


@dataclass
class Document:
    """Read one FCPXML in a way that knows nothing of uprez's."""

    root: ET.Element
    parents: dict[ET.Element, ET.Element] = field(init=False)
    by_id: dict[str, ET.Element] = field(init=False)

    def __post_init__(self) -> None:
        self.parents = {child: parent for parent in self.root.iter() for child in parent}
        self.by_id = {each.get("id", ""): each for each in self.root.iter() if each.get("id")}

    def rate(self, holder: ET.Element | None) -> Fraction | None:
        form = self.by_id.get(holder.get("format", "")) if holder is not None else None
        told = form.get("frameDuration") if form is not None else None
        return snap_rate(1 / seconds(told)) if told else None

    def timeline_rate(self, element: ET.Element) -> Fraction:
        """Return the rate of the timeline that an element lies in."""
        at = self.parents.get(element)
        while at is not None:
            rate = self.rate(at) if at.tag in ("sequence", "multicam", "spine", *_HOLD) else None
            if rate is not None:
                return rate
            at = self.parents.get(at)
        asset = self.by_id.get(element.get("ref", ""))
        return self.rate(asset) or Fraction(24)

    def source(self, asset: ET.Element) -> str:
        for rep in asset.iter("media-rep"):
            if rep.get("kind", "original-media") == "original-media":
                return rep.get("src", "")
        return asset.get("src", "")

    def leaves(self) -> list[tuple[ET.Element, ET.Element]]:
        """Return the elements that show an asset's picture, in the order of the document."""
        found = []
        for element in self.root.iter():
            asset = self.by_id.get(element.get("ref", ""))
            if element.tag in ("asset-clip", "video") and asset is not None and asset.tag == "asset":
                found.append((element, asset))
        return found

    def shown(self, leaf: ET.Element, asset: ET.Element) -> Iterator[int]:
        """Yield the numbers of the frames of its file that an element shows, wherever it is used."""
        rate = self.rate(asset)
        if rate is None or seconds(asset.get("duration")) == 0:
            return
        first = seconds(asset.get("start"))
        for local in self.visible(leaf):
            yield math.floor((local - first) * rate)

    def visible(self, leaf: ET.Element) -> Iterator[Fraction]:
        parent = self.parents[leaf]
        holder = parent if parent.tag in _HOLD and not int(leaf.get("lane", "0")) else None
        inside = [each for each in parent if each.tag in _STORY and not int(each.get("lane", "0"))]
        if holder is not None and len(inside) == 1:
            for local in self.own(holder):
                yield self.start(leaf) + local - seconds(leaf.get("offset"))
        elif parent.tag == "mc-angle":
            for clip in self.root.iter("mc-clip"):
                if self.angle(clip) is parent:
                    for local in self.own(clip):
                        inner = local - seconds(leaf.get("offset"))
                        if 0 <= inner < seconds(leaf.get("duration")):
                            yield self.start(leaf) + inner
        else:
            yield from self.own(leaf)

    def angle(self, clip: ET.Element) -> ET.Element | None:
        multicam = self.by_id[clip.get("ref", "")].find("multicam")
        assert multicam is not None
        for told in clip.findall("mc-source"):
            if told.get("srcEnable", "all") in ("all", "video"):
                return next(each for each in multicam if each.get("angleID") == told.get("angleID"))
        return multicam.find("mc-angle")

    def start(self, clip: ET.Element) -> Fraction:
        asset = self.by_id.get(clip.get("ref", ""))
        default = asset.get("start", "0s") if asset is not None and asset.tag == "asset" else "0s"
        return seconds(clip.get("start"), default)

    def own(self, clip: ET.Element) -> Iterator[Fraction]:
        """Yield what a clip shows of itself at each frame of its timeline, transitions included."""
        rate = self.timeline_rate(clip)
        before, after = self.overlaps(clip)
        asset = self.by_id.get(clip.get("ref", ""))
        whole = asset.get("duration", "0s") if asset is not None else "0s"
        count = round(seconds(clip.get("duration"), whole) * rate)
        for pace in self.paces(clip, rate):
            for frame in range(-round(before * rate), count + round(after * rate)):
                yield timed(clip, self.start(clip) + frame * pace / rate)

    def paces(self, clip: ET.Element, rate: Fraction) -> list[Fraction]:
        """Return by how much a clip's own seconds may be longer than the timeline's."""
        told = clip.find("conform-rate")
        if told is None or told.get("scaleEnabled") == "0":
            return [_ONE]
        source = told.get("srcFrameRate", "0")
        exact = snap_rate(Fraction(source))
        same = _PLAYED_AS.get((source, round(rate)))
        if same is not None or round(exact) == round(rate):
            return [rate * Fraction(same or round(rate), round(rate)) / exact]
        return [_ONE, Fraction(1000, 1001), Fraction(1001, 1000)]

    def overlaps(self, clip: ET.Element) -> tuple[Fraction, Fraction]:
        """Return how much more of a clip the transitions beside it show."""
        siblings = list(self.parents[clip])
        index = siblings.index(clip)
        begin = seconds(clip.get("offset"))
        end = begin + seconds(clip.get("duration"))
        before = after = Fraction(0)
        if index and siblings[index - 1].tag == "transition":
            before = max(before, begin - seconds(siblings[index - 1].get("offset")))
        if index + 1 < len(siblings) and siblings[index + 1].tag == "transition":
            fade = siblings[index + 1]
            after = max(after, seconds(fade.get("offset")) + seconds(fade.get("duration")) - end)
        return before, after


_HOLD = ("clip", "sync-clip")


def timed(clip: ET.Element, local: Fraction) -> Fraction:
    """Follow a clip's time map."""
    told = clip.find("timeMap")
    points = (
        [(seconds(each.get("time")), seconds(each.get("value"))) for each in told] if told is not None else []
    )
    if len(points) < 2:
        return local
    index = next((at for at in range(1, len(points)) if local <= points[at][0]), len(points) - 1)
    (t0, v0), (t1, v1) = points[index - 1], points[index]
    return v0 + (local - t0) * (v1 - v0) / (t1 - t0)


def with_stand_ins(file: Path, folder: Path) -> Path:
    """Copy a file and give each picture that it names a small one of the same length and rate."""
    text = file.read_text(encoding="utf-8")
    document = Document(ET.fromstring(text.encode()))
    for number, asset in enumerate(document.root.iter("asset")):
        path = stand_in(document, asset, number, folder)
        if path is not None:
            text = readdressed(text, asset.get("id", ""), path.as_uri())
    cut = folder / "cut.fcpxml"
    cut.write_text(text, encoding="utf-8")
    return cut


def readdressed(text: str, identity: str, url: str) -> str:
    """Give one asset another address, and touch nothing else."""
    start = next(
        match.start() for match in re.finditer(r"<asset\b[^>]*>", text) if f'id="{identity}"' in match[0]
    )
    end = text.find("</asset>", start)
    return text[:start] + re.sub(r'(\bsrc=")[^"]*', rf"\g<1>{url}", text[start:end]) + text[end:]


def stand_in(document: Document, asset: ET.Element, number: int, folder: Path) -> Path | None:
    source = document.source(asset)
    if asset.get("hasVideo") != "1":
        return None
    if source.lower().endswith(STILLS):
        path = folder / f"still {number}.png"
        return make_clip(
            path, frames=1, first=number, size=SIZE, codec="png", pixel_format="rgb24", colour=None
        )
    rate = document.rate(asset)
    if rate is None:
        return None
    frames = math.ceil(seconds(asset.get("duration")) * rate)
    first = round(seconds(asset.get("start")) * rate)
    if not 0 < frames <= LONGEST:
        return None
    sound = asset.get("hasAudio") == "1"
    kind = folder / "kinds" / f"{frames} {rate.numerator}-{rate.denominator} {first} {sound}.mkv"
    if not kind.exists():
        timecode = to_timecode(first, rate) if first else None
        make_clip(kind, frames=frames, rate=rate, size=SIZE, timecode=timecode, audio=sound)
    path = folder / f"media {number}.mkv"
    path.write_bytes(kind.read_bytes() + f"{number:016d}".encode())
    return path


def rendered(shots: tuple[Shot, ...], folder: Path) -> Iterator[Relink]:
    """Make stand-ins for the renders of a plan, twice as large."""
    folder.mkdir(exist_ok=True)
    media = {shot.id: shot.media for shot in shots}
    for number, pull in enumerate(plan_pulls(shots, HANDLES)):
        info = pull.media.info
        kind = (
            folder
            / f"{pull.frames.count} {info.rate.numerator}-{info.rate.denominator} {bool(info.audio)}.mkv"
        )
        path = folder / f"render {number}{'.png' if info.still else '.mkv'}"
        if info.still:
            make_clip(path, frames=1, size=LARGER, codec="png", pixel_format="rgb24", colour=None)
        else:
            if not kind.exists():
                make_clip(kind, frames=pull.frames.count, rate=info.rate, size=LARGER, audio=bool(info.audio))
            os.link(kind, path)
        for shot in pull.shots:
            yield Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=media[shot].rate,
                width=LARGER[0],
                height=LARGER[1],
            )


def differences(
    before: Path, after: Path, shots: tuple[Shot, ...], relinks: tuple[Relink, ...], relinked: set[str]
) -> Iterator[str]:
    """Yield what is wrong: a frame that is another one, a clip not relinked, a change that is no media's."""
    yield from changed(before.read_text(encoding="utf-8"), after.read_text(encoding="utf-8"))
    media = {shot.id: shot.media for shot in shots}
    renders = {relink.path.as_uri(): relink for relink in relinks}
    old, new = (Document(ET.parse(path).getroot()) for path in (before, after))
    pairs = list(zip(old.leaves(), new.leaves(), strict=True))
    seen = set()
    for (leaf, asset), (other, clone) in pairs:
        if asset.get("hasVideo") != "1":
            continue
        relink = renders.get(new.source(clone))
        was, now = list(old.shown(leaf, asset)), list(new.shown(other, clone))
        if relink is None:
            if (old.source(asset), was) != (new.source(clone), now):
                yield f"{leaf.get('name')}: was not relinked, and shows other frames"
            continue
        seen.add(relink.path)
        source = media[relink.shot]
        offset, count = relink.stands_for.start - source.available.start, relink.stands_for.count
        for one, two in zip(was, now, strict=True):
            if 0 <= one < source.available.count and (two + offset != one or not 0 <= two < count):
                yield f"{leaf.get('name')}: frame {one} became {two} of a render that begins at {offset}"
                break
        if old.source(asset) != source.path.as_uri():
            yield f"{leaf.get('name')}: shows the render of another file"
    missing = {relink.path for relink in relinks if relink.shot in relinked} - seen
    if missing:
        yield f"{len(missing)} renders are not shown"


def changed(before: str, after: str) -> Iterator[str]:
    """Yield every change of the text but new assets and formats, and what leads clips to them."""
    new = list(without_new(before, pieces(after)))[::-1]
    for one in pieces(before):
        other = new.pop() if new else ""
        while one != other and other.startswith('<gap name="Gap"') and new:
            other = new.pop()  # where an angle's clip was shortened
        if one != other and not alike(one, other):
            yield f"{one[:80]!r} became {other[:80]!r}"
            return
    if [each for each in new if not each.startswith('<gap name="Gap"')]:
        yield f"there is more at the end: {new[-1][:80]!r}"


def pieces(text: str) -> list[str]:
    return [each.strip() for each in _CUT.findall(text) if each.strip()]


def without_new(before: str, after: list[str]) -> Iterator[str]:
    """Yield the pieces of a text without the assets and formats whose ids it did not have before."""
    known = set(re.findall(r'\bid="([^"]*)"', before))
    inside = ""
    for each in after:
        opened = re.match(r'<(asset|format)\b[^>]*?\bid="([^"]*)"', each)
        if inside:
            inside = "" if each == f"</{inside}>" else inside
        elif opened and opened[2] not in known:
            inside = "" if each.endswith("/>") else opened[1]
        else:
            yield each


def alike(one: str, other: str) -> bool:
    """Tell whether two tags are the same but for what a relink may change."""
    tag, same = ((each.split() or [""])[0] for each in (one, other))
    if tag not in _MAY or tag != same:
        return False
    was, now = (dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in (one, other))
    if tag == "<media":
        return {**was, "uid": ""} == {**now, "uid": ""}
    added = {name for name in ("start", "duration") if name not in was}
    mine = {*_OWN, *added, *_KEYS.get(tag, ())}
    if was.get("ref") != now.get("ref") and shorter(was, now):
        mine |= {"offset", "start", "duration"}
    kept = [[pair for pair in told.items() if pair[0] not in mine] for told in (was, now)]
    return kept[0] == kept[1]


def shorter(was: dict[str, str], now: dict[str, str]) -> bool:
    """Tell whether an element holds a part of what it held, at the same place."""
    if "duration" not in was or "duration" not in now:
        return False
    offset, begin, length = (seconds(was.get(name)) for name in ("offset", "start", "duration"))
    new_offset, new_begin, new_length = (seconds(now.get(name)) for name in ("offset", "start", "duration"))
    same = new_offset - offset == new_begin - begin or "start" not in was
    return same and new_offset >= offset and new_offset + new_length <= offset + length
