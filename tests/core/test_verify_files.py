"""What only files can show: ranges, stills, damage, and letting go of them."""

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from uprez.media.compare import compare, verify_files
from uprez.media.probe import probe
from uprez.model import Call, Colour
from uprez.testing.clips import decoded, make_clip, picture
from uprez.verify import Wanted

FULL = Colour(primaries=1, transfer=1, matrix=1, range=2)


def still(path: Path, number: int, size: tuple[int, int], codec: str, pixel_format: str) -> Path:
    frame = picture(number, (160, 90)).reformat(*size, pixel_format, interpolation="LANCZOS")
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        frame.pts, frame.time_base = 0, Fraction(1, 24)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def doubled(plate: Path, to: Path, colour: Colour | None, codec: str = "libx264") -> Path:
    frames = list(decoded(plate))
    with av.open(str(to), "w") as out:
        stream: Any = out.add_stream(codec, rate=24, options={"g": "12"})
        stream.width, stream.height, stream.pix_fmt = 2 * frames[0].width, 2 * frames[0].height, "yuv420p"
        for target in (stream.codec_context, *frames) if colour else ():
            target.color_primaries, target.color_trc = colour.primaries, colour.transfer
            target.colorspace, target.color_range = colour.matrix, colour.range
        for number, frame in enumerate(frames):
            large = frame.reformat(stream.width, stream.height, interpolation="LANCZOS")
            large.pts, large.time_base, large.pict_type = number, Fraction(1, 24), 0
            out.mux(stream.encode(large))
        out.mux(stream.encode(None))
    return to


def test_full_range_matches_whatever_a_decoder_calls_its_pixels(tmp_path: Path) -> None:
    plate = make_clip(tmp_path / "plate.mkv", frames=16, size=(160, 90), colour=FULL)
    assert verify_files(plate, doubled(plate, tmp_path / "render.mp4", FULL)).call is Call.MATCH


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [("r.png", "png", "rgb24"), ("r.tiff", "tiff", "rgb48le"), ("r.jpg", "mjpeg", "yuvj420p")],
)
def test_a_still_matches_its_own_picture_only(
    name: str, codec: str, pixel_format: str, tmp_path: Path
) -> None:
    plate = still(tmp_path / "plate.png", 7, (160, 90), "png", "rgb24")
    right = still(tmp_path / name, 7, (320, 180), codec, pixel_format)
    assert verify_files(plate, right).call is Call.MATCH
    wrong = still(tmp_path / f"other-{name}", 400, (320, 180), codec, pixel_format)
    assert verify_files(plate, wrong).call is Call.WRONG


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_damage_in_the_middle_of_a_render_is_no_match(suffix: str, tmp_path: Path) -> None:
    plate = make_clip(tmp_path / "plate.mkv", frames=36, size=(160, 90))
    render = doubled(plate, tmp_path / f"render.{suffix}", None)
    whole = bytearray(render.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 1500] = np.random.default_rng(1).bytes(1500)
    render.write_bytes(whole)
    assert verify_files(plate, render).call is not Call.MATCH


def test_the_wanted_raster_is_demanded(tmp_path: Path) -> None:
    plate = make_clip(tmp_path / "plate.mkv", frames=12, size=(160, 90))
    render = doubled(plate, tmp_path / "render.mp4", probe(plate).colour)
    wanted = Wanted(
        frames=12,
        rate=Fraction(24),
        width=320,
        height=180,
        sample_aspect=Fraction(1),
        colour=probe(plate).colour,
    )
    assert compare(plate, render, wanted=wanted).call is Call.MATCH
    larger = wanted.model_copy(update={"width": 640, "height": 360})
    found = compare(plate, render, wanted=larger)
    assert found.call is Call.WRONG
    assert "320x180 instead of 640x360" in found.findings[0]
    wide = wanted.model_copy(update={"sample_aspect": Fraction(4, 3)})
    found = compare(plate, render, wanted=wide)
    assert found.call is Call.WRONG
    assert "pixels" in found.findings[0]


def test_a_comparison_broken_off_lets_both_files_go(tmp_path: Path) -> None:
    plate = make_clip(tmp_path / "plate.mkv", frames=60, size=(160, 90))
    info = probe(plate)
    wanted = Wanted(
        frames=60, rate=info.rate, width=None, height=None, sample_aspect=Fraction(1), colour=info.colour
    )

    def broken_off(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(plate, plate, wanted=wanted, progress=broken_off)
    assert not [thread for thread in threading.enumerate() if thread.name == "uprez verify"]
