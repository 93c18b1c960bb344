"""A file whose frames last unequally is counted by time: each moment of a rate has what is on screen then.

The peer is FFmpeg's own `fps` filter; the rule is held to it at rates that the file was not made for, too.
"""

import random
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pytest

from uprez.errors import MediaError
from uprez.media.export import export
from uprez.media.probe import fingerprint, probe
from uprez.media.reading import read_moments
from uprez.media.sequences import read_media
from uprez.model import Media, Plate, pull_of
from uprez.testing.clips import make_clip, read_number, read_numbers
from uprez.times import FrameRange

RATE = Fraction(30)
CHANCE = random.Random("phone")
HOLES = [Fraction(number + number // 3) for number in range(60)]
ASTRAY = [number + Fraction(number * 7 % 13 - 6, 33) * (number > 0) for number in range(60)]
DROPPED = [Fraction(number) for number in range(90) if number in (0, 89) or CHANCE.random() < 0.7]
SCREEN = [Fraction(number * number, 30) for number in range(30)]
LONG = {"crf": "6", "g": "12", "bf": "2"}
FILES: dict[str, tuple[list[Fraction], str, dict[str, str]]] = {
    "holes.mkv": (HOLES, "ffv1", {}),
    "astray.mp4": (ASTRAY, "libx264", {**LONG, "bf": "0"}),
    "reordered.mp4": (ASTRAY, "libx264", LONG),
    "dropped.mp4": (DROPPED, "libx264", LONG),
    "screen.mkv": (SCREEN, "libx264", LONG),
}


def made(folder: Path, name: str) -> Path:
    times, codec, options = FILES[name]
    return make_clip(
        folder / name, rate=RATE, size=(64, 36), codec=codec, options=options, times=times, colour=None
    )


def numbers(path: Path, first: int, count: int, rate: Fraction) -> list[int]:
    return [read_number(frame) for frame in read_moments(path, first, count, rate)]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg: apt-get install ffmpeg")
@pytest.mark.parametrize("rate", [RATE, Fraction(24_000, 1001), Fraction(60)], ids=str)
@pytest.mark.parametrize("name", FILES)
def test_every_moment_shows_what_ffmpeg_shows_then(tmp_path: Path, name: str, rate: Fraction) -> None:
    path = made(tmp_path, name)
    info = probe(path).counted_at(rate)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", f"fps={rate}:round=near", "-c:v", "ffv1"]
    subprocess.run([*command, str(tmp_path / "even.mkv")], check=True)
    theirs = read_numbers(tmp_path / "even.mkv")
    ours = numbers(path, 0, info.frames, rate)
    shared = min(len(theirs), len(ours))
    assert info.frames - shared <= 2  # how long the very last frame lasts, not all containers say
    assert ours[:shared] == theirs[:shared]


@pytest.mark.parametrize("name", FILES)
def test_random_ranges_are_the_same_moments(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, name)
    count = probe(path).counted_at(RATE).frames
    whole, chance = numbers(path, 0, count, RATE), random.Random(name)
    for _ in range(8):
        first = chance.randrange(count)
        length = chance.randint(1, count - first)
        assert numbers(path, first, length, RATE) == whole[first : first + length]


def test_a_frame_stays_until_the_next_one_and_of_two_at_once_the_later_is_seen(tmp_path: Path) -> None:
    times = [Fraction(each) for each in (0, 1, 4, Fraction(41, 10), 6)]
    path = make_clip(tmp_path / "a.mkv", rate=RATE, size=(64, 36), times=times)
    assert numbers(path, 0, 7, RATE) == [0, 1, 1, 1, 3, 3, 4]


def test_a_frame_that_can_not_be_decoded_is_no_reason_to_show_its_neighbour(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mov", rate=RATE, size=(64, 36), times=HOLES, codec="png", pixel_format="rgb24"
    )
    whole = path.read_bytes()
    (packet,) = [each for each in packets(path) if each[0] == 30]
    path.write_bytes(whole.replace(packet[1], bytes(len(packet[1]))))
    with pytest.raises(MediaError):
        numbers(path, 0, 79, RATE)


def packets(path: Path) -> list[tuple[int, bytes]]:
    with av.open(str(path)) as file:
        return [(number, bytes(packet)) for number, packet in enumerate(file.demux(video=0)) if packet.size]


def test_only_files_with_a_frame_for_each_moment_are_gapless(tmp_path: Path) -> None:
    found = {name: probe(made(tmp_path, name)).uneven for name in FILES}
    assert {name: each.gapless for name, each in found.items() if each} == {
        name: name in ("astray.mp4", "reordered.mp4") for name in FILES
    }


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24_000, 1001), Fraction(25), Fraction(60)], ids=str)
def test_frames_that_come_early_or_late_name_their_rate_and_not_the_finest_that_tells_their_times(
    tmp_path: Path, rate: Fraction
) -> None:
    options = {"bf": "0", "g": "1"}
    path = make_clip(
        tmp_path / "a.mp4", rate=rate, size=(64, 36), codec="libx264", options=options, times=ASTRAY
    )
    found = probe(path).uneven
    assert found is not None
    assert (found.rate, found.named, found.gapless) == (rate, True, True)


def test_a_plate_of_such_a_file_is_even_and_holds_its_moments(tmp_path: Path) -> None:
    path = made(tmp_path, "holes.mkv")
    info = probe(path).counted_at(RATE)
    media = Media(
        url=path.name, path=path, fingerprint=fingerprint(path), rate=RATE,
        available=FrameRange(start=0, count=info.frames), info=info,
    )  # fmt: skip
    pull = pull_of(media, FrameRange(start=10, count=12), ())
    plate = export(Plate(pull=pull, preset="ffv1", path=tmp_path / "plate.mkv"))
    assert plate.info is not None
    assert (plate.info.rate, plate.info.frames, plate.info.variable) == (RATE, 12, False)
    assert read_numbers(plate.path) == numbers(path, 10, 12, RATE)
    assert [read_number(frame) for frame in read_media(media, 0, 3)] == [0, 1, 2]


def test_timecode_counts_at_the_rate_that_the_file_names_and_goes_on_at_another(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mov", rate=RATE, size=(64, 36), codec="mpeg4", times=HOLES, timecode="01:00:00:15"
    )
    info = probe(path)
    assert info.timecode == 3600 * 30 + 15
    assert info.counted_at(Fraction(30_000, 1001)).timecode == 3600 * 30 + 15
    assert info.counted_at(Fraction(24)).timecode == 3600 * 24 + 12
