"""Write an MLT project straight from an .otio, so that a real editor's engine can play it.

Nothing of uprez has a say in it: the file is read with opentimelineio, and every in point is computed here,
from what the file says: the engine counts from a file's first frame, the timeline from its available range.
Renders are tinted red, sources blue, and the sources that must stay green, so that each picture tells which
it came from. Layers "left" and "right" show one side alone of each dissolve.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import av
import opentimelineio as otio
from hosts.mlt_engine import HEIGHT, WIDTH, Engine

TINTS = {"red": "gb", "blue": "rg", "green": "rb"}  # the colours that are darkened
STILLS = (".png", ".jpg", ".tif")
Entries = list[str]


class OffTheGrid(Exception):
    """Say that a retimed clip begins where the engine, which counts whole frames, can't begin it."""


@cache
def frames_in(path: Path) -> int:
    """Count the frames of a file."""
    with av.open(str(path)) as file:
        return sum(1 for _ in file.decode(video=0))


def near(number: Fraction | float) -> Fraction:
    """Return a number, whole where it all but is."""
    exact = Fraction(number)
    return Fraction(round(exact)) if abs(exact - round(exact)) < Fraction(1, 1000) else exact


@cache
def rate_of(rate: float) -> Fraction:
    """Return the rate that a float stands for: one of whole numbers, or 1000/1001 of one."""
    whole = Fraction(round(rate))
    ntsc = Fraction(round(rate * 1001 / 1000) * 1000, 1001)
    return min(whole, ntsc, key=lambda each: abs(float(each) - rate))


@cache
def speed_of(speed: float) -> Fraction:
    """Return the fraction that a speed stands for."""
    return Fraction(speed).limit_denominator(100)


def same_count(one: Fraction, other: Fraction) -> bool:
    """Tell whether two rates count frames one for one, as 24 and 23.976 do."""
    return abs(one / other - 1) < Fraction(3, 2000)


def at(time: Any, rate: Fraction) -> Fraction:
    """Return an OTIO time in frames of a rate."""
    own = rate_of(time.rate)
    return near(time.value) if same_count(own, rate) else near(near(time.value) * rate / own)


