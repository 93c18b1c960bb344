"""What the fake Resolve says about items, clips and timelines, with what builds get wrong in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.resolve import Scene, film

from uprez.testing.fake_resolve import FakeResolve, differences


@pytest.fixture(scope="module")
def server() -> Iterator[FakeResolve]:
    with FakeResolve(patience=1.0) as fake:
        yield fake


@pytest.fixture
def scene(server: FakeResolve, tmp_path: Path) -> Scene:
    server.reset("studio_21_0_4_5")
    return Scene(server, tmp_path)


def sources(item: Any) -> tuple[Any, ...]:
    ends = item.GetSourceStartFrame(), item.GetSourceEndFrame()
    return (*ends, item.GetLeftOffset(), item.GetDuration())


def test_seconds_of_ntsc_film_begin_at_its_frames_or_at_what_its_clock_says(scene: Scene) -> None:
    path = film(scene.folder / "ntsc.mov", rate="24000/1001", timecode="01:00:00:00")
    scene.fake.user.place(scene.fake.user.media(path), (24, 48))
    begins, ends = last(scene).GetSourceStartTime(), last(scene).GetSourceEndTime()
    assert begins == pytest.approx(3603.6 + 24 * 1001 / 24000)
    scene.fake.turn(seconds_zero="clock")
    assert last(scene).GetSourceStartTime() == pytest.approx(begins - 3.6)
    assert last(scene).GetSourceEndTime() == pytest.approx(ends - 3.6)


def last(scene: Scene) -> Any:
    return scene.reel.GetItemListInTrack("video", 1)[-1]


def test_a_clip_says_what_its_file_holds(scene: Scene) -> None:
    path = film(scene.folder / "b.mov", rate="24000/1001", frames=48, timecode="10:00:00:00", audio=True)
    said = scene.imported(path).GetClipProperty()
    assert {name: said[name] for name in ("File Path", "FPS", "Frames", "Start", "End")} == {
        "File Path": str(path),
        "FPS": 23.976,
        "Frames": "48",
        "Start": "0",
        "End": "47",
    }
    assert (said["Start TC"], said["End TC"]) == ("10:00:00:00", "10:00:02:00")
    assert (said["Resolution"], said["Type"]) == ("64x36", "Video + Audio")
    assert scene.imported(path).GetClipProperty("No such thing") == ""
    scene.fake.turn(fps_type="str", locale="ja")
    said = scene.imported(path).GetClipProperty()
    assert (said["FPS"], said["Type"]) == ("23.976", "ビデオ + オーディオ")


def test_usage_counts_over_all_timelines(scene: Scene) -> None:
    clip = scene.item.GetMediaPoolItem()
    scene.fake.user.timeline("Reel 2")
    scene.fake.user.place(scene.clip, (0, 5))
    assert clip.GetClipProperty("Usage") == "2"


def test_a_plain_item_names_its_source_frames_and_times(scene: Scene) -> None:
    assert sources(scene.item) == (12, 36, 12, 24)
    assert (scene.item.GetSourceStartTime(), scene.item.GetSourceEndTime()) == (3600.5, 3601.5)
    assert scene.item.GetDuration(True) == 24.0


def test_the_source_start_slips_by_one_at_23_976_on_a_fixed_pattern(scene: Scene) -> None:
    clip = scene.fake.user.media(film(scene.folder / "b.mov", rate="24000/1001"))
    scene.fake.user.timeline("NTSC", "23.976")
    slips = []
    for start in range(6):
        scene.fake.user.place(clip, (start, start + 10))
        slips.append(last(scene).GetSourceStartFrame() - last(scene).GetLeftOffset())
    assert slips == [0, -1, 0, 0, -1, 0]
    scene.fake.turn(source_start_slip="off")
    assert last(scene).GetSourceStartFrame() == last(scene).GetLeftOffset()


def test_the_source_end_is_one_less_where_rates_differ(scene: Scene) -> None:
    clip = scene.fake.user.media(film(scene.folder / "b.mov", rate="48"))
    scene.fake.user.place(clip, (0, 20))
    assert sources(last(scene)) == (0, 19, 0, 10)
    scene.fake.turn(source_end="exclusive")
    assert sources(last(scene)) == (0, 20, 0, 10)
    scene.fake.turn(source_end="inclusive")
    assert sources(scene.item) == (12, 35, 12, 24)


def test_offsets_of_a_retimed_item_are_warped_and_its_span_tells_the_speed(scene: Scene) -> None:
    scene.fake.user.place(scene.clip, (20, 40), speed=2)
    assert sources(last(scene)) == (20, 40, 10, 10)
    scene.fake.turn(retime_left_offset="source")
    assert last(scene).GetLeftOffset() == 20
    scene.fake.user.place(scene.clip, (20, 40), speed=-1)
    assert sources(last(scene))[:2] == (40, 20)
    scene.fake.user.place(scene.clip, (20, 40), speed=0)
    assert sources(last(scene)) == (20, 20, 20, 20)
    assert last(scene).GetProperty("Speed") is None


def test_21_1_says_kind_and_speed(scene: Scene) -> None:
    scene.fake.reset("studio_21_1_1")
    scene = Scene(scene.fake, scene.folder)
    scene.fake.user.place(scene.clip, (20, 40), speed="0.5")
    scene.fake.user.title(24)
    scene.fake.user.transition(24)
    said = [item.GetType() for item in scene.reel.GetItemListInTrack("video", 1)]
    assert said == ["video", "transition", "video", "generator"]
    assert scene.reel.GetItemListInTrack("video", 1)[2].GetSpeed()["Percentage"] == 50.0
    assert scene.resolve.IsStudio() is True


def test_every_kind_of_item_can_be_told_by_its_structure(scene: Scene) -> None:
    user = scene.fake.user
    for kind in ("compound", "multicam", "fusion", "timeline"):
        user.place(user.nested(kind, kind), (0, 10))
    user.title(10, kind="generator")
    user.title(10, kind="adjustment")
    user.title(10, kind="fusion", comps=["Composition 1"])
    user.transition(24)
    shapes = []
    for item in scene.reel.GetItemListInTrack("video", 1):
        clip = item.GetMediaPoolItem()
        kind = clip.GetClipProperty("Type") if clip else None
        shapes.append((kind, bool(clip and clip.GetClipProperty("File Path")), len(item.GetProperty())))
    assert shapes == [
        ("Video", True, 26),
        (None, False, 0),
        ("Compound", False, 26),
        ("Multicam", False, 26),
        ("Fusion", False, 26),
        ("Timeline", False, 26),
        (None, False, 21),
        (None, False, 21),
        (None, False, 21),
    ]
    assert last(scene).GetFusionCompCount() == 1


def test_a_subclip_counts_from_its_own_head_or_from_the_files(scene: Scene) -> None:
    sub = scene.fake.user.subclip(scene.clip, 10, 40)
    scene.fake.user.place(sub, (15, 25))
    assert (last(scene).GetLeftOffset(), last(scene).GetRightOffset()) == (5, 15)
    assert last(scene).GetMediaPoolItem().GetClipProperty("Frames") == "30"
    assert last(scene).GetSourceStartTime() == 3600 + 15 / 24
    scene.fake.turn(subclip_offset="file")
    assert last(scene).GetLeftOffset() == 15


def test_the_selection_has_linked_sound_and_is_known_on_cut_and_edit_only(scene: Scene) -> None:
    shot = scene.fake.user.place(scene.fake.user.media(film(scene.folder / "b.mov", audio=True)), linked=True)
    sound = scene.reel.GetItemListInTrack("audio", 1)[0].GetUniqueId()
    scene.fake.user.select(shot, sound)

    def chosen() -> Any:
        found = scene.reel.GetSelectedClips()
        return found if not found else [item.GetUniqueId() for item in found]

    assert chosen() == [shot, sound]
    scene.fake.turn(selection_has_audio=False)
    assert chosen() == [shot]
    scene.fake.user.page("color")
    assert chosen() == []
    scene.fake.turn(selection_pages="all")
    assert chosen() == [shot]
    scene.fake.user.select()
    scene.fake.turn(empty_selection="none")
    assert chosen() is None
    assert scene.pool.GetSelectedClips() is None


def test_elsewhere_than_on_the_open_timeline_takes_and_track_states_are_lies(scene: Scene) -> None:
    reel, item = scene.reel, scene.item
    other = scene.imported(film(scene.folder / "b.mov"))
    assert item.AddTake(other, 0, 24) is True
    scene.fake.user.lock(1)
    said = reel.GetIsTrackEnabled("video", 1), reel.GetIsTrackLocked("video", 1), item.GetTakesCount()
    scene.fake.user.timeline("Reel 2")
    lies = reel.GetIsTrackEnabled("video", 1), reel.GetIsTrackLocked("video", 1), item.GetTakesCount()
    assert (said, lies) == ((True, True, 2), (False, False, 0))
    assert item.GetSelectedTakeIndex() == 0
    scene.fake.turn(noncurrent_getters="truth")
    assert (reel.GetIsTrackLocked("video", 1), item.GetSelectedTakeIndex()) == (True, 2)


def test_switching_timelines_moves_the_playhead_and_opening_deliver_the_marks(scene: Scene) -> None:
    reel = scene.reel
    scene.fake.user.playhead(12)
    assert reel.GetCurrentTimecode() == "01:00:00:12"
    assert reel.GetCurrentVideoItem().GetUniqueId() == scene.shot
    scene.fake.user.timeline("Reel 2")
    assert scene.project.SetCurrentTimeline(reel) is True
    assert reel.GetCurrentTimecode() == "01:00:00:00"
    scene.fake.turn(switch_moves_playhead=False)
    assert reel.SetCurrentTimecode("01:00:00:07") is True
    scene.project.SetCurrentTimeline(scene.project.GetTimelineByIndex(2))
    scene.project.SetCurrentTimeline(reel)
    assert reel.GetCurrentTimecode() == "01:00:00:07"
    assert (reel.GetMarkInOut(), scene.resolve.OpenPage("Deliver")) == ({}, True)
    assert reel.GetMarkInOut()["video"] == {"in": 0, "out": 23}
    assert reel.ClearMarkInOut() is True
    scene.fake.turn(deliver_moves_marks=False)
    scene.resolve.OpenPage("edit")
    scene.resolve.OpenPage("deliver")
    assert reel.GetMarkInOut() == {}
    scene.resolve.OpenPage("fusion")
    assert (reel.GetCurrentTimecode(), reel.GetCurrentVideoItem()) == (None, None)


def test_timelines_begin_where_their_rate_says(scene: Scene) -> None:
    starts = {}
    for rate in ("24", "23.976", "25", "29.97", "29.97 DF", "50", "59.94"):
        scene.fake.user.timeline(f"at {rate}", rate)
        starts[rate] = (scene.reel.GetStartFrame(), scene.reel.GetStartTimecode())
    assert starts == {
        "24": (86400, "01:00:00:00"),
        "23.976": (86400, "01:00:00:00"),
        "25": (90000, "01:00:00:00"),
        "29.97": (108000, "01:00:00:00"),
        "29.97 DF": (107892, "01:00:00;00"),
        "50": (180000, "01:00:00:00"),
        "59.94": (216000, "01:00:00:00"),
    }


def test_settings_are_text_and_a_size_waits_for_custom_settings(scene: Scene) -> None:
    reel = scene.reel
    assert reel.GetSetting("timelineFrameRate") == 24.0
    scene.fake.turn(rate_type="str")
    assert reel.GetSetting("timelineFrameRate") == "24"
    assert scene.project.GetSetting("timelineFrameRate") == "24"
    assert reel.SetSetting("timelineResolutionWidth", 100) is False
    scene.fake.turn(setting_nonstring="accept")
    assert scene.project.SetSetting("superScale", 2) is True
    assert scene.project.SetSetting("timelineFrameRate", "25") is False
    assert reel.SetSetting("timelineResolutionWidth", "100") is True
    assert reel.GetSetting("timelineResolutionWidth") == "1920"
    reel.SetSetting("useCustomSettings", "1")
    reel.SetSetting("timelineResolutionWidth", "100")
    assert reel.GetSetting("timelineResolutionWidth") == "100"
    scene.fake.turn(size_inert=False)
    scene.fake.user.timeline("Reel 2")
    scene.reel.SetSetting("timelineResolutionWidth", "100")
    assert scene.reel.GetSetting("timelineResolutionWidth") == "1920"
    scene.reel.SetSetting("useCustomSettings", "1")
    assert scene.reel.GetSetting("timelineResolutionWidth") == "100"


def test_markers_count_from_the_start_and_some_builds_echo_absolute_frames(scene: Scene) -> None:
    reel = scene.reel
    assert reel.AddMarker(5, "Mint", "uprez", "", 1, "job 1") is True
    assert reel.AddMarker(5, "Mint", "again", "", 1) is False
    assert reel.AddMarker(6, "Orange", "no such colour", "", 1) is False
    assert reel.GetMarkers() == {
        5.0: {"color": "Mint", "duration": 1.0, "note": "", "name": "uprez", "customData": "job 1"}
    }
    scene.fake.turn(marker_base="absolute")
    assert list(reel.GetMarkers()) == [86405.0]
    assert reel.DeleteMarkerByCustomData("job 1") is True
    assert reel.GetMarkers() == {}


def test_colours_and_flags_have_their_own_palettes_and_homes(scene: Scene) -> None:
    title = scene.fake.user.title(10)
    item, shown = scene.item, last(scene)
    assert (item.SetClipColor("Red"), item.SetClipColor("Orange")) == (False, True)
    assert (item.GetClipColor(), item.GetMediaPoolItem().GetClipColor()) == ("Orange", "")
    assert (shown.SetClipColor("Orange"), shown.GetClipColor()) == (True, "")
    scene.fake.turn(titles_keep_color=True)
    assert (shown.SetClipColor("Orange"), shown.GetClipColor()) == (True, "Orange")
    assert (item.AddFlag("Orange"), item.AddFlag("Red")) == (False, True)
    assert item.GetMediaPoolItem().GetFlagList() == []
    scene.fake.turn(flags_live_on="clip")
    item.AddFlag("Blue")
    assert item.GetMediaPoolItem().GetFlagList() == item.GetFlagList() == ["Blue"]
    assert scene.fake.journal("SetClipColor")[-1].id == title


def test_deleting_goes_by_page_timeline_and_lock(scene: Scene) -> None:
    reel = scene.reel
    scene.fake.user.page("fairlight")
    assert reel.DeleteClips([scene.item]) is False
    scene.fake.user.page("edit")
    scene.fake.turn(first_delete_fails=True)
    scene.fake.user.place(scene.clip, (0, 10))
    assert [reel.DeleteClips([scene.item], True) for _ in range(2)] == [False, True]
    assert scene.spans() == [(0, 10)]
    scene.fake.user.lock(1)
    assert reel.DeleteClips([scene.item]) is False


def test_a_duplicate_is_equal_in_all_but_its_ids_and_opens_itself(scene: Scene) -> None:
    reel = scene.reel
    scene.item.SetClipColor("Orange")
    copy = reel.DuplicateTimeline("Reel 1 copy")
    assert (scene.reel.GetName(), copy.GetName()) == ("Reel 1 copy", "Reel 1 copy")
    assert scene.item.GetUniqueId() != scene.shot
    assert (scene.item.GetClipColor(), scene.spans()) == ("Orange", [(0, 24)])
    assert reel.DuplicateTimeline("Reel 1 copy") is None
    assert scene.pool.DeleteTimelines([copy]) is False
    assert scene.project.SetCurrentTimeline(reel) is True
    assert scene.pool.DeleteTimelines([copy]) is True
    scene.fake.turn(duplicate_current=False, duplicate_uids="same")
    reel.DuplicateTimeline("another")
    assert (scene.reel.GetName(), scene.project.GetTimelineCount()) == ("Reel 1", 2)
    scene.project.SetCurrentTimeline(scene.project.GetTimelineByIndex(2))
    assert scene.item.GetUniqueId() == scene.shot


def test_a_duplicate_may_lack_its_last_clips(scene: Scene) -> None:
    scene.fake.user.place(scene.clip, (0, 10))
    scene.fake.turn(duplicate_loses=1)
    assert len(scene.reel.DuplicateTimeline("Two").GetItemListInTrack("video", 1)) == 1
    assert len(scene.reel.GetItemListInTrack("video", 1)) == 1


def test_tracks_are_added_on_top_named_and_taken_away(scene: Scene) -> None:
    before, reel = scene.fake.snapshot(), scene.reel
    assert reel.AddTrack("video") is True
    assert (reel.GetTrackCount("video"), reel.SetTrackName("video", 2, "uprez")) == (2, True)
    assert reel.GetTrackName("video", 2) == "uprez"
    assert reel.GetItemListInTrack("video", 3) is None
    assert reel.DeleteTrack("video", 2) is True
    assert differences(before, scene.fake.snapshot()) == []


def test_properties_are_clamped_and_only_known_ones_are_kept(scene: Scene) -> None:
    item = scene.item
    assert (item.SetProperty("ZoomX", 500), item.SetProperty("Speed", 50)) == (True, False)
    assert (item.GetProperty("ZoomX"), item.GetProperty("ZoomY")) == (100.0, 100.0)
    assert item.SetProperty("Scaling", 2) is True
    assert item.GetProperty("Scaling") == 2


def test_framing_follows_scaling_zoom_and_pan(scene: Scene) -> None:
    big = scene.fake.user.media(film(scene.folder / "big.mov", size=(128, 72)))
    scene.fake.user.timeline("small", size=(64, 36))
    frames = {}
    for mode in ("scaleToFit", "scaleToCrop", "stretch", "centerCrop"):
        scene.fake.user.setting("timelineInputResMismatchBehavior", mode)
        ours = [framed(scene, clip) for clip in (scene.clip, big)]
        frames[mode] = ours[0] == ours[1]
    assert frames == {"scaleToFit": True, "scaleToCrop": True, "stretch": True, "centerCrop": False}
    assert framed(scene, big, ZoomX=0.5, ZoomY=0.5) == framed(scene, scene.clip)
    assert framed(scene, big, Scaling=2) == framed(scene, scene.clip, Scaling=2)


def test_crops_count_in_source_or_in_timeline_pixels(scene: Scene) -> None:
    scene.fake.user.timeline("small", size=(32, 18))
    assert framed(scene, scene.clip, CropLeft=10.0)["CropLeft"] == 5.0
    scene.fake.turn(crop_unit="timeline")
    assert framed(scene, scene.clip, CropLeft=10.0)["CropLeft"] == 10.0


def framed(scene: Scene, clip: str, **properties: float) -> Any:
    shot = scene.fake.user.place(clip, (0, 5))
    scene.fake.user.frame(shot, **properties)
    timelines = scene.fake.snapshot()["timelines"].values()
    tracks = [timeline["tracks"]["video 1"]["items"] for timeline in timelines]
    return next(items[shot]["framing"] for items in tracks if shot in items)


def test_two_snapshots_of_the_same_project_do_not_differ_and_a_change_is_named(scene: Scene) -> None:
    before = scene.fake.snapshot()
    assert differences(before, scene.fake.snapshot()) == []
    scene.fake.user.change(scene.shot, grade="cold")
    (named,) = differences(before, scene.fake.snapshot())
    assert named.endswith(f"{scene.shot}/grade:  → cold")


def test_grades_are_copied_within_a_timeline_only(scene: Scene) -> None:
    scene.fake.user.change(scene.shot, grade="cold+vignette")
    there = scene.fake.user.place(scene.clip, (0, 5))
    items = scene.reel.GetItemListInTrack("video", 1)
    assert items[0].CopyGrades([items[1]]) is True
    assert items[1].GetNodeGraph().GetNumNodes() == items[0].GetNumNodes() == 2
    assert items[1].GetUniqueId() == there
    scene.fake.user.timeline("Reel 2")
    scene.fake.user.place(scene.clip, (0, 5))
    assert items[0].CopyGrades([scene.item]) is False
