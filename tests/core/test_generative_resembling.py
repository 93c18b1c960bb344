"""A new picture begins with its still, and a bridge ends with the other: seen at any size, crop and codec."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from uprez.media.judging import ALIKE, STRANGE, judge_made
from uprez.media.making import finish_made
from uprez.media.probe import fingerprint, probe
from uprez.media.resembling import resemblance, shape, small_still
from uprez.media.writing import VideoWriter
from uprez.model import Call, Media, Plate, Pull, Size
from uprez.orders import Order, Recipe
from uprez.testing.clips import BT709, make_clip, picture, read_number, read_numbers
from uprez.times import FrameRange

RATE = Fraction(24)


def still(path: Path, number: int, size: tuple[int, int] = (320, 180)) -> Path:
    return make_clip(
        path, frames=1, first=number, size=size, codec="png", pixel_format="rgb24", colour=None
    )  # fmt: skip


def film(path: Path, frames: list[Any], codec: Any = "ffv1") -> Path:
    width, height = frames[0].width, frames[0].height
    with VideoWriter(
        path, codec, width=width, height=height, rate=RATE, colour=BT709, sample_aspect=Fraction(1),
        pixel_format_like="yuv420p",
    ) as out:  # fmt: skip
        for frame in frames:
            out.write(frame)
    return path


def like(one: Path, other: Path) -> float:
    return resemblance(small_still(one), shape(one), small_still(other), shape(other))


def order(folder: Path, first: int, count: int, last: int | None = None) -> Order:
    path = still(folder / f"first{first}.png", first)
    frames = FrameRange(start=0, count=count)
    media = Media(
        url=path.name, path=path, fingerprint=fingerprint(path), rate=RATE, available=frames, info=probe(path)
    )  # fmt: skip
    pull = Pull(id="p", media=media, frames=frames, shots=("s",))
    extra = {} if last is None else {"last": still(folder / f"last{last}.png", last)}
    recipe = Recipe(size=Size(scale=Fraction(1)), render="ffv1")
    return Order(
        plate=Plate(pull=pull, preset="still", path=path), recipe=recipe, width=320, height=180,
        frames=count, rate=RATE, extra=extra,
    )  # fmt: skip


def numbered(path: Path, numbers: list[int], size: tuple[int, int] = (128, 72)) -> Path:
    return film(path, [picture(number, size) for number in numbers])


def dimmed(frame: Any) -> Any:
    """Darken a picture and lower its contrast, as a model's own taste might."""
    planes = frame.to_ndarray()
    planes[: frame.height] = (30 + planes[: frame.height] * 0.6).astype(np.uint8)
    return type(frame).from_ndarray(planes, format="yuv420p")


def cropped(frame: Any, width: int) -> Any:
    """Cut the middle out of a picture."""
    planes, left = frame.reformat(format="gray").to_ndarray(), (frame.width - width) // 2
    middle = np.ascontiguousarray(planes[:, left : left + width])
    return type(frame).from_ndarray(middle, format="gray").reformat(format="yuv420p")


