"""Reading Resolve: what becomes a shot, what is left out by name, what --selected means, how fast it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from uprez.errors import HostError, HostGone, PlanError, RelinkError
from uprez.media.sequences import file_of
from uprez.model import Cut, Manner, Numbering, Retime, Selection, Shot
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_resolve import FakeResolve, differences
from uprez_resolve.host import ResolveHost
from uprez_resolve.kinds import problem, sequence_of, transition
from uprez_resolve.ours import ORIGINAL
from uprez_resolve.playing import Pace, played
from uprez_resolve.rates import rate_of
from uprez_resolve.seen import SeenClip, SeenItem
from uprez_resolve.shots import parsed

HOUR = 86_400
TELLS_SPEED = (
    "studio_19_1_3_7",
    "studio_20_3_2",
    "studio_21_0_3_7_win",
    "studio_21_0_4_5",
    "studio_21_1_1",
    "headless",
)
KNOWS_SELECTION = ("studio_21_0_4_5", "studio_21_1_1")
OLD = ("studio_18_0_4", "studio_18_5")
EVERYTHING = Selection()
SPEEDS = ("2", "0.5", "1.5", "-1", "-2", "0.25")
RATES = {
    "23.976": (Fraction(24000, 1001), False, 86_400),
    "25": (Fraction(25), False, 90_000),
    "29.97": (Fraction(30000, 1001), False, 108_000),
    "29.97 DF": (Fraction(30000, 1001), True, 107_892),
    "47.952": (Fraction(48000, 1001), False, 172_800),
    "50": (Fraction(50), False, 180_000),
    "59.94 DF": (Fraction(60000, 1001), True, 215_784),
    "119.88": (Fraction(120000, 1001), False, 432_000),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    make_clip(folder / "a.mkv", frames=60, size=(64, 36))
    make_clip(folder / "ntsc.mov", frames=60, size=(64, 36), codec="mpeg4", rate=Fraction(24000, 1001),
              timecode="01:00:00:00")  # fmt: skip
    make_clip(folder / "long.mov", frames=400, size=(32, 18), codec="mpeg4", timecode="00:00:10:00")
    make_clip(folder / "pal.mov", frames=60, size=(64, 36), codec="mpeg4", rate=Fraction(25))
    make_clip(folder / "still.png", frames=1, size=(64, 36), codec="png", pixel_format="rgb24", colour=None)
    still = {"frames": 1, "size": (64, 36), "colour": None}
    for number in range(12):
        png = {"codec": "png", "pixel_format": "rgb24", "first": number, **still}
        make_clip(folder / f"n_{number + 1001}.png", **png)
        make_clip(folder / f"n_{number + 1:03}.bmp", codec="bmp", pixel_format="bgr24", **still)
    return folder


@pytest.fixture
def resolve(
    running: tuple[FakeResolve, Path], inside: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> FakeResolve:
    fake, library = running
    monkeypatch.setenv("RESOLVE_SCRIPT_LIB", str(library))
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path / "home"))
    fake.mend()
    fake.reset("studio_21_0_4_5")
    return fake


def read(selection: Selection = EVERYTHING, address: str = "resolve:") -> Cut:
    return ResolveHost(address).shots(selection)


def one(cut: Cut) -> Shot:
    assert [left.reason for left in cut.left_out] == []
    (shot,) = cut.shots
    return shot


def why(cut: Cut) -> str:
    assert cut.shots == ()
    (left,) = cut.left_out
    return left.reason


def test_a_plain_clip_is_read_frame_for_frame(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "a.mkv")
    item = resolve.user.place(clip, (20, 30), at=100, color="Teal")
    shot = one(read())
    assert (shot.source.start, shot.source.count) == (20, 10)
    assert (shot.record.start, shot.record.count) == (HOUR + 100, 10)
    assert (shot.name, shot.track, shot.color, shot.retime) == ("a.mkv", "Video 1", "Teal", None)
    numbers = read_numbers(shot.media.path)
    assert numbers[shot.source.start : shot.source.end] == list(range(20, 30))
    assert parsed(shot.id) == (item, 1, HOUR + 100, 10, clip)


@pytest.mark.parametrize("profile", [*OLD, *TELLS_SPEED])
def test_every_version_reads_the_same_plain_clip(resolve: FakeResolve, folder: Path, profile: str) -> None:
    resolve.reset(profile)
    resolve.user.timeline("Reel 1", "23.976")
    for start in range(0, 50, 7):  # the source start slips by one on some of these
        resolve.user.place(resolve.user.media(folder / "ntsc.mov"), (start, start + 7))
    cut = read()
    assert cut.left_out == ()
    assert [(shot.source.start, shot.source.count) for shot in cut.shots] == [(n, 7) for n in range(0, 50, 7)]
    assert cut.rate == cut.shots[0].media.rate == Fraction(24000, 1001)


@pytest.mark.parametrize("kind", ["number", "str"])
def test_rates_and_starts_are_exact(resolve: FakeResolve, folder: Path, kind: str) -> None:
    resolve.turn(rate_type=kind, fps_type="str" if kind == "str" else "float")
    clip = resolve.user.media(folder / "a.mkv")
    for written, (rate, drop, hour) in RATES.items():
        resolve.user.timeline(written, written)
        resolve.user.place(clip, (0, 24))
        seen = ResolveHost("resolve:").seen()
        assert (seen.rate, seen.drop, seen.start) == (rate, drop, hour)
    shot = one(read(address="resolve:119.88"))
    assert (shot.source.start, shot.source.count) == (0, 24)
    assert (shot.record.start, shot.record.count) == (432_000, 119)


def test_a_drop_frame_timeline_takes_timecode_with_colons(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1", "29.97 DF")
    clip = resolve.user.media(folder / "long.mov")
    for start in (0, 100):
        resolve.user.place(clip, (start, start + 48))
    wanted = Selection(between=("01:00:00:00", "01:00:01:00"))
    assert [shot.record.start for shot in read(wanted).shots] == [107_892]


def test_rates_come_in_any_dress() -> None:
    assert rate_of(23.976) == rate_of("23.976") == (Fraction(24000, 1001), False)
    assert rate_of("59.94 DF") == (Fraction(60000, 1001), True)
    assert rate_of("24 DF") == (Fraction(24), False)
    with pytest.raises(HostError, match="frame rate"):
        rate_of(None)


def test_a_variable_rate_is_left_out_since_nobody_knows_how_resolve_counts_it(
    resolve: FakeResolve, tmp_path: Path
) -> None:
    times = [Fraction(number + number // 3) for number in range(60)]
    phone = make_clip(tmp_path / "phone.mkv", rate=Fraction(24), size=(64, 36), times=times)
    resolve.user.timeline("Reel 1", "24")
    resolve.user.place(resolve.user.media(phone), (5, 30))
    assert "its frame rate is variable" in why(read())


def test_a_clip_of_another_rate_keeps_its_own_frames(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1", "24")
    resolve.user.place(resolve.user.media(folder / "pal.mov"), (5, 30))
    shot = one(read())
    assert (shot.source.start, shot.source.count) == (5, 25)
    assert (shot.record.count, shot.media.rate) == (24, 25)


@pytest.mark.parametrize("profile", TELLS_SPEED)
def test_plain_speeds_are_read_with_the_frames_they_consume_and_ramps_are_left_out(
    resolve: FakeResolve, folder: Path, profile: str
) -> None:
    resolve.reset(profile)
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "long.mov")
    for speed in SPEEDS:
        resolve.user.place(clip, (120, 180), speed=speed)
    resolve.user.place(clip, (100, 240), speed="1.3737", ramp=True, name="ramp")
    cut = read()
    assert [shot.retime for shot in cut.shots] == [Retime(speed=Fraction(speed)) for speed in SPEEDS]
    assert {(shot.source.start, shot.source.count) for shot in cut.shots} == {(120, 60)}
    assert [left.name for left in cut.left_out] == ["ramp"]
    assert "speed changes on the way" in cut.left_out[0].reason


def test_a_frozen_frame_is_one_frame(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "long.mov"), (30, 70), speed=0)
    shot = one(read())
    assert (shot.source.start, shot.source.count, shot.retime) == (30, 1, Retime(speed=Fraction(0)))
    assert shot.record.count == 40


def test_a_ramp_with_a_plain_mean_can_not_be_told_from_a_speed_and_its_note_says_so(
    resolve: FakeResolve, folder: Path
) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "long.mov")
    resolve.user.place(clip, (120, 180), speed="1.5", ramp=True)
    resolve.user.place(clip, (120, 180))
    resolve.user.place(clip, (120, 180), speed=0)
    ramp, plain, frozen = read().shots
    assert ramp.retime == Retime(speed=Fraction(3, 2))
    assert ramp.note.startswith("plays at 150 % on average; if that changes on the way, bake it first")
    assert plain.note == frozen.note == ""


@pytest.mark.parametrize(
    ("left", "speed"),
    [(80, Fraction(3, 2)), (120, Fraction(3, 2)), (81, Fraction(3, 2)), (95, None), (60, None), (140, None)],
)
def test_an_offset_that_fits_no_speed_gives_a_ramp_away(left: int, speed: Fraction | None) -> None:
    """At 150 % an offset counts 80 for frame 120, or 120 where it is not divided; a ramp's is another one."""
    item = SeenItem(
        uid="i", name="a", kind="video", track=1, start=0, duration=40,
        left=left, right=100, source=(120, 180), seconds=(5.0, 7.5),
    )  # fmt: skip
    found = played(item, Pace(Fraction(24), Fraction(24), 400, 0))
    assert (None if isinstance(found, str) else found.speed) == speed
    assert "speed changes on the way" in str(found) or speed


