"""A picture keeps its size and place in the frame when its media gets more pixels."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hosts.corpus_fcp7 import blank
from hosts.fcp7_scene import (
    SIZE,
    again,
    clip_text,
    document_text,
    file_text,
    motion_text,
    relinked,
    sequence_text,
)

from uprez.model import Manner, Relink, Selection
from uprez_otio.edits import edited
from uprez_otio.formats.fcp7_framing import Growth, framed, why_not_framed
from uprez_otio.host import OtioHost
from uprez_otio.xmltext import parse

SCALE = "filter/effect[effectid='basic']/parameter[parameterid='scale']"
SHAPES = [(1280, 720), (1920, 1080), (1440, 1080), (720, 576), (640, 480), (3424, 2202), (854, 480)]


def media(folder: Path) -> Path:
    blank(folder / "a.mkv", 100, Fraction(25), SIZE, 1)
    return folder / "a.mkv"


def corners(
    size: tuple[int, int], scale: Fraction, turned: float, center: tuple[Fraction, Fraction]
) -> list[tuple[float, float]]:
    """Return where the corners of a picture lie from the middle of the frame, in the frame's pixels."""
    wide, high = float(size[0] * scale / 200), float(size[1] * scale / 200)
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    right, down = float(size[0] * center[0]), float(size[1] * center[1])
    return [
        (right + x * cos - y * sin, down + x * sin + y * cos) for x in (-wide, wide) for y in (-high, high)
    ]


def test_a_thousand_random_pictures_keep_their_corners_within_half_a_pixel() -> None:
    rng = random.Random(7)
    kept = 0
    for _ in range(1000):
        size = rng.choice(SHAPES)
        times = rng.choice([Fraction(2), Fraction(4), Fraction(3, 2), Fraction(2160, size[1])])
        new = round(size[0] * times / 2) * 2, round(size[1] * times / 2) * 2
        scale = Fraction(rng.randrange(100, 40000), 100)
        turned = rng.uniform(-180, 180)
        center = Fraction(rng.randrange(-9999, 9999), 10000), Fraction(rng.randrange(-9999, 9999), 10000)
        said = str(float(center[0])), str(float(center[1]))
        motion = motion_text(str(float(scale)), rotation=str(turned), center=said)
        text = f"<clipitem><out>9</out>{motion}</clipitem>"
        clip = parse(text)
        growth = Growth(Fraction(new[0], size[0]), Fraction(new[1], size[1]), size[1])
        if why_not_framed(clip, growth, "Premiere"):
            continue
        kept += 1
        after = ElementTree.fromstring(edited(text, framed(text, clip, growth, "Premiere"))[0])
        scaled = Fraction(after.findtext(f"{SCALE}/value") or 0)
        place = "filter/effect/parameter[parameterid='center']/value"
        moved = (
            Fraction(after.findtext(f"{place}/horiz") or 0),
            Fraction(after.findtext(f"{place}/vert") or 0),
        )
        pairs = zip(corners(size, scale, turned, center), corners(new, scaled, turned, moved), strict=True)
        assert max(math.dist(*pair) for pair in pairs) <= 0.5
    assert kept > 800


def test_keys_of_the_scale_are_divided_and_a_clip_without_one_gets_one(tmp_path: Path) -> None:
    moving = motion_text("150", [(40, "150"), (59, "100.5")])
    text = document_text(
        sequence_text(
            clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)), moving)
            + clip_text("b", (20, 40), (60, 80), again())
        )
    )
    done = relinked(tmp_path, text)
    first, second = ElementTree.fromstring(done.text).findall(".//clipitem")
    said = [each.text for each in first.findall(f"{SCALE}//value")]
    assert said == ["75", "75", "50.25"]
    assert second.findtext(f"{SCALE}/value") == "50"


@pytest.mark.parametrize("name", ["cut (Resolve)", "cut"])
def test_only_editors_that_count_media_pixels_are_compensated(name: str, tmp_path: Path) -> None:
    clip = clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)), motion_text("150"))
    done = relinked(tmp_path, document_text(sequence_text(clip, name=name, attributes="")))
    assert len(done.conform.relinked) == 1
    scale = ElementTree.fromstring(done.text).findtext(f".//{SCALE}/value")
    assert scale == ("150" if "Resolve" in name else "75")


def test_a_clip_moved_off_the_middle_is_moved_in_premiere_and_left_out_elsewhere(tmp_path: Path) -> None:
    aside = motion_text("90", center=("0.1", "-0.25"))
    clip = clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)), aside)
    done = relinked(tmp_path, document_text(sequence_text(clip)))
    assert "<horiz>0.05</horiz>" in done.text
    assert "<vert>-0.125</vert>" in done.text
    (tmp_path / "other").mkdir()
    other = relinked(tmp_path / "other", document_text(sequence_text(clip, attributes="")))
    assert other.conform.relinked == ()
    assert other.reasons["a"].endswith("editors read differently; give --match-size")


def test_an_anchor_off_the_middle_is_left_to_match_size(tmp_path: Path) -> None:
    aside = motion_text("90", center=("0.1", "0")).replace(">center<", ">centerOffset<")
    clip = clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)), aside)
    done = relinked(tmp_path, document_text(sequence_text(clip)))
    assert done.conform.relinked == ()
    assert done.reasons["a"].startswith("its anchor is off the middle")


def test_a_render_of_the_source_s_own_raster_changes_no_scale(tmp_path: Path) -> None:
    clip = clip_text(
        "a", (0, 20), (40, 60), file_text(media(tmp_path)), motion_text("90", center=("0.1", "0"))
    )
    before = tmp_path / "cut.xml"
    before.write_text(document_text(sequence_text(clip)))
    host = OtioHost(str(before))
    (shot,) = host.shots(Selection()).shots
    path = tmp_path / "render.mkv"
    blank(path, shot.source.count, shot.media.rate, SIZE, 3)
    relink = Relink(
        shot=shot.id,
        path=path,
        stands_for=shot.source,
        rate=shot.media.rate,
        width=SIZE[0],
        height=SIZE[1],
    )
    assert host.relink((relink,), Manner()).relinked == (shot.id,)
    assert ElementTree.parse(tmp_path / "cut_uprez.xml").findtext(f".//{SCALE}/value") == "90"
