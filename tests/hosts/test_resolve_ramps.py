"""Resolve's speed ramps in an .otio: key frames in seconds, evaluated apart from our own code, and played."""

from __future__ import annotations

import json
import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from uprez.model import Cut, Manner, Relink, RetimeKind, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.timelines import clip, external, span, timeline, track, warp, write
from uprez.times import FrameRange
from uprez_otio.host import OtioHost

Json = dict[str, Any]
Row = list[Any]
FRAMES, RATE, HOUR = 240, 24, 86_400
STEPPED = [(0, 0), (2, 2), (6, 3), (12.9583333333, 9.9583333333)]
FAST = [(0, 0), (1, 3), (7.9583333333, 9.9583333333)]
BACK = [(0, 0), (3, 5), (6, 2), (13.9583333333, 9.9583333333)]


def lines(points: list[tuple[float, float]]) -> list[Row]:
    return [[played, shown, False, 0.0, 0.0, 0.0, 0.0] for played, shown in points]


def eased(*, last: bool = True) -> list[Row]:
    """Return keys with tangents, as Resolve writes a smooth point: the first and the last have none."""
    rows = lines([(0, 0), (3, 1), (6, 2.5), (9, 6), (12, 9.9583333333)])
    for row, (x, y) in zip(rows[1:-1], ((0.8, 0.1), (0.9, 0.6), (0.5, 0.7)), strict=True):
        row[2:] = [True, -x, -y, x, y]
    if last:
        rows[-1][2:] = [True, -5.0, -5.0, 5.0, 5.0]
        rows[0][2:] = [True, -5.0, -5.0, 5.0, 5.0]
    return rows


def ramp(keys: list[Row]) -> Json:
    told = {"Key Frames": keys, "Speed Ratio": keys[-1][1] / keys[-1][0]}
    return warp(1.0, "TimeEffect.1") | {"metadata": {"Resolve_OTIO": told}}


def cut_of(folder: Path, keys: list[Row], start: int = 0, count: int = 120, *more: Json) -> Path:
    """Write a cut of one clip that counts its file by timecode, as Resolve does."""
    if not (folder / "a.mov").exists():
        make_clip(folder / "a.mov", frames=FRAMES, size=(64, 36), codec="mpeg4", timecode="01:00:00:00",
                  options={"qscale": "2", "g": "1"})  # fmt: skip
    media = external("a.mov", span(HOUR, FRAMES))
    one = clip("one", media, span(HOUR + start, count), effects=[ramp(keys), *more])
    top = timeline(track(one)) | {"metadata": {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}}
    return write(folder / "cut.otio", top)


def read(file: Path, retime: RetimeKind = "keep") -> Cut:
    return OtioHost(str(file)).shots(Selection(retime=retime))


def sampled(keys: list[Row], played: float) -> float:
    """Return the second on screen by walking each segment's Bézier in many small steps."""
    for number, (one, other) in enumerate(pairwise(keys)):
        if not one[0] <= played <= other[0] + 1e-9:
            continue
        after = (0.0, 0.0) if number == 0 else (one[5], one[6])
        before = (0.0, 0.0) if number == len(keys) - 2 else (other[3], other[4])
        if not any((*after, *before)):
            return float(one[1] + (played - one[0]) / (other[0] - one[0]) * (other[1] - one[1]))
        inner = (one[0] + after[0], one[1] + after[1]), (other[0] + before[0], other[1] + before[1])
        path = walked((one[0], one[1]), *inner, (other[0], other[1]))
        return min(path, key=lambda point: abs(point[0] - played))[1]
    return float(keys[-1][1])