@pytest.mark.parametrize("profile", OLD)
def test_a_version_that_cannot_tell_the_speed_says_so(
    resolve: FakeResolve, folder: Path, profile: str
) -> None:
    resolve.reset(profile)
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "long.mov"), (120, 180), speed=2)
    assert "update to 19.0.3" in why(read())


@pytest.mark.parametrize("counts", ["head", "file"])
def test_a_subclip_is_read_wherever_its_offset_counts_from(
    resolve: FakeResolve, folder: Path, counts: str
) -> None:
    resolve.turn(subclip_offset=counts)
    resolve.user.timeline("Reel 1")
    sub = resolve.user.subclip(resolve.user.media(folder / "long.mov"), 100, 200)
    resolve.user.place(sub, (110, 150))
    shot = one(read())
    assert (shot.source.start, shot.source.count) == (110, 40)
    assert shot.media.available.count == 400


def test_a_still_is_one_frame_whatever_its_offsets_say(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "still.png"), (0, 48))
    shot = one(read())
    assert shot.media.info.still
    assert (shot.source.start, shot.source.count, shot.record.count) == (0, 1, 48)


def test_what_has_no_file_is_left_out_by_name_and_transitions_are_no_clips(
    resolve: FakeResolve, folder: Path
) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "a.mkv")
    for start in (0, 30):
        resolve.user.place(clip, (start, start + 20))
    resolve.user.transition(20)
    for kind in ("compound", "multicam", "fusion", "timeline"):
        resolve.user.place(resolve.user.nested(f"my {kind}", kind), (0, 20))
    resolve.user.title(24, name="my title")
    for kind in ("generator", "adjustment"):
        resolve.user.title(24, kind=kind, name=f"my {kind}")
    resolve.user.title(24, kind="fusion", name="my composition", comps=["Composition 1"])
    cut = read()
    assert [(shot.source.start, shot.source.end) for shot in cut.shots] == [(0, 26), (24, 50)]
    reasons = {left.name: left.reason for left in cut.left_out}
    assert "compound" in reasons["my compound"]
    assert "flatten" in reasons["my multicam"]
    assert "Fusion clip" in reasons["my fusion"]
    assert "nested timeline" in reasons["my timeline"]
    for kind in ("title", "generator", "adjustment"):
        assert kind in reasons[f"my {kind}"] and "has no file; render it" in reasons[f"my {kind}"]
    assert "Fusion composition" in reasons["my composition"]
    assert len(reasons) == 8
    assert all(";" in reason for reason in reasons.values())


