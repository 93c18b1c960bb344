"""A plate holds the frames it is asked for and no other, tagged as the source, whole or not there at all."""

import random
import resource
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from uprez.errors import MediaError
from uprez.media.export import export
from uprez.media.probe import fingerprint, probe
from uprez.media.scaling import Scaler
from uprez.media.writing import VideoWriter
from uprez.model import Colour, Media, Plate, PlatePreset
from uprez.testing.clips import BT709, decoded, make_clip, picture, read_numbers
from uprez.testing.samples import sample_order
from uprez.times import FrameRange, from_timecode, to_timecode

LONG = {"preset": "ultrafast", "g": "40", "bf": "3", "x264-params": "open-gop=1"}
SOURCES: dict[str, tuple[str, str, dict[str, str]]] = {
    "ffv1.mkv": ("ffv1", "yuv420p", {}),
    "long.mp4": ("libx264", "yuv420p", LONG),
    "prores.mov": ("prores_ks", "yuv422p10le", {}),
}
CASES = [
    ("ffv1.mkv", Fraction(24000, 1001), "01:00:00:00", "ffv1"),
    ("long.mp4", Fraction(24), "23:59:58:00", "h264"),
    ("prores.mov", Fraction(25), "10:00:00:00", "prores"),
    ("long.mp4", Fraction(30000, 1001), "00:59:59;20", "ffv1"),
    ("prores.mov", Fraction(30000, 1001), "00:59:59:20", "h264"),
    ("ffv1.mkv", Fraction(50), "01:00:00:00", "prores"),
    ("long.mp4", Fraction(60000, 1001), "00:08:59;40", "prores"),
]


def described(path: Path) -> Media:
    """Describe a file, counted from its timecode on, as an editor's timeline would."""
    info = probe(path)
    return Media(
        url=path.as_uri(), path=path, fingerprint=fingerprint(path), rate=info.rate, reel=info.reel,
        info=info, available=FrameRange(start=info.timecode or 0, count=info.frames),
    )  # fmt: skip


def plate_of(media: Media, folder: Path, first: int, count: int, preset: PlatePreset = "ffv1") -> Plate:
    start = media.available.start + first
    return sample_order(media, folder, first=start, count=count, preset=preset).plate


