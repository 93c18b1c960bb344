"""What docs/round-trips.md says of several formats, where none of their own tests does."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from hosts import aaf_scene, fcp7_scene, fcpxml_scene, mlt_scene
from hosts.corpus_fcp7 import blank
from hosts.corpus_mlt import wrong as wrong_in_mlt
from hosts.edl_scene import edl, event, footage, lines_of, numbers_shown
from hosts.edl_scene import relinked as relinked_edl
from hosts.test_aaf_frames import numbers
from hosts.test_aaf_frames import relinked as relinked_aaf
from hosts.test_kdenlive_relinking import MIXED

from uprez_otio.host import OtioHost

HOUR = 86_400


def test_a_final_cut_xml_of_several_tracks_keeps_the_frames_of_each(tmp_path: Path) -> None:
    blank(tmp_path / "a.mkv", 100, Fraction(25), fcp7_scene.SIZE, 1)
    low = fcp7_scene.clip_text("low", (0, 30), (40, 70), fcp7_scene.file_text(tmp_path / "a.mkv"))
    high = fcp7_scene.clip_text("high", (10, 20), (5, 15), fcp7_scene.again())
    done = fcp7_scene.relinked(tmp_path, fcp7_scene.document_text(fcp7_scene.sequence_text(low, high)))
    assert [shot.track for shot in done.cut.shots] == ["V1", "V2"]
    assert (done.wrong, len(done.conform.relinked)) == ([], 2)


def test_an_edls_frozen_reversed_and_slow_events_and_its_second_track_show_their_numbers(
    tmp_path: Path,
) -> None:
    footage(tmp_path / "media", "A001.mkv", "01:00:00:00")
    places = [(f"10:00:0{at}:00", f"10:00:0{at + 1}:00") for at in range(4)]
    file = edl(
        tmp_path,
        event(1, "A001", ("01:00:00:10", "01:00:00:22"), places[0]),
        "M2   A001       012.0                01:00:00:10",
        event(2, "A001", ("01:00:01:06", "01:00:01:07"), places[1]),
        "M2   A001       000.0                01:00:01:06",
        event(3, "A001", ("01:00:02:10", "01:00:02:11"), places[2]),
        "M2   A001       -024.0               01:00:02:10",
        event(4, "A001", ("01:00:01:00", "01:00:02:00"), places[3], channel="V2"),
    )
    _, conform = relinked_edl(file, tmp_path / "out.edl")
    assert (len(conform.relinked), conform.left_out) == (4, ())
    for old, new in zip(lines_of(file), lines_of(tmp_path / "out.edl"), strict=True):
        render = Path(new.file())
        first = OtioHost("x.otio")._probe(render)[0].timecode
        assert first is not None
        before = numbers_shown(old, tmp_path / "media" / "A001.mkv", HOUR)
        assert numbers_shown(new, render, first) == before


def test_an_angle_of_an_avid_group_clip_is_relinked_and_the_others_stay(tmp_path: Path) -> None:
    aaf_scene.media(tmp_path, "a", "b")

    def group(scene: Any) -> Any:
        selector = scene.make("Selector", length=7)
        selector["Selected"].value = aaf_scene.clip("b", 3, 7)(scene)
        selector["Alternates"].value = [aaf_scene.clip("a", 3, 7)(scene)]
        return selector

    cut = aaf_scene.write(tmp_path / "cut.aaf", [aaf_scene.clip("a", 20, 5), group])
    conform, wrong = relinked_aaf(cut)
    assert (len(conform.relinked), wrong) == (2, [])
    assert numbers(tmp_path / "out.aaf") == numbers(cut)


def test_fades_of_an_fcpxml_take_no_frames_of_another_clip(tmp_path: Path) -> None:
    scene = fcpxml_scene.Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    time = fcpxml_scene.time
    into, out = (f'<transition name="Fade" offset="{time(at)}" duration="{time(4)}"/>' for at in (0, 6))
    file = scene.write(into, fcpxml_scene.clip("r2", 20, 10, at=0), out)
    conform, output = fcpxml_scene.relinked(file)
    assert len(conform.relinked) == 1
    assert fcpxml_scene.numbers(output) == list(range(20, 30))


def test_markers_notes_and_effects_of_an_fcpxml_stay_as_they_are_written(tmp_path: Path) -> None:
    scene = fcpxml_scene.Scene(tmp_path)
    scene.asset("a.mkv", identity="r2")
    scene.resources.append('<effect id="r91" name="Blur" uid=".../Gaussian.moti"/>')
    time = fcpxml_scene.time
    keys = f'<keyframe time="{time(21)}" value="1"/><keyframe time="{time(28)}" value="9"/>'
    inside = (
        f'<note>soft</note><marker start="{time(24)}" duration="{time(1)}" value="fix" note="grain"/>'
        '<filter-video ref="r91" name="Blur"><param name="Amount" key="1">'
        f"<keyframeAnimation>{keys}</keyframeAnimation></param></filter-video>"
    )
    file = scene.write(fcpxml_scene.clip("r2", 20, 10, at=0, inside=inside))
    conform, output = fcpxml_scene.relinked(file)
    assert len(conform.relinked) == 1
    assert inside in output.read_text()


def test_two_files_of_one_name_in_a_project_each_get_their_own_render(tmp_path: Path) -> None:
    mlt_scene.media(tmp_path)
    for folder, name in (("one", "a.mkv"), ("two", "b.mkv")):
        (tmp_path / folder).mkdir()
        (tmp_path / name).rename(tmp_path / folder / "a.mkv")
    files = mlt_scene.producer("p", "one/a.mkv") + mlt_scene.producer("q", "two/a.mkv")
    story = mlt_scene.playlist("v1", mlt_scene.entry("p", 8, 19), mlt_scene.entry("q", 30, 39))
    text = mlt_scene.project(mlt_scene.ground(), files, story, mlt_scene.main("v1"))
    done = mlt_scene.relinked(tmp_path, text)
    assert len(done.conform.relinked) == 2
    relinks = list(mlt_scene.renders(done.cut, tmp_path, 3, 2))
    assert wrong_in_mlt(done.before, done.after, tmp_path, relinks) == []


def test_markers_of_a_kdenlive_clip_stay_in_the_bin_with_its_source_and_guides_where_they_are(
    tmp_path: Path,
) -> None:
    mlt_scene.media(tmp_path)
    hashed = '<property name="kdenlive:file_hash">abc</property>'
    marks = '<property name="kdenlive:markers">[{"pos": 30}]</property>'
    guides = '<property name="kdenlive:sequenceproperties.guides">[{"pos": 9}]</property>'
    text = MIXED.replace(hashed, hashed + marks).replace("</tractor>", f"{guides}</tractor>")
    done = mlt_scene.relinked(tmp_path, text, "cut.kdenlive")
    assert len(done.conform.relinked) == 3
    assert done.after.count(marks) == text.count(marks) == 2
    assert done.after.count(guides) == text.count(guides) > 0
