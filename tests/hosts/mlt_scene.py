"""Write small MLT projects as Shotcut, Kdenlive and melt do, and relink them to renders made by hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from uprez.model import Conform, Cut, Manner, Numbering, Pull, Relink, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, make_sequence, read_numbers
from uprez_otio.host import OtioHost

SIZE, FRAMES = (64, 36), 60
FIRST: dict[str, int] = {"a.mkv": 1000, "b.mkv": 2000, "t.mov": 3000, "thirty.mkv": 4000, "still.png": 5000,
                         "ntsc.mkv": 6000}  # fmt: skip
NTSC = Fraction(24_000, 1001)
SEQUENCES = {
    "seq": Numbering(prefix="shot.", suffix=".png", first=1001, padding=4),
    "cel": Numbering(prefix="x", suffix=".png", first=0),
    "hole": Numbering(prefix="shot.", suffix=".png", first=1001, padding=4),
}
FILES = 30
"""How many each image sequence has; the one with a hole lacks some."""


def properties(**told: object) -> str:
    """Write properties; in their names "__" stands for a colon and "_DOT_" for a point."""
    return "".join(
        f'<property name="{name.replace("__", ":").replace("_DOT_", ".")}">{escape(str(value))}</property>'
        for name, value in told.items()
    )


def producer(name: str, resource: str, length: object = FRAMES, last: object = None, tag: str = "producer",
             inside: str = "", **more: object) -> str:  # fmt: skip
    """Write a producer of a file, as one line."""
    told: dict[str, object] = {"length": length, "eof": "pause", "resource": resource,
                               "mlt_service": "avformat-novalidate"} | more  # fmt: skip
    out = "" if last is None else f' in="0" out="{last}"'
    return f'  <{tag} id="{name}"{out}>{properties(**told)}{inside}</{tag}>\n'


def warped(name: str, speed: float, resource: str, length: int, **more: object) -> str:
    """Write a producer of a file played at a speed."""
    return producer(name, f"{speed}:{resource}", length, length - 1, mlt_service="timewarp",
                    warp_speed=speed, warp_resource=resource, **more)  # fmt: skip


def entry(name: str, first: object, last: object, inside: str = "") -> str:
    """Write an entry of a playlist."""
    return f'    <entry producer="{name}" in="{first}" out="{last}">{inside}</entry>\n'


def blank(length: object) -> str:
    """Write a gap."""
    return f'    <blank length="{length}"/>\n'


def playlist(name: str, *entries: str, **told: object) -> str:
    """Write a playlist."""
    return f'  <playlist id="{name}">\n    {properties(**told)}\n{"".join(entries)}  </playlist>\n'


def tractor(name: str, *tracks: str, inside: str = "", last: int | None = None, **told: object) -> str:
    """Write a tractor of tracks, given as the names of what they show, " hide=..." behind them."""
    out = "" if last is None else f' in="0" out="{last}"'
    shown = ""
    for track in tracks:
        shown_name, _, more = track.partition(" ")
        shown += f'    <track producer="{shown_name}"{" " if more else ""}{more}/>\n'
    return f'  <tractor id="{name}"{out}>\n    {properties(**told)}\n{shown}{inside}  </tractor>\n'


def mix(first: int, last: int, **more: object) -> str:
    """Write a dissolve between the first two tracks."""
    told: dict[str, object] = {"a_track": 0, "b_track": 1, "mlt_service": "luma"} | more
    return f'    <transition in="{first}" out="{last}">{properties(**told)}</transition>\n'


def layered(number: int, **more: object) -> str:
    """Write the transition that lays a track over the others, whatever its size."""
    told: dict[str, object] = {"a_track": 0, "b_track": number, "mlt_service": "qtblend", "compositing": 0}
    told |= {"always_active": 1, "rect": "0 0 100% 100% 1", "distort": 0} | more
    return f"    <transition>{properties(**told)}</transition>\n"


def project(*parts: str, rate: Fraction = Fraction(24), attributes: str = "") -> str:
    """Write a whole project."""
    profile = (
        '  <profile width="128" height="72" progressive="1" sample_aspect_num="1" '
        'sample_aspect_den="1" display_aspect_num="16" display_aspect_den="9" colorspace="709" '
        f'frame_rate_num="{rate.numerator}" frame_rate_den="{rate.denominator}"/>\n'
    )
    return f'<?xml version="1.0"?>\n<mlt LC_NUMERIC="C"{attributes}>\n{profile}{"".join(parts)}</mlt>\n'


def ground(length: int = 500) -> str:
    """Write the black below all tracks."""
    return producer("black", "0", length, length - 1, mlt_service="color")


def main(*names: str, inside: str = "", **told: object) -> str:
    """Write the tractor that is the timeline, over black; `names` are as in `tractor`."""
    layers = "".join(layered(number + 1) for number in range(len(names)))
    return tractor("main", "black", *names, inside=layers + inside, **told)


MADE: dict[Fraction, Path] = {}


def media(folder: Path, rate: Fraction = Fraction(24)) -> None:
    """Put the files that the projects use into a folder; each is made once."""
    if rate not in MADE:
        MADE[rate] = folder / "made"
        _make(MADE[rate], rate)
    for each in MADE[rate].rglob("*.*"):
        to = folder / each.relative_to(MADE[rate])
        to.parent.mkdir(exist_ok=True)
        os.link(each, to)


def _make(folder: Path, rate: Fraction) -> None:
    for name in ("a.mkv", "b.mkv"):
        make_clip(folder / name, frames=FRAMES, first=FIRST[name], size=SIZE, rate=rate)
    make_clip(folder / "thirty.mkv", frames=75, first=FIRST["thirty.mkv"], size=SIZE, rate=Fraction(30))
    make_clip(folder / "ntsc.mkv", frames=FRAMES, first=FIRST["ntsc.mkv"], size=SIZE, rate=NTSC)
    make_clip(folder / "still.png", frames=1, first=FIRST["still.png"], size=SIZE, codec="png",
              pixel_format="rgb24", colour=None)  # fmt: skip
    for number, (name, numbering) in enumerate(SEQUENCES.items()):
        make_sequence(folder / name, numbering, frames=FILES, size=SIZE, first=7000 + 100 * number)
    for number in (1004, 1005):
        (folder / "hole" / f"shot.{number}.png").unlink()
    make_clip(folder / "t.mov", frames=FRAMES, first=FIRST["t.mov"], size=SIZE, rate=rate, codec="mpeg4",
              timecode="01:00:00:00", audio=True, options={"qscale": "2", "g": "1"})  # fmt: skip


@dataclass(frozen=True)
class Done:
    """Hold a project that was relinked."""

    file: Path
    output: Path
    cut: Cut
    conform: Conform
    before: str
    after: str


def relinked(
    folder: Path, text: str, name: str = "cut.mlt", handles: int = 3, growth: int = 2, *, whole: bool = False
) -> Done:
    """Write a project, and relink all of its clips to renders of `growth` times their size."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    host = OtioHost(str(file))
    retime = "whole" if whole else "keep"
    cut = host.shots(Selection(retime=retime))
    output = folder / f"out{file.suffix}"
    conform = host.relink(
        tuple(renders(cut, folder, handles, growth)), Manner(output=output, force=True, retime=retime)
    )
    return Done(file, output, cut, conform, text, output.read_text(encoding="utf-8"))


