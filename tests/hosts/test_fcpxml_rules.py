"""What is written keeps the rules of Apple's document type: known attributes, and all in its place."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hosts.corpus_fcpxml import seconds
from hosts.fcpxml_scene import Scene, clip, rendered, shots, time

from uprez.model import Manner
from uprez_otio.host import OtioHost

NAMES = {
    "asset": """id name uid start duration hasVideo format hasAudio videoSources audioSources audioChannels
        audioRate customLUTOverride colorSpaceOverride projectionOverride stereoscopicOverride
        auxVideoFlags""",
    "format": """id name frameDuration fieldOrder width height paspH paspV colorSpace projection
        stereoscopic""",
    "media-rep": "kind sig src suggestedFilename",
}
INSIDE = """note conform-rate timeMap object-tracker adjust-crop adjust-corners adjust-conform
    adjust-transform adjust-blend adjust-colorConform adjust-volume asset-clip marker metadata"""
"""The order of what the clips here hold."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> ET.Element:
    scene = Scene(tmp_path_factory.mktemp("rules"))
    extra = ' customLUTOverride="0 (None)" colorSpaceOverride="9-18-9"'
    scene.asset("a.mkv", identity="r2", first=240, more=extra)
    scene.asset("b.mkv", identity="r30")
    inside = (
        '<note>n</note><conform-rate scaleEnabled="0"/><adjust-conform type="none"/>'
        f'<adjust-blend amount="1"/><adjust-volume amount="0dB"/><marker start="{time(262)}" value="m"/>'
    )
    other = clip("r30", 5, 10, at=10, more=' format="r1"')
    file = scene.write(clip("r2", 260, 10, at=0, inside=inside), other)
    relinks = rendered(shots(file), file.parent / "renders")
    output = OtioHost(str(file)).relink(relinks, Manner()).output
    return ET.parse(output).getroot()


def test_each_id_is_one_and_each_reference_leads_to_its_kind(written: ET.Element) -> None:
    ids = [each.get("id") for each in written.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    kinds = {each.get("id"): each.tag for each in written.iter() if each.get("id")}
    assert {kinds[each.get("format", "")] for each in written.iter() if each.get("format")} == {"format"}
    assert {kinds[each.get("ref", "")] for each in written.iter("asset-clip")} == {"asset"}


@pytest.mark.parametrize("tag", NAMES)
def test_resources_have_only_attributes_that_apple_knows(tag: str, written: ET.Element) -> None:
    found = list(written.iter(tag))
    assert len(found) == {"asset": 4, "format": 2, "media-rep": 4}[tag]
    assert {name for each in found for name in each.attrib} <= set(NAMES[tag].split())


def test_resources_have_what_they_must(written: ET.Element) -> None:
    assert {tuple(each.tag for each in asset) for asset in written.iter("asset")} == {
        ("media-rep", "metadata")
    }
    assert all(rep.get("src") for rep in written.iter("media-rep"))
    for form in written.iter("format"):
        assert {"id", "frameDuration", "width", "height"} <= set(form.attrib)


def test_resources_come_before_they_could_be_mistaken(written: ET.Element) -> None:
    resources = written.find("resources")
    assert resources is not None
    assert [each.tag for each in written] == ["resources", "library"]
    assert {each.tag for each in resources} == {"asset", "format"}


def test_what_a_clip_holds_stays_in_apples_order(written: ET.Element) -> None:
    for element in written.iter("asset-clip"):
        order = [INSIDE.split().index(each.tag) for each in element]
        assert order == sorted(order)
    assert len(list(written.iter("adjust-transform"))) == 1


def test_a_renders_asset_says_nothing_of_the_original_file(written: ET.Element) -> None:
    homes = [(asset, asset.find("media-rep")) for asset in written.iter("asset")]
    renders = [(asset, rep) for asset, rep in homes if rep is not None and "render" in rep.get("src", "")]
    assert len(renders) == 2
    for asset, rep in renders:
        assert (asset.get("uid"), rep.get("sig"), rep.find("bookmark")) == (None, None, None)
        assert asset.find("metadata/md") is not None


def test_times_are_whole_frames_of_their_media(written: ET.Element) -> None:
    for asset in written.iter("asset"):
        for name in ("start", "duration"):
            assert (seconds(asset.get(name)) * 24).denominator == 1
