"""What a probe says is what the file holds: counted, exact, and nothing that a header made up."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pydantic import ValidationError

from uprez.media.opening import opened
from uprez.media.probe import fingerprint, probe
from uprez.model import Colour, Info
from uprez.testing.clips import make_clip, picture
from uprez.times import from_timecode, to_timecode

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(50),
    Fraction(60000, 1001),
]
QUICK = {"preset": "ultrafast", "g": "12", "bf": "2"}


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [("a.mkv", "ffv1", {}), *((name, "libx264", QUICK) for name in ("a.mp4", "a.ts", "b.mkv"))],
)
def test_rate_and_count_are_exact_in_every_container(
    tmp_path: Path, rate: Fraction, name: str, codec: str, options: dict[str, str]
) -> None:
    info = probe(
        make_clip(tmp_path / name, frames=40, rate=rate, codec=codec, options=options, size=(64, 36))
    )
    assert (info.rate, info.frames, info.variable, info.still) == (rate, 40, False, False)


@pytest.mark.parametrize(
    ("rate", "timecode"),
    [
        (Fraction(24000, 1001), "01:00:00:10"),
        (Fraction(25), "10:59:59:24"),
        (Fraction(30000, 1001), "01:00:00;02"),
        (Fraction(30000, 1001), "01:09:59:29"),
        (Fraction(60000, 1001), "00:59:00;04"),
    ],
)
def test_the_start_timecode_keeps_its_way_of_counting(tmp_path: Path, rate: Fraction, timecode: str) -> None:
    clip = make_clip(
        tmp_path / "a.mov", frames=2, rate=rate, timecode=timecode, reel="A001C003", codec="prores_ks",
        pixel_format="yuv422p10le", size=(64, 36),
    )  # fmt: skip
    info = probe(clip)
    assert info.timecode == from_timecode(timecode, rate)
    assert to_timecode(info.timecode, rate, drop=info.drop) == timecode
    assert info.reel == "A001C003"


def test_tags_depth_aspect_and_sound_are_read(tmp_path: Path) -> None:
    hdr = Colour(primaries=9, transfer=16, matrix=9, range=1)
    clip = make_clip(
        tmp_path / "a.mov", frames=6, codec="prores_ks", pixel_format="yuv422p10le", colour=hdr, audio=True,
        sample_aspect=Fraction(16, 15), size=(96, 54),
    )  # fmt: skip
    info = probe(clip)
    assert (info.colour, info.bits, info.pixel_format) == (hdr, 10, "yuv422p10le")
    assert info.sample_aspect == Fraction(16, 15)
    assert [(sound.rate, sound.layout) for sound in info.audio] == [(48000, "stereo")]


def test_untagged_stays_untagged(tmp_path: Path) -> None:
    assert probe(make_clip(tmp_path / "a.mkv", frames=2, colour=None)).colour == Colour()


def write_frames(path: Path, times: list[int], rate: int = 25, **video: Any) -> Path:
    """Write frames at the given times, in frames; other settings go to the stream."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for name, value in video.items():
            getattr(stream, name)(value)
        for number, time in enumerate(times):
            frame = picture(number, (64, 36))
            frame.pts, frame.time_base = time, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_a_variable_rate_is_called_so(tmp_path: Path) -> None:
    phone = [0, 1, 2, 4, 5, 7, 8, 9, 12, 13, 14, 16, 17, 18, 21, 22, 23, 25, 26, 27, 28, 31, 32, 35]
    assert probe(write_frames(tmp_path / "a.mp4", phone)).variable
    assert probe(write_frames(tmp_path / "b.mkv", phone)).variable


def test_one_missing_frame_in_the_middle_is_no_constant_rate(tmp_path: Path) -> None:
    assert probe(write_frames(tmp_path / "a.mp4", [*range(60), *range(61, 120)])).variable


def test_what_a_ledger_holds_from_before_uneven_files_is_still_read(tmp_path: Path) -> None:
    info = probe(make_clip(tmp_path / "a.mkv", frames=4, size=(64, 36)))
    told = {key: value for key, value in info.model_dump(mode="json").items() if key != "uneven"}
    assert Info.model_validate({**told, "variable": False}) == info
    with pytest.raises(ValidationError):
        Info.model_validate({**told, "variable": True})


