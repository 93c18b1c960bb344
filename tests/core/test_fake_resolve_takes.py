"""The fake Resolve's take selector, and putting another file in a clip's place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.resolve import Scene, film

from uprez.testing.fake_resolve import FakeResolve, differences


@pytest.fixture(scope="module")
def server() -> Iterator[FakeResolve]:
    with FakeResolve(patience=5.0) as fake:
        yield fake


@pytest.fixture
def scene(server: FakeResolve, tmp_path: Path) -> Scene:
    server.reset("studio_21_0_4_5")
    return Scene(server, tmp_path)


@pytest.fixture
def big(scene: Scene) -> Any:
    return scene.imported(film(scene.folder / "big.mov", size=(128, 72), frames=40))


def state(item: Any) -> tuple[Any, ...]:
    return (item.GetTakesCount(), item.GetSelectedTakeIndex(), item.GetLeftOffset(), item.GetDuration())


def test_the_first_take_makes_the_original_take_1(scene: Scene, big: Any) -> None:
    item = scene.item
    assert state(item) == (0, 0, 12, 24)
    assert item.AddTake(big, 3, 27) is True
    assert state(item) == (2, 2, 3, 24)
    original, ours = item.GetTakeByIndex(1), item.GetTakeByIndex(2)
    assert (original["startFrame"], original["endFrame"]) == (12, 36)
    assert (ours["startFrame"], ours["endFrame"]) == (3, 27)
    assert ours["mediaPoolItem"].GetUniqueId() == item.GetMediaPoolItem().GetUniqueId()
    assert item.GetTakeByIndex(3) is None


def test_choosing_take_1_and_deleting_ours_gives_the_item_back(scene: Scene, big: Any) -> None:
    before, item = scene.fake.snapshot(), scene.item
    item.AddTake(big, 3, 27)
    assert (item.SelectTakeByIndex(3), item.SelectTakeByIndex(1)) == (False, True)
    assert item.DeleteTakeByIndex(2) is True
    assert differences(before, scene.fake.snapshot()) == []


def test_grade_place_and_transform_stay_with_the_item(scene: Scene, big: Any) -> None:
    scene.fake.user.change(scene.shot, grade="cold", color="Orange")
    scene.fake.user.frame(scene.shot, ZoomX=2.0, ZoomY=2.0)
    before = scene.fake.snapshot()
    scene.item.AddTake(big, 3, 27)
    changed = {
        line.partition(":")[0].rpartition("/")[2] for line in differences(before, scene.fake.snapshot())
    }
    assert changed == {"clip", "source", "takes", "selected"}


def test_the_old_take_may_stay_selected_after_an_add(scene: Scene, big: Any) -> None:
    scene.fake.turn(take_selected="old")
    scene.item.AddTake(big, 3, 27)
    assert state(scene.item) == (2, 1, 12, 24)
    assert scene.item.SelectTakeByIndex(2) is True
    assert state(scene.item) == (2, 2, 3, 24)


def test_an_inclusive_build_shows_a_frame_more(scene: Scene, big: Any) -> None:
    scene.fake.turn(take_end="inclusive")
    scene.item.AddTake(big, 3, 27)
    assert state(scene.item) == (2, 2, 3, 25)
    assert scene.item.GetTakeByIndex(2)["endFrame"] == 27


def test_a_take_and_an_appended_clip_may_begin_late(scene: Scene, big: Any) -> None:
    scene.fake.turn(start_slip=2)
    scene.item.AddTake(big, 3, 27)
    assert state(scene.item) == (2, 2, 5, 24)
    info = {"mediaPoolItem": big, "startFrame": 3, "endFrame": 13, "mediaType": 1, "recordFrame": 86_500}
    scene.pool.AppendToTimeline([{**info, "trackIndex": 1}])
    late = scene.reel.GetItemListInTrack("video", 1)[-1]
    assert (late.GetLeftOffset(), late.GetDuration()) == (5, 10)


def test_takes_of_another_length_change_the_item_or_push_what_follows(scene: Scene, big: Any) -> None:
    scene.fake.user.place(scene.clip, (0, 10), at=30)
    item = scene.item
    item.AddTake(big)
    assert scene.spans() == [(0, 30), (30, 10)]
    item.SelectTakeByIndex(1)
    scene.fake.turn(take_unequal="ripple")
    item.SelectTakeByIndex(2)
    assert scene.spans() == [(0, 40), (46, 10)]


def test_a_yes_may_mean_nothing(scene: Scene, big: Any) -> None:
    scene.fake.turn(takes_land=False)
    assert scene.item.AddTake(big, 3, 27) is True
    assert state(scene.item) == (0, 0, 12, 24)
    scene.fake.turn(takes_land=True, selecting_lands=False)
    assert scene.item.AddTake(big, 3, 27) is True
    assert scene.item.SelectTakeByIndex(2) is True
    assert state(scene.item) == (2, 1, 12, 24)


def test_refused_are_titles_sound_locked_tracks_and_frames_that_are_not_there(scene: Scene, big: Any) -> None:
    scene.fake.user.title(10)
    title = scene.reel.GetItemListInTrack("video", 1)[-1]
    assert title.AddTake(big, 0, 10) is False
    assert scene.item.AddTake(big, 20, 44) is False
    assert scene.item.AddTake(big, -1, 23) is False
    scene.fake.user.lock(1)
    assert scene.item.AddTake(big, 3, 27) is False


def test_a_take_beside_a_dissolve_may_need_handles(scene: Scene, big: Any) -> None:
    scene.fake.user.place(scene.clip, (0, 24))
    scene.fake.user.transition(24)
    scene.fake.turn(dissolve_needs_handles=True)
    assert scene.item.AddTake(big, 16, 40) is False
    assert scene.item.AddTake(big, 10, 34) is True


def test_a_compound_refuses_takes_unless_the_build_takes_them(scene: Scene, big: Any) -> None:
    scene.fake.user.place(scene.fake.user.nested("Compound"), (0, 10))
    item = scene.reel.GetItemListInTrack("video", 1)[-1]
    assert item.AddTake(big, 0, 10) is False
    scene.fake.turn(take_on_compound=True)
    assert item.AddTake(big, 0, 10) is True


def test_a_retimed_item_keeps_its_speed_for_a_take_or_loses_it(scene: Scene, big: Any) -> None:
    scene.fake.user.place(scene.clip, (20, 40), speed=2)
    item = scene.reel.GetItemListInTrack("video", 1)[-1]
    item.AddTake(big, 0, 20)
    assert (item.GetDuration(), item.GetSourceEndFrame()) == (10, 20)
    scene.fake.turn(take_keeps_speed=False)
    item.AddTake(big, 0, 20)
    assert (item.GetDuration(), item.GetSourceEndFrame()) == (20, 20)


def test_finalizing_drops_the_other_takes_where_it_is_allowed(scene: Scene, big: Any) -> None:
    scene.item.AddTake(big, 3, 27)
    scene.fake.allow("FinalizeTake")
    assert scene.item.FinalizeTake() is True
    assert state(scene.item) == (0, 0, 3, 24)


def test_replacing_changes_every_use_the_name_and_the_colour(scene: Scene) -> None:
    clip = scene.item.GetMediaPoolItem()
    clip.SetClipProperty("Input Color Space", "Rec.709 Gamma 2.4")
    clip.SetClipColor("Teal")
    path = film(scene.folder / "up.mov", size=(128, 72))
    assert clip.ReplaceClip(str(path)) is True
    said = clip.GetClipProperty()
    assert (said["File Path"], said["Resolution"], said["Clip Name"]) == (str(path), "128x72", "up.mov")
    assert (said["Input Color Space"], said["Clip Color"]) == ("Project", "Teal")
    assert (clip.GetUniqueId(), scene.item.GetLeftOffset()) == (scene.clip, 12)
    scene.fake.turn(replace_renames=False, replace_resets_color=False)
    clip.SetClipProperty("Input Color Space", "ACEScct")
    assert clip.ReplaceClip(str(scene.file)) is True
    assert clip.GetName() == "up.mov"
    assert clip.GetClipProperty("Input Color Space") == "ACEScct"


def test_a_replaced_clip_may_have_a_new_id_and_all_uses_follow(scene: Scene) -> None:
    scene.fake.turn(replace_new_uid=True)
    clip = scene.item.GetMediaPoolItem()
    assert clip.ReplaceClip(str(film(scene.folder / "up.mov"))) is True
    assert clip.GetName() is None
    assert scene.item.GetMediaPoolItem().GetUniqueId() != scene.clip


def test_a_replacement_that_is_missing_is_refused_and_a_short_one_leaves_holes(scene: Scene) -> None:
    clip, before = scene.item.GetMediaPoolItem(), scene.fake.snapshot()
    assert clip.ReplaceClip(str(scene.folder / "not there.mov")) is False
    (scene.folder / "text.mov").write_text("no film")
    assert clip.ReplaceClip(str(scene.folder / "text.mov")) is False
    assert differences(before, scene.fake.snapshot()) == []
    assert clip.ReplaceClip(str(film(scene.folder / "short.mov", frames=30))) is True
    assert any(line.endswith("/missing: 0 → 6") for line in differences(before, scene.fake.snapshot()))


def test_a_replacement_may_be_counted_short_once(scene: Scene) -> None:
    scene.fake.turn(replace_counts_short=True)
    clip, path = scene.item.GetMediaPoolItem(), str(film(scene.folder / "up.mov"))
    assert (clip.ReplaceClip(path), clip.GetClipProperty("Frames")) == (True, "59")
    assert (clip.ReplaceClip(path), clip.GetClipProperty("Frames")) == (True, "60")


def test_a_subclip_is_kept_by_the_newer_call_only(scene: Scene) -> None:
    sub = scene.fake.user.subclip(scene.clip, 10, 40)
    scene.fake.user.place(sub, (15, 25))
    clip = scene.reel.GetItemListInTrack("video", 1)[-1].GetMediaPoolItem()
    path = str(film(scene.folder / "up.mov"))
    assert (clip.ReplaceClipPreserveSubClip(path), clip.GetClipProperty("Frames")) == (True, "30")
    assert (clip.ReplaceClip(path), clip.GetClipProperty("Frames")) == (True, "60")


def test_importing_gives_what_is_there_already_or_a_second_one(scene: Scene) -> None:
    assert scene.imported(scene.file).GetUniqueId() == scene.clip
    scene.fake.turn(import_dupe="new")
    assert scene.imported(scene.file).GetUniqueId() != scene.clip
    (scene.folder / "notes.txt").write_text("no media")
    missing = [str(scene.folder / name) for name in ("notes.txt", "gone.mov")]
    assert scene.pool.ImportMedia(missing) == []
    film = scene.folder / "film.dat"  # Resolve goes by the ending (6.2)
    film.write_bytes(scene.file.read_bytes())
    assert scene.pool.ImportMedia([str(film)]) == []
    assert scene.pool.ImportMedia([{"FilePath": str(scene.file)}])[0].GetName() == "a.mov"


def test_a_file_that_went_away_makes_its_clip_offline(scene: Scene) -> None:
    clip = scene.item.GetMediaPoolItem()
    assert clip.GetClipProperty("Online Status") == "Online"
    scene.file.unlink()
    assert clip.GetClipProperty("Online Status") == "Offline"


def test_imports_go_to_the_open_bin_and_a_bins_name_is_taken_once(scene: Scene) -> None:
    pool, root = scene.pool, scene.pool.GetRootFolder()
    folder = pool.AddSubFolder(root, "uprez")
    assert pool.AddSubFolder(root, "uprez") is None
    assert pool.SetCurrentFolder(folder) is True
    clip = scene.imported(film(scene.folder / "b.mov"))
    assert [one.GetName() for one in folder.GetClipList()] == ["b.mov"]
    assert [one.GetName() for one in root.GetSubFolderList()] == ["uprez"]
    assert pool.MoveClips([clip], root) is True
    assert folder.GetClipList() == []
    assert pool.DeleteFolders([folder]) is True
    assert pool.GetCurrentFolder().GetName() == "Master"


def test_a_sequence_takes_the_projects_rate_until_it_is_told_another(scene: Scene) -> None:
    from uprez.testing import make_clip

    for number in range(1, 5):
        make_clip(scene.folder / f"s_{number:04}.png", frames=1, codec="png", pixel_format="rgb24")
    entry = {"FilePath": str(scene.folder / "s_%04d.png"), "StartIndex": 1, "EndIndex": 4}
    (clip,) = scene.pool.ImportMedia([entry])
    said = clip.GetClipProperty()
    assert (said["File Name"], said["FPS"], said["Start"], said["End"]) == (
        "s_[0001-0004].png",
        24.0,
        "1",
        "4",
    )
    assert clip.SetClipProperty("FPS", "25") is True
    assert clip.GetClipProperty("FPS") == 25.0
    assert scene.pool.ImportMedia([{**entry, "EndIndex": 5}]) == []


def test_properties_of_a_clip_say_yes_without_keeping_all(scene: Scene) -> None:
    clip = scene.item.GetMediaPoolItem()
    assert (clip.SetClipProperty("Reel Name", "A001"), clip.GetClipProperty("Reel Name")) == (True, "")
    assert (clip.SetClipProperty("Clip Name", "new"), clip.GetName()) == (True, "new")
    assert clip.SetClipProperty("Proxy Media Path", "/x") is False
    assert clip.SetThirdPartyMetadata({"uprez.job": "7"}) is True
    assert (clip.GetThirdPartyMetadata("uprez.job"), clip.GetThirdPartyMetadata("none")) == ("7", "")
    other = film(scene.folder / "proxy.mov", size=(32, 18))
    assert (clip.LinkProxyMedia(str(other)), clip.UnlinkProxyMedia()) == (True, True)
    assert clip.LinkProxyMedia(str(film(scene.folder / "p25.mov", rate="25"))) is False
