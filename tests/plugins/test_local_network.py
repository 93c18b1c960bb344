"""The network and its guard: what comes out, where it stops, and what it is worth."""

import hashlib

import av
import numpy as np
import onnxruntime
import pytest

from uprez.media.scaling import Scaler
from uprez_local import network, upscaling
from uprez_local.guard import TILE, guard
from uprez_local.network import FILE, REACH, double
from uprez_local.planes import Plane, as_levels, codes_of, top_code
from uprez_local.upscaling import ByNetwork

PUBLISHED = "275a96531e6b3940fcdda693a45912946fcd087303061dda4123a45464419aa2"
GOLDEN = [0.007571, 0.624997, 0.93124, 0.897543, -0.141095]
GOLDEN_MEAN = 0.4961


def texture(height: int, width: int) -> Plane:
    """Draw hard edges of many directions over a soft ground, 0.1 to 0.9."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    rings = np.hypot(x - width / 3, y - height / 2)
    edges = np.where(np.sin(rings / 2.5) + np.sin((2 * x + y) / 9) > 0.4, 0.25, -0.25)
    drawn: Plane = (0.5 + edges + 0.15 * np.sin(x / 31 + y / 17)).astype(np.float32)
    return drawn


def frame_of(plane: Plane, pixel_format: str = "gray16le") -> av.VideoFrame:
    height, width = plane.shape
    frame = av.VideoFrame(width, height, pixel_format)
    for number in range(len(frame.planes)):
        codes_of(frame, number)[:] = 2 ** (frame.format.components[0].bits - 1)
    codes_of(frame)[:] = np.rint(plane * (2 ** frame.format.components[0].bits - 1))
    return frame


def halved(plane: Plane) -> Plane:
    height, width = plane.shape
    small = plane.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    return small.astype(np.float32)


def psnr(one: Plane, other: Plane) -> float:
    return float(-10 * np.log10(np.mean(np.square(one - other, dtype=np.float64))))


def test_the_shipped_network_is_the_published_one() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == PUBLISHED


def test_the_output_is_pinned() -> None:
    y, x = np.mgrid[0:12, 0:16]
    doubled = double(((x * 7 + y * 13) % 31 / 30).astype(np.float32))
    assert doubled.shape == (24, 32)
    found = [doubled[0, 0], doubled[5, 7], doubled[11, 16], doubled[12, 3], doubled[23, 31]]
    assert found == pytest.approx(GOLDEN, abs=1e-4)
    assert float(doubled.mean()) == pytest.approx(GOLDEN_MEAN, abs=1e-4)


def test_the_graph_laid_out_anew_computes_what_the_published_one_does() -> None:
    plane = np.random.default_rng(5).random((90, 70), dtype=np.float32)
    published = onnxruntime.InferenceSession(str(FILE), providers=["CPUExecutionProvider"])
    wanted = published.run(None, {"x": plane[None, None]})[0][0, 0]
    inside = slice(2 * REACH, -2 * REACH)
    assert np.abs(double(plane) - wanted)[inside, inside].max() < 1e-5


def test_tiles_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = np.random.default_rng(6).random((301, 211), dtype=np.float32)
    whole = network.run(np.pad(plane, REACH, mode="edge"))[2 * REACH : -2 * REACH, 2 * REACH : -2 * REACH]
    monkeypatch.setattr(network, "_WIDE", 64)
    assert np.abs(double(plane) - whole).max() < 1e-5


def test_a_plane_of_one_pixel_is_doubled_too() -> None:
    assert double(np.full((1, 1), 0.5, np.float32)) == pytest.approx(np.full((2, 2), 0.5), abs=0.01)


def test_the_network_beats_lanczos_on_a_textured_picture_and_at_its_edge() -> None:
    truth = texture(240, 320)
    small = frame_of(halved(truth))
    plain = as_levels(codes_of(Scaler(320, 240, "gray16le").scale(small)), 16)
    sharp = double(halved(truth))
    assert psnr(sharp, truth) > psnr(plain, truth) + 1
    assert psnr(sharp[:4], truth[:4]) > psnr(plain[:4], truth[:4])


@pytest.mark.parametrize("sigma", [30, 60, 127])
def test_noise_comes_back_as_noise(sigma: int) -> None:
    noise = np.random.default_rng(7).normal(0.5, sigma / 255, (128, 192)).clip(0, 1).astype(np.float32)
    small = frame_of(noise)
    plain = as_levels(codes_of(Scaler(384, 256, "gray16le").scale(small)), 16)
    tiles: list[int] = []
    sharp = as_levels(codes_of(ByNetwork(384, 256, "gray16le", tiles.append)(small)), 16)
    assert tiles == [0]
    assert np.sqrt(np.mean(np.square(sharp - plain))) < 0.4 * plain.std()


def test_the_guard_replaces_a_tile_that_explodes_and_no_other() -> None:
    plain = texture(TILE, 4 * TILE)
    good = plain + np.float32(0.01)
    for broken in (np.nan, np.inf, -90.0, 90.0):
        sharp = good.copy()
        sharp[3, TILE + 5] = broken
        assert guard(sharp, plain) == 1
        assert (sharp[:, TILE : 2 * TILE] == plain[:, TILE : 2 * TILE]).all()
        assert (sharp[:, :TILE] == good[:, :TILE]).all()
        assert (sharp[:, 2 * TILE :] == good[:, 2 * TILE :]).all()


def test_the_guard_leaves_hard_letters_alone() -> None:
    letters = np.zeros((48, 160), np.float32)
    letters[8:40, 10:150:7] = 1.0
    letters[20:22, 10:150] = 1.0
    tiles: list[int] = []
    ByNetwork(320, 96, "gray16le", tiles.append)(frame_of(letters))
    assert tiles == [0]


@pytest.mark.parametrize("size", [(128, 256), (96, 192)])
def test_a_frame_with_an_exploded_tile_is_whole(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    def exploding(plane: Plane) -> Plane:
        doubled = double(plane)
        doubled[10, 10] = np.nan
        return doubled

    monkeypatch.setattr(upscaling, "double", exploding)
    height, width = size
    small = frame_of(texture(64, 128), "yuv420p")
    plain = codes_of(Scaler(width, height, "yuv420p").scale(small)).astype(int).clip(16, 235)
    tiles: list[int] = []
    large = codes_of(ByNetwork(width, height, "yuv420p", tiles.append)(small)).astype(int)
    assert tiles == [1]
    assert (large[:TILE, :TILE] == plain[:TILE, :TILE]).all()
    assert (large[:TILE, TILE:] != plain[:TILE, TILE:]).any()


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("yuv420p", "yuv422p10le"),
        ("yuvj420p", "yuvj420p"),
        ("yuv422p10le", "yuv422p10le"),
        ("yuv444p12le", "yuv444p10le"),
        ("yuv420p16le", "yuv420p16le"),
    ],
)
def test_levels_stay_what_they_are_at_any_depth(source: str, wanted: str) -> None:
    flat = frame_of(np.full((40, 60), 0.4, np.float32), source)
    large = ByNetwork(120, 80, wanted)(flat)
    bits, into = flat.format.components[0].bits, large.format.components[0].bits
    level = codes_of(flat)[0, 0] / (2**bits - 1) * top_code(bits, into)
    assert large.format.name == wanted
    assert np.abs(codes_of(large) - level).max() <= 0.004 * 2**into
    assert {int(code) for number in (1, 2) for code in codes_of(large, number).flat} == {2 ** (into - 1)}


def test_legal_levels_stay_legal_and_full_ones_full() -> None:
    bars = np.tile(np.repeat([0.0, 1.0], 4), (40, 10)).astype(np.float32)
    legal = codes_of(ByNetwork(160, 80, "yuv420p")(frame_of((16 + 219 * bars) / 255, "yuv420p")))
    full = codes_of(ByNetwork(160, 80, "yuv420p")(frame_of(bars, "yuv420p")))
    assert (legal.min(), legal.max()) == (16, 235)
    assert (full.min(), full.max()) == (0, 255)


@pytest.mark.parametrize("name", ["rgb24", "rgb48be", "gbrp10le", "rgba64le"])
def test_rgb_gains_in_luma_and_changes_no_colour(name: str) -> None:
    truth = texture(120, 160)
    small, width, height = halved(truth), 160, 120
    tinted = av.VideoFrame(width // 2, height // 2, "gbrp16le")
    for plane, gain in enumerate((1.0, 0.5, 0.8)):
        codes_of(tinted, plane)[:] = np.rint(small * gain * 65535)
    source = Scaler(width // 2, height // 2, name).scale(tinted)
    wide = Scaler(width, height, "gbrp16le")
    sharp = wide.scale(ByNetwork(width, height, name)(source))
    plain = wide.scale(Scaler(width, height, name).scale(source))
    green = [as_levels(codes_of(frame, 0), 16) for frame in (sharp, plain)]
    assert psnr(green[0], truth) > psnr(green[1], truth) + 1
    for plane in (1, 2):
        moved = as_levels(codes_of(sharp, plane), 16) - as_levels(codes_of(plain, plane), 16)
        clipped = as_levels(codes_of(sharp, plane), 16) < 0.01
        assert np.abs(moved - (green[0] - green[1]))[~clipped].max() < 0.01
