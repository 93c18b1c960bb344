"""Small timelines of our own, one oddity each. Every file of theirs carries its frame numbers from 100 on."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

from uprez.testing.clips import make_clip
from uprez.testing.timelines import (
    clip,
    dissolve,
    effect,
    external,
    gap,
    marker,
    span,
    stack,
    timeline,
    track,
    warp,
    write,
)

FIRST, FRAMES = 100, 60
HOUR = 86_400
Json = dict[str, Any]
Build = Callable[[Path], Json]


def source(folder: Path, name: str = "a.mkv", rate: Fraction = Fraction(24), **more: Any) -> Path:
    """Make a file of 60 numbered frames."""
    return make_clip(folder / name, frames=FRAMES, first=FIRST, rate=rate, size=(64, 36), **more)


def _one(folder: Path, cut: Json | None, *, available: Json | None, url: str = "a.mkv", **more: Any) -> Json:
    if not (folder / "a.mkv").exists():
        source(folder)
    return timeline(track(clip("one", external(url, available), cut, **more)))


def _retimed(speed: float, start: int = 20, count: int = 10) -> Build:
    return lambda folder: _one(folder, span(start, count), available=span(0, FRAMES), effects=[warp(speed)])


def _addressed(name: str, url: str) -> Build:
    def build(folder: Path) -> Json:
        path = source(folder, name)
        text = url.format(path=path.as_posix(), quoted=quote(path.as_posix()), name=name, part=quote(name))
        return timeline(track(clip("one", external(text, span(0, FRAMES)), span(5, 20))))

    return build


def _timecode(folder: Path, available: Json | None, start: int) -> Json:
    source(folder, "a.mov", codec="mpeg4", timecode="01:00:00:00", options={"qscale": "2"})
    return timeline(track(clip("one", external("a.mov", available), span(start, 20))))


def _dissolved(folder: Path, first: float = 1, second: float = 1) -> Json:
    source(folder)
    media = external("a.mkv", span(0, FRAMES))
    effects = [[warp(speed)] if speed != 1 else [] for speed in (first, second)]
    return timeline(
        track(
            clip("left", media, span(10, 12), effects=effects[0]),
            dissolve(4, 3),
            clip("right", media, span(30, 12), effects=effects[1]),
        )
    )


def _nested(folder: Path) -> Json:
    source(folder)
    media = external("a.mkv", span(0, FRAMES))
    inner = stack(
        track(clip("early", media, span(0, 10)), clip("late", media, span(40, 12))),
        source=span(4, 12),
    )
    return timeline(track(gap(6), inner, clip("after", media, span(20, 5))))


def _two_tracks(folder: Path) -> Json:
    source(folder)
    source(folder, "b.mkv")
    low = track(gap(3), clip("low", external("a.mkv", span(0, FRAMES)), span(7, 20)))
    high = track(gap(9), clip("high", external("b.mkv", span(0, FRAMES)), span(1, 4)), name="V2")
    return timeline(low, high, start=HOUR)


def _parts(folder: Path) -> Json:
    """Two clips of one file, each with its own available range, as writers do that trim the media."""
    source(folder, "a.mov", codec="mpeg4", timecode="01:00:00:00", options={"qscale": "2"})
    parts = (
        clip("part", external("a.mov", span(HOUR + 10, 20)), span(HOUR + 12, 10)),
        clip("whole", external("a.mov", span(0, FRAMES)), span(30, 10)),
        clip("own", external("a.mov", span(HOUR, FRAMES)), span(HOUR + 40, 10)),
    )
    return timeline(track(*parts))


def _mixed(folder: Path) -> Json:
    source(folder, rate=Fraction(30))
    return timeline(
        track(
            clip("cut at 24", external("a.mkv", span(0, FRAMES, 30.0)), span(8, 20)),
            clip("cut at 30", external("a.mkv", span(0, FRAMES, 30.0)), span(8, 20, 30.0)),
        )
    )


def _alike(folder: Path) -> Json:
    """23.976 media in a timeline that says 24: frames are counted one by one."""
    source(folder, rate=Fraction(24_000, 1001))
    return _one(folder, span(8, 20), available=span(0, FRAMES, 23.976024627685547))


def _first_schema(folder: Path) -> Json:
    content = _one(folder, span(8, 20), available=span(0, FRAMES))
    old = content["tracks"]["children"][0]["children"][0]
    old["OTIO_SCHEMA"] = "Clip.1"
    del old["active_media_reference_key"]
    old["media_reference"] = old.pop("media_references")["DEFAULT_MEDIA"]
    return content


def _two_references(folder: Path) -> Json:
    content = _one(folder, span(8, 20), available=span(0, FRAMES))
    shown = content["tracks"]["children"][0]["children"][0]
    shown["media_references"] = {
        "proxy": external("proxy.mov", span(0, FRAMES)),
        "high": shown["media_references"]["DEFAULT_MEDIA"],
    }
    shown["active_media_reference_key"] = "high"
    return content


def _to_come(folder: Path) -> Json:
    """A marker of a schema newer than the installed OTIO, and a schema that nobody knows."""
    content = _one(folder, span(8, 20), available=span(0, FRAMES), markers=[marker("look")])
    shown = content["tracks"]["children"][0]["children"][0]
    color = {"OTIO_SCHEMA": "Color.1", "r": 1.0, "g": 0.0, "b": 0.0, "a": 1.0, "name": "RED"}
    shown["markers"][0] |= {"OTIO_SCHEMA": "Marker.3", "color": color}
    shown["metadata"] = {"studio": {"OTIO_SCHEMA": "Studio.7", "x": 1.50, "text": "ü"}}
    return content


def _reordered(folder: Path) -> Json:
    content = _one(folder, span(8, 20), available=span(0, FRAMES))
    return dict(reversed(content.items()))


ODDITIES: dict[str, Build] = {
    "plain": lambda folder: _one(folder, span(8, 20), available=span(0, FRAMES)),
    "no source range": lambda folder: _one(folder, None, available=span(0, FRAMES)),
    "no source range and a part of the media": lambda folder: _one(folder, None, available=span(0, 30)),
    "no ranges at all": lambda folder: _one(folder, None, available=None),
    "no available range, counted from the start": lambda folder: _one(folder, span(8, 20), available=None),
    "no available range, counted by timecode": lambda folder: _timecode(folder, None, HOUR + 8),
    "media begins at an hour": lambda folder: _timecode(folder, span(HOUR, FRAMES), HOUR + 8),
    "media has timecode but is counted from 0": lambda folder: _timecode(folder, span(0, FRAMES), 8),
    "parts of one file": _parts,
    "fractions of frames": lambda folder: _one(folder, span(8.0004, 19.9996), available=span(0.0001, FRAMES)),
    "a start between frames": lambda folder: _one(
        folder, span(86_408.0887, 20), available=span(86_400.0887, FRAMES)
    ),
    "dissolve": _dissolved,
    "dissolve of retimed clips": lambda folder: _dissolved(folder, 2, -1),
    "dissolve longer than the media": lambda folder: timeline(
        track(
            clip("left", external(source(folder).name, span(0, FRAMES)), span(40, 19)),
            dissolve(4, 6),
            clip("right", external("a.mkv", span(0, FRAMES)), span(2, 12)),
        )
    ),
    "fade in": lambda folder: timeline(
        track(dissolve(0, 5), clip("one", external(source(folder).name, span(0, FRAMES)), span(8, 20)))
    ),
    "twice as fast": _retimed(2.0),
    "half as fast": _retimed(0.5),
    "a third as fast": _retimed(1 / 3),
    "1.7 times as fast": _retimed(1.7),
    "backwards": _retimed(-1.0),
    "backwards and twice as fast": _retimed(-2.0),
    "backwards and slower": _retimed(-0.7),
    "freeze frame": lambda folder: _one(
        folder, span(20, 10), available=span(0, FRAMES), effects=[warp(0.0, "FreezeFrame.1")]
    ),
    "two speeds at once": lambda folder: _one(
        folder, span(20, 10), available=span(0, FRAMES), effects=[warp(4.0), warp(-0.5)]
    ),
    "effects that leave time alone": lambda folder: _one(
        folder,
        span(8, 20),
        available=span(0, FRAMES),
        effects=[effect("Transform"), effect("Retime and Scaling"), warp(1.0)],
    ),
    "nested and trimmed": _nested,
    "two tracks and gaps": _two_tracks,
    "a trimmed track": lambda folder: timeline(
        track(
            clip("one", external(source(folder).name, span(0, FRAMES)), span(0, 10)),
            clip("two", external("a.mkv", span(0, FRAMES)), span(20, 10)),
            source_range=span(4, 12),
        )
    ),
    "mixed rates": _mixed,
    "alike rates": _alike,
    "a clip of the first schema": _first_schema,
    "two references": _two_references,
    "schemas to come": _to_come,
    "keys in another order": _reordered,
    "relative with a dot": _addressed("a b.mkv", "./{name}"),
    "relative and escaped": _addressed("ä b#1.mkv", "{part}"),
    "relative and not escaped": _addressed("50%25 #1?.mkv", "{name}"),
    "absolute path": _addressed("ü #1.mkv", "{path}"),
    "file url": _addressed("ä b#1%.mkv", "file://{quoted}"),
    "file url of localhost": _addressed("a b.mkv", "file://localhost{quoted}"),
    "file url with one slash": _addressed("a b.mkv", "file:{quoted}"),
    "file url not escaped": _addressed("a b ü.mkv", "file://{path}"),
}


def written(name: str, folder: Path) -> Path:
    """Write the timeline of an oddity, and the media it uses, into a folder."""
    return write(folder / "cut.otio", ODDITIES[name](folder))


def at_rate(rate: Fraction, folder: Path, start: int) -> Path:
    """Write a cut in which every number counts at `rate`, of media whose timecode begins at `start`."""
    from uprez.times import may_drop, to_timecode

    text = to_timecode(start, rate, drop=may_drop(rate))
    source(folder, "a.mov", rate, codec="mpeg4", timecode=text, options={"qscale": "2"})
    exact = float(rate)
    media = external("a.mov", span(start, FRAMES, exact))
    children = (
        clip("plain", media, span(start + 3, 12, exact)),
        dissolve(2, 2, exact),
        clip("fast", media, span(start + 20, 8, exact), effects=[warp(2.0)]),
        gap(5, exact),
        clip("back", media, span(start + 10, 9, exact), effects=[warp(-1.0)]),
        clip("whole", media),
    )
    return write(folder / "cut.otio", timeline(track(*children), start=start, rate=exact))
