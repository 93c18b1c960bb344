"""Kdenlive's projects: tracks of two playlists, mixes, sequences, a bin with a clip for each render."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as tree  # noqa: N813

import pytest
from hosts.corpus_mlt import wrong
from hosts.mlt_engine import Engine
from hosts.mlt_scene import (
    Done,
    blank,
    entry,
    ground,
    layered,
    media,
    mix,
    playlist,
    producer,
    project,
    properties,
    relinked,
    renders,
    tractor,
    warped,
)

from uprez.errors import HostError
from uprez_otio.host import OtioHost

SHOT, CEL = "seq/shot.%04d.png?begin:1001", "cel/x%d.png"
IDS = {
    "a.mkv": (2, "{11111111-aaaa-4aaa-8aaa-000000000002}"),
    "b.mkv": (3, "{22222222-bbbb-4bbb-8bbb-000000000003}"),
    SHOT: (4, "{33333333-cccc-4ccc-8ccc-000000000004}"),
    CEL: (5, "{44444444-dddd-4ddd-8ddd-000000000005}"),
}
LAST = {SHOT: "00:00:01.208"}
STAYS = {SHOT: 1, CEL: 2}
DOCUMENT = {"kdenlive__docproperties_DOT_version": "1.1", "xml_retain": 1}


def belongs(name: str) -> dict[str, object]:
    """Return what a producer says of its clip in the bin."""
    number, uuid = IDS[name]
    return {"kdenlive__id": number, "kdenlive__control_uuid": uuid, "kdenlive__clipname": name}


def in_bin(name: str, **more: object) -> str:
    """Write a clip of the bin."""
    told = {
        "kdenlive__file_hash": "abc",
        "kdenlive__file_size": 12,
        "kdenlive__duration": "00:00:02.500",
    } | more
    if name in STAYS:
        return pictures("bin", name, **told)
    return producer(f"bin_{name[0]}", name, "60", "00:00:02.458", tag="chain", **belongs(name), **told)


def pictures(track: str, name: str, **more: object) -> str:
    """Write what the bin or a track says of an image sequence."""
    stays = STAYS[name]
    told = {"ttl": stays, "loop": 1, "begin": 1001 if name == SHOT else 0, "fade": 0, "crop": 0} | more
    return producer(f"{track}_{name[0]}", name, 30 * stays, LAST.get(name, "00:00:02.458"),
                    mlt_service="qimage", animation="", **belongs(name), **told)  # fmt: skip


def used(track: str, name: str) -> str:
    """Write what a track uses of a file: each track has a producer of its own."""
    if name in STAYS:
        return pictures(track, name)
    return producer(f"{track}_{name[0]}", name, "60", "00:00:02.458", tag="chain", **belongs(name),
                    set_DOT_test_audio=1, set_DOT_test_image=0)  # fmt: skip


def cut(name: str, file: str, first: object, last: object, inside: str = "") -> str:
    """Write an entry of the timeline."""
    number, _ = IDS[file]
    return entry(name, first, last, f"{properties(kdenlive__id=number)}{inside}")


def two_playlists(track: str, upper: str, lower: str = "", inside: str = "", **told: object) -> str:
    """Write a track with a picture: two playlists, between which its mixes lie."""
    return (
        playlist(f"{track}_0", upper)
        + playlist(f"{track}_1", lower)
        + tractor(track, f'{track}_0 hide="audio"', f'{track}_1 hide="audio"', inside=inside, **told)
    )


def whole(*tracks: str, names: tuple[str, ...], files: tuple[str, ...] = ("a.mkv", "b.mkv")) -> str:
    """Write a project with one sequence, as Kdenlive 23.04 and later do."""
    sound = playlist("s_0", cut("sound", "a.mkv", 0, 20)) + playlist("s_1")
    sound += tractor("s", 's_0 hide="video"', 's_1 hide="video"', kdenlive__audio_track=1)
    layers = "".join(layered(number + 2, internal_added=237) for number in range(len(names)))
    sequence = tractor("{seq}", "black", "s", *names, inside=layers, last=99, kdenlive__uuid="{seq}")
    listed = "".join(
        cut(f"bin_{name[0]}", name, "00:00:00.000", LAST.get(name, "00:00:02.458")) for name in files
    )
    return project(
        ground(),
        producer("sound", "a.mkv", "60", "00:00:02.458", tag="chain", **belongs("a.mkv"),
                 set_DOT_test_audio=0, set_DOT_test_image=1),
        sound,
        *tracks,
        sequence,
        *(in_bin(name) for name in files),
        playlist("main_bin", listed, **DOCUMENT),
        tractor("last", "{seq}", last=99, kdenlive__projectTractor=1),
        attributes=' producer="main_bin"',
    )  # fmt: skip


MIXED = whole(
    used("v", "a.mkv"),
    used("v", "b.mkv"),
    two_playlists(
        "v",
        cut("v_a", "a.mkv", "00:00:00.333", "00:00:01.167") + blank(12) + cut("v_a", "a.mkv", 30, 41),
        blank(15) + cut("v_b", "b.mkv", 20, 39),
        mix(15, 20, kdenlive__mixcut=3) + mix(33, 34, kdenlive__mixcut=1, reverse=1),
        kdenlive__track_name="Main",
    ),
    names=("v",),
)
FAST = whole(
    used("v", "a.mkv"),
    warped("v_fast", 2.0, "a.mkv", 30, **belongs("a.mkv")),
    warped("v_back", -1.5, "b.mkv", 40, **belongs("b.mkv")),
    two_playlists(
        "v", cut("v_a", "a.mkv", 8, 14) + cut("v_fast", "a.mkv", 12, 17) + cut("v_back", "b.mkv", 11, 16)
    ),
    used("w", "b.mkv"),
    two_playlists("w", blank(4) + cut("w_b", "b.mkv", 50, 53)),
    names=("v", "w"),
)


def nested() -> str:
    """A sequence within the sequence."""
    inner = two_playlists("n", cut("n_b", "b.mkv", 20, 45))
    inner += tractor("{inner}", "black", "n", inside=layered(1), last=25)
    outer = two_playlists("v", cut("v_a", "a.mkv", 8, 14) + entry("{inner}", 4, 19))
    return whole(used("n", "b.mkv"), inner, used("v", "a.mkv"), outer, names=("v",))


def remapped() -> str:
    """Two uses of a clip whose speed was drawn as a curve; `map` is what MLT before 7.14 reads."""
    curve = "00:00:00.000=0.41;00:00:01.000=1.94"
    link = f"<link>{properties(mlt_service='timeremap', time_map=curve, map=curve, pitch=0)}</link>"
    curved = used("v", "a.mkv").replace("</chain>", f"{link}</chain>")
    return whole(
        curved, two_playlists("v", cut("v_a", "a.mkv", 3, 12) + cut("v_a", "a.mkv", 15, 24)), names=("v",)
    )


SEQUENCES = whole(
    used("v", SHOT),
    used("v", CEL),
    two_playlists(
        "v",
        cut("v_s", SHOT, "00:00:00.333", "00:00:00.625") + cut("v_c", CEL, 21, 30) + cut("v_s", SHOT, 20, 27),
    ),
    used("w", SHOT),
    two_playlists("w", blank(30) + cut("w_s", SHOT, 9, 14)),
    names=("v", "w"),
    files=("a.mkv", SHOT, CEL),
)
PROJECTS = {
    "image sequences": SEQUENCES,
    "a curve of speed": remapped(),
    "mixes": MIXED,
    "speeds and two tracks": FAST,
    "a nested sequence": nested(),
}


def done(folder: Path, text: str) -> Done:
    media(folder)
    return relinked(folder, text, "cut.kdenlive")


def told(element: tree.Element, name: str) -> str:
    return next((each.text or "" for each in element.findall("property") if each.get("name") == name), "")


@pytest.mark.parametrize("name", PROJECTS)
def test_each_clip_shows_the_same_frames_out_of_its_render(
    name: str, engine: Engine | None, tmp_path: Path
) -> None:
    found = done(tmp_path, PROJECTS[name])
    assert [left.reason for left in found.cut.left_out if "stays as it is" not in left.reason] == []
    assert found.conform.left_out == ()
    assert len(found.conform.relinked) == len(found.cut.shots) > 1
    before = sequence_last(found.before), sequence_last(found.after)
    assert wrong(*before, tmp_path, list(renders(found.cut, tmp_path, 3, 2))) == []
    if engine is not None:
        places = [*range(50), *range(50)]
        shown = [engine.play(file, places) for file in (found.file, found.output)]
        mixed = mixed_places(found.before)
        for at in range(50):
            one, other = (each[at] for each in shown)
            if at in mixed:
                assert max(abs(a - b) for a, b in zip(one.blocks, other.blocks, strict=True)) < 16, at
            else:
                assert one.number == other.number, at


def sequence_last(text: str) -> str:
    """Put the sequence last, where a plain reading expects the timeline."""
    return re.sub(r'  <tractor id="last".*?</tractor>\n', "", text, flags=re.DOTALL)


def mixed_places(text: str) -> set[int]:
    spans = re.findall(r'<transition in="(\d+)" out="(\d+)">', text)
    return {place for first, last in spans for place in range(int(first), int(last) + 1)}


@pytest.mark.parametrize("name", PROJECTS)
def test_every_render_has_a_clip_in_the_bin_and_its_uses_belong_to_it(name: str, tmp_path: Path) -> None:
    root = tree.fromstring(done(tmp_path, PROJECTS[name]).after)
    services = {each.get("id", ""): each for each in root if each.get("id")}
    box = services["main_bin"]
    listed = [services[each.get("producer", "")] for each in box.findall("entry")]
    by_uuid = {told(each, "kdenlive:control_uuid"): each for each in listed}
    assert len(by_uuid) == len(listed)
    assert len({told(each, "kdenlive:id") for each in listed}) == len(listed)
    for track in root.findall("playlist"):
        for each in track.findall("entry") if track is not box else ():
            shown = services[each.get("producer", "")]
            if shown.tag == "tractor":
                continue
            own = by_uuid[told(shown, "kdenlive:control_uuid")]
            assert told(each, "kdenlive:id") == told(shown, "kdenlive:id") == told(own, "kdenlive:id")
            assert told(shown, "resource").endswith(told(own, "resource"))
    for each in listed:
        own = "renders/" in told(each, "resource")
        assert bool(told(each, "kdenlive:file_hash")) is not own
        assert int(told(each, "length")) == frames_of_entry(box, each)


def frames_of_entry(box: tree.Element, clip: tree.Element) -> int:
    cut = next(each for each in box.findall("entry") if each.get("producer") == clip.get("id"))
    hours, minutes, seconds = (cut.get("out") or "").split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)) * 24) + 1


def test_a_sequence_that_the_timeline_does_not_show_is_named(tmp_path: Path) -> None:
    other = two_playlists("o", cut("v_a", "a.mkv", 1, 4) + cut("v_a", "a.mkv", 9, 12))
    other += tractor("{other}", "black", "o", last=8, kdenlive__uuid="{other}", kdenlive__clipname="Act 2")
    found = done(tmp_path, MIXED.replace('  <tractor id="{seq}"', f'{other}  <tractor id="{{seq}}"'))
    told = {left.name: left.reason for left in found.cut.left_out}
    assert told["Act 2"] == "2 clips in another sequence; it stays as it is"
    assert other in found.after


def test_a_project_of_an_old_kdenlive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="before 2015"):
        done(tmp_path, MIXED.replace("</mlt>", '<kdenlivedoc version="0.88"/></mlt>'))


def test_effects_of_a_clip_in_the_bin_are_those_of_its_render_too(tmp_path: Path) -> None:
    crop = f"<filter>{properties(mlt_service='crop', left=4)}</filter>"
    level = f"<filter>{properties(mlt_service='brightness', level='20=1;29=0.9')}</filter>"
    before = in_bin("b.mkv")
    found = done(tmp_path, MIXED.replace(before, before.replace("</chain>", f"{crop}{level}</chain>")))
    clip = re.search(r'<chain id="bin_b_uprezbin.*', found.after)
    assert clip is not None
    head = next(
        each for each in renders(found.cut, tmp_path, 3, 2) if "/b " in str(each.path)
    ).stands_for.start
    assert head == 17
    assert '"left">8<' in clip[0]
    assert '"level">3=1;12=0.9<' in clip[0]


def test_the_sound_stays_on_the_source(tmp_path: Path) -> None:
    found = done(tmp_path, MIXED)
    assert '<entry producer="sound" in="0" out="20">' in found.after
    root = tree.fromstring(found.after)
    sound = next(each for each in root if each.get("id") == "sound")
    assert told(sound, "resource") == "a.mkv"


def test_tracks_are_numbered_as_the_editor_does_and_both_playlists_are_one(tmp_path: Path) -> None:
    found = done(tmp_path, MIXED)
    assert {shot.track for shot in found.cut.shots} == {"Main"}
    assert [(shot.name, shot.record.start, shot.record.end) for shot in found.cut.shots] == [
        ("a.mkv", 0, 21), ("a.mkv", 33, 45), ("b.mkv", 15, 35),
    ]  # fmt: skip


def test_a_proxy_is_not_taken_for_the_media(tmp_path: Path) -> None:
    proxy = 'name="resource">a.mkv</property>'
    real = 'name="resource">proxy.mkv</property><property name="kdenlive:proxy">proxy.mkv</property>'
    real += '<property name="kdenlive:originalurl">a.mkv</property>'
    found = done(tmp_path, MIXED.replace(proxy, real))
    assert {shot.media.path.name for shot in found.cut.shots} == {"a.mkv", "b.mkv"}
    clones = re.findall(r'<chain id="v_a_uprez1".*', found.after)
    assert len(clones) == 1
    assert "proxy" not in clones[0]


def test_a_clip_that_is_not_in_the_bin_is_left_out(tmp_path: Path) -> None:
    found = done(tmp_path, MIXED.replace(IDS["b.mkv"][1], "{nobody}", 1))
    assert ["not in the project's bin" in left.reason for left in found.conform.left_out] == [True]


def test_renders_of_image_sequences_are_clips_of_the_bin_as_long_as_their_files(tmp_path: Path) -> None:
    found = done(tmp_path, SEQUENCES)
    root = tree.fromstring(found.after)
    renders = [each for each in root.iter("producer") if "uprezbin" in each.get("id", "")]
    assert {told(each, "resource").rpartition("/")[2] for each in renders} == {
        "shot.%04d.png?begin:1006", "x%d.png?begin=7",
    }  # fmt: skip
    assert {told(each, "begin") for each in renders} == {"1006", "7"}
    for each in renders:
        files = list((tmp_path / told(each, "resource")).parent.iterdir())
        assert 10 < len(files) < 30
        assert int(told(each, "length")) == len(files) * int(told(each, "ttl"))


@pytest.mark.parametrize("text", [FAST, SEQUENCES], ids=["films", "image sequences"])
def test_a_revert_gives_the_bytes_back(text: str, tmp_path: Path) -> None:
    found = done(tmp_path, text)
    assert found.conform.receipt is not None
    OtioHost(str(found.file)).revert(found.conform.receipt)
    assert found.output.read_text(encoding="utf-8") == found.before


@pytest.mark.parametrize("text", [FAST, SEQUENCES], ids=["films", "image sequences"])
def test_a_relink_is_taken_back_from_a_project_that_was_edited_since(text: str, tmp_path: Path) -> None:
    found = done(tmp_path, text)
    assert found.conform.receipt is not None
    edited = re.sub(r'<blank length="(4|30)"/>', '<blank length="9"/>', found.after)
    found.output.write_text(edited, encoding="utf-8")
    back = OtioHost(str(found.file)).revert(found.conform.receipt)
    assert set(back.relinked) == set(found.conform.relinked)
    wanted = re.sub(r'<blank length="(4|30)"/>', '<blank length="9"/>', found.before)
    assert found.output.read_text(encoding="utf-8") == wanted


def test_a_clip_that_was_taken_out_since_is_named(tmp_path: Path) -> None:
    found = done(tmp_path, FAST)
    assert found.conform.receipt is not None
    gone = re.sub(r'    <entry producer="w_b_uprez1".*\n', "", found.after)
    found.output.write_text(gone, encoding="utf-8")
    back = OtioHost(str(found.file)).revert(found.conform.receipt)
    assert [left.name for left in back.left_out] == ["b.mkv"]
    assert len(back.relinked) == len(found.conform.relinked) - 1
    assert found.output.read_text(encoding="utf-8").count("_uprez") == 0