@pytest.mark.parametrize(
    ("speed", "shown"),
    [("1", [(97, 110), (97, 113)]), ("2", [(94, 110), (94, 116)]), ("-1", [(100, 113), (97, 113)])],
)
def test_what_a_transition_shows_beyond_a_cut_is_pulled_as_well(
    resolve: FakeResolve, folder: Path, speed: str, shown: list[tuple[int, int]]
) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "long.mov")
    length = int(10 / abs(float(speed)))
    resolve.user.place(clip, (200, 300), at=0)
    resolve.user.place(clip, (100, 110), at=100, speed=speed)
    resolve.user.place(clip, (200, 300), at=100 + length)
    resolve.user.transition(100, 6)
    shot = read().shots[1]
    assert (shot.source.start, shot.source.end) == shown[0]
    assert shot.record.count == length
    resolve.user.transition(100 + length, 6)
    shot = read().shots[1]
    assert (shot.source.start, shot.source.end) == shown[1]


def test_what_a_transition_would_show_beyond_the_file_is_not_there(
    resolve: FakeResolve, folder: Path
) -> None:
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "long.mov"), (0, 40))
    resolve.user.place(resolve.user.media(folder / "a.mkv"), (2, 60))
    resolve.user.transition(40, 12)
    first, second = read().shots
    assert (first.source.start, first.source.end) == (0, 46)
    assert (second.source.start, second.source.end) == (0, 60)


