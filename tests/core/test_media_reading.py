"""Frames are read by number, exactly: from any codec, any container, and at either end."""

import random
from fractions import Fraction
from pathlib import Path

import pytest
from av.video.frame import PictureType

from uprez.errors import MediaError
from uprez.media.probe import probe
from uprez.media.reading import read_frames
from uprez.testing.clips import make_clip, read_number

NTSC = Fraction(30000, 1001)
OPEN = "open-gop=1:keyint=30:min-keyint=10:bframes=3:b-pyramid=normal:log-level=none"
CLIPS = {
    "ffv1.mkv": ("ffv1", "yuv420p", {}),
    "long.mp4": ("libx264", "yuv420p", {"preset": "ultrafast", "g": "40", "bf": "3"}),
    "open.mp4": ("libx264", "yuv420p", {"preset": "ultrafast", "x264-params": OPEN}),
    "open.mkv": ("libx264", "yuv420p", {"preset": "ultrafast", "x264-params": OPEN}),
    "open.ts": ("libx264", "yuv420p", {"preset": "ultrafast", "x264-params": OPEN}),
    "reordered.avi": ("libx264", "yuv420p", {"preset": "ultrafast", "g": "40", "bf": "3"}),
    "bare.h264": ("libx264", "yuv420p", {"preset": "ultrafast", "g": "40", "bf": "3"}),
    "hevc.mp4": ("libx265", "yuv420p10le", {"preset": "ultrafast", "x265-params": OPEN}),
    "prores.mov": ("prores_ks", "yuv422p10le", {}),
    "mpeg2.mxf": ("mpeg2video", "yuv420p", {"g": "12", "bf": "2", "b": "4000000"}),
}


@pytest.mark.parametrize("name", CLIPS)
def test_random_ranges_are_exact(tmp_path: Path, name: str) -> None:
    codec, pixel_format, options = CLIPS[name]
    rate = Fraction(24000, 1001) if name.endswith(".mxf") else NTSC
    clip = make_clip(
        tmp_path / name, frames=120, rate=rate, codec=codec, pixel_format=pixel_format, options=options,
        size=(160, 90),
    )  # fmt: skip
    known, chance = probe(clip).rate, random.Random(name)
    ranges = [
        (0, 3),
        (119, 1),
        (33, 2),
        *((chance.randrange(100), chance.randrange(1, 20)) for _ in range(4)),
    ]
    for first, count in ranges:
        assert [read_number(frame) for frame in read_frames(clip, first, count, known)] == [
            *range(first, first + count)
        ]


def test_no_frame_brings_the_sources_picture_type(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=20, codec="libx264", size=(64, 36))
    assert {frame.pict_type for frame in read_frames(clip, 4, 10)} == {PictureType.NONE}


def test_asking_past_the_end_says_how_many_there_are(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", frames=10, size=(64, 36))
    with pytest.raises(MediaError, match=r"a\.mkv: ends after 10 frames, 12 are needed"):
        list(read_frames(clip, 4, 8))


def test_a_frame_that_can_not_be_decoded_is_named(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "a.mov", frames=20, codec="prores_ks", pixel_format="yuv422p10le", size=(64, 36)
    )
    held = bytearray(clip.read_bytes())
    frame = [at for at in range(len(held)) if held[at : at + 4] == b"icpf"][9]
    held[frame : frame + 60] = bytes(60)
    clip.write_bytes(held)
    with pytest.raises(MediaError, match=r"a\.mov"):
        list(read_frames(clip, 0, 20))
    assert len(list(read_frames(clip, 0, 5))) == 5
