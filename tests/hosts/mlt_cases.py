"""The cases that a real engine plays before and after a relink, and the media they use, one oddity each.

Every file has numbers of its own, so that a frame of another file is seen to be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import av

from uprez.model import Numbering
from uprez.testing.clips import BT709, make_clip, make_sequence, picture
from uprez.testing.timelines import Json, clip, dissolve, external, gap, span, stack, track, warp
from uprez.times import may_drop, to_timecode

FRAMES, SIZE = 60, (64, 36)
HARD = {"qscale": "2", "g": "1"}


@dataclass(frozen=True)
class Case:
    """Hold what a case puts on the lower track, and above it; `turn` is how the barcode lies."""

    frames: int
    children: list[Json]
    over: list[Json] = field(default_factory=list)
    stays: tuple[str, ...] = ()
    bases: dict[str, int] = field(default_factory=dict)
    turn: int = 0
    unseen: bool = False
    """Whether it shows no picture of any file at all."""

    @property
    def dissolves(self) -> bool:
        """Tell whether it has a place that shows two pictures at once."""
        return any(child["OTIO_SCHEMA"].startswith("Transition") for child in self.children)


class Media:
    """Make the files of a cut at one rate, each when it is first asked for."""

    def __init__(self, folder: Path, rate: Fraction, hour: int, *, drop: bool) -> None:
        self.folder, self.rate, self.hour = folder, rate, hour
        self.timecode = to_timecode(hour, rate, drop=drop and may_drop(rate))
        self._numbers: dict[str, int] = {}

    def made(self, name: str, frames: int = FRAMES, rate: Fraction | None = None, **more: Any) -> str:
        """Make a file of numbered frames; returns its address, relative and escaped."""
        if self._new(name):
            more = {"size": SIZE, **more}
            make_clip(self.folder / name, frames=frames, first=self._numbers[name], rate=rate or self.rate,
                      **more)  # fmt: skip
        return quote(name)

    def timed(self, name: str = "t.mov") -> str:
        """Make a file whose timecode begins at the hour."""
        return self.made(name, codec="mpeg4", timecode=self.timecode, options=HARD)

    def by_hand(
        self,
        name: str,
        codec: str,
        shape: str = "yuv420p",
        *,
        size: tuple[int, int] = SIZE,
        clear: int = 0,
        rotation: int = 0,
    ) -> str:
        """Make a file frame by frame; its upper `clear` lines are transparent."""
        if self._new(name):
            with av.open(str(self.folder / name), "w") as out:
                video: Any = out.add_stream(codec, rate=self.rate)
                (video.width, video.height), video.pix_fmt = size, shape
                video.time_base = 1 / self.rate
                if rotation:
                    video.set_display_rotation(rotation)
                for index in range(FRAMES):
                    whole = picture(self._numbers[name] + index, SIZE, "rgba").to_ndarray()
                    whole[:clear, :, 3] = 0
                    frame = av.VideoFrame.from_ndarray(whole, format="rgba")
                    frame = frame.reformat(*size, format=shape)
                    frame.pts, frame.time_base = index, 1 / self.rate
                    out.mux(video.encode(frame))
                out.mux(video.encode(None))
        return quote(name)

    def numbered(self, name: str, numbering: Numbering, frames: int) -> str:
        """Make an image sequence; returns its folder's address."""
        if self._new(name):
            make_sequence(self.folder / name, numbering, frames=frames, size=SIZE, first=self._numbers[name])
        return f"{name}/"

    def first(self, name: str) -> int:
        """Return the number of a file's first frame."""
        return self._numbers[name]

    def _new(self, name: str) -> bool:
        if name in self._numbers:
            return False
        self._numbers[name] = 1000 * (len(self._numbers) + 1)
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        return True

    # ------------------------------------------------------------- short words for the cases

    def range(self, start: float, count: float) -> Json:
        """Return a range at the cut's rate."""
        return span(start, count, float(self.rate))

    def gap(self, count: int) -> Json:
        """Return a gap at the cut's rate."""
        return gap(count, float(self.rate))

    def mix(self, before: int, after: int) -> Json:
        """Return a dissolve at the cut's rate."""
        return dissolve(before, after, float(self.rate))

    def use(self, name: str, start: int, count: int, speed: float = 1, url: str | None = None) -> Json:
        """Return a clip of the plain file, or of another that counts from 0."""
        effects = [] if speed == 1 else [warp(speed, "LinearTimeWarp.1" if speed else "FreezeFrame.1")]
        address = url or self.made("a.mkv")
        return clip(name, external(address, self.range(0, FRAMES)), self.range(start, count), effects=effects)