@pytest.mark.parametrize("profile", [*OLD, *TELLS_SPEED])
def test_an_image_sequence_is_read_file_by_file(resolve: FakeResolve, folder: Path, profile: str) -> None:
    resolve.reset(profile)
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.sequence(folder / "n_%04d.png", 1001, 1012), (3, 9))
    shot = one(read())
    assert (shot.source.start, shot.source.count, shot.media.available.count) == (3, 6, 12)
    assert (shot.media.path.name, shot.media.rate) == ("n_1001.png", Fraction(24))
    shown = [read_numbers(file_of(shot.media, at)) for at in range(shot.source.start, shot.source.end)]
    assert shown == [[3], [4], [5], [6], [7], [8]]


def test_a_sequence_that_can_not_be_read_says_what_to_do(
    resolve: FakeResolve, folder: Path, tmp_path: Path
) -> None:
    for number in range(1, 4):
        shutil.copy(folder / f"n_{number + 1000}.png", tmp_path / f"gap_{number}.png")
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.sequence(folder / "n_%03d.bmp", 1, 12), name="odd")
    resolve.user.place(resolve.user.sequence(tmp_path / "gap_%d.png", 1, 3), name="gap")
    (tmp_path / "gap_2.png").unlink()
    reasons = {left.name: left.reason for left in read().left_out}
    assert "convert it to PNG" in reasons["odd"] and "or give --via-resolve" in reasons["odd"]
    assert "gap_2.png: is missing" in reasons["gap"]
    (tmp_path / "gap_1.png").unlink()
    reasons = {left.name: left.reason for left in read().left_out}
    assert "is not there; relink it in the media pool" in reasons["gap"]


@pytest.mark.parametrize(("level", "read_"), [("Auto", True), ("Video", True), ("Full", False)])
def test_full_levels_forced_on_what_becomes_a_render_with_video_levels(
    resolve: FakeResolve, folder: Path, level: str, read_: bool
) -> None:
    resolve.user.timeline("Reel 1")
    pictures = resolve.user.sequence(folder / "n_%04d.png", 1001, 1012)
    film = resolve.user.media(folder / "a.mkv")
    for clip in (pictures, film):
        resolve.user.place(clip, (0, 10))
        resolve.user.interpret(clip, {"Data Level": level})
    cut = read()
    assert [shot.media.path.suffix for shot in cut.shots] == ([".png", ".mkv"] if read_ else [".mkv"])
    assert all("set it to Auto in Clip Attributes" in left.reason for left in cut.left_out)


def test_how_sequences_are_called() -> None:
    numbering = Numbering(prefix="n_", suffix=".png", first=1, padding=4)
    assert sequence_of("/a/n_[0001-0024].png") == sequence_of("C:\\a\\n_[0001-0024].png") == (numbering, 24)
    eight = Numbering(prefix="[x]", suffix=".tif", first=8, padding=1)
    assert sequence_of("/a [1-2].b/[x][8-12].tif") == (eight, 5)
    assert sequence_of("/a/n_[1-2].b/c.png") is None and sequence_of("/a/n_0001.png") is None


def test_the_language_of_resolve_changes_nothing(resolve: FakeResolve, folder: Path) -> None:
    resolve.turn(locale="ja")
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "a.mkv"), (20, 30))
    resolve.user.place(resolve.user.nested("my compound"), (0, 20))
    cut = read()
    assert [shot.source.start for shot in cut.shots] == [20]
    assert "no file of its own" in cut.left_out[0].reason


