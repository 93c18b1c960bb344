"""What an FCPXML shows: lanes, storylines, compounds, multicams, auditions, rates that differ, and sound."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.fcpxml_scene import R24, Scene, clip, form, numbers, relinked, rendered, shots, time, time_map

from uprez.errors import HostError
from uprez.model import Manner
from uprez_otio.host import OtioHost

R25, R30, R60 = Fraction(25), Fraction(30_000, 1001), Fraction(60)
NTSC = Fraction(24_000, 1001)
TITLE = '<effect id="r90" name="Basic Title" uid=".../Basic Title.moti"/>'


def places(file: Path) -> list[tuple[str, str, int, int]]:
    return [(each.name, each.track, each.record.start, each.record.count) for each in shots(file).shots]


def hung(ref: str, lane: int, at: int, start: int, count: int, name: str, inside: str = "") -> str:
    """Write a clip that is connected to another, at one of that one's own frames."""
    times = f'offset="{time(at)}" start="{time(start)}" duration="{time(count)}"'
    return f'<asset-clip ref="{ref}" lane="{lane}" {times} name="{name}">{inside}</asset-clip>'


def test_lanes_become_tracks_in_the_order_of_the_picture(tmp_path: Path) -> None:
    scene = Scene(tmp_path, start=240)
    for number in range(2, 7):
        scene.asset(f"{number}.mkv", identity=f"r{number}")
    below = hung("r3", -1, 12, 0, 4, "below")
    above = hung("r5", 1, 15, 2, 6, "above", hung("r4", 2, 3, 0, 4, "deeper"))
    file = scene.write(
        clip("r2", 10, 10, at=240, inside=below + above),
        f'<gap name="Gap" offset="{time(250)}" start="3600s" duration="{time(10)}">'
        f"{hung('r6', 1, 86_402, 0, 3, 'hung')}</gap>",
    )
    assert places(file) == [
        ("below", "Lane -1", 242, 4),
        ("r2", "Storyline", 240, 10),
        ("above", "Lane 1", 245, 6),
        ("hung", "Lane 1", 252, 3),
        ("deeper", "Lane 1.2", 246, 4),
    ]
    conform, _ = relinked(file)
    assert len(conform.relinked) == 5


def test_a_secondary_storyline_counts_from_its_own_start(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.asset("b.mkv", identity="r3")
    fade = f'<transition name="Cross Dissolve" offset="{time(3)}" duration="{time(2)}"/>'
    inner = clip("r3", 5, 4, at=0) + fade + clip("r3", 30, 6, at=4)
    file = scene.write(
        clip("r2", 10, 20, at=0, inside=f'<spine lane="1" offset="{time(13)}" format="r1">{inner}</spine>')
    )
    assert places(file)[1:] == [("r3", "Lane 1", 3, 4), ("r3", "Lane 1", 7, 6)]
    assert [shot.source.end for shot in shots(file).shots[1:]] == [10, 36]
    relinked(file)


def test_clips_that_overlap_on_a_lane_get_a_track_more(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    one, other = hung("r2", 1, 10, 0, 10, "one"), hung("r2", 1, 20, 0, 10, "other")
    file = scene.write(clip("r2", 10, 5, at=0, inside=one), clip("r2", 20, 5, at=5, inside=other))
    assert [each[1:] for each in places(file)][2:] == [("Lane 1", 0, 10), ("Lane 1 (V3)", 5, 10)]


def test_titles_generators_captions_and_sound_are_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.resources.append(TITLE)
    scene.resources.append(
        '<asset id="r7" name="s" start="0s" duration="10s" hasAudio="1" audioSources="1">'
        '<media-rep kind="original-media" src="file:///s.wav"/></asset>'
    )
    inside = (
        f'<title ref="r90" lane="1" offset="{time(10)}" name="Hello" start="3600s" duration="{time(5)}"/>'
        f'<asset-clip ref="r7" lane="-1" offset="{time(10)}" duration="{time(5)}"/>'
        f'<caption lane="2" offset="{time(10)}" duration="{time(5)}" role="SRT"/>'
    )
    file = scene.write(clip("r2", 10, 10, at=0, inside=inside))
    cut = shots(file)
    assert [shot.name for shot in cut.shots] == ["r2"]
    assert [(left.name, left.reason.partition(" (")[0]) for left in cut.left_out] == [
        ("Hello", "it is a generator"),
        ("Audio", "1 clip on a track of kind Audio; it stays as it is"),
        ("Caption", "1 clip on a track of kind Caption; it stays as it is"),
    ]


def test_a_disabled_clip_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 10, 10, at=0, more=' enabled="0"'), clip("r2", 30, 10, at=10))
    assert len(shots(file).shots) == 1
    assert len(shots(file, include_disabled=True).shots) == 2