Build = Callable[[Media], Case]


def retimed(speed: float, start: int, count: int = 9) -> Build:
    return lambda m: Case(count, [m.use("retimed", start, count, speed)])


def dissolves(first: float, second: float, left: int, right: int) -> Build:
    return lambda m: Case(
        22, [m.use("left", left, 11, first), m.mix(3, 2), m.use("right", right, 11, second)]
    )


def beyond(m: Media) -> Case:
    """A dissolve that asks for frames before the first and after the last: editors repeat those."""
    return Case(31, [m.use("left", 40, 19), m.mix(4, 6), m.use("right", 2, 12)])


def short(m: Media) -> str:
    return m.made("short.mkv", 14)


def parts(m: Media) -> Case:
    """One file, of which each clip says that it has other frames; the file's timecode settles it."""
    each = (
        clip("part", external(m.timed(), m.range(m.hour + 10, 20)), m.range(m.hour + 12, 6)),
        clip("from 0", external(m.timed(), m.range(0, FRAMES)), m.range(30, 6)),
        clip("own", external(m.timed(), m.range(m.hour, FRAMES)), m.range(m.hour + 40, 6)),
    )
    return Case(18, list(each), bases={"part": m.hour})


def unsaid(m: Media) -> Case:
    by_start = clip("by start", external(m.made("a.mkv")), m.range(9, 6))
    by_timecode = clip("by timecode", external(m.timed()), m.range(m.hour + 9, 6))
    return Case(12, [by_start, by_timecode], bases={"by timecode": m.hour})


def shared(m: Media) -> Case:
    return Case(26, [m.use("one", 5, 6), m.use("two", 8, 6, 2), m.use("three", 9, 6, -1),
                     m.use("four", 4, 8, 0.5)])  # fmt: skip


def nested(m: Media) -> Case:
    inner = stack(track(m.use("early", 0, 10), m.use("late", 40, 12)), source=m.range(4, 12))
    return Case(17, [inner, m.use("after", 20, 5)])


def nested_layers(m: Media) -> Case:
    low = track(m.use("low", 0, 14))
    high = track(m.gap(4), m.use("high", 40, 6, url=m.made("b.mkv")), name="V2")
    return Case(14, [stack(low, high)])


def nested_twice(m: Media) -> Case:
    def inner(start: int, count: int) -> Json:
        return stack(
            track(m.use("early", 2, 8), m.use("unseen" if start == 1 else "late", 30, 8, 2)),
            source=m.range(start, count),
        )

    return Case(15, [inner(1, 7), inner(6, 8)])


def nested_deep(m: Media) -> Case:
    deep = stack(track(m.use("a", 3, 9), m.use("b", 33, 9)), source=m.range(5, 9))
    return Case(8, [stack(track(m.gap(2), deep), source=m.range(1, 8))])


def layers(m: Media) -> Case:
    high = [m.gap(3), m.use("high", 1, 4, url=m.made("b.mkv")), m.gap(2), m.use("higher", 30, 3)]
    return Case(14, [m.use("low", 7, 14)], high)


def lying_low(m: Media) -> Case:
    """A disabled clip above hides nothing."""
    off = m.use("off", 1, 8, url=m.made("b.mkv")) | {"enabled": False}
    return Case(8, [m.use("low", 21, 8)], [off])


def off(m: Media) -> Case:
    return Case(12, [m.use("on", 11, 6), m.use("off", 31, 6) | {"enabled": False}])


def still(m: Media) -> Case:
    url = m.made("still.png", 1, codec="png", pixel_format="rgb24", colour=None)
    return Case(9, [clip("still", external(url, m.range(0, 1)), m.range(0, 9))])


def gone(m: Media) -> Case:
    lost = clip("lost", external("lost.mkv", m.range(0, FRAMES)), m.range(3, 4))
    return Case(12, [lost, clip("empty", None, m.range(3, 4)), m.use("there", 3, 4)])


def made_up(m: Media) -> Case:
    bars = {"OTIO_SCHEMA": "GeneratorReference.1", "metadata": {}, "name": "", "generator_kind": "SMPTEBars",
            "available_range": None, "parameters": {}}  # fmt: skip
    return Case(5, [clip("bars", bars, m.range(0, 5))], unseen=True)


def by_time(m: Media) -> Case:
    """23.976 media in a cut that says 24, or 24 in one that says 23.976: counted frame by frame."""
    other = Fraction(24_000, 1001) if m.rate == 24 else Fraction(24)
    url = external(m.made("alike.mkv", rate=other), span(0, FRAMES, float(other)))
    return Case(12, [clip("alike", url, m.range(30, 12))])


