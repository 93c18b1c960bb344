"""Media of a variable rate and of fields, through the whole loop: plan, run, and the cut that comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hosts.mlt_scene import blank, entry, ground, main, playlist, producer, project

from uprez.media.probe import probe
from uprez.model import Cut, Selection
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.timelines import clip, external, span, timeline, track, write
from uprez_otio.host import OtioHost

Command = Callable[..., tuple[int, str, str]]
RATE, SIZE = Fraction(30), (64, 36)
HOLES = [Fraction(number + number // 3) for number in range(60)]
ASTRAY = [number + Fraction(number * 7 % 9 - 4, 10) * (number > 0) for number in range(60)]
RUN = ("-m", "lanczos", "--handles", "2", "--render", "ffv1", "--yes", "--json", "--progress", "none")


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    """Make a file in which every third frame stays for two, and a cut of it at 30 frames a second."""
    make_clip(tmp_path / "phone.mkv", rate=RATE, size=SIZE, times=HOLES)
    media = external("phone.mkv", span(0, 79, 30.0))
    return write(tmp_path / "cut.otio", timeline(track(clip("one", media, span(20, 9, 30.0))), rate=30.0))


def run(uprez: Command, file: Path, *words: str) -> dict[str, Any]:
    code, out, err = uprez("run", str(file), "-o", str(file.with_name("out.otio")), *RUN, *words)
    assert code == 0, err
    told: dict[str, Any] = json.loads(out)
    return told


def test_a_variable_rate_is_counted_by_time_and_its_render_is_even(uprez: Command, phone: Path) -> None:
    (done,) = run(uprez, phone)["relinked"]
    one = otio.adapters.read_from_file(str(phone.with_name("out.otio"))).find_clips()[0]
    there = one.media_reference.available_range
    render = Path(done["render"])
    info = probe(render)
    assert (info.rate, info.variable, info.frames) == (RATE, False, there.duration.value)
    assert (one.source_range.start_time.value, one.source_range.duration.value) == (20, 9)
    on_screen = [max(number for number in range(60) if HOLES[number] <= moment) for moment in range(20, 29)]
    first = int(20 - there.start_time.value)
    assert read_numbers(render)[first : first + 9] == on_screen
    assert len({*on_screen}) < len(on_screen)


def test_the_plan_says_what_becomes_of_a_variable_rate_and_of_fields(uprez: Command, phone: Path) -> None:
    options = {"x264-params": "interlaced=1"}
    make_clip(phone.with_name("fields.mp4"), rate=RATE, size=SIZE, codec="libx264", options=options)
    fields = clip("two", external("fields.mp4", span(0, 48, 30.0)), span(5, 9, 30.0))
    old = clip("one", external("phone.mkv", span(0, 79, 30.0)), span(20, 9, 30.0))
    code, out, _ = uprez("plan", str(write(phone, timeline(track(old, fields), rate=30.0))))
    assert code == 0
    assert "phone.mkv: its variable rate becomes a constant 30, each frame by its time" in out
    assert "fields.mp4: interlaced becomes progressive, one picture a frame" in out


def test_a_render_of_fields_has_none(uprez: Command, tmp_path: Path) -> None:
    options = {"x264-params": "interlaced=1", "qp": "4"}
    make_clip(tmp_path / "fields.mp4", rate=RATE, size=(128, 72), codec="libx264", options=options)
    one = clip("one", external("fields.mp4", span(0, 48, 30.0)), span(5, 9, 30.0))
    file = write(tmp_path / "cut.otio", timeline(track(one), rate=30.0))
    assert probe(tmp_path / "fields.mp4").interlaced
    (done,) = run(uprez, file)["relinked"]
    info = probe(Path(done["render"]))
    assert (info.interlaced, info.frames, info.rate) == (False, 13, RATE)
    assert read_numbers(Path(done["render"])) == [*range(3, 16)]


def test_a_file_counted_at_two_rates_is_two_media(phone: Path) -> None:
    """29.97 is another name for 30; the frames of either are no frames of the other."""
    media, ntsc = external("phone.mkv", span(0, 79, 30.0)), external("phone.mkv", span(0, 79, 29.97))
    both = clip("30", media, span(20, 9, 30.0)), clip("29.97", ntsc, span(20, 9, 29.97))
    cut = OtioHost(str(write(phone, timeline(track(*both), rate=30.0)))).shots(Selection())
    assert cut.left_out == ()
    assert [shot.media.rate for shot in cut.shots] == [30, Fraction(30_000, 1001)]
    one, other = (shot.media.fingerprint for shot in cut.shots)
    assert one != other


@pytest.mark.parametrize("rate", [1.0, 24.0, 25.0, 60.0, 1000.0])
def test_a_range_in_another_rate_is_no_reason_to_show_other_frames(phone: Path, rate: float) -> None:
    """The file's frames lie at times of its own rate: whoever counts at another would lose or double some."""
    media = external("phone.mkv", span(0, 79 * rate / 30, rate))
    one = clip("one", media, span(20, 9, 30.0))
    cut = OtioHost(str(write(phone, timeline(track(one), rate=30.0)))).shots(Selection())
    assert [(shot.media.rate, shot.source.start, shot.source.count) for shot in cut.shots] == [(30, 20, 9)]


def test_a_screens_recording_names_no_rate_and_is_counted_as_the_cut_says(tmp_path: Path) -> None:
    times = [Fraction(number * number, 31) for number in range(40)]
    make_clip(
        tmp_path / "s.mp4", rate=Fraction(90), size=SIZE, codec="libx264", options={"bf": "0"}, times=times
    )
    info = probe(tmp_path / "s.mp4")
    assert info.uneven is not None
    assert not info.uneven.named
    length = round(info.uneven.lasts * 120)
    one = clip("one", external("s.mp4", span(0, length, 120.0)), span(20, 9, 120.0))
    cut = OtioHost(str(write(tmp_path / "cut.otio", timeline(track(one), rate=120.0)))).shots(Selection())
    assert [(shot.media.rate, shot.source.count) for shot in cut.shots] == [(120, 9)]


def test_a_length_that_is_not_the_files_is_another_file(phone: Path) -> None:
    one = clip(
        "one", external("phone.mkv", span(10, 60, 30.0)), span(20, 9, 30.0)
    )  # as many as it has frames
    cut = OtioHost(str(write(phone, timeline(track(one), rate=30.0)))).shots(Selection())
    assert "its timeline says that the file has 60 frames" in cut.left_out[0].reason


def of_engine(folder: Path, name: str) -> Cut:
    """Read an MLT project of one clip."""
    shown = playlist("v1", blank(3), entry("p", 10, 19))
    text = project(ground(), producer("p", name, last=59), shown, main("v1"), rate=Fraction(25))
    (folder / "cut.mlt").write_text(text)
    return OtioHost(str(folder / "cut.mlt")).shots(Selection())


def test_mlt_shows_other_frames_where_one_lasts_longer_so_that_such_a_file_is_left_out(phone: Path) -> None:
    cut = of_engine(phone.parent, "phone.mkv")
    assert cut.shots == ()
    assert "MLT shows the next one early; convert it to" in cut.left_out[0].reason


def test_mlt_counts_frames_that_only_come_early_or_late_at_the_files_own_rate(tmp_path: Path) -> None:
    make_clip(tmp_path / "astray.mp4", rate=RATE, size=SIZE, codec="libx264", times=ASTRAY)
    cut = of_engine(tmp_path, "astray.mp4")
    assert cut.left_out == ()
    assert (cut.shots[0].media.rate, cut.shots[0].media.info.frames) == (RATE, 60)
