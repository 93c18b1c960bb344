"""--via-resolve: what can't be read is rendered in Resolve, and the Deliver page is left as it was."""

from __future__ import annotations

import _thread
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest

from uprez.errors import PlanError
from uprez.model import Cut, Manner, Selection
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_resolve import FakeResolve, differences
from uprez_resolve.baked import NOTE, Baked
from uprez_resolve.context import as_found
from uprez_resolve.host import ResolveHost
from uprez_resolve.project import timeline_of
from uprez_resolve.reach import reached
from uprez_resolve.rendering import Patience, Rendering

HOUR = 86_400
VIA = Selection(via_host=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    make_clip(folder / "a.mkv", frames=60, size=(64, 36))
    made = {"frames": 1, "size": (64, 36), "codec": "bmp", "pixel_format": "bgr24", "colour": None}
    for number in range(12):  # a kind of image sequence that uprez doesn't read
        make_clip(folder / f"n_{number:04}.bmp", first=number, **made)
    return folder


@pytest.fixture
def resolve(
    running: tuple[FakeResolve, Path],
    inside: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    folder: Path,
) -> FakeResolve:
    """A cut with a plain clip, an image sequence and a compound clip, and a title over them all."""
    fake, library = running
    monkeypatch.setenv("RESOLVE_SCRIPT_LIB", str(library))
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path / "home"))
    fake.mend()
    fake.reset("studio_21_0_4_5")
    fake.user.setting("timelineResolutionWidth", "64")
    fake.user.setting("timelineResolutionHeight", "36")
    fake.user.timeline("Reel 1")
    fake.user.place(fake.user.media(folder / "a.mkv"), (20, 30), at=0)
    fake.user.place(fake.user.sequence(folder / "n_%04d.bmp", 0, 11), (3, 9), at=100)
    fake.user.place(fake.user.nested("Compound Clip 1"), (0, 8), at=200)
    fake.user.title(300, at=0, track=2)
    fake.user.marks(2, 20)
    return fake


def via(selection: Selection = VIA) -> Cut:
    return ResolveHost("resolve:").shots(selection)


def names(cut: Cut) -> list[str]:
    return [shot.name for shot in cut.shots]


def test_what_cannot_be_read_is_rendered_frame_for_frame(resolve: FakeResolve) -> None:
    assert names(ResolveHost("resolve:").shots(Selection())) == ["a.mkv"]
    plain, sequence, compound = via().shots
    assert (plain.note, plain.media.path.name) == ("", "a.mkv")
    assert sequence.note == compound.note == NOTE
    assert read_numbers(sequence.media.path) == [3, 4, 5, 6, 7, 8]
    assert (sequence.source.start, sequence.source.count, sequence.media.rate) == (0, 6, Fraction(24))
    assert (sequence.record.start, sequence.record.count) == (HOUR + 100, 6)
    assert compound.media.info.frames == 8 and compound.media.info.codec == "prores"


def test_nothing_in_the_project_is_another_than_before(resolve: FakeResolve) -> None:
    resolve.user.page("color")
    resolve.user.queue("/nowhere")
    before = resolve.snapshot()
    assert len(via().shots) == 3
    assert differences(before, resolve.snapshot()) == []
    (mine,) = {one.args[0][0] for one in resolve.journal("StartRendering")[:1]}
    assert next(one.args[0] for one in resolve.journal("DeleteRenderJob")) == mine
    assert resolve.journal("OpenPage") == []


def test_a_second_look_renders_nothing_and_gives_the_same_shots(resolve: FakeResolve) -> None:
    first = via()
    done = len(resolve.journal("StartRendering"))
    assert via() == first and len(resolve.journal("StartRendering")) == done == 2
    assert names(ResolveHost("resolve:").shots(Selection())) == ["a.mkv"]