def faster(m: Media) -> Case:
    """30 frames a second in a cut of 24, each range in its own rate or in the cut's."""
    url = external(m.made("thirty.mkv", rate=Fraction(30)), span(0, FRAMES, 30.0))
    return Case(24, [clip("by cut", url, m.range(7, 12)), clip("by media", url, span(11, 15, 30.0))])


def slower(m: Media) -> Case:
    url = external(m.made("slow.mkv", rate=Fraction(25)), span(0, FRAMES, 25.0))
    return Case(12, [clip("25 in 24", url, m.range(13, 12))])


def named_alike(m: Media) -> Case:
    both = [m.use("same", start, 5, url=m.made(name)) for name, start in
            (("one/x.mkv", 10), ("two/x.mkv", 20), ("one/x.mkv", 30))]  # fmt: skip
    return Case(15, both)


def addressed(m: Media) -> Case:
    names = ("50% ü #1?.mkv", "a b.mkv", "%2541.mkv", "日本 ♥.mkv")
    urls = [m.made(name) for name in names]
    path = m.folder / names[0]
    urls += [
        names[1],
        f"./{names[1]}",
        path.as_posix(),
        path.as_uri(),
        f"file://localhost{path.as_uri()[7:]}",
    ]
    return Case(27, [m.use(f"address {index}", 5 + index, 3, url=url) for index, url in enumerate(urls)])


def ends(m: Media) -> Case:
    """Handles that the file does not have, at its very first and very last frames."""
    return Case(12, [m.use("first", 0, 6, url=m.made("b.mkv")),
                     m.use("last", FRAMES - 6, 6, url=m.made("b.mkv"))])  # fmt: skip


def turned(m: Media) -> Case:
    url = m.by_hand("turned.mov", "prores_ks", "yuv422p10le", size=(36, 64), rotation=90)
    return Case(6, [m.use("turned", 11, 6, url=url)], turn=-1)


def interlaced(m: Media) -> Case:
    url = m.made("fields.mp4", codec="libx264", options={"x264-params": "interlaced=1:bframes=0"},
                 size=(128, 64))  # fmt: skip
    return Case(6, [m.use("fields", 11, 6, url=url)])


