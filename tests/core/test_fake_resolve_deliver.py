"""The fake Resolve's Deliver page and its OTIO, with real files at both ends."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.resolve import Scene

from uprez.media.probe import probe
from uprez.testing import read_numbers
from uprez.testing.fake_resolve import FakeResolve, differences


@pytest.fixture(scope="module")
def server() -> Iterator[FakeResolve]:
    with FakeResolve(patience=5.0) as fake:
        yield fake


@pytest.fixture
def scene(server: FakeResolve, tmp_path: Path) -> Scene:
    server.reset("studio_21_0_4_5")
    return Scene(server, tmp_path)


def ready(scene: Scene, **settings: Any) -> Any:
    project = scene.project
    assert project.LoadRenderPreset("ProRes 422 HQ") is True
    wanted = {
        "TargetDir": str(scene.folder),
        "CustomName": "out",
        "FormatWidth": 64,
        "FormatHeight": 36,
        **settings,
    }
    assert all(project.SetRenderSettings({name: value}) for name, value in wanted.items())
    return project


def finished(project: Any, job: str) -> list[str]:
    assert project.StartRendering([job], False) is True
    words = [project.GetRenderJobStatus(job)["JobStatus"]]
    until = time.monotonic() + 30
    while (
        project.IsRenderingInProgress() and words[-1] in ("Rendering", "Ready") and time.monotonic() < until
    ):
        words.append(project.GetRenderJobStatus(job)["JobStatus"])
        if words[-12:] == ["Ready"] * 12:
            return words
    return [*words, project.GetRenderJobStatus(job)["JobStatus"]]


def test_a_job_writes_the_pictures_of_the_timeline_between_its_marks(scene: Scene) -> None:
    start = scene.item.GetStart()
    project = ready(scene, SelectAllFrames=False, MarkIn=start + 2, MarkOut=start + 5)
    project.SetRenderSettings({"FormatWidth": 128, "FormatHeight": 72})
    job = project.AddRenderJob()
    assert finished(project, job)[-1] == "Complete"
    assert read_numbers(scene.folder / "out.mov") == [14, 15, 16, 17]
    assert probe(scene.folder / "out.mov").width == 128
    assert project.GetRenderJobList()[0]["OutputFilename"] == "out.mov"
    assert project.DeleteRenderJob(job) is True
    assert project.GetRenderJobList() == []


def test_what_lies_above_covers_what_is_below_and_a_hidden_track_does_not(scene: Scene) -> None:
    scene.fake.user.place(scene.clip, (50, 52), at=1, track=2)
    project = ready(scene)
    finished(project, project.AddRenderJob())
    assert read_numbers(scene.folder / "out.mov")[:5] == [12, 50, 51, 15, 16]
    scene.reel.SetTrackEnable("video", 2, False)
    ready(scene, CustomName="below")
    finished(project, project.AddRenderJob())
    assert read_numbers(scene.folder / "below.mov")[:5] == [12, 13, 14, 15, 16]


def test_speeds_are_rendered_as_they_play(scene: Scene) -> None:
    scene.fake.user.delete(scene.shot)
    scene.fake.user.place(scene.clip, (20, 28), speed=2, at=0)
    scene.fake.user.place(scene.clip, (30, 33), speed=-1)
    scene.fake.user.place(scene.clip, (40, 42), speed=0)
    project = ready(scene)
    finished(project, project.AddRenderJob())
    assert read_numbers(scene.folder / "out.mov") == [20, 22, 24, 26, 32, 31, 30, 40, 40]


def test_single_clips_come_at_their_own_size_and_with_handles(scene: Scene) -> None:
    project = ready(scene, AddFrameHandles=2)
    assert project.SetCurrentRenderMode(0) is True
    finished(project, project.AddRenderJob())
    (file,) = scene.folder.glob("out_*.mov")
    assert read_numbers(file) == list(range(10, 38))
    assert probe(file).width == 64


def test_settings_lie_in_layers_and_unknown_keys_are_passed_over(scene: Scene) -> None:
    project = scene.project
    assert project.AddRenderJob() is None
    assert project.LoadRenderPreset("Audio Only") is True
    settings = {"TargetDir": str(scene.folder), "Nonsense": 1}
    assert project.SetRenderSettings(settings) is True
    assert finished(project, project.AddRenderJob())[-1] == "Complete"
    assert list(scene.folder.glob("*.mov")) == [scene.file]


def test_a_preset_of_ones_own_keeps_the_state_for_the_way_back(scene: Scene) -> None:
    project = ready(scene, CustomName="theirs")
    before = scene.fake.snapshot()
    assert project.SaveAsNewRenderPreset("kept") is True
    assert project.LoadRenderPreset("H.264 Master") is True
    assert project.GetCurrentRenderFormatAndCodec() == {"format": "mp4", "codec": "H264"}
    assert (project.LoadRenderPreset("kept"), project.DeleteRenderPreset("kept")) == (True, True)
    assert differences(before, scene.fake.snapshot()) == ["project/render/preset: ProRes 422 HQ → "]


def test_codecs_are_named_by_their_value(scene: Scene) -> None:
    project = scene.project
    codecs = project.GetRenderCodecs("mov")
    assert project.SetCurrentRenderFormatAndCodec("mov", "Apple ProRes 422 HQ") is False
    assert project.SetCurrentRenderFormatAndCodec("mov", codecs["Apple ProRes 422 HQ"]) is True
    assert project.GetRenderCodecs("wav") == {}


def test_while_a_job_runs_nothing_can_be_written(scene: Scene) -> None:
    project = ready(scene)
    project.StartRendering([project.AddRenderJob()])
    assert scene.item.SetClipColor("Orange") is False
    assert scene.item.GetClipColor() == ""


def test_a_job_may_fail_hang_in_the_queue_or_be_done_without_a_file(scene: Scene) -> None:
    scene.fake.turn(
        addjob_empty_first=True, render_statuses=("Rendering", "Failed"), render_error="disk full"
    )
    project = ready(scene)
    assert project.AddRenderJob() is None
    job = project.AddRenderJob()
    assert finished(project, job)[-1] == "Failed"
    assert project.GetRenderJobStatus(job)["Error"] == "disk full"
    scene.fake.turn(render_statuses=("Rendering", "Complete"), render_writes=False)
    assert finished(project, job)[-1] == "Complete"
    assert not (scene.folder / "out.mov").exists()
    scene.fake.turn(render_statuses=("Ready",) * 20)
    assert finished(project, job)[-1] == "Ready"


def test_the_users_own_job_is_in_the_same_queue(scene: Scene) -> None:
    theirs = scene.fake.user.queue(str(scene.folder))
    project = ready(scene)
    ours = project.AddRenderJob()
    assert [job["JobId"] for job in project.GetRenderJobList()] == [theirs, ours]
    assert finished(project, ours)[-1] == "Complete"
    assert project.GetRenderJobStatus(theirs)["JobStatus"] == "Ready"


def test_otio_goes_out_in_resolves_shape_and_comes_back_the_same(scene: Scene) -> None:
    scene.fake.user.place(scene.clip, (20, 40), at=30, speed=2)
    scene.fake.user.title(10, name="Title", at=50)
    path = scene.folder / "cut.otio"
    resolve, cut = scene.resolve, scene.spans()
    assert scene.reel.Export(str(path), "EXPORT_OTIO") is False
    assert scene.reel.Export(str(path), resolve.EXPORT_OTIO, resolve.EXPORT_NONE) is True
    written = json.loads(path.read_text(encoding="utf-8"))
    clip = written["tracks"]["children"][0]["children"][0]
    reference = clip["media_references"]["DEFAULT_MEDIA"]
    assert reference["target_url"] == str(scene.file)
    assert reference["available_range"]["start_time"]["value"] == 86400.0
    assert clip["source_range"]["start_time"]["value"] == 86412.0
    assert scene.pool.ImportTimelineFromFile(str(path), {}) is None
    back = scene.pool.ImportTimelineFromFile(str(path), {"timelineName": "back"})
    assert (back.GetName(), scene.spans()) == ("back", cut)
    items = scene.reel.GetItemListInTrack("video", 1)
    assert [item.GetLeftOffset() for item in items[:2]] == [12, 10]
    assert items[2].GetMediaPoolItem() is None


def test_ranges_that_do_not_begin_at_the_timecode_are_refused(scene: Scene) -> None:
    path = scene.folder / "cut.otio"
    scene.fake.user.export_timeline(path)
    written = json.loads(path.read_text(encoding="utf-8"))
    clip = written["tracks"]["children"][0]["children"][0]
    for one in (clip["source_range"], clip["media_references"]["DEFAULT_MEDIA"]["available_range"]):
        one["start_time"]["value"] -= 86400
    path.write_text(json.dumps(written))
    count = scene.project.GetTimelineCount()
    assert scene.pool.ImportTimelineFromFile(str(path), {"timelineName": "back"}) is None
    assert scene.project.GetTimelineCount() == count
    scene.fake.turn(otio_strict=False)
    assert scene.pool.ImportTimelineFromFile(str(path), {"timelineName": "back"}) is not None


def test_import_source_clips_means_one_thing_before_21_1_and_another_after(scene: Scene) -> None:
    path = scene.folder / "cut.otio"
    scene.fake.user.export_timeline(path)
    scene.fake.turn(import_source_clips="inverse")
    assert scene.pool.ImportTimelineFromFile(str(path), {"timelineName": "x"}) is None
    options = {"timelineName": "x", "importSourceClips": False}
    assert scene.pool.ImportTimelineFromFile(str(path), options) is not None
    scene.fake.reset("studio_21_0_4_5")
    project = scene.project
    options["timelineName"] = "y"
    assert project.GetMediaPool().ImportTimelineFromFile(str(path), options) is not None
    assert scene.item.GetMediaPoolItem().GetClipProperty("Online Status") == "Offline"


def test_where_scripting_is_gone_the_user_still_takes_timelines_out_and_in(scene: Scene) -> None:
    scene.fake.reset("free_21_1")
    scene.fake.user.media(scene.file)
    scene.fake.user.timeline("Reel 1")
    clip = next(iter(scene.fake.snapshot()["project"]["clips"]))
    scene.fake.user.place(clip, (5, 15))
    assert scene.fake.user.export_timeline(scene.folder / "cut.otio") is True
    assert scene.fake.user.import_timeline(scene.folder / "cut.otio", "back") is not None
    assert scene.fake.user.import_timeline(scene.folder / "not there.otio") is None
