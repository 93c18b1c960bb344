"""The fake Resolve's AppendToTimeline, and each of the ways in which it was seen to go wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.resolve import Scene, film

from uprez.testing import make_clip
from uprez.testing.fake_resolve import FakeResolve, differences


@pytest.fixture(scope="module")
def server() -> Iterator[FakeResolve]:
    with FakeResolve(patience=1.0) as fake:
        yield fake


@pytest.fixture
def scene(server: FakeResolve, tmp_path: Path) -> Scene:
    server.reset("studio_21_0_4_5")
    return Scene(server, tmp_path)


@pytest.fixture
def clip(scene: Scene) -> Any:
    return scene.imported(film(scene.folder / "b.mov"))


def test_frames_are_half_open_source_frames_at_an_absolute_place(scene: Scene, clip: Any) -> None:
    (item,) = scene.appended(clip, 5, 15, 100)
    assert (item.GetStart(), item.GetEnd(), item.GetDuration()) == (86500, 86510, 10)
    assert (item.GetLeftOffset(), item.GetRightOffset()) == (5, 45)
    assert item.GetMediaPoolItem().GetUniqueId() == clip.GetUniqueId()
    assert item.GetTrackTypeAndIndex() == ["video", 1]
    scene.fake.turn(end_frame="inclusive")
    assert scene.appended(clip, 5, 15, 200)[0].GetDuration() == 11


def test_another_rate_is_floored_and_may_be_a_frame_short(scene: Scene) -> None:
    clip = scene.imported(film(scene.folder / "c.mov", rate="30"))
    (item,) = scene.appended(clip, 0, 11, 100)
    assert item.GetDuration() == 8  # 8.8
    assert item.GetLeftOffset() == 0


def test_a_place_before_the_start_is_kept_there_and_hides_the_end(scene: Scene, clip: Any) -> None:
    scene.fake.user.delete(scene.shot)
    scene.appended(clip, 0, 10, -86400)
    assert scene.reel.GetItemListInTrack("video", 1)[0].GetStart() == 0
    assert scene.reel.GetEndFrame() == scene.reel.GetStartFrame() == 86400


def test_an_occupied_span_drops_slides_or_answers_a_ghost(scene: Scene, clip: Any) -> None:
    assert scene.appended(clip, 0, 10, 20) == []
    scene.fake.turn(overlap="ghost")
    (ghost,) = scene.appended(clip, 0, 10, 20)
    assert (ghost.GetDuration(), ghost.GetUniqueId()) == (None, None)
    scene.fake.turn(overlap="slide")
    (slid,) = scene.appended(clip, 0, 10, 20)
    assert slid.GetStart() == 86424
    assert scene.spans() == [(0, 24), (24, 10)]


def test_a_locked_track_answers_items_that_are_nowhere(scene: Scene, clip: Any) -> None:
    scene.fake.user.lock(1)
    (item,) = scene.appended(clip, 0, 10, 100)
    assert item.GetStart() is None
    scene.fake.turn(locked_append="none")
    assert scene.appended(clip, 0, 10, 100) == []
    assert scene.spans() == [(0, 24)]


def test_a_disabled_track_takes_clips_unless_it_loses_them(scene: Scene, clip: Any) -> None:
    scene.fake.user.hide(1)
    assert scene.appended(clip, 0, 10, 100)[0].GetStart() == 86500
    scene.fake.turn(disabled_append="lost")
    assert scene.appended(clip, 0, 10, 200)[0].GetStart() is None


def test_the_next_track_is_made_and_any_beyond_it_loses_the_clip(scene: Scene, clip: Any) -> None:
    scene.appended(clip, 0, 10, 0, trackIndex=2)
    assert scene.spans(2) == [(0, 10)]
    assert scene.appended(clip, 0, 10, 0, trackIndex=4)[0].GetStart() is None
    scene.fake.turn(beyond_tracks="lost")
    assert scene.appended(clip, 0, 10, 0, trackIndex=3)[0].GetStart() is None
    assert scene.reel.GetTrackCount("video") == 2


def test_a_track_without_a_media_type_may_be_ignored(scene: Scene, clip: Any) -> None:
    scene.fake.turn(track_without_mediatype="track1")
    scene.appended(clip, 0, 10, 100, trackIndex=2, mediaType=None)
    assert scene.spans() == [(0, 24), (100, 10)]
    scene.fake.turn(track_without_mediatype="honour")
    scene.appended(clip, 0, 10, 100, trackIndex=2, mediaType=None)
    assert scene.spans(2) == [(100, 10)]


def test_without_a_media_type_sound_comes_along_and_is_linked(scene: Scene) -> None:
    clip = scene.imported(film(scene.folder / "heard.mov", audio=True))
    picture, sound = scene.appended(clip, 0, 10, 100, mediaType=None)
    assert sound.GetTrackTypeAndIndex() == ["audio", 1]
    assert [item.GetUniqueId() for item in picture.GetLinkedItems()] == [sound.GetUniqueId()]


def test_a_fraction_spoils_its_whole_batch_unless_it_is_floored(scene: Scene, clip: Any) -> None:
    good = {"mediaPoolItem": clip, "startFrame": 0, "endFrame": 5, "recordFrame": 86500, "mediaType": 1}
    assert scene.pool.AppendToTimeline([good, {**good, "recordFrame": 86600.5}]) is None
    assert scene.spans() == [(0, 24)]
    scene.fake.turn(fractional_frames="floor")
    assert len(scene.pool.AppendToTimeline([good, {**good, "recordFrame": 86600.5}])) == 2
    assert scene.spans() == [(0, 24), (100, 5), (200, 5)]


def test_old_builds_answer_true_and_know_no_place(scene: Scene, clip: Any) -> None:
    scene.fake.turn(append_bool=True)
    assert scene.appended(clip, 0, 10, 100) is True
    scene.fake.reset("studio_18_0_4")
    old = Scene(scene.fake, scene.folder)
    (item,) = old.appended(old.imported(old.file), 0, 10, 100, trackIndex=2)
    assert (item.GetStart(), old.reel.GetTrackCount("video")) == (86424, 1)


def test_an_answered_item_may_not_know_its_id_and_the_track_does(scene: Scene, clip: Any) -> None:
    scene.fake.turn(ghost_uid=(0,))
    (item,) = scene.appended(clip, 0, 10, 100)
    assert (item.GetUniqueId(), item.GetStart()) == ("", 86500)
    assert scene.reel.GetItemListInTrack("video", 1)[1].GetUniqueId() != ""


def test_a_fresh_still_ignores_its_length_until_it_was_marked(scene: Scene) -> None:
    still = scene.imported(picture(scene.folder / "still.png"))
    assert scene.appended(still, 0, 10, 100)[0].GetDuration() == 120
    assert still.SetMarkInOut(0, 9) is True
    assert scene.appended(still, 0, 10, 300)[0].GetDuration() == 10
    scene.fake.turn(still_ignores_end=False)
    other = scene.imported(picture(scene.folder / "other.png"))
    (item,) = scene.appended(other, 0, 10, 400)
    assert (item.GetDuration(), item.GetLeftOffset()) == (10, 86313)


def test_frames_of_a_sequence_count_from_its_head_or_from_its_first_number(scene: Scene) -> None:
    for number in range(1001, 1013):
        picture(scene.folder / f"seq.{number}.png", first=number)
    entry = {"FilePath": str(scene.folder / "seq.%04d.png"), "StartIndex": 1001, "EndIndex": 1012}
    (clip,) = scene.pool.ImportMedia([entry])
    assert scene.appended(clip, 2, 6, 100)[0].GetLeftOffset() == 2
    scene.fake.turn(source_base="start")
    assert scene.appended(clip, 1003, 1007, 200)[0].GetLeftOffset() == 2


def test_an_append_that_says_yes_may_have_lost_the_clip(scene: Scene, clip: Any) -> None:
    before = scene.fake.snapshot()
    scene.fake.lie("AppendToTimeline")
    (item,) = scene.appended(clip, 0, 10, 100)
    assert (item.GetStart(), item.GetDuration()) == (None, None)
    assert differences(before, scene.fake.snapshot()) == []


def test_the_user_may_move_the_clip_just_before_a_call(scene: Scene, clip: Any) -> None:
    scene.fake.meanwhile("AppendToTimeline", "move", scene.shot, by=96)
    assert scene.appended(clip, 0, 10, 100) == []
    assert scene.spans() == [(96, 24)]


def picture(path: Path, first: int = 0) -> Path:
    return make_clip(path, frames=1, size=(64, 36), codec="png", pixel_format="rgb24", first=first)