def uneven(m: Media) -> Case:
    """Files of a phone: frames that come early or late, and some that stay on screen for two.

    A cut counts both by time. While a frame stays on screen the engine shows the next one already, so that
    only places are asked for that have a frame of their own.
    """
    astray = [index + Fraction(index * 7 % 9 - 4, 10) * (index > 0) for index in range(FRAMES)]
    early = m.made("astray.mp4", codec="libx264", times=astray, options={"qp": "4", "g": "1"})
    missing = m.made("phone.mkv", times=[Fraction(index + index // 3) for index in range(FRAMES)])
    long = external(missing, m.range(0, 79))
    apart = [clip(f"phone {start}", long, m.range(start, 3)) for start in (12, 40, 56)]
    return Case(15, [m.use("astray", 11, 6, url=early), *apart])


def see_through(m: Media) -> Case:
    url = m.by_hand("glass.mov", "qtrle", "argb", clear=SIZE[1] // 2)
    over = clip("above", external(url, m.range(0, FRAMES)), m.range(20, 8))
    return Case(8, [m.use("below", 7, 8)], [over])


def fades(m: Media) -> Case:
    return Case(17, [m.gap(2), m.mix(0, 5), m.use("faded", 20, 12), m.mix(4, 0), m.gap(3)])


def linked(m: Media) -> Case:
    """The file whose sound lies on a track of its own."""
    return Case(7, [m.use("linked", 12, 7, url=m.made("sound.mkv", audio=True))])


def ramp(m: Media) -> Case:
    """Hiero's time warp: how far from its place each frame of the timeline reads."""
    away = [0, 1, 3, 4, 4, 3, 3, 5, 9, 2, -4, -6]
    warped = {"OTIO_SCHEMA": "TimeEffect.1", "metadata": {"lookup": away}, "name": "",
              "effect_name": "TimeWarp"}  # fmt: skip
    return Case(12, [m.use("ramp", 21, 12) | {"effects": [warped]}])


def keyed(m: Media) -> Case:
    """Resolve's ramp: key frames in seconds, of the whole file as it is played; from its head, and within."""
    points = [(0, 0), (8, 4), (12, 16), (30, 34), (12 + FRAMES, FRAMES - 1)]
    keys = [[at / float(m.rate), shown / float(m.rate), False, 0.0, 0.0, 0.0, 0.0] for at, shown in points]
    told = {"Key Frames": keys, "Speed Ratio": keys[-1][1] / keys[-1][0]}
    ramp = {"OTIO_SCHEMA": "TimeEffect.1", "metadata": {"Resolve_OTIO": told}, "name": "", "effect_name": ""}
    both = [m.use(f"keyed {start}", start, 12) | {"effects": [ramp]} for start in (0, 7)]
    return Case(24, both)


def sequence(m: Media) -> Case:
    """A file for each frame, numbered from 1001, in a cut that counts them by timecode."""
    numbering = Numbering(prefix="shot.", suffix=".png", first=1001, padding=4)
    media = {"OTIO_SCHEMA": "ImageSequenceReference.1", "metadata": {}, "name": "", "rate": float(m.rate),
             "available_range": m.range(m.hour, 24), "available_image_bounds": None,
             "target_url_base": m.numbered("seq", numbering, 24), "name_prefix": numbering.prefix,
             "name_suffix": numbering.suffix, "start_frame": numbering.first, "frame_step": 1,
             "frame_zero_padding": numbering.padding, "missing_frame_policy": "error"}  # fmt: skip
    return Case(8, [clip("sequence", media, m.range(m.hour + 9, 8))])


def colours(m: Media) -> Case:
    """Files of other matrices and ranges: an engine goes by their tags."""
    full, old = (BT709.model_copy(update=told) for told in ({"range": 2}, {"matrix": 5}))
    return Case(10, [m.use("full range", 11, 5, url=m.made("full.mkv", colour=full)),
                     m.use("601", 21, 5, url=m.made("old.mkv", colour=old))])  # fmt: skip


EVERYWHERE: dict[str, Build] = {
    "plain trim": lambda m: Case(12, [m.use("plain", 8, 12)]),
    "timecode start": lambda m: Case(
        10, [clip("timed", external(m.timed(), m.range(m.hour, FRAMES)), m.range(m.hour + 22, 10))]
    ),
    "twice as fast": retimed(2, 20),
    "half as fast": retimed(0.5, 21),
    "1.7 times as fast": retimed(1.7, 17, 8),
    "backwards": retimed(-1, 33),
    "backwards at 0.7": retimed(-0.7, 21),
    "freeze": retimed(0, 25, 5),
    "dissolve": dissolves(1, 1, 10, 30),
    "shared source": shared,
    "nested and trimmed": nested,
    "gaps": lambda m: Case(14, [m.gap(3), m.use("one", 9, 4), m.gap(2), m.use("two", 3, 5)]),
}
APART: dict[str, Build] = {
    "no source range": lambda m: Case(14, [clip("whole", external(short(m), m.range(0, 14)))]),
    "no source range and part of the file": lambda m: Case(9, [clip("w", external(short(m), m.range(0, 9)))]),
    "counted from 0 in spite of a timecode": lambda m: Case(7, [m.use("zero", 9, 7, url=m.timed())]),
    "one file with several available ranges": parts,
    "no available range": unsaid,
    "backwards twice as fast": retimed(-2, 20, 8),
    "a third as fast": retimed(1 / 3, 14),
    "4 times as fast": retimed(4, 16),
    "dissolve of retimed clips": dissolves(2, -1, 10, 24),
    "dissolve of a freeze": dissolves(1, 0, 10, 24),
    "dissolve beyond the media": beyond,
    "fades": fades,
    "nested layers": nested_layers,
    "nested twice": nested_twice,
    "nested in a nest": nested_deep,
    "several tracks": layers,
    "disabled": off,
    "disabled above": lying_low,
    "still": still,
    "missing media": gone,
    "generator": made_up,
    "duplicate names and basenames": named_alike,
    "addresses": addressed,
    "handles beyond the media": ends,
    "anamorphic": lambda m: Case(
        6, [m.use("wide", 11, 6, url=m.made("wide.mkv", sample_aspect=Fraction(16, 11)))]
    ),
    "rotated": turned,
    "interlaced": interlaced,
    "variable rate": uneven,
    "alpha": see_through,
    "sound of the same file": linked,
    "speed ramp": ramp,
    "speed ramp of Resolve": keyed,
    "image sequence": sequence,
    "colour tags": colours,
    "odd size": lambda m: Case(
        6, [m.use("odd", 11, 6, url=m.by_hand("odd.mkv", "ffv1", "yuv444p", size=(67, 37)))]
    ),
}
AT_24: dict[str, Build] = {
    "23.976 in 24": by_time,
    "30 in 24": faster,
    "25 in 24": slower,
}