def boxed(frame: Any) -> Any:
    """Put a picture into a wider one, with black at its sides."""
    inner = frame.to_ndarray()
    height, width = frame.height, frame.width
    wide = np.full((height * 3 // 2, 2 * width), 128, np.uint8)
    wide[:height] = 16
    wide[:height, width // 2 : width // 2 + width] = inner[:height]
    return type(frame).from_ndarray(wide, format="yuv420p")


@pytest.mark.parametrize("size", [(1280, 720), (64, 36), (128, 72)])
def test_the_same_picture_is_known_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    one = still(tmp_path / "one.png", 7)
    assert like(one, film(tmp_path / "other.mkv", [picture(7, size)])) > 0.95


@pytest.mark.parametrize("width", [240, 180, 100])
def test_it_is_known_with_its_sides_cut_off_and_stretched(tmp_path: Path, width: int) -> None:
    one, whole = still(tmp_path / "one.png", 7), picture(7, (320, 180))
    middle = cropped(whole, width)
    assert like(one, film(tmp_path / "middle.mkv", [middle])) > 0.95
    stretched = whole.reformat(width=width, height=180)
    assert like(one, film(tmp_path / "stretched.mkv", [stretched])) > 0.95


def test_it_is_known_dimmed_compressed_and_in_a_box(tmp_path: Path) -> None:
    one = still(tmp_path / "one.png", 7)
    square = still(tmp_path / "square.png", 7, (180, 180))
    assert like(one, film(tmp_path / "dim.mkv", [dimmed(picture(7, (320, 180)))])) > 0.95
    assert like(one, film(tmp_path / "small.mov", [picture(7, (320, 180))], "h264")) > 0.95
    assert like(square, film(tmp_path / "boxed.mkv", [boxed(picture(7, (180, 180)))])) > 0.95


def test_another_picture_is_told_apart(tmp_path: Path) -> None:
    one = still(tmp_path / "one.png", 7)
    for number in (14, 16, 20):
        assert like(one, film(tmp_path / f"{number}.mkv", [picture(number, (320, 180))])) < STRANGE


def test_flat_pictures_are_compared_by_their_level(tmp_path: Path) -> None:
    def flat(level: int) -> Path:
        planes = np.full((108, 128), 128, np.uint8)
        planes[:72] = level
        frame = type(picture(0, (128, 72))).from_ndarray(planes, format="yuv420p")
        return film(tmp_path / f"flat{level}.mkv", [frame])

    assert like(flat(100), flat(104)) > 0.9
    assert like(flat(40), flat(200)) < STRANGE
    assert like(flat(118), film(tmp_path / "busy.mkv", [picture(3, (128, 72))])) < ALIKE


@pytest.mark.parametrize(
    ("first", "call", "said"),
    [
        (5, Call.MATCH, "begins with the picture"),
        (9, Call.UNSURE, "does not show"),
        (14, Call.WRONG, "does not"),
    ],
)
def test_a_clip_that_begins_with_its_still_passes_and_others_say_why(tmp_path, first, call, said) -> None:
    made = numbered(tmp_path / "made.mkv", list(range(first, first + 12)))
    verdict = judge_made(made, order(tmp_path, 5, 12))
    assert verdict.call is call
    assert said in verdict.findings[0]
    assert verdict.findings[-1] == "generative: not compared with the source"


def test_a_bridge_must_end_on_the_other_picture(tmp_path: Path) -> None:
    asked = order(tmp_path, 5, 12, last=27)
    good = numbered(tmp_path / "good.mkv", [5 + 2 * step for step in range(12)])
    assert judge_made(good, asked).call is Call.MATCH
    cut_off = numbered(tmp_path / "cut.mkv", list(range(5, 17)))
    verdict = judge_made(cut_off, asked)
    assert verdict.call is Call.WRONG
    assert "its last frame does not show the picture" in verdict.findings[0]


def test_a_bridge_that_came_longer_is_spread_so_that_both_ends_are_seen(tmp_path: Path) -> None:
    asked = order(tmp_path, 5, 12, last=27)
    came = numbered(tmp_path / "came.mkv", list(range(5, 28)))
    finish_made(came, asked, tmp_path / "made.mkv")
    assert read_numbers(tmp_path / "made.mkv") == [5 + 2 * step for step in range(12)]
    verdict = judge_made(tmp_path / "made.mkv", asked, came)
    assert verdict.call is Call.MATCH
    assert verdict.warnings == ("it is played at 2.00 times its speed, so that both of its ends are seen",)


def test_a_clip_from_a_still_that_came_longer_is_cut_off(tmp_path: Path) -> None:
    came = numbered(tmp_path / "came.mkv", list(range(5, 28)))
    finish_made(came, order(tmp_path, 5, 12), tmp_path / "made.mkv")
    assert read_numbers(tmp_path / "made.mkv") == list(range(5, 17))


def test_one_frame_of_a_clip_becomes_a_still_that_shows_it(tmp_path: Path) -> None:
    from uprez.media.export import export_still
    from uprez.testing.clips import decoded

    clip = make_clip(
        tmp_path / "clip.mov", frames=24, size=(160, 90), codec="prores_ks", pixel_format="yuv422p10le"
    )
    info = probe(clip)
    media = Media(
        url="clip.mov", path=clip, fingerprint="f", rate=info.rate,
        available=FrameRange(start=0, count=24), info=info,
    )  # fmt: skip
    export_still(media, 19, tmp_path / "frame.png")
    (frame,) = decoded(tmp_path / "frame.png")
    assert (read_number(frame), frame.format.name) == (19, "rgb24")
    told = picture(19, (160, 90)).reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    apart = np.abs(frame.to_ndarray().astype(int) - told.to_ndarray().astype(int))
    assert apart.mean() < 3