@pytest.mark.parametrize("rate", [NTSC, R30, Fraction(60_000, 1001)])
def test_two_hours_do_not_drift_by_a_frame(rate: Fraction, tmp_path: Path) -> None:
    scene = Scene(tmp_path, rate)
    scene.asset("a.mkv", identity="r2", first=7 * 3600 * 24)
    late = 2 * 3600 * round(rate) + 1
    story = [clip("r2", 7 * 3600 * 24 + 1, 10, at=late + 10 * each, rate=rate) for each in range(3)]
    gap = f'<gap name="Gap" offset="0s" start="3600s" duration="{time(late, rate)}"/>'
    found = shots(scene.write(gap, *story)).shots
    assert [shot.record.start for shot in found] == [late, late + 10, late + 20]
    assert {shot.source.start for shot in found} == {7 * 3600 * 24 + 1}


def test_a_clip_that_begins_with_its_media_says_so_once_relinked(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", first=240)
    file = scene.write(f'<asset-clip ref="r2" offset="0s" name="a" duration="{time(10)}"/>')
    _, output = relinked(file)
    assert numbers(output) == list(range(10))
    assert re.search(r'<asset-clip start="10s" ref="r\d+"', output.read_text())


def test_markers_are_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    inside = (
        f'<marker start="{time(12)}" duration="{time(1)}" value="VFX" note="clean"/>'
        f'<chapter-marker start="{time(13)}" duration="{time(1)}" value="One"/>'
    )
    (shot,) = shots(scene.write(clip("r2", 10, 10, at=0, inside=inside))).shots
    assert shot.markers == ("VFX clean", "One")


def test_an_audition_shows_its_first_clip(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.asset("b.mkv", identity="r3")
    file = scene.write(
        clip("r2", 0, 5, at=0),
        f'<audition offset="{time(5)}">{clip("r3", 7, 6)}{clip("r2", 1, 9)}</audition>',
        clip("r2", 40, 3, at=11),
    )
    assert places(file) == [("r2", "Storyline", 0, 5), ("r3", "Storyline", 5, 6), ("r2", "Storyline", 11, 3)]
    _, output = relinked(file)
    assert output.read_text().count('ref="r2"') == 1  # the clip that was not chosen


def test_a_clip_around_a_video_follows_its_time_map(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", first=240, frames=100)
    whole = f'offset="{time(240)}" start="{time(240)}" duration="{time(100)}"'
    inner = f'<video ref="r2" {whole}><audio ref="r2" lane="-1" {whole}/></video>'
    outer = f'offset="0s" name="c" start="{time(110)}" duration="{time(8)}" format="r1"'
    file = scene.write(f"<clip {outer}>{time_map([(100, 240), (150, 340)])}{inner}</clip>")
    (shot,) = shots(file).shots
    assert (shot.name, shot.retime and shot.retime.speed, shot.source.start) == ("c", 2, 260)
    _, output = relinked(file)
    assert numbers(output) == [20, 22, 24, 26, 28, 30, 32, 34]
    text = output.read_text()
    (held,) = re.findall(r"<video [^>]*>", text)  # the render's part of what it held, at the same place
    assert f'offset="{time(254)}" start="{time(254)}" duration="{time(27)}"' in held
    assert text.count(f'<audio ref="r2" lane="-1" {whole}/>') == 1
    assert 'format="r1"' not in text[text.index("<clip") :]  # as large as what it holds


def test_a_sync_clip_shows_what_it_holds_and_what_hangs_on_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.asset("b.mkv", identity="r3")
    outer = f'offset="0s" name="sync" start="{time(10)}" duration="{time(8)}"'
    inner = clip("r2", 0, 60, at=0) + hung("r3", 1, 12, 0, 4, "above")
    file = scene.write(f"<sync-clip {outer}>{inner}</sync-clip>")
    assert places(file) == [("sync", "Storyline", 0, 8), ("above", "Lane 1", 2, 4)]
    _, output = relinked(file)
    assert numbers(output) == list(range(10, 18))


def compound(scene: Scene, identity: str, *story: str, start: int = 0) -> None:
    spine = "".join(story)
    scene.resources.append(
        f'<media id="{identity}" name="{identity}"><sequence format="r1" tcStart="{time(start)}">'
        f"<spine>{spine}</spine></sequence></media>"
    )


def test_a_compound_used_twice_is_relinked_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    compound(scene, "r5", clip("r2", 10, 10, at=100), clip("r2", 40, 10, at=110), start=100)
    file = scene.write(
        f'<ref-clip ref="r5" offset="0s" start="{time(104)}" duration="{time(10)}"/>',
        f'<ref-clip ref="r5" offset="{time(10)}" start="{time(100)}" duration="{time(5)}"/>',
    )
    cut = shots(file)
    assert [(shot.record.start, shot.record.count) for shot in cut.shots] == [(0, 6), (6, 4), (10, 5)]
    assert ["shows no frame of it" in left.reason for left in cut.left_out] == [True]
    conform, output = relinked(file)
    assert len(conform.relinked) == 3
    assert output.read_text().count('<asset-clip ref="r2"') == 0


def test_a_retimed_compound_is_left_out_by_name(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    compound(scene, "r5", clip("r2", 10, 10, at=0))
    told = f'<timeMap><timept time="0s" value="0s"/><timept time="{time(5)}" value="{time(10)}"/></timeMap>'
    file = scene.write(f'<ref-clip ref="r5" offset="0s" duration="{time(5)}">{told}</ref-clip>')
    assert ["stack played at speed 2" in left.reason for left in shots(file).left_out] == [True]


@pytest.mark.parametrize(
    "story", [('<ref-clip ref="r5" duration="10s"/>',), ('<ref-clip ref="r6" duration="10s"/>',)]
)
def test_compounds_in_themselves_are_refused(story: tuple[str, ...], tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    compound(scene, "r5", '<ref-clip ref="r6" duration="10s"/>', '<ref-clip ref="r6" duration="10s"/>')
    compound(scene, "r6", '<ref-clip ref="r5" duration="10s"/>', '<ref-clip ref="r5" duration="10s"/>')
    with pytest.raises(HostError, match="nested more than"):
        shots(scene.write(*story))


def multicam(scene: Scene, sound: str = "") -> None:
    scene.asset("a.mkv", identity="r2", frames=100, sound=bool(sound))
    scene.asset("b.mkv", identity="r3", frames=100)
    gap = f'<gap name="Gap" offset="0s" start="3600s" duration="{time(10)}"/>'
    scene.resources.append(
        f'<media id="r5" uid="M" name="Multi"><multicam format="r1" tcStart="0s">'
        f'<mc-angle name="A" angleID="a">{clip("r2", 0, 100, at=0)}</mc-angle>'
        f'<mc-angle name="B" angleID="b">{gap}{clip("r3", 0, 90, at=10)}</mc-angle></multicam></media>'
    )


def mc(start: int, count: int, at: int, *sources: tuple[str, str]) -> str:
    told = "".join(f'<mc-source angleID="{angle}" srcEnable="{kind}"/>' for angle, kind in sources)
    times = f'offset="{time(at)}" start="{time(start)}" duration="{time(count)}"'
    return f'<mc-clip ref="r5" name="Multi" {times}>{told}</mc-clip>'


def test_a_multicam_shows_its_active_angle_and_asks_for_all_its_uses(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    multicam(scene)
    file = scene.write(
        mc(20, 10, 0, ("a", "all")),
        mc(30, 10, 10, ("b", "video"), ("a", "audio")),
        mc(50, 10, 20, ("a", "all")),
    )
    cut = shots(file)
    assert [(shot.media.path.name, shot.source.start, shot.source.end) for shot in cut.shots] == [
        ("a.mkv", 20, 60),
        ("b.mkv", 20, 30),
        ("a.mkv", 20, 60),
    ]
    assert [shot.record.count for shot in cut.shots] == [10, 10, 10]
    conform, output = relinked(file)
    assert len(conform.relinked) == 3
    assert output.read_text().count('ref="r2"') == 0
    first, last = gaps(output, "a")
    assert first == ("0s", time(17))
    assert last == (time(63), time(37))
    assert 'uid="M"' in file.read_text()
    assert 'uid="M"' not in output.read_text()  # a changed multicam is a new one
    output.write_text(output.read_text().replace('name="Cut"', 'name="Later"'))
    OtioHost(str(file)).revert(output.with_name("cut_uprez.uprez-receipt.json"))
    after = (
        output.read_text()
        .replace('name="Later"', 'name="Cut"')
        .replace('id="r5" name', 'id="r5" uid="M" name')
    )
    assert after == file.read_text()


def gaps(file: Path, angle: str) -> list[tuple[str | None, str | None]]:
    found = ET.parse(file).getroot().findall(f".//mc-angle[@angleID='{angle}']/gap")
    return [(each.get("offset"), each.get("duration")) for each in found]


def test_an_angle_whose_sound_plays_elsewhere_is_left_out_by_name(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    multicam(scene, sound="a")
    file = scene.write(mc(20, 10, 0, ("a", "all")), mc(60, 20, 10, ("b", "video"), ("a", "audio")))
    conform, _ = relinked(file, sound=True)
    assert len(conform.relinked) == 1
    assert ["its sound needs frames 60 to 79" in left.reason for left in conform.left_out] == [True]
    conform, _ = relinked(file, sound=True, handles=60)
    assert len(conform.relinked) == 2


def test_a_clip_plays_its_sources_own_sound_out_of_its_render(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", sound=True)
    file = scene.write(clip("r2", 20, 10, at=0))
    conform, _ = relinked(file)
    assert ["has no sound" in left.reason for left in conform.left_out] == [True]
    conform, output = relinked(file, sound=True)
    assert len(conform.relinked) == 1
    assert output.read_text().count('hasAudio="1"') == 2


def test_a_clip_whose_sound_is_not_played_needs_none(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", sound=True)
    conform, output = relinked(scene.write(clip("r2", 20, 10, at=0, more=' srcEnable="video"')))
    assert len(conform.relinked) == 1
    assert output.read_text().count('hasAudio="1"') == 1  # the render has none, and its asset says so


@pytest.mark.parametrize(("handles", "done"), [(3, 0), (12, 1)])
def test_a_split_edit_needs_the_sound_of_all_its_frames(handles: int, done: int, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", sound=True)
    split = f' audioStart="{time(12)}" audioDuration="{time(24)}"'
    conform, _ = relinked(scene.write(clip("r2", 20, 10, at=0, more=split)), sound=True, handles=handles)
    assert len(conform.relinked) == done
    assert ["frames 12 to 35" in left.reason for left in conform.left_out] == [True] * (1 - done)


@pytest.mark.parametrize(
    ("media", "rate", "told", "first", "expected"),
    [
        (R25, R24, '<conform-rate srcFrameRate="25"/>', 20, 48),
        (NTSC, R24, '<conform-rate srcFrameRate="23.98"/>', 20, 48),
        (Fraction(50), R24, '<conform-rate srcFrameRate="50"/>', 20, 95),
        (R30, R60, '<conform-rate srcFrameRate="29.97"/>', 20, 24),
        (NTSC, R60, '<conform-rate srcFrameRate="23.98"/>', 20, 20),
        (R30, NTSC, '<conform-rate scaleEnabled="0" srcFrameRate="29.97"/>', 20, 60),
        (R25, R24, '<conform-rate scaleEnabled="0" srcFrameRate="25"/>', 20, 50),
        (R60, R25, "", 20, 114),
    ],
)
def test_rates_that_differ_take_what_final_cut_plays(
    media: Fraction, rate: Fraction, told: str, first: int, expected: int, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, rate)
    scene.asset("a.mkv", identity="r2", rate=media, frames=200)
    start, count = time(first, media), time(48, rate)
    file = scene.write(
        f'<asset-clip ref="r2" offset="0s" name="a" start="{start}" duration="{count}">{told}</asset-clip>'
    )
    (shot,) = shots(file).shots
    assert shot.record.count == 48
    assert first - 1 <= shot.source.start <= first
    assert expected <= shot.source.count <= expected + 5
    relinked(file)


def test_a_hung_clip_counts_on_the_clock_of_a_clip_that_is_conformed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2", rate=R25, frames=100)
    scene.asset("b.mkv", identity="r3")
    above = f'<asset-clip ref="r3" lane="1" offset="{time(45, R25)}" name="b" duration="{time(5)}"/>'
    told = f'<conform-rate srcFrameRate="25"/>{above}'
    outer = f'ref="r2" offset="0s" start="{time(20, R25)}" duration="{time(40)}"'
    file = scene.write(f"<asset-clip {outer}>{told}</asset-clip>")
    assert places(file)[1] == ("b", "Lane 1", 25, 5)


def test_blended_frames_need_their_neighbours(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    told = f'<timept time="0s" value="0s"/><timept time="{time(120)}" value="{time(60)}"/>'
    plain, blended = (f"<timeMap{how}>{told}</timeMap>" for how in ("", ' frameSampling="optical-flow"'))
    (one,) = shots(scene.write(clip("r2", 40, 10, at=0, inside=plain))).shots
    (other,) = shots(scene.write(clip("r2", 40, 10, at=0, inside=blended))).shots
    assert (other.source.start, other.source.end) == (one.source.start - 2, one.source.end + 2)


def test_a_layer_of_a_layered_file_is_left_out(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.resources[-1] = scene.resources[-1].replace('videoSources="1"', 'videoSources="3"')
    file = scene.write(f'<video ref="r2" offset="0s" name="a" duration="{time(10)}" srcID="2"/>')
    assert [left.reason.partition(";")[0] for left in shots(file).left_out] == [
        "it shows one layer of a layered file"
    ]


def test_a_reference_to_nothing_is_named(tmp_path: Path) -> None:
    file = Scene(tmp_path).write(f'<asset-clip ref="r77" offset="0s" name="lost" duration="{time(10)}"/>')
    assert [(left.name, left.reason) for left in shots(file).left_out] == [
        ("lost", "it has no media; relink it in your editor")
    ]


def test_projects_lie_beside_each_other(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    project = (
        '<project name="{name}"><sequence format="r1" tcStart="{start}"><spine>'
        '<asset-clip ref="r2" offset="{start}" name="{name}" start="0s" duration="1s"/>'
        "</spine></sequence></project>"
    )
    both = project.format(name="One", start="10s") + project.format(name="Two", start="20s")
    file = scene.document(f'<event name="Day">{both}</event>')
    assert places(file) == [("One", "One: Storyline", 240, 24), ("Two", "Two: Storyline", 480, 24)]
    relinked(file)


def test_clips_of_an_event_are_read_one_after_the_other(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.document(f'<event name="Day">{clip("r2", 5, 10)}{clip("r2", 30, 7)}</event>')
    assert places(file) == [("r2", "Storyline", 0, 10), ("r2", "Storyline", 10, 7)]
    file = scene.document(clip("r2", 5, 10))
    assert places(file) == [("r2", "Storyline", 0, 10)]


def test_a_project_alone_is_read(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    story = f"<spine>{clip('r2', 5, 10, at=0)}</spine>"
    file = scene.document(f'<project name="Only"><sequence format="r1">{story}</sequence></project>')
    assert shots(file).name == "Only"
    assert len(shots(file).shots) == 1


def test_a_name_of_apples_tells_the_rate(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Fraction(30_000, 1001))
    scene.asset("a.mkv", identity="r2")
    scene.resources[0] = '<format id="r1" name="FFVideoFormat1080i5994"/>'
    assert shots(scene.write(clip("r2", 5, 10, at=0, rate=R30))).rate == R30


def test_new_pictures_have_no_place_in_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    file = scene.write(clip("r2", 20, 10, at=0))
    (relink,) = rendered(shots(file), tmp_path / "renders")
    told = OtioHost(str(file)).rehearse((relink.model_copy(update={"generative": True}),), Manner())
    assert ["needs a track of its own" in reason for reason in told.values()] == [True]


def test_a_compound_played_frame_for_frame_at_another_rate_is_followed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.resources.append(form("r8", NTSC))
    scene.asset("a.mkv", identity="r2", rate=NTSC, frames=100)
    inner = clip("r2", 10, 50, at=0, rate=NTSC)
    scene.resources.append(
        f'<media id="r5" name="Nest"><sequence format="r8"><spine>{inner}</spine></sequence></media>'
    )
    told = '<conform-rate srcFrameRate="23.98"/>'
    file = scene.write(f'<ref-clip ref="r5" offset="0s" duration="{time(40)}">{told}</ref-clip>')
    (shot,) = shots(file).shots
    assert (shot.source.start, shot.source.count, shot.record.count) == (10, 50, 40)


def test_a_format_of_a_nested_timeline_counts_for_what_it_holds(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.resources.append(form("r8", R25))
    scene.asset("a.mkv", identity="r2", rate=R25, frames=100)
    inner = clip("r2", 10, 50, at=0, rate=R25)
    scene.resources.append(
        f'<media id="r5" name="Nest"><sequence format="r8"><spine>{inner}</spine></sequence></media>'
    )
    told = '<conform-rate scaleEnabled="0" srcFrameRate="25"/>'
    file = scene.write(f'<ref-clip ref="r5" offset="0s" duration="{time(24)}">{told}</ref-clip>')
    (shot,) = shots(file).shots
    assert (shot.source.start, shot.source.count, shot.record.count) == (10, 50, 24)
    relinked(file)
