"""Every mutation is found, and no honest upscale raises an alarm."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from uprez.media.compare import verify_files
from uprez.model import Call
from uprez.testing.clips import BT709, decoded, make_clip, picture

FRAMES, SIZE, LARGE = 30, (320, 180), (640, 360)
Frames = list[Any]


def write(
    path: Path, frames: Frames, codec: str = "ffv1", options: dict[str, str] | None = None, **tags: int
) -> Path:
    pixel_format = {"prores": "yuv422p10le", "dnxhd": "yuv422p", "libx265": "yuv420p10le"}.get(
        codec, "yuv420p"
    )
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=Fraction(24), options=options or {})
        video.width, video.height, video.pix_fmt = frames[0].width, frames[0].height, pixel_format
        for target in (video.codec_context, *frames):
            target.color_primaries, target.color_trc, target.colorspace = 1, 1, 1
            target.color_range = tags.get("range", BT709.range)
        for index, frame in enumerate(frames):
            copy = frame.reformat(format=pixel_format)
            copy.pts, copy.time_base, copy.pict_type = index, Fraction(1, 24), 0
            out.mux(video.encode(copy))
        out.mux(video.encode(None))
    return path


def enlarged(frames: Frames, kernel: str = "LANCZOS") -> Frames:
    return [frame.reformat(width=LARGE[0], height=LARGE[1], interpolation=kernel) for frame in frames]


def changed(frames: Frames, change: Callable[[np.ndarray], np.ndarray]) -> Frames:
    """Change the luma codes of every frame; planes of yuv420p."""
    result = []
    for frame in frames:
        planes = frame.to_ndarray().astype(float)
        planes[: frame.height] = change(planes[: frame.height])
        result.append(
            av.VideoFrame.from_ndarray(planes.clip(0, 255).round().astype(np.uint8), format="yuv420p")
        )
    return result


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("plate") / "plate.mkv", frames=FRAMES, size=SIZE)


@pytest.fixture(scope="module")
def frames(plate: Path) -> Frames:
    return enlarged(list(decoded(plate)))


def grain(frames: Frames, strength: float) -> Frames:
    noise = np.random.default_rng(7)
    return changed(frames, lambda luma: luma + noise.normal(0, strength, luma.shape))


def swapped(frames: Frames, at: int) -> Frames:
    frames = list(frames)
    frames[at], frames[at + 1] = frames[at + 1], frames[at]
    return frames


MUTATIONS: dict[str, Callable[[Frames], Frames]] = {
    "first frame dropped": lambda f: f[1:],
    "last frame dropped": lambda f: f[:-1],
    "first frame dropped, last doubled": lambda f: [*f[1:], f[-1]],
    "last frame dropped, first doubled": lambda f: [f[0], *f[:-1]],
    "one doubled in the middle": lambda f: [*f[:20], f[19], *f[20:]],
    "one doubled in the middle, last dropped": lambda f: [*f[:20], f[19], *f[20:-1]],
    "one replaced by its neighbour": lambda f: [*f[:20], f[19], *f[21:]],
    "one dropped in the middle, last doubled": lambda f: [*f[:20], *f[21:], f[-1]],
    "shifted by two": lambda f: [f[0], f[0], *f[:-2]],
    "two swapped": lambda f: swapped(f, 20),
    "first two swapped": lambda f: swapped(f, 0),
    "last two swapped": lambda f: swapped(f, FRAMES - 2),
    "gamma": lambda f: changed(f, lambda luma: 16 + 219 * ((luma - 16).clip(0) / 219) ** (1 / 1.15)),
    "limited to full range": lambda f: changed(f, lambda luma: (luma - 16) * 255 / 219),
    "full to limited range": lambda f: changed(f, lambda luma: 16 + luma * 219 / 255),
    "brighter": lambda f: changed(f, lambda luma: luma + 10),
    "another clip": lambda f: [picture(900 + 31 * n, LARGE) for n in range(FRAMES)],
    "black": lambda f: changed(f, lambda luma: luma * 0 + 16),
    "frozen": lambda f: [f[0]] * FRAMES,
    "frozen from the middle": lambda f: [*f[:20], *[f[20]] * (FRAMES - 20)],
    "reversed": lambda f: f[::-1],
    "mirrored": lambda f: changed(f, lambda luma: luma[:, ::-1]),
}  # fmt: skip

HONEST: dict[str, Callable[[Frames], Frames]] = {
    "lanczos": lambda f: f,
    "light grain": lambda f: grain(f, 3),
    "heavy grain": lambda f: grain(f, 8),
    "sharper": lambda f: changed(f, sharpened),
    "softer": lambda f: [frame.reformat(*SIZE).reformat(*LARGE, interpolation="BILINEAR") for frame in f],
}


def sharpened(luma: np.ndarray) -> np.ndarray:
    around = sum(np.roll(luma, shift, axis) for shift in (-1, 1) for axis in (0, 1)) / 4
    return luma + 0.5 * (luma - around)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_never_called_a_match(name: str, plate: Path, frames: Frames, tmp_path: Path) -> None:
    verdict = verify_files(plate, write(tmp_path / "render.mkv", MUTATIONS[name](frames)))
    assert verdict.call in (Call.WRONG, Call.OFFSET), verdict
    assert verdict.findings


@pytest.mark.parametrize(("late", "offset"), [(True, 1), (False, -1)])
def test_a_pure_shift_says_by_how_many_frames(
    late: bool, offset: int, plate: Path, frames: Frames, tmp_path: Path
) -> None:
    shifted = [frames[0], *frames[:-1]] if late else [*frames[1:], frames[-1]]
    verdict = verify_files(plate, write(tmp_path / "render.mkv", shifted))
    assert (verdict.call, verdict.offset) == (Call.OFFSET, offset)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_upscale_matches(name: str, plate: Path, frames: Frames, tmp_path: Path) -> None:
    verdict = verify_files(plate, write(tmp_path / "render.mkv", HONEST[name](frames)))
    assert verdict.call is Call.MATCH, verdict


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", {"crf": "18"}),
        ("libx264", {"crf": "28"}),
        ("libx265", {"crf": "20", "x265-params": "log-level=error"}),
        ("prores", {}),
        ("dnxhd", {"profile": "dnxhr_hq"}),
    ],
)
def test_the_losses_of_an_honest_codec_match(
    codec: str, options: dict[str, str], plate: Path, frames: Frames, tmp_path: Path
) -> None:
    verdict = verify_files(plate, write(tmp_path / "render.mov", frames, codec, options))
    assert verdict.call is Call.MATCH, verdict


def test_a_truncated_file_is_wrong(plate: Path, frames: Frames, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.mkv", frames)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    assert verify_files(plate, cut).call is Call.WRONG


def test_a_flipped_range_tag_is_wrong(plate: Path, frames: Frames, tmp_path: Path) -> None:
    own = changed(frames, lambda luma: luma)  # the tag stays on them
    verdict = verify_files(plate, write(tmp_path / "render.mkv", own, range=2))
    assert verdict.call is Call.WRONG
    assert "range" in verdict.findings[0]


def test_another_shape_is_wrong(plate: Path, frames: Frames, tmp_path: Path) -> None:
    squeezed = [frame.reformat(width=500, height=360) for frame in frames]
    assert verify_files(plate, write(tmp_path / "render.mkv", squeezed)).call is Call.WRONG


def still_frames(noise: float) -> Iterator[Any]:
    rng = np.random.default_rng(3)
    base = picture(5, SIZE, still=True).to_ndarray().astype(float)
    for _ in range(FRAMES):
        noisy = base + rng.normal(0, noise, base.shape) if noise else base
        yield av.VideoFrame.from_ndarray(noisy.clip(16, 235).round().astype(np.uint8), format="yuv420p")


def test_a_shot_whose_frames_are_all_the_same_matches(tmp_path: Path) -> None:
    plate = write(tmp_path / "plate.mkv", list(still_frames(0)))
    render = write(tmp_path / "render.mkv", enlarged(list(decoded(plate))))
    assert verify_files(plate, render).call is Call.MATCH


def test_a_still_shot_with_only_grain_lost_in_coding_is_not_called_sure(tmp_path: Path) -> None:
    plate = write(tmp_path / "plate.mkv", list(still_frames(1)))
    render = write(tmp_path / "render.mov", enlarged(list(decoded(plate))), "libx264", {"crf": "40"})
    assert verify_files(plate, render).call is Call.UNSURE


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_short_clips_are_judged_by_what_they_have(count: int, plate: Path, tmp_path: Path) -> None:
    frames = list(decoded(plate))[:count]
    short = write(tmp_path / "plate.mkv", frames)
    assert verify_files(short, write(tmp_path / "right.mkv", enlarged(frames))).call is Call.MATCH
    other = [picture(700 + n, LARGE) for n in range(count)]
    assert verify_files(short, write(tmp_path / "wrong.mkv", other)).call is Call.WRONG
