"""Reading a timeline: what becomes a shot, what is left out by name, and what a hostile file can't do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from uprez.errors import HostError
from uprez.model import LeftOut, Selection, Shot
from uprez.testing.clips import make_clip
from uprez.testing.timelines import (
    clip,
    dissolve,
    effect,
    external,
    gap,
    marker,
    missing,
    span,
    stack,
    timeline,
    track,
    warp,
    write,
)
from uprez_otio.host import OtioHost

HOUR = 86_400
EVERYTHING = Selection()
RED = {"OTIO_SCHEMA": "Color.1", "name": "RED", "r": 1.0, "g": 0.0, "b": 0.0, "a": 1.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    make_clip(folder / "a.mkv", frames=60, size=(64, 36))
    shutil.copy(folder / "a.mkv", folder / "copy of a.mkv")
    make_clip(
        folder / "tc.mov",
        frames=60,
        size=(64, 36),
        codec="mpeg4",
        timecode="01:00:00:00",
        reel="R1",
    )
    make_clip(folder / "late.mov", frames=60, size=(64, 36), codec="mpeg4", timecode="00:00:00:10")
    make_clip(folder / "still.png", frames=1, size=(64, 36), codec="png", pixel_format="rgb24", colour=None)
    (folder / "text.mov").write_text("no video here")
    return folder


def media(**more: Any) -> dict[str, Any]:
    return external("a.mkv", span(0, 60), **more)


def read(folder: Path, *tracks: dict[str, Any], selection: Selection = EVERYTHING, **more: Any) -> Any:
    return OtioHost(str(write(folder / "cut.otio", timeline(*tracks, **more)))).shots(selection)


def only(folder: Path, one: dict[str, Any], **more: Any) -> Shot:
    cut = read(folder, track(one), **more)
    assert len(cut.shots) == 1, cut.left_out
    shot: Shot = cut.shots[0]
    return shot


def reason(folder: Path, one: dict[str, Any], **more: Any) -> str:
    cut = read(folder, track(one), **more)
    assert cut.shots == ()
    assert [left.name for left in cut.left_out] == [one["name"]]
    text: str = cut.left_out[0].reason
    return text


def source(shot: Shot) -> tuple[int, int]:
    return shot.source.start, shot.source.count


@pytest.mark.parametrize(
    ("cut", "effects", "expected"),
    [
        (span(10, 20), [], (10, 20)),
        (None, [], (0, 60)),
        (span(10, 20), [warp(2.0)], (10, 39)),
        (span(10, 20), [warp(0.5)], (10, 12)),  # 0 to 9.5 frames on, and one that a player may round up to
        (span(10, 20), [warp(-1.0)], (10, 20)),
        (span(10, 20), [warp(0.0, "FreezeFrame.1")], (10, 1)),
        (span(10, 20), [warp(4.0), warp(-0.5)], (10, 39)),
        (span(10.0004, 19.9996), [], (10, 20)),
        (span(10, 11), [warp(1.7)], (10, 19)),
    ],
)
def test_the_source_is_the_media_frames_consumed(
    folder: Path, cut: dict[str, Any] | None, effects: list[dict[str, Any]], expected: tuple[int, int]
) -> None:
    one = clip("one", media(), cut, effects=effects)
    assert source(only(folder, one, metadata={"Resolve_OTIO": {}})) == expected


@pytest.mark.parametrize(
    ("speed", "expected"), [(0.5, (10, 20)), (-0.5, (10, 20)), (2.0, (10, 39)), (-2.0, (10, 39))]
)
def test_of_a_writer_nobody_knows_the_frames_of_both_readings_are_taken(
    folder: Path, speed: float, expected: tuple[int, int]
) -> None:
    shot = only(folder, clip("one", media(), span(10, 20), effects=[warp(speed)]))
    assert source(shot) == expected
    assert ("both readings" in shot.note) is (abs(speed) < 1)


@pytest.mark.parametrize("name", ["Resolve_OTIO", "foundry.timeline.samplerate", "ayon.source.width", "AAF"])
def test_a_writer_is_known_by_what_it_leaves_in_any_clip(folder: Path, name: str) -> None:
    one = clip("one", media(), span(10, 20), effects=[warp(0.5)], metadata={name: {}})
    assert source(only(folder, one)) == (10, 12)


def test_transitions_make_a_clip_consume_more_at_its_speed(folder: Path) -> None:
    cut = read(
        folder,
        track(
            clip("left", media(), span(10, 10)),
            dissolve(2, 3),
            clip("right", media(), span(20, 10), effects=[warp(-2.0)]),
        ),
    )
    assert [source(shot) for shot in cut.shots] == [(10, 13), (20, 23)]
    assert [(shot.record.start, shot.record.count) for shot in cut.shots] == [(0, 10), (10, 10)]


def test_an_overlap_beyond_the_media_is_clamped_as_it_was_short_before(folder: Path) -> None:
    cut = read(folder, track(clip("one", media(), span(50, 10)), dissolve(2, 5), gap(5)))
    assert source(cut.shots[0]) == (50, 10)


def test_the_record_counts_as_the_timelines_timecode_through_nested_stacks(folder: Path) -> None:
    inner = stack(
        track(clip("early", media(), span(0, 10)), clip("late", media(), span(30, 10))), source=span(4, 12)
    )
    cut = read(folder, track(gap(5), inner, clip("after", media(), span(0, 5))), start=HOUR)
    records = {shot.name: (shot.record.start - HOUR, shot.record.count) for shot in cut.shots}
    assert records == {"early": (5, 6), "late": (11, 6), "after": (17, 5)}
    assert {shot.track for shot in cut.shots} == {"V1"}


def test_what_a_trimmed_nested_stack_never_shows_is_left_out(folder: Path) -> None:
    inner = stack(
        track(clip("seen", media(), span(0, 10)), clip("unseen", media(), span(0, 9))), source=span(0, 10)
    )
    cut = read(folder, track(inner))
    assert [shot.name for shot in cut.shots] == ["seen"]
    assert "shows no frame" in cut.left_out[0].reason


def test_unnamed_and_double_tracks_have_a_name_of_their_own(folder: Path) -> None:
    tracks = [track(clip(name, media(), span(0, 5)), name=label) for name, label in
              (("a", ""), ("b", "Video"), ("c", "Video"))]  # fmt: skip
    assert [shot.track for shot in read(folder, *tracks).shots] == ["V1", "Video", "Video (V3)"]


def test_all_uses_of_a_file_share_one_media_in_the_same_numbers(folder: Path) -> None:
    cut = read(
        folder,
        track(
            clip("tc", external("tc.mov", span(HOUR, 60)), span(HOUR + 5, 5)),
            clip("part", external("./tc.mov", span(HOUR + 20, 10)), span(HOUR + 22, 5)),
            clip("zero", external("tc.mov", span(0, 60)), span(30, 5)),
        ),
    )
    assert len({id(shot.media) for shot in cut.shots}) == 1
    assert [source(shot) for shot in cut.shots] == [(HOUR + 5, 5), (HOUR + 22, 5), (HOUR + 30, 5)]
    assert cut.shots[0].media.reel == "R1"


def test_copies_of_a_file_count_in_the_same_numbers(folder: Path) -> None:
    cut = read(
        folder,
        track(
            clip("a", external("a.mkv", span(0, 60)), span(5, 5)),
            clip("b", external("copy of a.mkv", span(100, 60)), span(105, 5)),
        ),
    )
    assert [source(shot) for shot in cut.shots] == [(5, 5), (5, 5)]
    assert cut.shots[0].media.fingerprint == cut.shots[1].media.fingerprint


def test_media_without_a_range_counts_from_its_start_or_its_timecode_or_is_left_out(folder: Path) -> None:
    assert source(only(folder, clip("one", external("tc.mov"), span(5, 5)))) == (5, 5)
    assert source(only(folder, clip("one", external("tc.mov"), span(HOUR + 5, 5)))) == (HOUR + 5, 5)
    assert source(only(folder, clip("one", external("tc.mov")))) == (0, 60)
    assert "neither fits" in reason(folder, clip("one", external("tc.mov"), span(500, 5)))
    assert "both fit" in reason(folder, clip("one", external("late.mov"), span(20, 5)))


def test_a_range_that_the_file_contradicts_is_left_out_unless_its_timecode_settles_it(folder: Path) -> None:
    assert source(only(folder, clip("one", external("tc.mov", span(HOUR, 90)), span(HOUR + 5, 5)))) == (
        HOUR + 5,
        5,
    )
    assert "does not settle" in reason(folder, clip("one", external("a.mkv", span(20, 10)), span(22, 5)))
    assert "does not settle" in reason(folder, clip("one", external("a.mkv", span(500, 90)), span(505, 5)))
    assert "24" in reason(folder, clip("one", external("a.mkv", span(7, 30, 25.0)), span(8, 5, 25.0)))


def test_a_clip_of_another_rate_takes_a_frame_more_on_each_side(folder: Path) -> None:
    shot = only(folder, clip("one", media(), span(20, 20, 48.0)))
    assert source(shot) == (9, 12)  # 10 to 19, and one on each side
    assert only(folder, clip("one", media(), span(20, 20, 24_000 / 1001))).source.count == 20


def test_a_still_is_one_frame_however_long_it_is_shown(folder: Path) -> None:
    shot = only(folder, clip("one", external("still.png", span(0, 1)), span(0, 444)))
    assert source(shot) == (0, 1)
    assert shot.media.info.still
    assert shot.record.count == 444


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (clip("x", missing(), span(0, 5)), "no media"),
        (clip("x", external("gone.mov", span(0, 5)), span(0, 5)), "offline"),
        (clip("x", external("https://example.com/a.mov", span(0, 5)), span(0, 5)), "https"),
        (clip("x", external("C:\\media\\a.mov", span(0, 5)), span(0, 5)), "offline"),
        (clip("x", external("file:///C:/media/a.mov", span(0, 5)), span(0, 5)), "offline"),
        (clip("x", external("\\\\server\\a.mov", span(0, 5)), span(0, 5)), "offline"),
        (clip("x", external("file://server/a.mov", span(0, 5)), span(0, 5)), "offline"),
        (clip("x", external("", span(0, 5)), span(0, 5)), "no address"),
        (clip("x", external("text.mov", span(0, 5)), span(0, 5)), "text.mov"),
        (clip("x", media(), span(50, 20)), "frames 50 to 69"),
        (clip("x", media(), span(50, 10), effects=[warp(2.0)]), "frames 50 to 68"),
        (clip("x", media(), span(-3, 10)), "frames -3"),
        (clip("x", media(), span(0, 0)), "length"),
        (clip("x", media(), span(0, 5), effects=[effect("ramp", "TimeEffect.1")]), "curve"),
        (clip("x", media(), span(0, 5), effects=[effect("Time Remap")]), "changes time"),
        (clip("x", media(), span(0, 5), effects=[effect("timeremap")]), "changes time"),
        (
            clip(
                "x",
                {
                    "OTIO_SCHEMA": "GeneratorReference.1",
                    "generator_kind": "bars",
                    "available_range": span(0, 5),
                    "parameters": {},
                    "metadata": {},
                    "name": "",
                },
                span(0, 5),
            ),
            "generator",
        ),
        (
            clip(
                "x",
                {
                    "OTIO_SCHEMA": "ImageSequenceReference.1",
                    "target_url_base": "",
                    "name_prefix": "x.",
                    "name_suffix": ".exr",
                    "start_frame": 1,
                    "frame_step": 1,
                    "rate": 24.0,
                    "frame_zero_padding": 4,
                    "missing_frame_policy": "error",
                    "available_range": span(0, 5),
                    "metadata": {},
                    "name": "",
                },
                span(0, 5),
            ),
            "image sequence",
        ),
    ],
)
def test_what_cannot_be_done_right_is_left_out_by_name(folder: Path, one: dict[str, Any], why: str) -> None:
    text = reason(folder, one)
    assert why in text
    assert ";" in text or why == "text.mov"  # what is wrong; what to do


def test_clips_in_a_retimed_stack_or_track_are_left_out(folder: Path) -> None:
    inner = stack(track(clip("in", media(), span(0, 10))), effects=[warp(2.0)])
    cut = read(folder, track(inner), track(clip("on", media(), span(0, 10)), effects=[warp(-1.0)], name="V2"))
    assert cut.shots == ()
    assert ["speed" in left.reason for left in cut.left_out] == [True, True]


def test_sound_is_listed_once_a_track_and_disabled_clips_by_name(folder: Path) -> None:
    cut = read(
        folder,
        track(clip("off", media(), span(0, 5), enabled=False), clip("on", media(), span(0, 5))),
        track(clip("s1", media(), span(0, 5)), clip("s2", media(), span(0, 5)), name="", kind="Audio"),
    )
    assert [shot.name for shot in cut.shots] == ["on"]
    assert [(left.name, left.track) for left in cut.left_out] == [("off", "V1"), ("A1", "A1")]
    assert "2 clips" in cut.left_out[1].reason
    both = read(
        folder,
        track(clip("off", media(), span(0, 5), enabled=False)),
        selection=Selection(include_disabled=True),
    )
    assert [shot.name for shot in both.shots] == ["off"]
    assert not both.shots[0].enabled


def test_an_unchanged_timeline_gives_equal_shots_and_a_changed_clip_another_id(folder: Path) -> None:
    one = clip("one", media(), span(5, 5), markers=[marker("hero")], color=RED)
    cut, again = read(folder, track(one)), read(folder, track(one))
    assert cut == again
    assert (cut.shots[0].markers, cut.shots[0].color) == (("hero",), "RED")
    assert only(folder, clip("one", media(), span(6, 5))).id != cut.shots[0].id


def test_premiere_counts_the_length_of_a_fast_clip_in_media_frames(folder: Path) -> None:
    dialect = {"PremierePro_OTIO": {"MetadataVersion": "1.0"}}
    fast = clip("fast", media(), span(10, 40), effects=[warp(2.0)])
    assert source(only(folder, fast, metadata=dialect))[0] <= 10
    assert only(folder, fast, metadata=dialect).source.end >= 50
    back = clip("back", media(), span(10, 10), effects=[warp(-2.0)])
    assert "Premiere" in reason(folder, back, metadata=dialect)


def test_importing_the_host_does_not_import_otio() -> None:
    code = (
        "import sys, uprez_otio.host; "
        "assert uprez_otio.host.OtioHost.claims('cut.otio'); "
        "sys.exit('opentimelineio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_host_claims_what_otio_and_its_adapters_read() -> None:
    claimed = {
        address: OtioHost.claims(address)
        for address in (
            "a.otio",
            "a.OTIO",
            "a.otioz",
            "a.otiod",
            "a.edl",
            "resolve:",
            "resolve:Reel 3",
            "a.mov",
            "a",
        )
    }
    assert claimed == {"a.otio": True, "a.OTIO": True, "a.otioz": True, "a.otiod": True, "a.edl": True,
                       "resolve:": False, "resolve:Reel 3": False, "a.mov": False, "a": False}  # fmt: skip


def test_the_workspace_is_beside_the_timeline(tmp_path: Path) -> None:
    assert OtioHost(str(tmp_path / "my cut.v2.otio")).workspace() == tmp_path / "my cut.v2.uprez"


def _plain() -> dict[str, Any]:
    return timeline(track(clip("one", external("a.mkv", span(0, 60)), span(0, 5))))


def _self_reference() -> str:
    content = _plain()
    content["tracks"]["OTIO_REF_ID"] = "me"
    content["tracks"]["children"].append({"OTIO_SCHEMA": "SerializableObjectRef.1", "id": "me"})
    return json.dumps(content)


def _old_label() -> str:
    return json.dumps(_plain()).replace("Clip.2", "Clip.1")


def _deep(depth: int) -> str:
    content = json.dumps({**_plain(), "metadata": {"deep": "HERE"}})
    return content.replace('"HERE"', "[" * depth + "]" * depth)


HOSTILE = {
    "empty": "",
    "no json": "hello",
    "truncated": json.dumps(_plain())[:700],
    "another json": '{"a": 1}',
    "a list": "[1, 2]",
    "a clip alone": json.dumps(clip("one", None)),
    "a stack that holds itself": _self_reference(),
    "a wrong label": _old_label(),
    "20,000 deep": _deep(20_000),
    "200,000 deep": _deep(200_000),
    "wrong children": json.dumps(_plain()).replace('"Clip.2"', '"ExternalReference.1"'),
    "a newer clip": json.dumps(_plain()).replace('"Clip.2"', '"Clip.9"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_timeline_is_one_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.otio"
    file.write_text(HOSTILE[name])
    with pytest.raises(HostError) as said:
        OtioHost(str(file)).shots(Selection())
    text = str(said.value)
    assert text.startswith(str(file))
    assert "\n" not in text
    assert "Traceback" not in text
    assert len(text) < 500


@pytest.mark.parametrize("value", ["0.0", "NaN", "1e300", "-24.0"])
def test_a_rate_or_a_time_that_is_none_leaves_the_clip_out(value: str, tmp_path: Path, folder: Path) -> None:
    bad = clip("bad", media(), span(0, 5))
    text = json.dumps(timeline(track(bad, clip("good", media(), span(0, 5)))), indent=1)
    at = text.index('"rate": 24.0')
    broken = text[:at] + text[at:].replace('"rate": 24.0', f'"rate": {value}', 2)
    file = folder / "bad rate.otio"
    file.write_text(broken)
    try:
        cut = OtioHost(str(file)).shots(Selection())
    except HostError as said:
        assert str(file) in str(said) or "rate" in str(said)
    else:
        assert [shot.name for shot in cut.shots] == ["good"]
        assert isinstance(cut.left_out[0], LeftOut)


def test_folders_and_files_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cut.otio").mkdir()
    for name in ("cut.otio", "none.otio"):
        with pytest.raises(HostError, match=name):
            OtioHost(str(tmp_path / name)).shots(Selection())


def test_a_timeline_without_clips_is_a_cut_without_shots(tmp_path: Path) -> None:
    for tracks in ([], [track()], [track(gap(5))]):
        cut = OtioHost(str(write(tmp_path / "cut.otio", timeline(*tracks)))).shots(Selection())
        assert (cut.shots, cut.left_out) == ((), ())


def test_what_the_environment_says_to_otio_does_not_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\ndef read_from_file(x): ...\n")
    adapter = {"OTIO_SCHEMA": "Adapter.1", "name": "otio_json", "filepath": "evil.py", "suffixes": ["otio"]}
    manifest = {"OTIO_SCHEMA": "PluginManifest.1", "adapters": [adapter]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("OTIO_PLUGIN_MANIFEST_PATH", str(tmp_path / "manifest.json"))
    assert only(folder, clip("one", media(), span(0, 5))).source.count == 5
    assert not (tmp_path / "ran").exists()


def test_a_bundle_folder_is_read_with_its_media(folder: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "cut.otiod"
    bundle.mkdir()
    os.link(folder / "a.mkv", bundle / "a.mkv")
    write(bundle / "content.otio", timeline(track(clip("one", media(), span(0, 5)))))
    assert OtioHost(str(bundle)).shots(Selection()).shots[0].media.path == bundle / "a.mkv"


def test_a_zipped_bundle_is_read_and_a_media_that_it_lacks_is_named(tmp_path: Path) -> None:
    content = timeline(track(clip("one", external("media/a.mkv", span(0, 60)), span(0, 5))))
    with zipfile.ZipFile(tmp_path / "cut.otioz", "w") as bundle:
        bundle.writestr("content.otio", json.dumps(content))
    cut = OtioHost(str(tmp_path / "cut.otioz")).shots(Selection())
    assert "its media is offline" in cut.left_out[0].reason
    assert "media/a.mkv" in cut.left_out[0].reason
    (tmp_path / "bad.otioz").write_text("no zip")
    (tmp_path / "bad.otiod").mkdir()
    for name in ("bad.otioz", "bad.otiod"):
        with pytest.raises(HostError, match=name):
            OtioHost(str(tmp_path / name)).shots(Selection())


def test_a_format_of_an_adapter_is_read(folder: Path, tmp_path: Path) -> None:
    edl = tmp_path / "cut.edl"
    edl.write_text(
        "TITLE: cut\n\n"
        "001  AX       V     C        00:00:00:05 00:00:00:15 00:00:00:00 00:00:00:10\n"
        f"* FROM CLIP NAME: one\n* FROM CLIP: {folder / 'a.mkv'}\n"
    )
    cut = OtioHost(str(edl)).shots(Selection())
    assert cut.rate == Fraction(24)
    assert [left.name for left in cut.left_out] + [shot.name for shot in cut.shots] == ["one"]