def test_an_offline_clip_names_its_path(resolve: FakeResolve, folder: Path, tmp_path: Path) -> None:
    lost = make_clip(tmp_path / "lost.mkv", frames=30, size=(64, 36))
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(lost))
    lost.unlink()
    assert f"{lost} is not there" in why(read())


def test_what_resolve_says_is_offline_is_left_out_though_its_file_is_there(
    resolve: FakeResolve, folder: Path
) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "a.mkv")
    resolve.user.place(clip)
    resolve.user.describe(clip, offline=True)
    assert f"{folder / 'a.mkv'} is offline in Resolve; relink it in the media pool" in why(read())


def test_sound_is_no_shot_and_nothing_to_leave_out(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "a.mkv")
    resolve.user.place(clip, (20, 30), linked=True)
    resolve.user.place(clip, (0, 60), at=100, kind="audio")
    assert one(read()).source.start == 20


def test_a_file_that_changed_is_left_out(resolve: FakeResolve, tmp_path: Path) -> None:
    grown = make_clip(tmp_path / "grown.mkv", frames=30, size=(64, 36))
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(grown))
    grown.unlink()
    make_clip(grown, frames=20, size=(64, 36))
    assert "counts 30 frames" in why(read())


def test_an_angle_of_a_multicam_is_no_plain_clip() -> None:
    clip = SeenClip(uid="c", name="Cam", properties={"File Path": "/media/cam.mov"})
    angle = SeenItem(uid="i", name="Cam - Angle 1", kind="video", track=1, start=0, duration=9, clip=clip)
    assert "multicam" in (problem(angle) or "")
    assert transition(angle.model_copy(update={"clip": None, "properties": {}}))


def cutting(resolve: FakeResolve, folder: Path) -> list[str]:
    """Make two tracks: three clips on one, one above, with sound."""
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "long.mov")
    items = [resolve.user.place(clip, (n, n + 20), linked=True) for n in (0, 100, 200)]
    resolve.user.track(name="Inserts")
    return [*items, resolve.user.place(clip, (300, 310), at=5, track=2, name="insert")]


def starts(selection: Selection) -> list[int]:
    return [shot.source.start for shot in read(selection).shots]


def test_a_selection_of_every_kind_narrows(resolve: FakeResolve, folder: Path) -> None:
    items = cutting(resolve, folder)
    resolve.user.change(items[1], color="Orange", flags=["Blue"])
    assert starts(Selection(tracks=("V2",))) == starts(Selection(tracks=("inserts",))) == [300]
    assert starts(Selection(tracks=("Video 1",))) == [0, 100, 200]
    assert starts(Selection(clips=("long*",))) == [0, 100, 200]
    assert starts(Selection(colors=("orange",))) == starts(Selection(flags=("Blue",))) == [100]
    assert starts(Selection(between=("01:00:00:10", "01:00:01:00"))) == [0, 100, 300]
    assert starts(Selection(below=10)) == []
    with pytest.raises(PlanError, match="Video 1, V1, Inserts, V2"):
        read(Selection(tracks=("V9",)))


@pytest.mark.parametrize("base", ["offset", "absolute"])
def test_markers_of_a_clip_and_of_the_timeline_over_it_choose_it(
    resolve: FakeResolve, folder: Path, base: str
) -> None:
    cutting(resolve, folder)
    resolve.turn(marker_base=base)
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    timeline.AddMarker(25, "Mint", "upscale me", "", 1, "")
    timeline.AddMarker(45, "Mint", "", "", 1, '{"uprez": 1}')
    timeline.GetItemListInTrack("video", 1)[2].AddMarker(205, "Red", "soft", "out of focus", 1, "")
    assert starts(Selection(markers=("upscale me",))) == starts(Selection(markers=("mint",))) == [100]
    assert starts(Selection(markers=("focus",))) == [200]


READING: list[dict[str, Any]] = [
    {"source_start_slip": "off"},
    {"source_end": "exclusive"},
    {"source_end": "inclusive"},
    {"seconds_zero": "clock"},
    {"seconds_zero": "frames", "retime_left_offset": "source"},
    {"subclip_offset": "file"},
    {"flags_live_on": "clip"},
    {"fps_type": "str", "rate_type": "str"},
    {"take_end": "inclusive"},
    {"noncurrent_getters": "truth"},
    {"locale": "ja"},
]


