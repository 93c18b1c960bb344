"""Broken and hostile FCPXML is one sentence, quickly, and no file is written."""

from __future__ import annotations

import random
import time as clock
from pathlib import Path

import pytest
from hosts.fcpxml_scene import Scene, clip, relinked, shots, time

from uprez.errors import HostError
from uprez_otio.formats.fcpx_rows import rows
from uprez_otio.host import OtioHost
from uprez_otio.limits import BadTimeline

BROKEN = {
    "": "it is empty",
    "<fcpxml version='1.11'>": "it is no whole XML",
    "<xmeml version='5'/>": "it is a <xmeml> and no FCPXML",
    "<fcpxml version='2.0'><resources/></fcpxml>": "it is FCPXML 2.0",
    "<fcpxml version='1.11'><resources/></fcpxml>": "it holds no project and no clip",
    "<!DOCTYPE fcpxml [<!ENTITY a 'aaaa'>]><fcpxml version='1.11'>&a;</fcpxml>": "it declares entities",
    "<fcpxml version='1.1'><project><sequence format='r9'/></project></fcpxml>": "no <format> with a frame",
}


@pytest.mark.parametrize("text", BROKEN, ids=BROKEN.values())
def test_what_is_wrong_is_one_sentence_with_the_files_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "cut.fcpxml"
    file.write_text(text)
    with pytest.raises(HostError) as refused:
        shots(file)
    told = str(refused.value)
    assert told.startswith(f"{file}: ")
    assert BROKEN[text] in told
    assert "\n" not in told


@pytest.mark.parametrize("words", ["1/0s", "x", "1/2/3s", "", "9" * 40 + "s", "1e9s", "-"])
def test_a_time_that_is_none_is_named(words: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(f'<asset-clip ref="r2" offset="0s" duration="{words}"/>')
    with pytest.raises(HostError, match="no number of seconds; export it again"):
        shots(file)


@pytest.mark.parametrize("length", ["-5s", "0s", "99999999999s", "1/3000000s"])
def test_a_length_that_makes_no_sense_is_no_traceback(length: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(
        f'<asset-clip ref="r2" offset="0s" name="odd" duration="{length}"/>', clip("r2", 5, 5, at=0)
    )
    assert "odd" in [left.name for left in shots(file).left_out]


def test_clips_that_hang_on_each_other_without_end_are_refused(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    many = '<asset-clip ref="r2" lane="1" duration="1s">' * 60 + "</asset-clip>" * 60
    with pytest.raises(HostError, match="hang on each other"):
        shots(scene.write(many))


def test_compounds_that_unfold_to_millions_are_refused_in_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    for number in range(10, 20):
        inner = "".join(f'<ref-clip ref="r{number + 1}" duration="1s"/>' for _ in range(10))
        inner = inner if number < 19 else clip("r2", 0, 24)
        scene.resources.append(
            f'<media id="r{number}"><sequence format="r1"><spine>{inner}</spine></sequence></media>'
        )
    file = scene.write('<ref-clip ref="r10" offset="0s" duration="1s"/>')
    began = clock.monotonic()
    with pytest.raises(HostError, match="unfold to more than"):
        shots(file)
    assert clock.monotonic() - began < 60


def test_changed_bytes_are_read_or_refused_but_never_raise_anything_else(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    told = f'<timeMap><timept time="0s" value="0s"/><timept time="{time(20)}" value="{time(40)}"/></timeMap>'
    file = scene.write(
        clip("r2", 5, 10, at=0, inside=told),
        f'<transition offset="{time(8)}" duration="{time(4)}"/>',
        clip("r2", 30, 10, at=10, inside='<conform-rate srcFrameRate="25"/>'),
        f'<gap offset="{time(20)}" duration="{time(5)}">'
        '<video ref="r2" lane="1" offset="0s" duration="1s"/></gap>',
    )
    whole = file.read_bytes()
    chance = random.Random(11)
    broken = tmp_path / "broken.fcpxml"
    for _ in range(1500):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(content))
            kind = chance.randrange(3)
            if kind == 0:
                content[at] = chance.randrange(256)
            elif kind == 1:
                del content[at : at + chance.randrange(1, 40)]
            else:
                content[at:at] = content[at : at + chance.randrange(1, 60)]
        broken.write_bytes(bytes(content))
        try:
            list(rows(broken))
        except BadTimeline as bad:
            assert "\n" not in str(bad)


def test_a_rough_time_map_is_refused_or_left_out(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    twice = '<timeMap><timept time="1s" value="0s"/><timept time="1s" value="2s"/></timeMap>'
    with pytest.raises(HostError, match="two values at one time"):
        shots(scene.write(clip("r2", 5, 5, at=0, inside=twice)))


def test_names_and_addresses_of_any_letters_survive(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "Größe ☃")
    scene.asset("é 'a' & b.mkv", identity="r2")
    scene.resources[-1] = scene.resources[-1].replace("name=\"é 'a' & b\"", 'name="é &amp; &quot;b&quot; ☃"')
    file = scene.write('<asset-clip ref="r2" offset="0s" duration="1s"/>')
    (shot,) = shots(file).shots
    assert shot.name == 'é & "b" ☃'
    conform, output = relinked(file)
    assert len(conform.relinked) == 1
    assert 'name="é &amp; &quot;b&quot; ☃"' in output.read_text()
    assert OtioHost(str(output)).shots is not None