def test_only_what_is_chosen_is_rendered(resolve: FakeResolve) -> None:
    assert names(via(Selection(via_host=True, clips=("Compound*",)))) == ["Compound Clip 1"]
    assert len(resolve.journal("StartRendering")) == 1


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"render_statuses": ("Rendering", "Failed"), "render_error": "disk full"}, "disk full"),
        ({"render_writes": False}, "there is no file"),
    ],
)
def test_a_render_that_comes_to_nothing_is_that_clips_failure(
    resolve: FakeResolve, knobs: dict[str, object], words: str
) -> None:
    before = resolve.snapshot()
    resolve.turn(**knobs)
    cut = via()
    assert names(cut) == ["a.mkv"]
    assert [words in left.reason for left in cut.left_out if left.track == "Video 1"] == [True, True]
    assert differences(before, resolve.snapshot()) == []


def test_words_in_another_language_and_an_empty_first_answer_do_not_matter(resolve: FakeResolve) -> None:
    resolve.turn(render_statuses=("レンダリング中", "Complete"), addjob_empty_first=True)
    assert len(via().shots) == 3


@pytest.mark.parametrize("method", ["AddRenderJob", "StartRendering"])
def test_a_no_is_that_clips_failure(resolve: FakeResolve, method: str) -> None:
    before = resolve.snapshot()
    resolve.answer(method, None, times=100)
    cut = via()
    assert names(cut) == ["a.mkv"] and len(cut.left_out) == 3
    assert differences(before, resolve.snapshot()) == []


@pytest.mark.parametrize("method", ["AddRenderJob", "SetRenderSettings", "SetTrackEnable"])
def test_a_yes_that_is_a_lie_is_found_out(resolve: FakeResolve, method: str) -> None:
    before = resolve.snapshot()
    resolve.lie(method, times=1000)
    cut = via()
    assert names(cut) == ["a.mkv"] and len(cut.left_out) == 3
    assert differences(before, resolve.snapshot()) == []


def test_settings_that_cannot_be_kept_are_not_touched(resolve: FakeResolve) -> None:
    before = resolve.snapshot()
    resolve.lie("SaveAsNewRenderPreset")
    with pytest.raises(Exception, match="can't keep its render settings"):
        via()
    assert differences(before, resolve.snapshot()) == []


def test_a_queue_that_does_not_move_is_given_up(resolve: FakeResolve, tmp_path: Path) -> None:
    before = resolve.snapshot()
    resolve.answer("GetRenderJobStatus", {}, times=1000)
    resolve.answer("StartRendering", True, times=100)
    seen = ResolveHost("resolve:").seen()
    item = next(one for one in seen.tracks[0].items if one.name.startswith("Compound"))
    with reached() as remote, as_found(remote) as scene:
        soon = Rendering(scene, timeline_of(scene.project), seen, Patience(0.3, 0.3, 0.05))
        reasons = soon.all([item], Baked(tmp_path))
    assert "does not get on" in reasons[item.uid]
    assert differences(before, resolve.snapshot()) == []


@pytest.mark.usefixtures("outside")
def test_ctrl_c_in_the_middle_puts_everything_back(resolve: FakeResolve) -> None:
    before = resolve.snapshot()
    resolve.answer("GetRenderJobStatus", {}, times=10_000)
    resolve.answer("StartRendering", True, times=100)
    begun = threading.Thread(target=_interrupt_at, args=(resolve, "StartRendering"))
    begun.start()
    with pytest.raises(KeyboardInterrupt):
        via()
    begun.join()
    assert differences(before, resolve.snapshot()) == []


@pytest.mark.usefixtures("outside")
def test_ctrl_c_while_resolve_lets_nobody_change_anything_waits_and_then_puts_everything_back(
    resolve: FakeResolve, caplog: pytest.LogCaptureFixture
) -> None:
    before = resolve.snapshot()
    resolve.answer("DeleteRenderJob", False)
    resolve.turn(render_statuses=("Rendering",) * 12)
    begun = threading.Thread(target=_interrupt_at, args=(resolve, "StartRendering"))
    begun.start()
    with pytest.raises(KeyboardInterrupt):
        via()
    begun.join()
    assert "still renders" in caplog.text
    assert differences(before, resolve.snapshot()) == []


@pytest.mark.parametrize("marked", [True, False])
def test_marks_that_a_job_moves_are_put_back(resolve: FakeResolve, marked: bool) -> None:
    timeline = resolve.scriptapp().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    if not marked:
        timeline.ClearMarkInOut()
    before = resolve.snapshot()
    resolve.meanwhile("AddRenderJob", "marks", 100, 106)
    assert len(via().shots) == 3
    assert differences(before, resolve.snapshot()) == []
    assert bool(timeline.GetMarkInOut()) is marked