def test_no_quirk_of_reading_changes_what_is_read(resolve: FakeResolve, folder: Path, tmp_path: Path) -> None:
    resolve.user.timeline("Reel 1", "23.976")
    clip = resolve.user.media(folder / "ntsc.mov")
    for start in (10, 20):
        resolve.user.place(clip, (start, start + 10))
    resolve.user.place(clip, (11, 31), speed=2)
    resolve.user.place(clip, (13, 33), speed=-1)
    resolve.user.place(resolve.user.subclip(clip, 30, 60), (40, 55))
    resolve.user.place(resolve.user.media(folder / "pal.mov"), (5, 30))
    resolve.user.place(resolve.user.media(folder / "still.png"), (0, 20))
    plain = read()
    assert len(plain.shots) == 7
    render = make_clip(
        tmp_path / "render.mov", frames=14, size=(64, 36), codec="mpeg4", rate=Fraction(24000, 1001)
    )
    showing_a_take(resolve, 0, render, 2, 10)
    for knobs in READING:
        resolve.turn(**knobs)
        assert read() == plain, knobs


def test_a_host_stays_with_its_timeline_when_another_is_opened(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    host = ResolveHost("resolve:")
    before, workspace = host.shots(EVERYTHING), host.workspace()
    resolve.user.timeline("Reel 2")
    assert host.shots(EVERYTHING) == before
    assert host.workspace() == workspace != ResolveHost("resolve:").workspace()


def test_what_is_disabled_is_left_out_unless_asked_for(resolve: FakeResolve, folder: Path) -> None:
    items = cutting(resolve, folder)
    resolve.user.change(items[0], enabled=False)
    resolve.user.hide(2)
    assert starts(EVERYTHING) == [100, 200]
    assert starts(Selection(include_disabled=True)) == [0, 100, 200, 300]


@pytest.mark.parametrize("profile", ["studio_18_5", "studio_20_3_2", "studio_21_0_4_5", "studio_21_1_1"])
def test_the_ladder_takes_the_first_rung_that_holds_and_says_which(
    resolve: FakeResolve, folder: Path, caplog: pytest.LogCaptureFixture, profile: str
) -> None:
    resolve.reset(profile)
    items = cutting(resolve, folder)
    wanted = Selection(selected=True)
    resolve.user.playhead(45)
    assert starts(wanted) == [200]
    assert "the clip under the playhead (1)" in caplog.text
    if profile not in OLD:
        resolve.user.marks(22, 30)
        assert starts(wanted) == [100]
        assert "between the in and out marks (1)" in caplog.text
    resolve.user.change(items[2], flags=["Lavender"])
    assert starts(wanted) == [200]
    assert "a flag of the colour Lavender (1)" in caplog.text
    resolve.user.change(items[0], color="Orange")
    assert starts(wanted) == [0]
    assert "the colour Orange (1)" in caplog.text
    resolve.user.select(items[3], items[1])
    assert starts(wanted) == ([100, 300] if profile in KNOWS_SELECTION else [0])
    assert ("what is selected in Resolve (2)" in caplog.text) == (profile in KNOWS_SELECTION)


def test_selected_and_nothing_there_says_what_to_do(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    resolve.user.playhead(500)
    with pytest.raises(PlanError, match="select some, or name them"):
        read(Selection(selected=True))


def test_a_timeline_is_read_by_name_without_opening_it(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    resolve.user.timeline("Reel 2")
    resolve.user.page("color")
    before = resolve.snapshot()
    assert [shot.source.start for shot in read(address="resolve:Reel 1").shots] == [0, 100, 200, 300]
    assert read().shots == ()
    assert differences(before, resolve.snapshot()) == []
    with pytest.raises(HostError, match="Reel 1, Reel 2"):
        read(address="resolve:Reel 3")


def showing_a_take(resolve: FakeResolve, item: int, render: Path, start: int, count: int) -> None:
    """Show a render in our bin as a take, as a relink does."""
    project = resolve.scriptapp().GetProjectManager().GetCurrentProject()
    pool = project.GetMediaPool()
    names = {folder.GetName(): folder for folder in pool.GetRootFolder().GetSubFolderList()}
    pool.SetCurrentFolder(names.get("uprez") or pool.AddSubFolder(pool.GetRootFolder(), "uprez"))
    (clip,) = pool.ImportMedia([str(render)])
    chosen = project.GetCurrentTimeline().GetItemListInTrack("video", 1)[item]
    assert chosen.AddTake(clip, start, start + count)
    assert chosen.SelectTakeByIndex(chosen.GetTakesCount())
    assert chosen.GetMediaPoolItem().GetUniqueId() == clip.GetUniqueId()


@pytest.mark.parametrize("profile", ["studio_18_5", "studio_19_1_3_7", "studio_21_1_1"])
def test_a_take_of_ours_still_reads_as_its_original(
    resolve: FakeResolve, folder: Path, tmp_path: Path, profile: str
) -> None:
    resolve.reset(profile)
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "long.mov")
    speeds = ("1",) if profile in OLD else ("1", "2", "-1", "1.5")
    for speed in speeds:
        resolve.user.place(clip, (100, 160), speed=speed)
    before = read(address="resolve:Reel 1")
    assert len(before.shots) == len(speeds)
    render = make_clip(
        tmp_path / "render.mov", frames=84, size=(64, 36), codec="mpeg4", timecode="00:00:14:00"
    )
    for item in range(len(speeds)):
        showing_a_take(resolve, item, render, 12, 60)
    assert read(address="resolve:Reel 1") == before
    resolve.user.timeline("Reel 2")
    assert read(address="resolve:Reel 1") == before


def test_a_replaced_clip_still_reads_as_the_file_it_had(
    resolve: FakeResolve, folder: Path, tmp_path: Path
) -> None:
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "a.mkv"), (20, 30), name="named")
    before = read()
    render = make_clip(tmp_path / "render.mkv", frames=60, size=(128, 72))
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    clip = timeline.GetItemListInTrack("video", 1)[0].GetMediaPoolItem()
    assert clip.ReplaceClip(str(render))
    assert one(read()).media.path == render
    assert clip.SetThirdPartyMetadata(ORIGINAL, str(folder / "a.mkv"))
    assert read() == before


