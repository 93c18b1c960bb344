"""Retimes stay, are baked into the file, or get the whole source: what is shown never changes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from uprez.errors import PlanError
from uprez.model import Conform, Manner, MannerKind, Relink, RetimeKind, Selection, Shot
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.timelines import clip, dissolve, external, span, timeline, track, warp, write
from uprez.times import FrameRange
from uprez_otio.host import OtioHost

Json = dict[str, Any]
FRAMES = 60
SPEEDS = (2.0, 0.5, 1.7, -1.0, -0.7, 0.0, 1 / 3)
LOOKUP = [2.0, 1.704, 1.432, 1.208, 1.056, 1.0, 1.056, 1.208, 1.432, 1.704, 2.0]


def hiero(lookup: list[float]) -> Json:
    return warp(1.0, "TimeEffect.1") | {"effect_name": "TimeWarp", "metadata": {"lookup": lookup}}


def cut_of(folder: Path, *effects: Json, start: int = 20, count: int = 10) -> Path:
    if not (folder / "a.mkv").exists():
        make_clip(folder / "a.mkv", frames=FRAMES, size=(64, 36))
    one = clip("one", external("a.mkv", span(0, FRAMES)), span(start, count), effects=list(effects))
    return write(folder / "cut.otio", timeline(track(one)))


def shots(file: Path, retime: RetimeKind = "keep") -> tuple[Shot, ...]:
    return OtioHost(str(file)).shots(Selection(retime=retime)).shots


def relinked(
    file: Path, retime: RetimeKind, kind: MannerKind = "reference", *, force: bool = False
) -> Conform:
    host = OtioHost(str(file))
    cut = host.shots(Selection(retime=retime))
    relinks = []
    for pull in plan_pulls(cut.shots, 3):
        path = file.parent / "renders" / f"{pull.id}.mkv"
        if not path.exists():
            size, first = (128, 72), pull.frames.start
            make_clip(path, frames=pull.frames.count, first=first, rate=pull.media.rate, size=size)
        relinks += [
            Relink(shot=shot, path=path, stands_for=pull.frames, rate=pull.media.rate, width=128, height=72)
            for shot in pull.shots
        ]
    manner = Manner(kind=kind, retime=retime, output=file.with_name("out.otio"), force=force)
    return host.relink(tuple(relinks), manner)


def played(speed: float, start: int, count: int) -> list[int]:
    """Return the frames that a retimed clip shows: what lies nearest, the later one half way between."""
    exact = Fraction(speed).limit_denominator(100)
    first = Fraction(start) if exact >= 0 else start + (count - 1) * -exact
    return [math.floor(first + at * exact + Fraction(1, 2)) for at in range(count)]


def shown_plainly(output: Path, track: int = 0) -> list[int]:
    """Return the numbers that a clip without any effect shows, by the arithmetic of a plain clip."""
    one = otio.adapters.read_from_file(str(output)).tracks[track].find_clips()[0]
    assert not one.effects
    path = output.parent / one.media_reference.target_url
    cut = one.source_range.start_time.value - one.media_reference.available_range.start_time.value
    return read_numbers(path)[int(cut) : int(cut + one.source_range.duration.value)]


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("kind", ["reference", "replace"])
def test_a_baked_clip_shows_without_a_retime_what_it_showed_with_one(
    speed: float, kind: MannerKind, tmp_path: Path
) -> None:
    file = cut_of(tmp_path, warp(speed, "FreezeFrame.1" if speed == 0 else "LinearTimeWarp.1"))
    assert len(relinked(file, "bake", kind).relinked) == 1
    assert shown_plainly(file.with_name("out.otio")) == played(speed, 20, 10)


def test_a_baked_clip_on_a_track_above_has_no_retime(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(2.0))
    relinked(file, "bake", "track")
    assert shown_plainly(file.with_name("out.otio"), track=1) == played(2.0, 20, 10)
    below = otio.adapters.read_from_file(str(file.with_name("out.otio"))).tracks[0].find_clips()[0]
    assert below.effects[0].time_scalar == 2.0


def test_the_dissolves_of_a_baked_clip_find_their_frames_in_the_file(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", frames=FRAMES, size=(64, 36))
    media = external("a.mkv", span(0, FRAMES))
    fast, plain = clip("fast", media, span(10, 8), effects=[warp(2.0)]), clip("plain", media, span(40, 8))
    file = write(tmp_path / "cut.otio", timeline(track(fast, dissolve(2, 3), plain)))
    relinked(file, "bake")
    one = otio.adapters.read_from_file(str(file.with_name("out.otio"))).find_clips()[0]
    available = one.media_reference.available_range
    assert (available.start_time.value, available.duration.value) == (10, 11)
    numbers = read_numbers(tmp_path / one.media_reference.target_url)
    assert numbers == [10 + 2 * at for at in range(11)]


def test_baking_twice_makes_no_new_file_and_the_receipt_gives_the_input_back(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(-2.0))
    before = file.read_bytes()
    relinked(file, "bake")
    there = {path: path.stat().st_mtime_ns for path in (tmp_path / "renders").iterdir()}
    output = file.with_name("out.otio")
    conform = relinked(file, "bake", force=True)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "renders").iterdir()} == there
    assert conform.receipt is not None
    OtioHost(str(file)).revert(conform.receipt)
    assert output.read_bytes() == before


def test_a_revert_after_another_edit_gives_a_baked_clip_its_retime_back(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(2.0))
    conform = relinked(file, "bake")
    output = file.with_name("out.otio")
    content = json.loads(output.read_text())
    content["name"] = "renamed since"
    output.write_text(json.dumps(content))
    assert conform.receipt is not None
    OtioHost(str(file)).revert(conform.receipt)
    one = otio.adapters.read_from_file(str(output)).find_clips()[0]
    assert one.effects[0].time_scalar == 2.0
    assert one.media_reference.target_url == "a.mkv"


def test_a_baked_output_is_read_as_the_retimed_cut_that_it_was(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(2.0))
    relinked(file, "bake")
    output = file.with_name("out.otio")
    assert shots(output) == shots(file)
    output = output.rename(tmp_path / "again.otio")
    relinked(output, "keep")
    one = otio.adapters.read_from_file(str(tmp_path / "out.otio")).find_clips()[0]
    assert one.effects[0].time_scalar == 2.0
    assert "baked" not in one.media_reference.metadata["uprez"]


def test_a_clip_between_two_rates_is_not_baked(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", frames=FRAMES, rate=Fraction(30), size=(64, 36))
    media = external("a.mkv", span(0, FRAMES, 30))
    file = write(tmp_path / "cut.otio", timeline(track(clip("one", media, span(8, 8), effects=[warp(2.0)]))))
    conform = relinked(file, "bake")
    assert conform.relinked == ()
    assert "another rate" in conform.left_out[0].reason


def test_hieros_curve_wants_the_frames_it_shows_and_one_beside_for_blending(tmp_path: Path) -> None:
    file = cut_of(tmp_path, hiero(LOOKUP), count=len(LOOKUP))
    (shot,) = shots(file)
    places = [20 + at + offset for at, offset in enumerate(LOOKUP)]
    assert shot.source == FrameRange.between(math.floor(min(places)) - 1, math.ceil(max(places)) + 2)
    assert shot.retime is not None
    assert shot.retime.ramp
    relinked(file, "keep")
    one = otio.adapters.read_from_file(str(file.with_name("out.otio"))).find_clips()[0]
    assert list(one.effects[0].metadata["lookup"]) == LOOKUP


def test_hieros_curve_is_baked_frame_for_frame(tmp_path: Path) -> None:
    file = cut_of(tmp_path, hiero(LOOKUP), count=len(LOOKUP))
    relinked(file, "bake")
    wanted = [math.floor(20 + at + offset + 0.5) for at, offset in enumerate(LOOKUP)]
    assert shown_plainly(file.with_name("out.otio")) == wanted


def test_a_speed_and_a_curve_want_what_either_order_of_them_shows(tmp_path: Path) -> None:
    (shot,) = shots(cut_of(tmp_path, warp(2.0), hiero(LOOKUP), count=len(LOOKUP), start=10))
    low = min(min(at * 2 + each, (at + each) * 2) for at, each in enumerate(LOOKUP))
    high = max(max(at * 2 + each, (at + each) * 2) for at, each in enumerate(LOOKUP))
    assert shot.source == FrameRange.between(10 + math.floor(low) - 1, 10 + math.ceil(high) + 2)


def test_an_effect_that_is_turned_off_changes_no_time(tmp_path: Path) -> None:
    (shot,) = shots(cut_of(tmp_path, warp(2.0) | {"enabled": False}))
    assert (shot.retime, shot.source) == (None, FrameRange(start=20, count=10))


def test_an_unknown_curve_is_left_out_and_says_what_would_take_it_in(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(1.0, "TimeEffect.1"))
    cut = OtioHost(str(file)).shots(Selection())
    assert cut.shots == ()
    assert "--retime whole" in cut.left_out[0].reason


def test_whole_wants_all_frames_of_a_media_whose_curve_is_unknown_from_its_first_on(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(1.0, "TimeEffect.1"))
    (shot,) = shots(file, "whole")
    assert shot.source == FrameRange(start=0, count=FRAMES)
    assert f"all {FRAMES} frames" in shot.note
    (pull,) = plan_pulls((shot,), 5)
    assert pull.frames == FrameRange(start=0, count=FRAMES)
    assert len(relinked(file, "whole").relinked) == 1


def test_whole_changes_nothing_for_a_retime_that_is_known(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(2.0))
    assert shots(file, "whole") == shots(file, "keep")


def test_a_run_bakes_with_what_it_bought_and_verified(tmp_path: Path) -> None:
    file = cut_of(tmp_path, warp(2.0))
    command = [
        Path(sys.executable).with_name("uprez"),
        "run",
        str(file),
        "--retime",
        "bake",
        "-m",
        "lanczos",
        "--json",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert len(json.loads(ended.stdout)["relinked"]) == 1
    assert shown_plainly(tmp_path / "cut_uprez.otio") == played(2.0, 20, 10)


def test_a_host_without_baking_says_so(tmp_path: Path) -> None:
    from uprez.orders import Recipe
    from uprez.planning import plan_for
    from uprez.plugins import load

    class Plain(OtioHost):
        retimes = ("keep",)

    file = cut_of(tmp_path)
    with pytest.raises(PlanError, match="--retime bake"):
        plan_for(Plain(str(file)), Selection(retime="bake"), Recipe(), load().model("local", "lanczos"))