def renders(cut: Cut, folder: Path, handles: int, growth: int) -> Iterable[Relink]:
    """Make each pull's render by hand: its frames, carrying the numbers that the source has."""
    for pull in plan_pulls(cut.shots, handles):
        source = pull.media
        size = source.width * growth, source.height * growth
        head = pull.frames.start - source.available.start
        numbering = source.info.sequence and source.info.sequence.further(head)
        if numbering:
            to = folder / "renders" / f"{source.path.stem} {pull.frames.start}"
            first = read_numbers(source.path)[0] + head
            make_sequence(to, numbering, frames=pull.frames.count, size=size, first=first)
            path = to / numbering.name(0)
        else:
            path = _clip(pull, folder, size)
        for shot in pull.shots:
            yield Relink(shot=shot, path=path, stands_for=pull.frames, rate=source.rate, width=size[0],
                         height=size[1], sequence=numbering)  # fmt: skip


def _clip(pull: Pull, folder: Path, size: tuple[int, int]) -> Path:
    source, still = pull.media, pull.media.info.still
    more: dict[str, Any] = {"codec": "png", "pixel_format": "rgb24", "colour": None} if still else {}
    stem = source.path.stem.replace("%", "_")  # their writer would put a number there
    return make_clip(
        folder / "renders" / f"{stem} {pull.frames.start}{'.png' if still else '.mkv'}",
        frames=pull.frames.count,
        first=FIRST[source.path.name] + pull.frames.start - source.available.start,
        rate=source.rate,
        size=size,
        **more,
    )