def test_a_render_in_the_cut_is_no_shot(resolve: FakeResolve, tmp_path: Path) -> None:
    render = make_clip(tmp_path / "reel.uprez" / "renders" / "render.mkv", frames=30, size=(64, 36))
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(render))
    assert "already" in why(read())


def test_a_take_of_the_users_own_is_read_as_what_it_shows(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(folder / "a.mkv"), (20, 30))
    item = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    other = resolve.user.media(folder / "long.mov")
    held = item.GetItemListInTrack("video", 1)[0]
    pool = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetMediaPool()
    clip = next(one for one in pool.GetRootFolder().GetClipList() if one.GetUniqueId() == other)
    held.AddTake(clip, 200, 210)
    shot = one(read())
    assert (shot.media.path.name, shot.source.start) == ("long.mov", 200)


def test_our_own_track_holds_no_shots_and_a_click_on_it_means_what_it_covers(
    resolve: FakeResolve, folder: Path
) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "a.mkv")
    resolve.user.place(clip, (20, 30))
    resolve.user.place(clip, (40, 50))
    resolve.user.track(name="uprez")
    above = resolve.user.place(resolve.user.media(folder / "long.mov"), (0, 10), at=0, track=2)
    assert starts(EVERYTHING) == [20, 40]
    resolve.user.select(above)
    assert starts(Selection(selected=True)) == [20]


def test_an_id_that_is_not_ours_is_refused() -> None:
    for odd in ("no such clip", "a|video|1|2|3|", "a|audio|1|2|3|c", "a|video|x|2|3|c", ""):
        with pytest.raises(RelinkError, match="run again"):
            parsed(odd)