@dataclass
class Project:
    """Write one timeline; `renders` is where renders lie, `bases` say what a clip's file begins with.

    `bases` are only for clips whose timeline leaves it open, by name. `stays` are clips that keep their
    source.
    """

    engine: Engine
    cut: Path
    rate: Fraction
    renders: Path
    scratch: Path
    stays: frozenset[str] = frozenset()
    bases: Mapping[str, int] = field(default_factory=dict)
    layer: str = "mix"
    dissolves: int = 0
    parts: list[str] = field(default_factory=list)
    _links: dict[Path, Path] = field(default_factory=dict)

    def write(self) -> tuple[Path, int]:
        """Write the project into `scratch`; returns it, and how many frames it has."""
        timeline: Any = otio.adapters.read_from_file(str(self.cut))
        stack, frames = self.stack(timeline.tracks)
        profile = (
            f'<profile width="{WIDTH}" height="{HEIGHT}" progressive="1" sample_aspect_num="1" '
            f'sample_aspect_den="1" display_aspect_num="16" display_aspect_den="9" colorspace="709" '
            f'frame_rate_num="{self.rate.numerator}" frame_rate_den="{self.rate.denominator}"/>'
        )
        main = f'<tractor id="main" in="0" out="{frames - 1}"><track producer="{stack}"/></tractor>'
        self.scratch.mkdir(parents=True, exist_ok=True)
        file = self.scratch / f"{self.cut.stem}-{self.layer}.mlt"
        text = f'<?xml version="1.0"?><mlt LC_NUMERIC="C">{profile}{"".join(self.parts)}{main}</mlt>'
        file.write_text(text, encoding="utf-8")
        return file, frames

    def part(self, kind: str, inside: str, **more: object) -> str:
        """Add a producer, playlist or tractor; returns its id."""
        name = f"{kind}{len(self.parts)}"
        told = "".join(f' {key}="{value}"' for key, value in more.items())
        self.parts.append(f'<{kind} id="{name}"{told}>{inside}</{kind}>')
        return name

    # ------------------------------------------------------------- compositions

    def stack(self, stack: Any) -> tuple[str, int]:
        """Add a stack of tracks as a tractor, without its own source range; returns its id and length."""
        tracks = [self.track(each) for each in stack if each.kind == "Video" and each.enabled]
        frames = max([frames for _, frames in tracks], default=1)
        ground = self.color("#00000000", frames)
        inside = "".join(f'<track producer="{name}"/>' for name in (ground, *(name for name, _ in tracks)))
        for number in range(1, len(tracks) + 1):
            told = {"mlt_service": "qtblend", "a_track": 0, "b_track": number, "always_active": 1}
            told |= {"compositing": 0, "rect": "0 0 100% 100% 1", "distort": 0}
            inside += f"<transition>{properties(told)}</transition>"
        return self.part("tractor", inside, **{"in": 0, "out": frames - 1}), frames

    def track(self, track: Any) -> tuple[str, int]:
        """Add a track as a playlist; returns its id and length."""
        items = list(track)
        entries: Entries = []
        for index, item in enumerate(items):
            if isinstance(item, otio.schema.Transition):
                entries += self.dissolve(items, index)
                continue
            beside = items[max(index - 1, 0) : index + 2]
            if self.layer != "mix" and not any(isinstance(each, otio.schema.Transition) for each in beside):
                entries.append(f'<blank length="{self.frames(item)}"/>')
                continue
            head = self.overlap(items, index - 1, "out_offset")
            tail = self.overlap(items, index + 1, "in_offset")
            entries += self.shown(item, head, self.frames(item) - head - tail)
        frames = sum(self.frames(item) for item in items if not isinstance(item, otio.schema.Transition))
        name = self.part("playlist", "".join(entries))
        if track.source_range is None:
            return name, frames
        first, count = (int(at(time, self.rate)) for time in
                        (track.source_range.start_time, track.source_range.duration))  # fmt: skip
        return self.part("playlist", self.entry(name, first, first + count - 1)), count

    def overlap(self, items: list[Any], index: int, side: str) -> int:
        """Return how many frames a transition beside an item takes of it."""
        if 0 <= index < len(items) and isinstance(items[index], otio.schema.Transition):
            return int(at(getattr(items[index], side), self.rate))
        return 0

    def dissolve(self, items: list[Any], index: int) -> Entries:
        """Return the entry of a transition: both sides at once, or one of them alone."""
        self.dissolves += 1
        before, after = (int(at(time, self.rate)) for time in
                         (items[index].in_offset, items[index].out_offset))  # fmt: skip
        frames = before + after
        left = self.side(items, index - 1, frames, end=before)
        right = self.side(items, index + 1, frames, end=None, start=-before)
        if self.layer != "mix":
            return left if self.layer == "left" else right
        sides = [self.part("playlist", "".join(entries)) for entries in (left, right)]
        tracks = "".join(f'<track producer="{side}"/>' for side in sides)
        luma = (
            f'<transition in="0" out="{frames - 1}"><property name="mlt_service">luma</property>'
            '<property name="a_track">0</property><property name="b_track">1</property></transition>'
        )
        name = self.part("tractor", tracks + luma, **{"in": 0, "out": frames - 1})
        return [self.entry(name, 0, frames - 1)]

    def side(self, items: list[Any], index: int, frames: int, end: int | None, start: int = 0) -> Entries:
        if not 0 <= index < len(items):
            return [self.entry(self.color("black", frames), 0, frames - 1)]
        item = items[index]
        if isinstance(item, otio.schema.Gap):
            return [self.entry(self.color("black", frames), 0, frames - 1)]
        return self.shown(item, self.frames(item) - end if end is not None else start, frames)

    def frames(self, item: Any) -> int:
        """Return an item's length on the timeline."""
        span = item.source_range
        if span is None and isinstance(item, otio.schema.Clip):
            span = item.media_reference.available_range
            if span is None:
                path = self.file(item.media_reference.target_url)
                return frames_in(path)
        if span is None:
            return max(sum(self.frames(each) for each in track) for track in item)
        return round(at(span.duration, self.rate))

    # ------------------------------------------------------------- what is shown

    def shown(self, item: Any, start: int, frames: int) -> Entries:
        """Return entries for `frames` frames of the timeline, `start` frames after the item's own first."""
        reference = getattr(item, "media_reference", None)
        if frames <= 0:
            return []
        if isinstance(item, otio.schema.Gap) or not item.enabled:
            return [f'<blank length="{frames}"/>']
        if isinstance(item, otio.core.Composition):
            name, _ = self.stack(item)
            first = int(at(item.source_range.start_time, self.rate)) if item.source_range else 0
            return [self.entry(name, first + start, first + start + frames - 1)]
        if isinstance(reference, otio.schema.GeneratorReference):
            return [self.entry(self.color("#808080", frames), 0, frames - 1)]
        if isinstance(reference, otio.schema.ImageSequenceReference):
            return list(self.numbered(item, reference, start, frames))
        if not isinstance(reference, otio.schema.ExternalReference):
            return [f'<blank length="{frames}"/>']
        path = self.file(reference.target_url)
        if not path.is_file():
            return [f'<blank length="{frames}"/>']
        if path.suffix in STILLS:
            return [self.entry(self.producer(path, item, None, frames), 0, frames - 1)]
        return self.moving(item, reference, path, start, frames)

    def numbered(self, clip: Any, reference: Any, start: int, frames: int) -> Iterator[str]:
        """Yield the entries of an image sequence: a file for each frame."""
        first = near(clip.source_range.start_time.value - reference.available_range.start_time.value)
        for place in range(int(first) + start, int(first) + start + frames):
            number = reference.start_frame + place * reference.frame_step
            name = f"{reference.name_prefix}{number:0{reference.frame_zero_padding}}{reference.name_suffix}"
            path = self.file(reference.target_url_base + name)
            yield self.entry(self.producer(path, clip, None, 1), 0, 0)

    def moving(self, clip: Any, reference: Any, path: Path, start: int, frames: int) -> Entries:
        whole = reference.available_range
        media = rate_of(whole.start_time.rate) if whole else media_rate(path)
        base = near(whole.start_time.value) if whole else Fraction(0)
        if not self.is_render(path):
            base = Fraction(self.bases.get(clip.name, base))
        span = clip.source_range or whole
        first = at(span.start_time, media) - base if span else Fraction(0)
        length = self.frames(clip)
        step = Fraction(1) if same_count(media, self.rate) else media / self.rate
        speed = math.prod((speed_of(effect.time_scalar) for effect in clip.effects
                           if isinstance(effect, otio.schema.LinearTimeWarp)), start=Fraction(1))  # fmt: skip
        curve = [each.metadata["lookup"] for each in clip.effects if each.effect_name == "TimeWarp"]
        if curve:
            numbers = range(start, start + frames)
            return self.singly(path, clip, [first + each + curve[0][each] for each in numbers])
        keys = [each.metadata["Resolve_OTIO"]["Key Frames"] for each in clip.effects
                if "Key Frames" in each.metadata.get("Resolve_OTIO", {})]  # fmt: skip
        if keys:
            return self.singly(path, clip, [*self.ramped(keys[0], first, range(start, start + frames))])
        if speed == 0:
            return self.singly(path, clip, [first] * frames)
        places = [first + each * speed * step for each in range(start, start + frames)]
        if speed < 0:
            places = [place + (length - 1) * -speed * step for place in places]
        if speed == 1 or step != 1:
            return self.singly(path, clip, places)
        return self.warped(path, clip, places, speed)

    def ramped(self, keys: Any, first: Fraction, numbers: range) -> Iterator[Fraction]:
        """Yield the media frames of a ramp of lines, whose clip begins where it shows its own first frame."""
        played, shown = ([near(float(key[place] * self.rate)) for key in keys] for place in (0, 1))
        begin = crossed(shown, played, first)
        yield from (crossed(played, shown, begin + number) for number in numbers)

    def singly(self, path: Path, clip: Any, places: list[Fraction]) -> Entries:
        """Return entries for media frames by number; beyond the file its last frame stays, as in editors."""
        last = frames_in(path) - 1
        name = self.producer(path, clip, None, last + 1)
        numbers = [min(max(math.floor(place), 0), last) for place in places]
        return [self.entry(name, low, high) for low, high in runs(numbers)]

    def warped(self, path: Path, clip: Any, places: list[Fraction], speed: Fraction) -> Entries:
        """Return entries for a file played at a speed, which the engine itself rounds to frames."""
        length = self.engine.warped_length(path, float(speed), self.rate)
        name = self.producer(path, clip, speed, length)
        indexes = [place / speed if speed > 0 else length - 1 - place / -speed for place in places]
        if any(index.denominator != 1 for index in map(near, indexes)):
            raise OffTheGrid(
                f"{clip.name}: begins at {float(indexes[0]):g} of {path.name} at {float(speed):g}"
            )
        numbers = [min(max(int(near(index)), 0), length - 1) for index in indexes]
        return [self.entry(name, low, high) for low, high in runs(numbers)]

    def entry(self, name: str, first: int, last: int) -> str:
        return f'<entry producer="{name}" in="{first}" out="{last}"/>'

    def color(self, color: str, frames: int) -> str:
        inside = '<property name="mlt_service">color</property>'
        return self.part("producer", f'{inside}<property name="resource">{color}</property>',
                         **{"in": 0, "out": frames - 1})  # fmt: skip

    def producer(self, path: Path, clip: Any, speed: Fraction | None, length: int) -> str:
        """Add a producer of a file, tinted by where it comes from."""
        tint = "red" if self.is_render(path) else "green" if clip.name in self.stays else "blue"
        told = {"length": length, "eof": "pause", "resource": self.link(path), "mlt_service": "avformat"}
        if path.suffix in STILLS:
            told["mlt_service"] = "pixbuf"
        elif speed is not None:
            told |= {"mlt_service": "timewarp", "resource": f"{float(speed)}:{self.link(path)}"}
        inside = properties(told)
        tinted = {"mlt_service": "lift_gamma_gain"} | {f"gain_{colour}": "0.5" for colour in TINTS[tint]}
        inside += f"<filter>{properties(tinted)}</filter>"
        return self.part("producer", inside)

    # ------------------------------------------------------------- files

    def file(self, url: str) -> Path:
        """Find the file of an address as a reader would that knows nothing of ours."""
        plain = url.removeprefix("file://localhost").removeprefix("file://").removeprefix("file:")
        for each in (self.cut.parent / plain, self.cut.parent / unquote(plain)):
            if each.is_file():
                return each.resolve()
        return self.cut.parent / plain

    def is_render(self, path: Path) -> bool:
        return self.renders.resolve() in path.resolve().parents

    def link(self, path: Path) -> Path:
        """Return a plain name for a file, since the engine reads more into an address than a name.

        A file of another rate than the cut gets a copy that is stamped with the cut's: the engine would count
        by time and drop frames, where here every frame is asked for by its number.
        """
        if path not in self._links:
            self.scratch.mkdir(parents=True, exist_ok=True)
            link = self.scratch / f"media{len(self._links)}{path.suffix}"
            link.unlink(missing_ok=True)
            moving = path.suffix not in STILLS and not is_variable(path)
            if moving and media_rate(path) != self.rate:
                restamped(path, link, self.rate)
            else:
                link.symlink_to(path)
            self._links[path] = link
        return self._links[path]


