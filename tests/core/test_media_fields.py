"""Interlaced media travels as whole pictures: one of each frame, that of its earlier field."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from uprez.media.export import export
from uprez.media.probe import fingerprint, probe
from uprez.media.sequences import read_media
from uprez.model import Info, Media, Plate, pull_of
from uprez.testing.clips import picture, read_number, read_numbers
from uprez.times import FrameRange

SIZE, FRAMES, RATE = (128, 72), 24, Fraction(25)
INTERLACED = 1 << 18 | 1 << 29  # AV_CODEC_FLAG_INTERLACED_DCT, AV_CODEC_FLAG_INTERLACED_ME
FILES: dict[str, tuple[str, str, dict[str, str]]] = {
    "a.mp4": ("libx264", "yuv420p", {"x264-params": "bff=1", "qp": "4"}),
    "a.mkv": ("libx264", "yuv422p10le", {"x264-params": "bff=1", "qp": "4"}),
    "a.mxf": ("mpeg2video", "yuv422p", {"qscale": "1"}),
    "a.mov": ("prores_ks", "yuv422p10le", {}),
}


def woven(path: Path, flags: int = INTERLACED) -> Media:
    """Write frames whose lower field shows number 3k and whose upper one, later, 3k + 1.

    With 2k the last bit would stay the same in each field, which looks like fine lines that don't move.
    """
    codec, pixel_format, options = FILES.get(path.name, ("ffv1", "yuv420p", {}))
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=RATE, options=options)
        (stream.width, stream.height), stream.pix_fmt = SIZE, pixel_format
        stream.codec_context.flags |= flags
        for number in range(FRAMES):
            both = picture(3 * number, SIZE, "rgb24").to_ndarray()
            both[::2] = picture(3 * number + 1, SIZE, "rgb24").to_ndarray()[::2]
            frame = av.VideoFrame.from_ndarray(both, "rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, 1 / RATE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return media(path, probe(path))


def media(path: Path, info: Info) -> Media:
    return Media(
        url=path.name, path=path, fingerprint=fingerprint(path), rate=info.rate,
        available=FrameRange(start=0, count=info.frames), info=info,
    )  # fmt: skip


def pixels(frames: Any) -> Any:
    return np.stack([frame.to_ndarray() for frame in frames])


@pytest.mark.parametrize("name", FILES)
def test_a_plate_shows_the_earlier_field_of_each_frame_and_no_trace_of_the_other(
    tmp_path: Path, name: str
) -> None:
    source = woven(tmp_path / name)
    assert (source.info.interlaced, source.info.frames, source.info.rate) == (True, FRAMES, RATE)
    pull = pull_of(source, FrameRange(start=5, count=9), ())
    plate = export(Plate(pull=pull, preset="ffv1", path=tmp_path / "plate.mkv"))
    assert plate.info is not None
    assert (plate.info.interlaced, plate.info.frames, plate.info.rate) == (False, 9, RATE)
    assert read_numbers(plate.path) == [*range(15, 42, 3)]
    upper = [read_number(each.reformat(format="gray")) for each in above(plate.path)]
    assert upper == [*range(15, 42, 3)]


def above(path: Path) -> list[Any]:
    """Return the frames of a file one line higher, so that the lines of the other field are read."""
    with av.open(str(path)) as file:
        grays = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
    return [av.VideoFrame.from_ndarray(np.roll(gray, 1, axis=0), "gray") for gray in grays]


def test_where_frames_do_not_say_it_the_file_says_which_field_is_the_earlier_one(tmp_path: Path) -> None:
    source = woven(tmp_path / "silent.mkv", 0)
    assert not source.info.interlaced
    for bottom_first, shown in ((True, [15, 18, 21, 24]), (False, [16, 19, 22, 25])):
        told = source.info.model_copy(update={"interlaced": True, "bottom_first": bottom_first})
        assert [read_number(each) for each in read_media(media(source.path, told), 5, 4)] == shown


@pytest.mark.parametrize("name", FILES)
def test_a_frame_looks_the_same_wherever_a_pull_begins_and_ends(tmp_path: Path, name: str) -> None:
    source = woven(tmp_path / name)
    whole = pixels(read_media(source, 0, FRAMES))
    for first, count in ((0, 1), (0, 5), (7, 9), (FRAMES - 1, 1), (FRAMES - 6, 6)):
        assert (pixels(read_media(source, first, count)) == whole[first : first + count]).all()


def test_format_and_tags_stay_and_what_is_not_interlaced_stays_as_it_is(tmp_path: Path) -> None:
    source = woven(tmp_path / "a.mxf")
    with av.open(str(source.path)) as file:
        before = next(file.decode(video=0))
    after = next(read_media(source, 0, 1))
    assert after.format.name == before.format.name == "yuv422p"
    tags = ("color_range", "colorspace", "color_primaries", "color_trc")
    assert [getattr(after, tag) for tag in tags] == [getattr(before, tag) for tag in tags]
    plain = media(source.path, source.info.model_copy(update={"interlaced": False}))
    assert (next(read_media(plain, 0, 1)).to_ndarray() == before.to_ndarray()).all()