def test_a_track_that_this_page_does_not_disable_is_disabled_on_the_edit_page(resolve: FakeResolve) -> None:
    resolve.user.page("color")
    before = resolve.snapshot()
    resolve.lie("SetTrackEnable")
    assert len(via().shots) == 3
    assert differences(before, resolve.snapshot()) == []


def _interrupt_at(resolve: FakeResolve, method: str) -> None:
    until = time.monotonic() + 20
    while not resolve.journal(method) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.3)
    _thread.interrupt_main()


def test_what_would_not_look_the_same_alone_is_left_out_by_name(resolve: FakeResolve) -> None:
    reasons, every = {}, Selection(via_host=True, include_disabled=True)
    scenes = {"disabled": {"enabled": False}, "mixed": {"properties": {"Opacity": 50.0}}}
    clip = resolve.user.nested("Odd")
    for name, fields in scenes.items():
        resolve.user.timeline(name)
        resolve.user.place(clip, (0, 8), **fields)
        reasons[name] = [left.reason for left in via(every).left_out]
    resolve.user.timeline("under")
    resolve.user.place(resolve.user.media(Path(str(clip_file(resolve)))), (0, 8), at=0)
    resolve.user.place(clip, (0, 8), at=0, track=2)
    reasons["under"] = [left.reason for left in via().left_out]
    resolve.user.timeline("dissolve")
    resolve.user.place(clip, (0, 48), at=0)
    resolve.user.transition(48)
    reasons["dissolve"] = [left.reason for left in via().left_out]
    resolve.user.timeline("managed")
    resolve.user.place(clip, (0, 8), at=0)
    resolve.user.setting("colorScienceMode", "davinciYRGBColorManagedv2")
    reasons["managed"] = [left.reason for left in via().left_out]
    words = {"disabled": "disabled", "mixed": "mixed", "under": "shine through", "dissolve": "transition",
             "managed": "colour is managed"}  # fmt: skip
    for name, found in reasons.items():
        assert [words[name] in one for one in found] == [True], (name, found)
    assert resolve.journal("AddRenderJob") == []


def clip_file(resolve: FakeResolve) -> str:
    clips = resolve.snapshot()["project"]["clips"].values()
    return next(clip["path"] for clip in clips if clip["name"] == "a.mkv")


def test_it_goes_onto_a_track_without_its_grade_twice_and_as_no_take(
    resolve: FakeResolve, tmp_path: Path
) -> None:
    from hosts.resolve_scene import render

    host = ResolveHost("resolve:")
    _, sequence, _ = host.shots(VIA).shots
    resolve.user.hide(2)
    place = next(uid for uid, one in items(resolve, "video 1").items() if one["start"] == HOUR + 100)
    resolve.user.change(place, grade="a+b")
    relink = render(sequence, tmp_path, handles=0)
    assert list(host.rehearse((relink,), Manner(kind="take"))) == [sequence.id]
    assert host.rehearse((relink,), Manner(kind="track")) == {}
    assert host.relink((relink,), Manner(kind="take")).relinked == ()
    done = host.relink((relink,), Manner(kind="track"))
    assert done.relinked == (sequence.id,)
    (above,) = items(resolve, "video 3").values()
    assert (above["start"], above["duration"], above["grade"]) == (HOUR + 100, 6, "")
    assert done.receipt is not None and host.revert(done.receipt).relinked == (sequence.id,)


def items(resolve: FakeResolve, track: str) -> dict[str, dict[str, object]]:
    (timeline,) = resolve.snapshot()["timelines"].values()
    return timeline["tracks"][track]["items"]


def test_other_hosts_say_that_they_render_nothing(tmp_path: Path) -> None:
    from uprez.orders import Recipe
    from uprez.planning import plan_for
    from uprez.plugins import load

    plugins = load()
    host = plugins.host(str(tmp_path / "cut.otio"))
    with pytest.raises(PlanError, match="renders nothing itself"):
        plan_for(host, VIA, Recipe(), plugins.model("local", ""))
