"""Where pixels count one to one, a larger picture is scaled down again: nothing moves in the frame."""

from __future__ import annotations

import math
import random
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.fcpxml_scene import Scene, clip, relinked, rendered, shots

from uprez.model import Manner
from uprez_otio.edits import edited
from uprez_otio.formats.fcpx_framing import Grown, rescaled
from uprez_otio.host import OtioHost
from uprez_otio.xmltext import parse

NONE = '<adjust-conform type="none"/>'
HEIGHT = 1080


def cut(folder: Path, inside: str) -> Path:
    scene = Scene(folder)
    scene.asset("a.mkv", identity="r2")
    return scene.write(clip("r2", 20, 10, at=0, inside=inside))


@pytest.mark.parametrize("kind", ["fit", "fill"])
def test_what_is_scaled_to_the_frame_needs_nothing(kind: str, tmp_path: Path) -> None:
    inside = f'<adjust-conform type="{kind}"/><adjust-transform position="10 5" scale="1.5 1.5"/>'
    _, output = relinked(cut(tmp_path, inside))
    assert inside in output.read_text()


def test_a_scale_is_divided_by_the_growth_and_a_position_stays(tmp_path: Path) -> None:
    inside = f'{NONE}<adjust-transform position="10 5" rotation="12" scale="1.5 0.75"/>'
    _, output = relinked(cut(tmp_path, inside))
    assert '<adjust-transform position="10 5" rotation="12" scale="0.75 0.375"/>' in output.read_text()


def test_a_transform_is_added_where_there_is_none_right_after_the_conform(tmp_path: Path) -> None:
    file = cut(tmp_path, NONE + '<adjust-blend amount="0.5"/>')
    host = OtioHost(str(file))
    conform = host.relink(rendered(shots(file), tmp_path / "renders"), Manner())
    text = Path(conform.output).read_text()
    assert f'{NONE}<adjust-transform scale="0.5 0.5"/><adjust-blend' in text
    output = Path(conform.output)
    host.revert(output.with_name("cut_uprez.uprez-receipt.json"))
    assert output.read_bytes() == file.read_bytes()


def test_key_frames_are_divided_too(tmp_path: Path) -> None:
    keys = '<keyframe time="0s" value="1 1"/><keyframe time="1s" value="2 3"/>'
    inside = (
        f'{NONE}<adjust-transform><param name="position"><keyframeAnimation>'
        '<keyframe time="0s" value="4 4"/></keyframeAnimation></param>'
        f'<param name="scale"><keyframeAnimation>{keys}</keyframeAnimation></param></adjust-transform>'
    )
    _, output = relinked(cut(tmp_path, inside))
    assert re.findall(r'<keyframe time="\d+s" value="([^"]*)"', output.read_text()) == [
        "4 4",
        "0.5 0.5",
        "1 1.5",
    ]


@pytest.mark.parametrize(
    "inside",
    [
        f'<adjust-crop mode="trim"><trim-rect left="5"/></adjust-crop>{NONE}',
        f'<adjust-corners botLeft="1 1"/>{NONE}',
        f'{NONE}<adjust-transform anchor="3 0"/>',
        f'{NONE}<adjust-transform enabled="0" scale="2 2"/>',
        f'{NONE}<adjust-transform scale="big"/>',
    ],
)
def test_what_has_no_sure_answer_is_left_out_by_name(inside: str, tmp_path: Path) -> None:
    file = cut(tmp_path, inside)
    told = OtioHost(str(file)).rehearse(rendered(shots(file), tmp_path / "renders"), Manner())
    assert ["it is not scaled to the frame" in reason for reason in told.values()] == [True]


def test_a_crop_in_percent_of_a_fitted_picture_stays(tmp_path: Path) -> None:
    conform, _ = relinked(cut(tmp_path, '<adjust-crop mode="trim"><trim-rect left="5"/></adjust-crop>'))
    assert len(conform.relinked) == 1


def corners(
    size: tuple[float, float], scale: list[float], rotation: float, position: list[float]
) -> list[complex]:
    """Place the corners of a picture whose pixels are the frame's; positions are percent of its height."""
    turn = complex(math.cos(math.radians(rotation)), math.sin(math.radians(rotation)))
    middle = complex(*position) * HEIGHT / 100
    halves = [complex(x * size[0] * scale[0], y * size[1] * scale[1]) / 2 for x in (-1, 1) for y in (-1, 1)]
    return [middle + half * turn for half in halves]


def test_no_corner_of_a_thousand_moves_by_half_a_pixel() -> None:
    chance = random.Random(5)
    worst = 0.0
    for _ in range(1000):
        size = chance.randrange(64, 4096), chance.randrange(64, 2160)
        larger = chance.randrange(size[0], 8192), chance.randrange(size[1], 4320)
        scale = [chance.choice((-1, 1)) * chance.uniform(0.01, 6) for _ in range(2)]
        position, rotation = [chance.uniform(-200, 200) for _ in range(2)], chance.uniform(-360, 360)
        told = " ".join(f"{each:.6g}" for each in scale)
        text = f'<asset-clip>{NONE}<adjust-transform scale="{told}"/></asset-clip>'
        grown = Grown(Fraction(larger[0], size[0]), Fraction(larger[1], size[1]))
        after = edited(text, rescaled(text, parse(text), grown))[0]
        new = [float(each) for each in re.findall(r'scale="([^"]*)"', after)[0].split()]
        was = corners(size, [float(each) for each in told.split()], rotation, position)
        now = corners(larger, new, rotation, position)
        worst = max(worst, *(abs(one - other) for one, other in zip(was, now, strict=True)))
    assert worst < 0.001