@pytest.mark.parametrize(("name", "rate", "timecode", "preset"), CASES)
def test_a_plate_holds_exactly_its_frames_and_says_where_they_are_from(
    tmp_path: Path, name: str, rate: Fraction, timecode: str, preset: PlatePreset
) -> None:
    codec, pixel_format, options = SOURCES[name]
    clip = make_clip(
        tmp_path / name, frames=100, rate=rate, size=(160, 90), codec=codec, pixel_format=pixel_format,
        options=options, timecode=timecode, reel="A001C003",
    )  # fmt: skip
    media, chance = described(clip), random.Random(name)
    for first, count in [(0, 2), (98, 2), (chance.randrange(70), chance.randrange(1, 30))]:
        plate = export(plate_of(media, tmp_path, first, count, preset))
        assert read_numbers(plate.path) == [*range(first, first + count)]
        assert plate.info is not None
        assert (plate.info.rate, plate.info.frames, plate.info.colour) == (rate, count, BT709)
        if media.info.timecode is not None:
            assert plate.info.timecode is not None
            drop = media.info.drop
            assert to_timecode(plate.info.timecode, rate, drop=drop) == to_timecode(  # past midnight it wraps
                media.info.timecode + first, rate, drop=drop
            )
            assert (plate.info.drop, plate.info.reel) == (drop, media.info.reel)


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
def test_another_program_reads_the_same_timecode_reel_and_colour(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    clip = make_clip(
        tmp_path / "a.mov", frames=90, rate=rate, size=(64, 36), codec="prores_ks",
        pixel_format="yuv422p10le", timecode="00:59:59;00", reel="A001C003",
    )  # fmt: skip
    plate = export(plate_of(described(clip), tmp_path, 50, 20, "prores"))
    asked = "stream=nb_frames,r_frame_rate,color_space,color_primaries:stream_tags=timecode,reel_name"
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", asked, "-of", "flat", str(plate.path)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    at = to_timecode(from_timecode("00:59:59;00", rate) + 50, rate, drop=True)
    for expected in ('nb_frames="20"', '"30000/1001"', '"bt709"', f'"{at}"', '"A001C003"'):
        assert expected in said


def test_a_whole_plate_is_kept_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    media = described(make_clip(tmp_path / "a.mkv", frames=20, size=(64, 36)))
    plate = export(plate_of(media, tmp_path, 3, 6))
    made = plate.path.stat().st_mtime_ns
    assert export(plate).path.stat().st_mtime_ns == made
    shutil.copyfile(media.path, plate.path)
    with pytest.raises(MediaError, match="has 20 frames instead of 6"):
        export(plate)


def test_a_full_range_source_travels_in_limited_range_with_the_same_levels(tmp_path: Path) -> None:
    full = BT709.model_copy(update={"range": 2})
    media = described(make_clip(tmp_path / "a.mkv", frames=4, colour=full))
    plate = export(plate_of(media, tmp_path, 0, 4))
    assert plate.info is not None
    assert (plate.info.colour, plate.info.bits) == (BT709, 10)
    before, after = luma(next(decoded(media.path))), luma(next(decoded(plate.path)))
    assert np.abs(64 + before / 255 * 876 - after).max() < 4  # of 1024 codes


def test_rgb_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    media = described(make_clip(path, frames=3, codec="ffv1", pixel_format="bgr0", colour=None))
    plate = export(plate_of(media, tmp_path, 0, 3))
    assert plate.info is not None
    assert (plate.info.pixel_format, plate.info.colour.matrix, plate.info.colour.range) == (
        "yuv444p10le",
        1,
        1,
    )
    back = Scaler(320, 180, "rgb24")
    before = next(decoded(path)).reformat(format="rgb24").to_ndarray().astype(int)
    after = back.scale(next(decoded(plate.path))).to_ndarray().astype(int)
    assert np.abs(before - after).max() <= 1


def luma(frame: Any) -> Any:
    wide = frame.format.components[0].bits > 8
    plane = np.frombuffer(bytes(frame.planes[0]), np.uint16 if wide else np.uint8)
    return plane.reshape(frame.height, -1)[:, : frame.width].astype(float)


def test_a_still_is_copied_as_it_is_and_a_kind_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    with VideoWriter(
        source, "still", width=64, height=36, rate=Fraction(25), colour=Colour(), sample_aspect=Fraction(1),
        pixel_format_like="rgb24",
    ) as out:  # fmt: skip
        out.write(picture(5, (64, 36), out.pixel_format))
    media = described(source)
    plate = export(plate_of(media, tmp_path, 0, 1, "still"))
    assert plate.path.read_bytes() == source.read_bytes()
    other = media.model_copy(update={"path": source.rename(tmp_path / "a.exr")})
    with pytest.raises(MediaError, match=r"a\.exr: a still of this kind can't be written"):
        export(plate_of(other, tmp_path, 0, 1, "still"))


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_a_resize_is_the_one_of_ffmpeg_to_the_last_code(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", frames=3)
    wanted = "scale=640:360:flags=lanczos+accurate_rnd+full_chroma_int,format=yuv420p"
    command = ["ffmpeg", "-v", "error", "-i", str(clip), "-vf", wanted, "-f", "rawvideo", "-"]
    theirs = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)
    scaler = Scaler(640, 360, "yuv420p")
    scaled = [scaler.scale(frame) for frame in decoded(clip)]
    for number, frame in enumerate(scaled):
        whole = theirs.reshape(3, -1)[number, : 640 * 360].reshape(360, 640)
        assert np.array_equal(luma(frame), whole)
        assert (frame.colorspace, frame.color_range) == (1, 1)


def test_a_failing_export_leaves_nothing(tmp_path: Path) -> None:
    media = described(make_clip(tmp_path / "a.mkv", frames=10, size=(64, 36)))
    plate = plate_of(media, tmp_path, 0, 10)
    with pytest.raises(KeyboardInterrupt):
        export(plate, progress=interrupt)
    assert list(plate.path.parent.iterdir()) == []


def interrupt(done: int) -> None:
    raise KeyboardInterrupt


PROGRAM = """
import resource, sys
from pathlib import Path
from uprez.errors import MediaError
from uprez.media.export import export
from uprez.model import Plate
plate = Plate.model_validate_json(sys.stdin.read())
most = int(sys.argv[1])
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    export(plate)
except MediaError as failure:
    print(failure)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def export_apart(plate: Plate, most: int = 0) -> list[str]:
    """Export in a process of its own, which may write files of `most` bytes (0: any)."""
    command = [sys.executable, "-c", PROGRAM, str(most)]
    ran = subprocess.run(command, input=plate.model_dump_json(), capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="the system has no limit on file sizes")
@pytest.mark.parametrize("preset", ["ffv1", "prores"])
def test_a_disk_that_takes_no_more_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, preset: PlatePreset
) -> None:
    media = described(make_clip(tmp_path / "a.mkv", frames=40))
    plate = plate_of(media, tmp_path, 0, 40, preset)
    said = export_apart(plate, most=100_000)
    assert said[0].startswith(f"{plate.path}: can't be written (File too large); free space")
    assert list(plate.path.parent.iterdir()) == []


def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    media = described(make_clip(tmp_path / "a.mkv", frames=400, size=(320, 180)))
    short = int(export_apart(plate_of(media, tmp_path, 0, 40))[-1])
    long = int(export_apart(plate_of(media, tmp_path, 0, 400))[-1])
    assert long < 1.1 * short + 4096  # kilobytes; 360 frames held would be 31,000
