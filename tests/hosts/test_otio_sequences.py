"""Image sequences: which file is which frame, and renders that are sequences with the same numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import opentimelineio as otio
import pytest

from uprez.model import Info, Manner, Numbering, Relink, Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_sequence, read_numbers
from uprez.testing.timelines import clip, span, timeline, track, warp, write
from uprez_otio.host import OtioHost

Json = dict[str, Any]
COUNT = 30
LAYOUTS = {
    "numbers from 1001, frames from 0": (1001, 4, 0),
    "frames counted as the files are": (1001, 4, 1001),
    "timecode of an hour": (86_400, 8, 86_400),
    "below nought": (-5, 4, 0),
    "without padding": (8, 0, 0),
}


def reference(numbering: Numbering, start: int, folder: str = "seq/", count: int = COUNT) -> Json:
    return {
        "OTIO_SCHEMA": "ImageSequenceReference.1", "metadata": {"theirs": 1}, "name": "",
        "available_range": span(start, count), "available_image_bounds": None, "target_url_base": folder,
        "name_prefix": numbering.prefix, "name_suffix": numbering.suffix, "start_frame": numbering.first,
        "frame_step": 1, "rate": 24.0, "frame_zero_padding": numbering.padding,
        "missing_frame_policy": "error",
    }  # fmt: skip


def cut_of(folder: Path, layout: str = "numbers from 1001, frames from 0", **more: Any) -> Path:
    first, padding, start = LAYOUTS[layout]
    numbering = Numbering(prefix="shot.", suffix=".png", first=first, padding=padding)
    make_sequence(folder / "seq", numbering, frames=COUNT, first=100)
    one = clip("one", reference(numbering, start), span(start + 10, 8), **more)
    return write(folder / "cut.otio", timeline(track(one)))


def shown(file: Path) -> list[int]:
    """Return the numbers in the files that OTIO itself names for each frame of the clip."""
    one = otio.adapters.read_from_file(str(file)).find_clips()[0]
    media, numbers = one.media_reference, []
    for at in range(int(one.source_range.duration.value)):
        time = one.source_range.start_time + otio.opentime.RationalTime(at, 24)
        index = media.frame_for_time(time) - media.start_frame
        url = media.target_url_for_image_number(index)
        numbers += read_numbers(file.parent / url)
    return numbers


def run(file: Path, *words: str) -> Json:
    command = [
        Path(sys.executable).with_name("uprez"),
        "run",
        file,
        "-m",
        "lanczos",
        "--handles",
        "2",
        "--json",
    ]
    ended = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return dict(json.loads(ended.stdout))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clip_shows_the_same_frames_out_of_a_sequence_with_the_same_numbers(
    layout: str, tmp_path: Path
) -> None:
    file = cut_of(tmp_path, layout)
    assert shown(file) == list(range(110, 118))
    run(file)
    output = tmp_path / "cut_uprez.otio"
    assert shown(output) == list(range(110, 118))
    one = otio.adapters.read_from_file(str(output)).find_clips()[0]
    now, was = one.media_reference, one.media_references()["DEFAULT_MEDIA"]
    first, _, start = LAYOUTS[layout]
    assert (now.start_frame, now.available_range.start_time.value) == (first + 8, start + 8)
    assert (now.frame_step, now.frame_zero_padding, now.name_prefix, now.name_suffix) == (
        was.frame_step, was.frame_zero_padding, was.name_prefix, was.name_suffix,
    )  # fmt: skip
    with av.open(str(tmp_path / now.target_url_for_image_number(0))) as still:
        frame = next(still.decode(video=0))
    assert (frame.width, frame.height, frame.format.name) == (128, 72, "rgb24")


def test_the_same_run_twice_writes_no_file_again_and_a_revert_gives_the_bytes_back(tmp_path: Path) -> None:
    file = cut_of(tmp_path)
    before = file.read_bytes()
    told = run(file)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cut.uprez" / "renders").rglob("*.png")}
    assert len(files) == 12
    run(file)
    assert {path: path.stat().st_mtime_ns for path in files} == files
    OtioHost(str(file)).revert(Path(told["receipt"]))
    assert (tmp_path / "cut_uprez.otio").read_bytes() == before


@pytest.mark.parametrize(
    ("available", "start", "begins", "word"),
    [(0, 1011, 1009, "by the numbers of their files"), (1001, 10, 1001, "from the first file")],
    ids=["as Resolve's exporters count", "as Hiero counts"],
)
def test_a_clip_counted_another_way_is_read_the_one_way_that_fits(
    available: int, start: int, begins: int, word: str, tmp_path: Path
) -> None:
    numbering = Numbering(prefix="shot.", suffix=".png", first=1001)
    make_sequence(tmp_path / "seq", numbering, frames=COUNT, first=100)
    one = clip("one", reference(numbering, available), span(start, 8))
    file = write(tmp_path / "cut.otio", timeline(track(one)))
    (shot,) = OtioHost(str(file)).shots(Selection()).shots
    assert (shot.source.start - shot.media.available.start, word in shot.note) == (10, True)
    run(file)
    assert shown(tmp_path / "cut_uprez.otio") == list(range(110, 118))  # and now OTIO counts so, too
    (one,) = otio.adapters.read_from_file(str(tmp_path / "cut_uprez.otio")).find_clips()
    assert one.media_reference.start_frame == begins
    assert OtioHost(str(tmp_path / "cut_uprez.otio")).shots(Selection()).shots[0].source == shot.source


def test_a_clip_that_fits_in_two_other_ways_is_left_out(tmp_path: Path) -> None:
    numbering = Numbering(prefix="shot.", suffix=".png", first=5)
    make_sequence(tmp_path / "seq", numbering, frames=COUNT, first=100)
    one = clip("one", reference(numbering, 1001), span(10, 8))
    (left,) = OtioHost(str(write(tmp_path / "cut.otio", timeline(track(one))))).shots(Selection()).left_out
    assert "relink it in your editor" in left.reason


def test_a_retimed_sequence_is_relinked_with_its_phase(tmp_path: Path) -> None:
    file = cut_of(tmp_path, effects=[warp(2.0)])
    shots = OtioHost(str(file)).shots(Selection()).shots
    (pull,) = plan_pulls(shots, 3)
    assert (pull.frames.start - shots[0].media.available.start) % 2 == 0
    run(file)
    one = otio.adapters.read_from_file(str(tmp_path / "cut_uprez.otio")).find_clips()[0]
    assert (one.media_reference.start_frame - 1001) % 2 == 0
    assert one.effects[0].time_scalar == 2.0


def test_a_baked_sequence_is_left_out_by_name_before_anything_is_bought(tmp_path: Path) -> None:
    file = cut_of(tmp_path, effects=[warp(2.0)])
    command = [Path(sys.executable).with_name("uprez"), "run", file, "-m", "lanczos", "--retime", "bake"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "image sequence" in ended.stderr
    assert not (tmp_path / "cut.uprez" / "ledger.db").exists()


def test_a_frame_that_is_missing_is_named(tmp_path: Path) -> None:
    file = cut_of(tmp_path)
    (tmp_path / "seq" / "shot.1012.png").unlink()
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "shot.1012.png: is missing" in left.reason


def test_a_kind_that_cant_be_written_back_is_left_out(tmp_path: Path) -> None:
    file = cut_of(tmp_path)
    file.write_text(file.read_text().replace('".png"', '".exr"'))
    for path in (tmp_path / "seq").iterdir():
        path.rename(path.with_suffix(".exr"))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "can't be written back" in left.reason


@pytest.mark.parametrize("name", ["../../etc/x.", "a\\b."])
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    numbering = Numbering(prefix=name, suffix=".png", first=1)
    file = write(tmp_path / "cut.otio", timeline(track(clip("one", reference(numbering, 0), span(2, 3)))))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "names folders" in left.reason


def test_a_sequence_on_twos_is_left_out(tmp_path: Path) -> None:
    numbering = Numbering(prefix="a.", suffix=".png", first=1)
    media = {**reference(numbering, 0), "frame_step": 2}
    file = write(tmp_path / "cut.otio", timeline(track(clip("one", media, span(2, 3)))))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "only every few frames" in left.reason


def test_a_sequence_without_a_range_says_so(tmp_path: Path) -> None:
    numbering = Numbering(prefix="a.", suffix=".png", first=1)
    media = {**reference(numbering, 0), "available_range": None}
    file = write(tmp_path / "cut.otio", timeline(track(clip("one", media, span(2, 3)))))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "does not say which frames it has" in left.reason


def test_a_bundle_takes_the_files_of_a_sequence_with_it(tmp_path: Path) -> None:
    file = cut_of(tmp_path / "here")
    run(file, "-o", str(tmp_path / "here" / "out.otiod"))
    (tmp_path / "there").mkdir()
    moved = (tmp_path / "here" / "out.otiod").rename(tmp_path / "there" / "out.otiod")
    assert shown(moved / "content.otio") == list(range(110, 118))


def test_an_output_in_another_folder_still_finds_the_sequences_that_stay(tmp_path: Path) -> None:
    file = cut_of(tmp_path)
    content = json.loads(file.read_text())
    (tmp_path / "other").mkdir()
    other = json.loads(json.dumps(content["tracks"]["children"][0]["children"][0]))
    other["name"], other["enabled"] = "other", False
    content["tracks"]["children"][0]["children"].append(other)
    file.write_text(json.dumps(content))
    run(file, "-o", str(tmp_path / "other" / "out.otio"))
    for one in otio.adapters.read_from_file(str(tmp_path / "other" / "out.otio")).find_clips():
        assert (tmp_path / "other" / one.media_reference.target_url_for_image_number(0)).is_file()


def test_a_sequence_of_one_frame_is_no_fault(tmp_path: Path) -> None:
    numbering = Numbering(prefix="a.", suffix=".png", first=7, padding=3)
    make_sequence(tmp_path / "seq", numbering, frames=1, first=100)
    one = clip("one", reference(numbering, 0, count=1), span(0, 1))
    file = write(tmp_path / "cut.otio", timeline(track(one)))
    (shot,) = OtioHost(str(file)).shots(Selection()).shots
    assert shot.media.info.frames == 1
    assert shot.media.path.name == "a.007.png"


def test_a_numbering_writes_its_digits_below_nought_too() -> None:
    numbering = Numbering(prefix="p.", suffix=".png", first=-1, padding=4)
    assert [numbering.name(index) for index in range(3)] == ["p.-0001.png", "p.0000.png", "p.0001.png"]
    assert numbering.further(2).name(0) == numbering.name(2)


def test_relinks_made_by_hand_may_name_a_sequence(tmp_path: Path) -> None:
    file = cut_of(tmp_path)
    host = OtioHost(str(file))
    (shot,) = host.shots(Selection()).shots
    info: Info = shot.media.info
    assert info.sequence is not None
    numbering = info.sequence.further(10)
    make_sequence(tmp_path / "mine", numbering, frames=8, first=100, size=(128, 72))
    relink = Relink(
        shot=shot.id, path=tmp_path / "mine" / numbering.name(0), stands_for=shot.source, rate=Fraction(24),
        width=128, height=72, sequence=numbering,
    )  # fmt: skip
    host.relink((relink,), Manner(output=tmp_path / "out.otio"))
    assert shown(tmp_path / "out.otio") == list(range(100, 108))


def test_ten_bits_of_dpx_come_back_as_ten_bits_of_dpx(tmp_path: Path) -> None:
    numbering = Numbering(prefix="a.", suffix=".dpx", first=86_400, padding=7)
    make_sequence(tmp_path / "seq", numbering, frames=COUNT, first=100)
    one = clip("one", reference(numbering, 86_400), span(86_410, 8))
    file = write(tmp_path / "cut.otio", timeline(track(one)))
    run(file)
    output = tmp_path / "cut_uprez.otio"
    assert shown(output) == list(range(110, 118))
    media = otio.adapters.read_from_file(str(output)).find_clips()[0].media_reference
    with av.open(str(tmp_path / media.target_url_for_image_number(0))) as still:
        frame = next(still.decode(video=0))
    assert (frame.width, frame.format.name, media.start_frame) == (128, "gbrp10le", 86_408)
