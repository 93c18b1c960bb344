"""Relink every event of an EDL to stand-in renders, and hold it against a reading of its own.

Nothing here uses uprez's reader: the lines are split at their blanks, and each frame that the columns and the
M2 lines name must be in the render, under the timecode under which it was in the source.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from uprez.errors import HostError, PlanError
from uprez.model import Manner, Relink, Selection, Shot
from uprez.pulls import plan_pulls
from uprez.times import from_timecode, to_timecode
from uprez_otio.host import OtioHost

SIZE = (32, 18)
TIME = re.compile(r"^(\d\d[:;]\d\d[:;]\d\d[:;]\d\d|\d+)$")
NAMES = re.compile(
    r"^\*?\s*(FROM CLIP NAME|TO CLIP NAME|FROM CLIP|FROM FILE|TO FILE|SOURCE FILE): *(.*?)\s*$"
)


@dataclass
class Plain:
    """Hold one line of an EDL, what M2 says of its reel, and the comments below it."""

    text: str
    reel: str
    channel: str
    kind: str
    times: tuple[str, ...]
    number: str
    speed: Fraction | None = None
    said: dict[str, str] = field(default_factory=dict)
    alone: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.number, self.channel, self.kind, *self.times)

    @property
    def coming(self) -> bool:
        """Tell whether its event names it as what comes, and not as what is left."""
        return self.kind != "C" and (not self.alone or "TO CLIP NAME" in self.said)

    @property
    def key(self) -> str:
        """Return the name that its file gets: the clip's where that is a file's, else its reel."""
        name = self.said.get("TO CLIP NAME" if self.coming else "FROM CLIP NAME", "")
        if re.search(r"\.(mov|mp4)$", name, re.IGNORECASE):
            return name
        return f"{name}.mkv" if self.reel in ("AX", "SC00.JPG") else f"{self.reel}.mkv"

    def file(self) -> str:
        """Return the file that the line is said to show."""
        names = ("TO FILE",) if self.coming else ("FROM FILE", "FROM CLIP")
        return next((self.said[name] for name in names if name in self.said), "")

    def frames(self, rate: Fraction) -> set[int]:
        """Return every frame that the line may show, by each way to read it."""
        first, after, start, end = (number(each, rate) for each in self.times)
        count = end - start
        if self.speed is None:
            return set(range(first, first + count))
        if self.speed == 0:
            return {first}
        size = abs(self.speed) / round(rate)
        steps = [int(at * size) for at in range(count)]
        if self.speed > 0:
            return {first + step for step in steps}
        if after - first > 1:
            return set(range(first, after))
        return {first + step for step in steps} | {first - step for step in steps}


def number(text: str, rate: Fraction) -> int:
    return int(text) if text.isdigit() else from_timecode(text, rate)


def plain(text: str) -> list[Plain]:
    """Return the picture lines of an EDL in order."""
    found: list[Plain] = []
    fresh: list[Plain] = []
    open_ = False
    for line in re.split(r"\r\n|\r|\n", text):
        words = line.strip(" \t\x00\x1a").split()
        if len(words) >= 8 and words[0].isdigit() and all(TIME.match(word) for word in words[-4:]):
            one = Plain(line, words[1], words[2], words[3], tuple(words[-4:]), words[0])
            fresh = [*fresh, one] if open_ and fresh[0].number == one.number else [one]
            for each in fresh:
                each.alone = len(fresh) == 1
            if "V" in one.channel:
                found.append(one)
            open_ = True
        elif words and fresh:
            open_ = False
            match = NAMES.match(line.strip())
            for each in fresh:
                if match:
                    each.said.setdefault(match[1], match[2])
                if words[0] == "M2" and words[1] == each.reel and words[-1] == each.times[0]:
                    each.speed = Fraction(words[-2])
    return found


def lowest_rate(lines: list[Plain]) -> Fraction:
    """Return the lowest usual rate at which all timecodes of an EDL exist."""
    frames = max((int(text[-2:]) for line in lines for text in line.times if ":" in text), default=0)
    return next(Fraction(rate) for rate in (24, 25, 30, 60) if rate > frames)


def run_corpus(file: Path, folder: Path, rate: Fraction | None = None) -> dict[str, Any]:
    """Relink what can be of a file; return how many clips, relinked, left out by reason, and wrong."""
    cut = folder / "cut.edl"
    cut.write_bytes(file.read_bytes())
    lines = plain(file.read_bytes().decode("latin-1"))
    rate = rate or lowest_rate(lines)
    told: dict[str, Any] = {"file": file.name, "clips": 0, "relinked": 0, "left_out": {}, "wrong": 0}
    try:
        stand_ins(lines, folder / "media", rate)
        host = OtioHost(str(cut))
        found = host.shots(Selection())
    except (HostError, PlanError) as refused:
        return told | {"left_out": {str(refused)[-60:]: 1}}
    left = [one for one in found.left_out if "it stays as it is" not in one.reason]
    reasons = Counter(re.sub(r"\(.*?\)|/\S+", "…", one.reason) for one in left)
    told |= {"clips": len(found.shots) + len(left), "left_out": dict(reasons)}
    if not found.shots:
        return told
    relinks = tuple(rendered(found.shots, folder / "renders"))
    output = folder / "out.edl"
    conform = host.relink(relinks, Manner(output=output))
    told["left_out"] = dict(reasons + Counter(one.reason for one in conform.left_out))
    told["relinked"] = len(conform.relinked)
    wrong = list(differences(cut, output, found.shots, relinks, rate, len(conform.relinked)))
    assert conform.receipt is not None
    host.revert(conform.receipt)
    if output.read_bytes() != cut.read_bytes():
        wrong.append("the revert is not what the input was")
    return told | {"wrong": len(wrong), "told": wrong[:5]}


def stand_ins(lines: list[Plain], folder: Path, rate: Fraction) -> None:
    """Write a file for each source that the lines name, with all frames that they may show and some more."""
    wanted: dict[str, set[int]] = {}
    for line in lines:
        if line.reel != "BL" and "/" not in line.key:
            wanted.setdefault(line.key, set()).update(line.frames(rate))
    for shade, (key, frames) in enumerate(wanted.items()):
        if frames:
            first = max(min(frames) - 40, 0)
            blank(folder / key, max(frames) + 41 - first, rate, SIZE, shade, first)


def blank(
    path: Path, frames: int, rate: Fraction, size: tuple[int, int], shade: int, first: int | None
) -> None:
    """Write a long file in no time: one picture, encoded once and written again for every frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="matroska") as out:
        video: Any = out.add_stream("ffv1", rate=rate)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        if first is not None:
            video.metadata["timecode"] = to_timecode(first, rate)
        plane = np.full((size[1] * 3 // 2, size[0]), 16 + shade % 200, np.uint8)
        plane[0, :8] = [shade >> bit & 1 for bit in range(8)]
        frame = av.VideoFrame.from_ndarray(plane, format="yuv420p")
        frame.pts, frame.time_base = 0, 1 / rate
        packets = [*video.encode(frame), *video.encode(None)]
        data, base = bytes(packets[0]), packets[0].time_base
        for at in range(frames):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = video, base, True
            packet.pts = packet.dts = round(at / rate / base)
            packet.duration = round(1 / rate / base)
            out.mux(packet)


def rendered(shots: tuple[Shot, ...], folder: Path, *, handles: int = 3) -> Iterator[Relink]:
    """Make stand-ins for the renders of a plan, twice as large, with their source's timecode."""
    for count, pull in enumerate(plan_pulls(shots, handles)):
        media, path = pull.media, folder / f"render{count}.mkv"
        timecode = media.info.timecode
        first = None if timecode is None else timecode + pull.frames.start - media.available.start
        size = media.width * 2, media.height * 2
        blank(path, pull.frames.count, media.rate, size, count, first)
        for shot in pull.shots:
            yield Relink(
                shot=shot,
                path=path,
                stands_for=pull.frames,
                rate=media.rate,
                width=size[0],
                height=size[1],
            )


def differences(
    before: Path,
    after: Path,
    shots: tuple[Shot, ...],
    relinks: tuple[Relink, ...],
    rate: Fraction,
    relinked: int,
) -> Iterator[str]:
    """Yield what is wrong: a frame that its render lacks, another source, a change that is no media's."""
    media = {shot.id: shot.media for shot in shots}
    renders = {str(relink.path): (media[relink.shot], relink.stands_for) for relink in relinks}
    old, new = plain(before.read_bytes().decode("latin-1")), plain(after.read_bytes().decode("latin-1"))
    if [one.columns for one in old] != [one.columns for one in new] or len(old) != len(new):
        yield "the columns are not what they were"
        return
    reels = {(one.reel, other.reel) for one, other in zip(old, new, strict=True) if one.reel != other.reel}
    count = 0
    for one, other in zip(old, new, strict=True):
        if other.file() == one.file():
            continue
        source, stands_for = renders[other.file()]
        count += 1
        if source.path.name != one.key:
            yield f"{one.text}: shows a render of {source.path.name}"
        base = (source.info.timecode or 0) - source.available.start
        held = range(stands_for.start + base, stands_for.end + base)
        first = source.info.timecode or 0
        has = range(first, first + source.info.frames)
        missing = [frame for frame in one.frames(rate) if frame in has and frame not in held]
        if missing:
            yield f"{one.text}: its render lacks {missing[:3]}"
    if count != relinked:
        yield f"{count} lines show renders, and {relinked} clips were relinked"
    yield from _rest(before.read_bytes(), after.read_bytes(), reels)


def _rest(before: bytes, after: bytes, reels: set[tuple[str, str]]) -> Iterator[str]:
    """Yield each line that is neither an old one, nor an old one with another name, nor a new comment."""
    address = re.compile(rb"^\* ((FROM|TO) FILE|FROM CLIP|UPREZ (FROM|TO) CLIP NAME): ")
    old, lines = (
        [line for line in re.split(rb"\r\n|\r|\n", text) if not address.match(line)]
        for text in (before, after)
    )
    if len(lines) != len(old):
        yield f"{len(old)} lines became {len(lines)}"
        return
    names = {other.encode("latin-1"): one.encode("latin-1") for one, other in reels}
    for one, other in zip(old, lines, strict=True):
        if one == other:
            continue
        words, others = one.split(), other.split()
        back = [names.get(word, word) for word in others]
        comment = one.lstrip(b"* ").startswith((b"FROM CLIP NAME", b"TO CLIP NAME", b"SOURCE FILE", b"REEL"))
        if back != words and not comment:
            yield f"{one!r} became {other!r}"