@pytest.mark.usefixtures("outside")
def test_a_closed_resolve_is_said_plainly(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    resolve.user.quit()
    with pytest.raises(HostGone, match="open it"):
        read()
    resolve.user.start()
    assert len(read().shots) == 4


@pytest.mark.usefixtures("outside")
def test_a_resolve_that_closed_before_the_relink_is_said_with_what_becomes_of_the_renders(
    resolve: FakeResolve, folder: Path
) -> None:
    cutting(resolve, folder)
    host = ResolveHost("resolve:")
    assert len(host.shots(EVERYTHING).shots) == 4
    resolve.user.quit()
    with pytest.raises(HostGone, match="try again; the renders are kept, and nothing is bought twice"):
        host.relink((), Manner(kind="take"))


def test_a_resolve_that_could_write_nothing_is_refused_before_anything_is_bought(
    resolve: FakeResolve, folder: Path
) -> None:
    cutting(resolve, folder)
    resolve.user.project_manager()
    with pytest.raises(HostError, match="close the Project Manager and try again"):
        read()
    resolve.user.page("edit")
    resolve.user.lose_database()
    with pytest.raises(HostError, match="no project library, as after a bad start; restart it"):
        read()


def test_what_raises_on_one_item_is_no_reason_not_to_read_it(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    before = read()
    for method in ("GetFlagList", "GetMarkers", "GetProperty", "GetFusionCompCount", "GetSelectedClips"):
        resolve.fail(method)
        assert read() == before
    assert resolve.journal("GetFlagList")


def test_a_clip_that_is_deleted_while_it_is_read_says_to_try_again(
    resolve: FakeResolve, folder: Path
) -> None:
    items = cutting(resolve, folder)
    resolve.meanwhile("TimelineItem.GetDuration", "delete", items[1], nth=2)
    with pytest.raises(HostError, match="changed while it was read; try again"):
        read()
    assert starts(EVERYTHING) == [0, 200, 300]


def test_the_workspace_follows_the_timeline_through_a_new_name(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    workspace = ResolveHost("resolve:").workspace()
    assert workspace.suffix == ".uprez"
    workspace.mkdir(parents=True)
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    timeline.SetName("Reel 1: final/final")
    assert ResolveHost("resolve:").workspace() == workspace


@pytest.mark.usefixtures("outside")
def test_fifty_items_are_read_in_under_a_second(resolve: FakeResolve, folder: Path) -> None:
    resolve.user.timeline("Reel 1")
    clip = resolve.user.media(folder / "long.mov")
    for number in range(50):
        resolve.user.place(clip, (number * 5, number * 5 + 5))
    took, calls = [], []
    for _ in range(3):
        had, began = len(resolve.journal()), time.perf_counter()
        seen = ResolveHost("resolve:").seen()
        took.append(time.perf_counter() - began)
        calls.append((len(resolve.journal()) - had) / 50)
    print(f"snapshot of 50 items, connecting included: {min(took):.2f} s, {max(calls):.1f} calls an item")
    assert sum(len(track.items) for track in seen.tracks) == 50
    assert min(took) < 1
    assert max(calls) <= 20  # a millisecond each is what a second has room for


@pytest.mark.usefixtures("outside")
def test_no_handle_outlives_a_look(resolve: FakeResolve, folder: Path) -> None:
    """A handle of before a restart is dead; a host that kept one could not go on."""
    cutting(resolve, folder)
    resolve.user.save()
    host = ResolveHost("resolve:")
    before = host.shots(EVERYTHING)
    resolve.user.quit()
    resolve.user.start()
    assert host.shots(EVERYTHING) == before


def uprez(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from uprez.cli import main; main()", *words], capture_output=True, text=True
    )


@pytest.mark.usefixtures("outside")
def test_the_command_line_plans_what_is_selected(resolve: FakeResolve, folder: Path) -> None:
    items = cutting(resolve, folder)
    resolve.user.select(items[1])
    hosts = {host["name"]: host for host in json.loads(uprez("hosts", "--json").stdout)["hosts"]}
    assert hosts["resolve"]["manners"] == ["take", "replace", "track", "timeline"]
    planned = uprez("plan", "resolve:", "--selected", "--json")
    assert planned.returncode == 0, planned.stderr
    assert planned.stderr.strip() == "--selected: takes what is selected in Resolve (1)"
    (shot,) = json.loads(planned.stdout)["shots"]
    assert shot["source"] == {"start": 100, "count": 20}


def test_a_manner_that_leaves_all_clips_out_says_why_of_each(resolve: FakeResolve, folder: Path) -> None:
    cutting(resolve, folder)
    resolve.user.title(24)
    done = uprez("run", "resolve:", "--as", "replace", "--handles", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "left out: insert (Inserts): " in done.stderr and "--as replace needs all of them" in done.stderr
    assert "left out: Title (Video 1): it is a title" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("uprez: Reel 1: no clip can be upscaled (all 5")