@cache
def walked(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Return points on a Bézier, by de Casteljau's way: halfway between, and between those again."""
    found = []
    for step in range(20_001):
        left, at = list(points), step / 20_000
        while len(left) > 1:
            left = [
                (one[0] + at * (other[0] - one[0]), one[1] + at * (other[1] - one[1]))
                for one, other in pairwise(left)
            ]
        found += left
    return found


@pytest.mark.parametrize("points", [STEPPED, FAST, BACK], ids=["stepped", "fast", "backwards"])
def test_a_ramp_of_lines_wants_the_file_from_its_head_to_the_last_frame_shown(
    tmp_path: Path, points: list[tuple[float, float]]
) -> None:
    cut = read(cut_of(tmp_path, lines(points)))
    (shot,) = cut.shots
    shown = [sampled(lines(points), number / RATE) * RATE for number in range(120)]
    assert shot.source == FrameRange.between(HOUR, HOUR + min(math.ceil(max(shown) - 1e-6) + 2, FRAMES))
    assert shot.retime is not None
    assert shot.retime.ramp
    (pull,) = plan_pulls(cut.shots, 5)
    assert pull.frames.start == HOUR


def test_a_smooth_ramp_is_followed_along_its_beziers(tmp_path: Path) -> None:
    keys = eased()
    file = cut_of(tmp_path, keys, count=200)
    shown = [sampled(keys, number / RATE) * RATE for number in range(200)]
    (shot,) = read(file).shots
    assert shot.source == FrameRange.between(HOUR, HOUR + math.ceil(max(shown)) + 2)


def test_tangents_of_the_first_and_the_last_key_do_nothing(tmp_path: Path) -> None:
    with_them, without = (read(cut_of(tmp_path, eased(last=last))).shots for last in (True, False))
    assert [shot.source for shot in with_them] == [shot.source for shot in without]


def test_the_published_example_of_an_eased_ramp_is_met() -> None:
    """Others measured 2.4 s in Resolve at 18 s of this segment, whose Bézier says 2.438."""
    keys = lines([(0, 0), (12, 1.2), (24, 4.8), (60, 30)])
    keys[1][2:], keys[2][2:] = [True, 0, 0, 1.898, 0.0], [True, -1.898, -1.5, 0, 0]
    assert abs(sampled(keys, 18) - 2.438) < 0.001


def baked(file: Path) -> list[int]:
    """Relink with the retime baked; returns the numbers that the clip shows, frame by frame."""
    host = OtioHost(str(file))
    (pull,) = plan_pulls(host.shots(Selection(retime="bake")).shots, 0)
    path = file.with_name("render.mkv")
    make_clip(path, frames=pull.frames.count, first=pull.frames.start - HOUR, size=(128, 72))
    relinks = tuple(
        Relink(shot=shot, path=path, stands_for=pull.frames, rate=pull.media.rate, width=128, height=72)
        for shot in pull.shots
    )
    conform = host.relink(relinks, Manner(retime="bake", output=file.with_name("out.otio"), force=True))
    assert conform.left_out == ()
    one = otio.adapters.read_from_file(str(file.with_name("out.otio"))).find_clips()[0]
    assert list(one.effects) == []
    return read_numbers(file.with_name(one.media_reference.target_url.rpartition("/")[2]))


@pytest.mark.parametrize("points", [STEPPED, FAST, BACK], ids=["stepped", "fast", "backwards"])
def test_a_ramp_is_baked_frame_for_frame(tmp_path: Path, points: list[tuple[float, float]]) -> None:
    keys = lines(points)
    shown = [sampled(keys, number / RATE) * RATE for number in range(120)]
    assert baked(cut_of(tmp_path, keys)) == [math.floor(each + 0.5) for each in shown]


def test_a_start_in_the_middle_is_read_as_media_and_as_played(tmp_path: Path) -> None:
    """With one speed Resolve's start counts the media's frames; of a ramp's nobody has said so."""
    keys = lines(STEPPED)
    (shot,) = read(cut_of(tmp_path, keys, start=60, count=60)).shots
    media = [
        sampled(keys, 4 + number / RATE) * RATE for number in range(60)
    ]  # 2.5 s is on screen from 4 s on
    played = [sampled(keys, 2.5 + number / RATE) * RATE for number in range(60)]
    assert shot.source.end == HOUR + math.ceil(max(*media, *played) - 1e-6) + 2
    assert shot.source.start <= HOUR + math.floor(min(*media, *played))
    (pull,) = plan_pulls((shot,), 0)
    assert pull.frames.start == HOUR


@pytest.mark.parametrize(
    ("points", "start", "begins"),
    [
        ([(0, 0), (2, 2), (6, 2), (13.9583333333, 9.9583333333)], 48, (2, 3.5, 6)),  # it stands still there
        ([(0, 0), (3, 3), (4, 1), (12.9583333333, 9.9583333333)], 36, (1.5, 3.75, 4.5)),  # it comes by thrice
    ],
)
def test_a_start_that_is_on_screen_more_than_once_may_be_any_of_these(
    tmp_path: Path, points: list[tuple[float, float]], start: int, begins: tuple[float, ...]
) -> None:
    keys = lines(points)
    (shot,) = read(cut_of(tmp_path, keys, start=start, count=96)).shots
    for begin in begins:
        shown = [sampled(keys, begin + number / RATE) * RATE for number in range(96)]
        assert shot.source.start <= HOUR + math.floor(min(shown))
        assert shot.source.end > HOUR + math.ceil(max(shown) - 1e-3)


def test_a_ramp_on_a_part_of_a_file_is_left_out_since_its_render_would_begin_elsewhere(
    tmp_path: Path,
) -> None:
    file = cut_of(tmp_path, lines([(0, 0), (2, 2), (6, 4), (6.9583333333, 4.9583333333)]))
    content = json.loads(file.read_text())
    one = content["tracks"]["children"][0]["children"][0]
    media = one["media_references"]["DEFAULT_MEDIA"] if "media_references" in one else one["media_reference"]
    media["available_range"] = span(HOUR + 100, 120)
    one["source_range"] = span(HOUR + 100, 60)
    file.write_text(json.dumps(content))
    cut = read(file)
    assert cut.shots == ()
    assert "a part of its file" in cut.left_out[0].reason


def test_the_plan_says_that_the_last_keys_lie_beyond_the_render_and_whole_buys_them(tmp_path: Path) -> None:
    file = cut_of(tmp_path, lines(STEPPED))
    assert "--retime whole buys all of its media" in read(file).shots[0].note
    (shot,) = read(file, "whole").shots
    assert shot.source == FrameRange(start=HOUR, count=FRAMES)


def test_where_two_readings_differ_nothing_is_baked(tmp_path: Path) -> None:
    file = cut_of(tmp_path, lines(STEPPED), start=60, count=60)
    (shot,) = read(file, "bake").shots
    path = tmp_path / "render.mkv"
    make_clip(path, frames=FRAMES, size=(128, 72))
    stands_for = FrameRange(start=HOUR, count=FRAMES)
    relink = Relink(
        shot=shot.id, path=path, stands_for=stands_for, rate=shot.media.rate, width=128, height=72
    )
    manner = Manner(retime="bake", output=tmp_path / "out.otio")
    assert "not known exactly" in OtioHost(str(file)).relink((relink,), manner).left_out[0].reason


def test_a_relinked_ramp_is_read_as_it_was(tmp_path: Path) -> None:
    file = cut_of(tmp_path, lines(STEPPED))
    host = OtioHost(str(file))
    (shot,) = host.shots(Selection()).shots
    path = tmp_path / "render.mkv"
    make_clip(path, frames=shot.source.count, size=(128, 72))
    relink = Relink(
        shot=shot.id, path=path, stands_for=shot.source, rate=shot.media.rate, width=128, height=72
    )
    for kind in ("reference", "replace"):
        output = tmp_path / f"{kind}.otio"
        assert host.relink((relink,), Manner(kind=kind, output=output)).relinked == (shot.id,)
        one = otio.adapters.read_from_file(str(output)).find_clips()[0]
        assert one.effects[0].metadata["Resolve_OTIO"]["Key Frames"][2][:2] == [6, 3]
        assert [each.source for each in read(output).shots] == [shot.source]


@pytest.mark.parametrize(
    "keys",
    [
        lines([(0, 0), (5, 5), (6, 3)]),  # ends before the media does
        lines([(0, 0), (5, 5), (20, 40)]),  # and after
        lines([(1, 1), (5, 5), (12, 9.95)]),  # begins elsewhere
        lines([(0, 0), (5, 5), (5, 9.95)]),  # stands at two places at once
        [[0, 0], [5, 9.95]],
        [[0, 0, False, 0, 0, 0, "x"], [5, 9.95, False, 0, 0, 0, 0]],
        [[0, 0, False, 0, 0, 0, 0], [float("nan"), 9.95, False, 0, 0, 0, 0]],
        [],
    ],
)
def test_keys_that_are_none_or_do_not_span_the_media_leave_the_clip_out(
    tmp_path: Path, keys: list[Row]
) -> None:
    file = cut_of(tmp_path, lines(STEPPED))
    content = json.loads(file.read_text())
    effect = content["tracks"]["children"][0]["children"][0]["effects"][0]
    effect["metadata"]["Resolve_OTIO"]["Key Frames"] = keys
    file.write_text(json.dumps(content))
    cut = read(file)
    assert cut.shots == ()
    assert "along a curve" in cut.left_out[0].reason
    assert len(read(file, "whole").shots) == 1


def test_two_retimes_on_one_clip_leave_it_out(tmp_path: Path) -> None:
    for other in (warp(2.0), ramp(lines(FAST))):
        cut = read(cut_of(tmp_path, lines(STEPPED), 0, 60, other))
        assert "or other retimes" in cut.left_out[0].reason