def test_a_clock_as_coarse_as_the_frames_hides_no_missing_ones(tmp_path: Path) -> None:
    times = [number + number // 3 for number in range(60)]
    info = probe(write_frames(tmp_path / "a.avi", times))
    assert info.uneven is not None
    assert (info.uneven.rate, info.counted_at(info.uneven.rate).frames) == (25, 79)


def test_holes_at_the_very_end_only_shorten_the_clip(tmp_path: Path) -> None:
    info = probe(write_frames(tmp_path / "a.mp4", [*range(60), 62, 63]))
    assert (info.rate, info.frames, info.variable) == (25, 60, False)


def test_a_clip_that_starts_late_counts_from_its_first_frame(tmp_path: Path) -> None:
    info = probe(write_frames(tmp_path / "a.mkv", [*range(125, 175)]))
    assert (info.rate, info.frames, info.variable) == (25, 50, False)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_rotation_is_reported_and_sizes_are_the_stored_ones(tmp_path: Path, turn: int) -> None:
    info = probe(write_frames(tmp_path / "a.mov", [0, 1, 2], set_display_rotation=turn))
    assert (info.rotation, info.width, info.height) == (turn, 64, 36)


def test_interlaced_video_is_called_so(tmp_path: Path) -> None:
    options = {"preset": "ultrafast", "x264-params": "interlaced=1"}
    assert probe(make_clip(tmp_path / "a.mp4", frames=4, codec="libx264", options=options)).interlaced
    assert not probe(make_clip(tmp_path / "b.mp4", frames=4, codec="libx264")).interlaced


def test_the_count_is_of_packets_and_not_the_headers(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.avi", frames=30, codec="mjpeg", pixel_format="yuvj420p", size=(64, 48))
    held = bytearray(clip.read_bytes())
    for name, at in ((b"avih", 24), (b"strh", 40)):
        place = held.index(name) + at
        held[place : place + 4] = (31).to_bytes(4, "little")
    clip.write_bytes(held)
    with opened(clip) as source:
        assert source.streams.video[0].frames == 31
    assert probe(clip).frames == 30


def test_a_sample_table_is_trusted_only_as_far_as_the_file_reaches(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "a.mp4", frames=40, codec="mjpeg", pixel_format="yuvj420p", size=(96, 54)
    )  # fmt: skip
    with (
        av.open(str(clip)) as source,
        av.open(str(tmp_path / "b.mov"), "w", options={"movflags": "faststart"}) as out,
    ):
        video = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
    fast = (tmp_path / "b.mov").read_bytes()
    cut = tmp_path / "cut.mov"
    cut.write_bytes(fast[: len(fast) * 6 // 10])
    assert probe(tmp_path / "b.mov").frames == 40
    assert 15 < probe(cut).frames < 30


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "odd%04d.png", "jpeg_inside.png"])
def test_stills_are_stills_whatever_their_name(tmp_path: Path, name: str) -> None:
    kind = {"a.tif": "tiff", "a.jpg": "mjpeg", "jpeg_inside.png": "mjpeg"}.get(name, "png")
    info = probe(still(tmp_path / name, kind))
    assert (info.still, info.frames, info.width, info.height) == (True, 1, 64, 36)


def still(path: Path, codec: str) -> Path:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.time_base = 64, 36, Fraction(1, 25)
    encoder.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
    frame = picture(7, (64, 36)).reformat(format=encoder.pix_fmt)
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    path.write_bytes(b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None))))
    return path


def test_a_fingerprint_is_of_content_and_not_of_name_or_time(tmp_path: Path) -> None:
    one, other = tmp_path / "a.bin", tmp_path / "b.bin"
    one.write_bytes(b"uprez" * 1000)
    other.write_bytes(b"uprez" * 1000)
    assert fingerprint(one) == fingerprint(other)
    other.write_bytes(b"uprez" * 999 + b"uprex")
    assert fingerprint(one) != fingerprint(other)


def test_a_large_files_fingerprint_sees_head_tail_and_size(tmp_path: Path) -> None:
    size = 65 * 1024 * 1024
    path, seen = tmp_path / "large.bin", set()
    for change in (None, 0, size - 1):
        with path.open("wb") as file:
            file.truncate(size)
            if change is not None:
                file.seek(change)
                file.write(b"x")
        seen.add(fingerprint(path))
    path.write_bytes(np.zeros(size + 1, np.uint8).tobytes())
    assert len(seen | {fingerprint(path)}) == 4
