"""What the small pictures alone can prove: hard material, no codecs."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from uprez.media.compare import Codes, measured
from uprez.model import Call, Colour, Info, Verdict
from uprez.verify import Wanted, judge

COUNT = 48
BT709 = Colour(primaries=1, transfer=1, matrix=1, range=1)
Row = list[Codes]


def info(frames: int) -> Info:
    return Info(
        container="matroska",
        codec="ffv1",
        rate=Fraction(24),
        frames=frames,
        width=320,
        height=180,
        pixel_format="yuv420p",
        bits=8,
        colour=BT709,
    )


def verdict(plate: Row, render: Row) -> Verdict:
    wanted = Wanted(
        frames=len(plate), rate=Fraction(24), width=None, height=None, sample_aspect=Fraction(1), colour=BT709
    )
    return judge(wanted, info(len(plate)), info(len(render)), measured(plate, render))


def coded(luma: np.ndarray) -> Codes:
    planes = np.full((3, 72, 128), 128, np.uint8)
    planes[0] = luma.clip(16, 235).round()
    return planes


def texture(seed: int, width: int = 128) -> np.ndarray:
    spectrum = np.fft.rfft2(np.random.default_rng(seed).normal(size=(72, width)))
    y, x = np.fft.fftfreq(72)[:, None], np.fft.rfftfreq(width)[None]
    soft = np.fft.irfft2(spectrum / (np.hypot(x, y) + 0.01), (72, width))
    return np.asarray(120 + 40 * soft / soft.std())


def pan(speed: float, count: int = COUNT) -> Row:
    wide, way = np.fft.rfft(texture(1, 256), axis=1), 2j * np.pi * np.fft.rfftfreq(256)[None] * speed
    return [coded(np.fft.irfft(wide * np.exp(way * n), axis=1)[:, :128]) for n in range(count)]


def lit(level: Callable[[int], float], count: int = COUNT) -> Row:
    return [coded(16 + (texture(2) - 16) * level(n)) for n in range(count)]


def grainy(strength: float, count: int = COUNT) -> Row:
    random = np.random.default_rng(4)
    return [coded(texture(3) + random.normal(0, strength, (72, 128))) for _ in range(count)]


def cuts(count: int = COUNT) -> Row:
    lengths = [7, 1, 12, 2, 26]
    scenes = [(scene, step) for scene, length in enumerate(lengths) for step in range(length)]
    return [coded(np.roll(texture(20 + scene), step, axis=1)) for scene, step in scenes][:count]


def twos(count: int = COUNT) -> Row:
    return [coded(np.roll(texture(6), n // 2, axis=1)) for n in range(count)]


def upscaled(row: Row, noise: float = 0.6, sharper: float = 0.3) -> Row:
    """Do to small pictures what an upscale and a codec leave of them: more detail, and some noise."""
    random, result = np.random.default_rng(9), []
    for codes in row:
        luma = codes[0].astype(float)
        around = sum(np.roll(luma, shift, axis) for shift in (-1, 1) for axis in (0, 1)) / 4
        result.append(coded(luma + sharper * (luma - around) + random.normal(0, noise, luma.shape)))
    return result


PLATES: dict[str, Callable[[], Row]] = {
    "a pan": lambda: pan(1.0),
    "a gentle pan": lambda: pan(0.1),
    "a very gentle pan": lambda: pan(0.02),
    "cuts": cuts,
    "on twos": twos,
    "flashing": lambda: lit(lambda n: 1.25 if n % 9 == 4 or n % 14 == 3 else 0.9),
    "a fade to black": lambda: lit(lambda n: max(0.0, 1 - n / 44)),
    "grain": lambda: grainy(2.0),
    "faint grain": lambda: grainy(0.4),
}
SURE = ("a pan", "a gentle pan", "cuts", "on twos", "flashing", "grain")
ORDERS: dict[str, Callable[[list[int]], list[int]]] = {
    "early by one": lambda n: [*n[1:], n[-1]],
    "late by one": lambda n: [n[0], *n[:-1]],
    "late by two": lambda n: [n[0], n[0], *n[:-2]],
    "dropped at the middle, last doubled": lambda n: [*n[:20], *n[21:], n[-1]],
    "dropped near the end, last doubled": lambda n: [*n[:43], *n[44:], n[-1]],
    "doubled, another dropped": lambda n: [*n[:15], n[14], *n[15:30], *n[31:]],
    "one repeats its neighbour": lambda n: [*n[:20], n[19], *n[21:]],
    "two swapped": lambda n: [*n[:20], n[21], n[20], *n[22:]],
    "first two swapped": lambda n: [n[1], n[0], *n[2:]],
    "last two swapped": lambda n: [*n[:-2], n[-1], n[-2]],
    "frozen": lambda n: [n[0]] * len(n),
    "frozen from the middle": lambda n: [*n[:24], *[n[24]] * (len(n) - 24)],
    "reversed": lambda n: n[::-1],
}


@cache
def made(name: str) -> tuple[Row, Row]:
    """Draw a plate and its upscale once for all tests."""
    frames = PLATES[name]()
    return frames, upscaled(frames)


def same(plate: Row, order: list[int]) -> bool:
    """Tell whether a mutation leaves nothing that anybody could see."""
    return all(
        np.abs(plate[shown].astype(int) - plate[frame]).max() <= 12
        and np.square(plate[shown].astype(float) - plate[frame])[0].mean() <= 0.0625
        for frame, shown in enumerate(order)
    )


@pytest.mark.parametrize("plate", PLATES)
@pytest.mark.parametrize("change", ORDERS)
def test_no_mutation_that_can_be_seen_is_a_match_on_hard_material(plate: str, change: str) -> None:
    frames, render = made(plate)
    order = ORDERS[change](list(range(COUNT)))
    found = verdict(frames, [render[shown] for shown in order])
    assert found.call is not Call.MATCH or same(frames, order), found
    if plate in ("a pan", "cuts") and not same(frames, order):
        assert found.call in (Call.WRONG, Call.OFFSET), found


@pytest.mark.parametrize("plate", PLATES)
def test_hard_material_upscaled_honestly_raises_no_alarm(plate: str) -> None:
    found = verdict(*made(plate))
    assert found.call is Call.MATCH or (plate not in SURE and found.call is Call.UNSURE), found


@pytest.mark.parametrize("offset", [-3, -2, -1, 1, 2, 3])
def test_an_offset_is_named_with_its_sign(offset: int) -> None:
    frames = pan(1.0, COUNT + 6)
    found = verdict(frames[3:-3], upscaled(frames)[3 - offset : 3 - offset + COUNT])
    assert (found.call, found.offset) == (Call.OFFSET, offset)


def test_a_shift_beyond_reach_is_wrong_and_names_no_offset() -> None:
    frames = pan(0.2, COUNT + 9)
    found = verdict(frames[9:], upscaled(frames)[:COUNT])
    assert (found.call, found.offset) == (Call.WRONG, None)


@pytest.mark.parametrize("level", [0, 255])
def test_one_blank_frame_in_the_middle_is_named(level: int) -> None:
    frames = pan(0.3)
    render = upscaled(frames)
    render[30] = coded(np.full((72, 128), float(level)))
    found = verdict(frames, render)
    assert found.call is Call.WRONG
    assert "frame 30" in found.findings[0]


def test_one_frame_of_another_picture_is_named() -> None:
    frames = pan(0.3)
    render = upscaled(frames)
    render[12] = coded(texture(77))
    found = verdict(frames, render)
    assert found.call is Call.WRONG
    assert "frame 12" in found.findings[0]


def test_a_long_run_of_another_picture_is_named_in_a_longer_clip() -> None:
    frames = pan(0.3, 240)
    render = upscaled(frames)
    render[100:116] = [coded(np.roll(texture(77), number, axis=1)) for number in range(16)]
    found = verdict(frames, render)
    assert found.call is Call.WRONG
    assert "100" in found.findings[0]


def test_a_picture_where_the_plate_is_black_is_wrong() -> None:
    black = [coded(np.full((72, 128), 16.0))] * COUNT
    assert verdict(black, black).call is Call.MATCH
    noise = np.random.default_rng(5)
    noisy = [coded(16 + np.abs(noise.normal(0, 12, (72, 128)))) for _ in range(COUNT)]
    assert verdict(black, noisy).call is Call.WRONG


def test_a_still_title_that_fades_in_is_no_still_shot() -> None:
    frames = lit(lambda n: min(1.0, 0.2 + n / 20))
    shifted = [frames[0], *frames[:-1]]
    assert verdict(frames, upscaled(shifted)).call is not Call.MATCH


def test_a_plate_of_one_picture_matches_and_says_why() -> None:
    frames = lit(lambda n: 1.0)
    found = verdict(frames, upscaled(frames))
    assert found.call is Call.MATCH
    assert "still" in found.findings[0]


def test_a_render_that_averages_its_neighbours_is_not_called_sure() -> None:
    frames = grainy(2.0)
    mixed = [coded((one[0].astype(float) + other[0]) / 2) for one, other in pairwise(frames)]
    assert verdict(frames, upscaled([*mixed, frames[-1]])).call is not Call.MATCH


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10])
def test_a_short_clip_matches_itself_and_nothing_else(count: int) -> None:
    frames = pan(1.0, count)
    render = upscaled(frames)
    assert verdict(frames, render).call is Call.MATCH
    assert verdict(frames, upscaled(cuts()[:count])).call is Call.WRONG
    if count > 1:
        assert verdict(frames, [*render[1:], render[-1]]).call is not Call.MATCH
        assert verdict(frames, render[::-1]).call is not Call.MATCH


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda luma: 16 + 219 * ((luma - 16).clip(0) / 219) ** 1.1, "gamma"),
        (lambda luma: (luma - 16) * 255 / 219, "full range"),
        (lambda luma: 16 + luma * 219 / 255, "limited range"),
        (lambda luma: luma + 6, "levels"),
    ],
)
def test_a_drift_of_colour_is_named(change: Callable[[np.ndarray], np.ndarray], says: str) -> None:
    frames = pan(0.5)
    changed = [coded(change(codes[0].astype(float))) for codes in upscaled(frames)]
    found = verdict(frames, changed)
    assert found.call is Call.WRONG
    assert any(says in finding for finding in found.findings), found


def test_chroma_that_went_into_luma_is_another_matrix() -> None:
    frames = pan(0.5)
    for frame in frames:
        frame[1], frame[2] = texture(31).clip(16, 240), texture(32).clip(16, 240)
    moved = [frame.copy() for frame in frames]
    for frame in moved:
        luma, blue, red = frame.astype(float)
        frame[0] = (luma + 0.1016 * (blue - 128) + 0.1961 * (red - 128)).clip(0, 255)
    assert verdict(frames, frames).call is Call.MATCH
    found = verdict(frames, moved)
    assert found.call is Call.WRONG
    assert any("matrix" in finding for finding in found.findings), found
