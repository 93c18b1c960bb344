"""The fake Resolve as a program: who may come in, what a handle is, what happens when it closes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.resolve import Scene

from uprez.testing.fake_resolve import PROFILES, FakeHang, FakeResolve, ForbiddenCall, Knobs, differences


@pytest.fixture(scope="module")
def server() -> Iterator[FakeResolve]:
    with FakeResolve(patience=0.5) as fake:
        yield fake


@pytest.fixture
def fake(server: FakeResolve) -> FakeResolve:
    server.reset("studio_21_0_4_5")
    return server


@pytest.fixture
def scene(fake: FakeResolve, tmp_path: Path) -> Scene:
    return Scene(fake, tmp_path)


def test_a_handle_is_fresh_from_every_call_and_equal_to_none(scene: Scene) -> None:
    one, other = scene.item, scene.item
    assert one is not other
    assert one != other
    assert one.GetUniqueId() == other.GetUniqueId() == scene.shot


def test_an_unknown_method_is_there_and_none_and_calling_it_is_a_type_error(scene: Scene) -> None:
    assert hasattr(scene.reel, "Explode")
    assert scene.reel.Explode is None
    assert "Explode" not in dir(scene.reel)
    assert "GetName" in dir(scene.reel)
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        scene.reel.Explode()


def test_what_a_version_does_not_have_yet_cannot_be_called(fake: FakeResolve, tmp_path: Path) -> None:
    had = {}
    for profile in ("studio_18_0_4", "studio_18_5", "studio_19_1_3_7", "studio_21_0_4_5", "studio_21_1_1"):
        fake.reset(profile)
        scene = Scene(fake, tmp_path / profile)
        probes = (scene.reel.AddTrack, scene.item.GetSourceStartFrame, scene.reel.GetSelectedClips)
        had[profile] = [callable(one) for one in (*probes, scene.item.GetSpeed)]
    assert had == {
        "studio_18_0_4": [False, False, False, False],
        "studio_18_5": [True, False, False, False],
        "studio_19_1_3_7": [True, True, False, False],
        "studio_21_0_4_5": [True, True, True, False],
        "studio_21_1_1": [True, True, True, True],
    }


def test_a_menu_handle_may_look_as_if_it_had_other_classes_methods(fake: FakeResolve) -> None:
    fake.turn(names_bleed=True)
    resolve = fake.inside()
    assert callable(resolve.AddTake)
    assert "AddTake" not in dir(resolve)


def test_the_free_edition_lets_nobody_in_from_outside_and_its_menu_does_until_21_1(fake: FakeResolve) -> None:
    doors = {}
    for profile in ("studio_20_3_2", "free_20_3_2_inapp", "free_21_1"):
        fake.reset(profile)
        doors[profile] = (fake.scriptapp() is not None, fake.inside() is not None)
    assert doors == {
        "studio_20_3_2": (True, True),
        "free_20_3_2_inapp": (False, True),
        "free_21_1": (False, False),
    }
    fake.reset("free_20_3_2_inapp")
    assert fake.inside().GetProductName() == "DaVinci Resolve"


def test_a_call_that_destroys_raises_and_is_told_again_at_the_end(tmp_path: Path) -> None:
    with (
        pytest.raises(ForbiddenCall, match="FinalizeTake"),
        FakeResolve() as fake,
    ):
        scene = Scene(fake, tmp_path)
        try:
            scene.item.FinalizeTake()
        except Exception as caught:
            assert isinstance(caught, ForbiddenCall)


def test_forbidden_calls_are_those_that_take_what_is_the_users(fake: FakeResolve, tmp_path: Path) -> None:
    scene = Scene(fake, tmp_path)
    manager = scene.resolve.GetProjectManager()
    calls: list[Any] = [
        scene.project.DeleteAllRenderJobs,
        scene.project.StartRendering,
        lambda: scene.project.StartRendering([]),
        scene.project.StopRendering,
        lambda: scene.reel.CreateCompoundClip([scene.item]),
        lambda: manager.CloseProject(scene.project),
        lambda: manager.DeleteProject("x"),
        scene.resolve.Quit,
    ]
    for call in calls:
        with pytest.raises(ForbiddenCall):
            call()
    fake.allow("FinalizeTake")
    assert scene.item.FinalizeTake() is False
    fake.reset("studio_21_0_4_5")


def test_the_journal_has_every_call_with_its_arguments_and_answer(scene: Scene) -> None:
    scene.item.SetClipColor("Orange")
    call = scene.fake.journal("SetClipColor")[0]
    assert (call.method, call.id, call.args) == ("TimelineItem.SetClipColor", scene.shot, ["Orange"])
    assert call.answer is True
    assert call.via == "outside"
    assert scene.fake.journal()[0].method == "Resolve.GetProjectManager"


def test_a_handle_dies_with_its_item_and_answers_none_or_raises_as_the_knob_says(scene: Scene) -> None:
    item = scene.item
    scene.fake.user.delete(scene.shot)
    assert item.GetDuration() is None
    assert item.AddTake(item, 0, 1) is None
    scene.fake.turn(dead_handles="raise")
    with pytest.raises(RuntimeError, match="no more"):
        item.GetDuration()


def test_closing_resolve_kills_handles_and_a_start_brings_back_what_was_saved(scene: Scene) -> None:
    item, before = scene.item, scene.fake.snapshot()
    assert scene.resolve.GetProjectManager().SaveProject() is True
    item.SetClipColor("Orange")
    scene.fake.user.quit(save=False)
    with pytest.raises(RuntimeError, match="closed"):
        item.GetName()
    assert scene.resolve is None
    scene.fake.user.start()
    with pytest.raises(RuntimeError):
        item.GetName()
    assert scene.item.GetUniqueId() == scene.shot
    assert differences(before, scene.fake.snapshot()) == []
    scene.fake.turn(gone="none")
    assert item.GetName() is None


def test_what_a_script_did_is_gone_after_a_crash_unless_it_saved(scene: Scene) -> None:
    before = scene.fake.snapshot()
    scene.item.SetClipColor("Orange")
    scene.fake.user.quit(save=False)
    scene.fake.user.start()
    assert differences(before, scene.fake.snapshot()) == []


def test_another_project_kills_the_handles_and_the_first_is_still_there(scene: Scene) -> None:
    reel, name = scene.reel, scene.project.GetName()
    scene.fake.user.project("another")
    assert (reel.GetName(), scene.project.GetName(), scene.reel) == (None, "another", None)
    scene.fake.user.project(name)
    assert (reel.GetName(), scene.reel.GetName()) == (None, "Reel 1")


def test_the_users_hands_move_trim_cut_and_change_what_is_there(scene: Scene) -> None:
    user = scene.fake.user
    user.move(scene.shot, by=10)
    user.trim(scene.shot, head=2, tail=2)
    second = user.blade(scene.shot, 5)
    assert scene.spans() == [(12, 5), (17, 15)]
    lefts = [item.GetLeftOffset() for item in scene.reel.GetItemListInTrack("video", 1)]
    assert lefts == [14, 19]
    user.track()
    user.move(second, track=2)
    assert (scene.spans(1), scene.spans(2)) == ([(12, 5)], [(17, 15)])
    with pytest.raises(RuntimeError, match="only color"):
        user.change(second, speed=3)


def test_the_users_hands_finalise_takes_and_make_compounds_whose_clips_are_in_use(scene: Scene) -> None:
    clip = scene.item.GetMediaPoolItem()
    scene.item.AddTake(clip, 0, 24)
    scene.fake.user.finalize(scene.shot)
    assert (scene.item.GetTakesCount(), scene.item.GetLeftOffset()) == (0, 0)
    scene.fake.user.compound(scene.shot)
    assert (scene.item.GetMediaPoolItem().GetClipProperty("Type"), scene.spans()) == ("Compound", [(0, 24)])
    assert clip.GetClipProperty("Usage") == "1"
    assert scene.fake.do("forbidden") == []


def test_resolve_may_close_between_two_calls(scene: Scene) -> None:
    scene.fake.meanwhile("Timeline.GetItemListInTrack", "quit")
    reel = scene.reel
    with pytest.raises(RuntimeError, match="closed"):
        reel.GetItemListInTrack("video", 1)


def test_a_modal_window_blocks_every_call_until_the_user_closes_it(scene: Scene) -> None:
    resolve = scene.resolve
    scene.fake.user.window("Preferences")
    with pytest.raises(FakeHang):
        resolve.GetCurrentPage()
    scene.fake.user.window(None)
    assert scene.resolve.GetCurrentPage() == "edit"


def test_a_studio_only_wish_on_free_says_no_and_opens_a_window(fake: FakeResolve, tmp_path: Path) -> None:
    fake.reset("free_20_3_2_inapp")
    Scene(fake, tmp_path)
    resolve = fake.inside()
    pool = resolve.GetProjectManager().GetCurrentProject().GetMediaPool()
    clip = pool.GetRootFolder().GetClipList()[0]
    assert clip.SetClipProperty("Super Scale", 2) is False
    with pytest.raises(FakeHang):
        resolve.GetVersion()


def test_a_call_can_be_made_to_hang_to_fail_to_lie_and_to_answer_anything(scene: Scene) -> None:
    fake, item = scene.fake, scene.item
    fake.lie("SetClipColor")
    fake.fail("GetClipColor", "the bridge broke", nth=2)
    fake.answer("GetFlagList", None, times=2)
    assert (item.SetClipColor("Orange"), item.GetClipColor()) == (True, "")
    with pytest.raises(RuntimeError, match="bridge"):
        item.GetClipColor()
    assert [item.GetFlagList() for _ in range(3)] == [None, None, []]
    fake.hang("TimelineItem.GetName")
    with pytest.raises(FakeHang):
        item.GetName()
    fake.mend()
    assert scene.item.GetName() == "a.mov"
    fake.turn(hang_on=("TimelineItem.GetName",))
    with pytest.raises(FakeHang):
        scene.item.GetName()


def test_a_call_that_hangs_blocks_every_other_one_until_resolve_is_ended(scene: Scene) -> None:
    scene.fake.hang("TimelineItem.GetName")
    item, other = scene.item, scene.resolve
    with pytest.raises(FakeHang):
        item.GetName()
    with pytest.raises(FakeHang):
        other.GetVersion()
    scene.fake.user.quit()
    scene.fake.user.start()
    assert scene.item.GetName() == "a.mov"


def test_what_waits_behind_a_window_is_done_when_it_closes_though_nobody_waits_any_more(scene: Scene) -> None:
    item = scene.item
    scene.fake.user.window("Preferences")
    with pytest.raises(FakeHang):
        item.SetClipColor("Orange")
    scene.fake.user.window(None)
    until = time.monotonic() + 5
    while scene.item.GetClipColor() == "" and time.monotonic() < until:
        time.sleep(0.05)
    assert scene.item.GetClipColor() == "Orange"


def test_a_starting_resolve_lets_nobody_in_at_first(scene: Scene) -> None:
    scene.fake.turn(slow_start=2)
    assert [scene.resolve is not None for _ in range(3)] == [False, False, True]
    scene.fake.user.quit()
    scene.fake.user.start()
    assert [scene.resolve is not None for _ in range(3)] == [False, False, True]


def test_without_a_page_or_a_database_nothing_can_be_written(scene: Scene) -> None:
    manager, item = scene.resolve.GetProjectManager(), scene.item
    before = scene.fake.snapshot()
    scene.fake.user.project_manager()
    assert scene.resolve.GetCurrentPage() is None
    assert item.SetClipColor("Orange") is None
    scene.fake.user.project_manager(shown=False)
    scene.fake.user.lose_database()
    assert manager.GetCurrentDatabase() is None
    assert manager.SaveProject() is None
    assert item.SetClipColor("Orange") is False
    assert differences(before, scene.fake.snapshot()) == []


def test_a_project_that_was_never_saved_says_no_and_headless_hangs(fake: FakeResolve) -> None:
    fake.user.project("Untitled Project")
    assert fake.scriptapp().GetProjectManager().SaveProject() is False
    fake.reset("headless")
    fake.user.project("Untitled Project")
    with pytest.raises(FakeHang):
        fake.scriptapp().GetProjectManager().SaveProject()


def test_a_save_may_lose_what_was_placed(scene: Scene) -> None:
    manager, clip = scene.resolve.GetProjectManager(), scene.imported(scene.file)
    scene.fake.turn(save_drops=1)
    for at in (100, 200):
        assert len(scene.appended(clip, 0, 10, at)) == 1
    assert manager.SaveProject() is True
    assert scene.spans() == [(0, 24), (100, 10)]
    scene.fake.turn(save_drops=0, save_drops_errored=True)
    scene.appended(clip, 0, 10, 300)
    assert manager.SaveProject() is True
    assert scene.spans()[-1] == (300, 10)
    assert scene.appended(clip, 0, 10, 305) == []
    scene.appended(clip, 0, 10, 400)
    assert manager.SaveProject() is True
    assert scene.spans()[-1] == (300, 10)


def test_a_script_finds_the_library_where_the_variables_say(scene: Scene, tmp_path: Path) -> None:
    env = scene.fake.install(tmp_path / "resolve")
    script = "import DaVinciResolveScript as dvr; print(dvr.scriptapp('Resolve').GetVersionString())"
    ran = subprocess.run([sys.executable, "-S", "-c", script], env=dict(env), capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.stderr) == ("21.0.4.5", "")
    scene.fake.user.quit()
    ran = subprocess.run([sys.executable, "-S", "-c", script], env=dict(env), capture_output=True, text=True)
    assert "'NoneType' object has no attribute 'GetVersionString'" in ran.stderr


def test_attaching_may_take_the_whole_process_down(scene: Scene, tmp_path: Path) -> None:
    env = scene.fake.install(tmp_path / "resolve")
    scene.fake.turn(attach_crashes=True)
    script = "import DaVinciResolveScript as dvr; print(dvr.scriptapp('Resolve'))"
    ran = subprocess.run([sys.executable, "-S", "-c", script], env=dict(env), capture_output=True, text=True)
    assert ran.returncode not in (0, 1)
    assert ran.stdout == ""


def test_a_menu_script_gets_resolves_globals_and_only_the_standard_library(
    scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "Scripts" / "Utility"
    folder.mkdir(parents=True)
    entry = folder / "Say the name.py"
    entry.write_text(
        "print(resolve.GetProjectManager().GetCurrentProject().GetName(), bmd.scriptapp('Resolve'),"
        " fusion.UIManager, '__file__' in globals())\n"
        "try:\n    import uprez\nexcept ImportError:\n    print('alone')"
    )
    assert scene.fake.menu.entries() == []
    scene.fake.menu.scan(tmp_path / "Scripts")
    out, err = scene.fake.menu.click("Say the name").communicate(timeout=20)
    assert out.splitlines() == ["uprez test <Resolve at resolve> None False", "alone"]
    assert err == ""
    assert {call.via for call in scene.fake.journal()} == {"menu"}
    scene.fake.reset("free_21_1")
    with pytest.raises(LookupError, match="lists nothing"):
        scene.fake.menu.click("Say the name")


def test_the_profiles_and_knobs_that_were_promised_are_there_and_say_what_they_are() -> None:
    assert set(PROFILES) >= {
        "studio_18_5",
        "studio_19_1_3_7",
        "studio_20_3_2",
        "studio_21_0_4_5",
        "free_20_3_2_inapp",
        "free_21_1",
        "headless",
    }
    described = Knobs.described()
    assert len(described) == len(Knobs.model_fields)
    assert all(10 < len(text) < 120 and "\n" not in text for text in described.values())


def test_every_knob_is_turned_in_a_test_of_the_fake() -> None:
    tests = Path(__file__).parent.glob("test_fake_resolve*.py")
    words = "".join(file.read_text(encoding="utf-8") for file in tests)
    assert [name for name in Knobs.model_fields if f"{name}=" not in words] == []