def crossed(along: list[Fraction], up: list[Fraction], place: Fraction) -> Fraction:
    """Return how high a line through points is at a place."""
    for left, right, low, high in zip(along, along[1:], up, up[1:], strict=False):
        if left <= place <= right:
            return low + (place - left) / (right - left) * (high - low)
    return up[-1]


@cache
def media_rate(path: Path) -> Fraction:
    """Return the rate of a file."""
    with av.open(str(path)) as file:
        return rate_of(float(file.streams.video[0].average_rate or 24))


@cache
def is_variable(path: Path) -> bool:
    """Tell whether a file's frames last unevenly: those the engine shows by their time."""
    with av.open(str(path)) as file:
        times = [packet.pts for packet in file.demux(video=0) if packet.pts is not None]
    steps = {later - earlier for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False)}
    return bool(steps) and max(steps) > 1.5 * min(steps)


def restamped(path: Path, to: Path, rate: Fraction) -> None:
    """Copy a file's packets, one for each frame, with times of another rate."""
    with av.open(str(path)) as file, av.open(str(to), "w") as out:
        stream = out.add_stream_from_template(file.streams.video[0])
        stream.time_base = 1 / rate
        packets = [packet for packet in file.demux(video=0) if packet.pts is not None]
        for index, packet in enumerate(packets):
            packet.stream, packet.time_base = stream, 1 / rate
            packet.pts = packet.dts = index
            packet.duration = 1
            out.mux(packet)


def properties(told: Mapping[str, object]) -> str:
    """Return properties as MLT writes them."""
    return "".join(f'<property name="{key}">{value}</property>' for key, value in told.items())


def runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of numbers that follow one another."""
    first = numbers[0]
    for one, other in zip(numbers, [*numbers[1:], -9], strict=True):
        if other != one + 1:
            yield first, one
            first = other
