"""A Resolve that lies, closes, forgets or is used meanwhile: nothing wrong is ever reported as done."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts.resolve_scene import (
    MANNERS,
    changed,
    honest,
    host,
    reaching,
    reasons,
    reel,
    relinked,
    render,
    renders,
    shots,
    shown,
)

from uprez.errors import HostError, RelinkError
from uprez.model import Manner, MannerKind
from uprez.testing.fake_resolve import FakeResolve
from uprez.times import FrameRange
from uprez_resolve.journal import read_receipt

LOOKED_AT = ("SetCurrentTimeline", "SetCurrentFolder")
LIES: tuple[tuple[MannerKind, str], ...] = (
    ("take", "AddTake"),
    ("take", "ImportMedia"),
    ("take", "AddSubFolder"),
    ("replace", "ReplaceClipPreserveSubClip"),
    ("replace", "MediaPoolItem.SetName"),
    ("track", "AppendToTimeline"),
    ("track", "AddTrack"),
    ("track", "TimelineItem.SetProperty"),
    ("timeline", "DuplicateTimeline"),
)


@pytest.mark.parametrize(("kind", "method"), LIES)
def test_a_call_that_lies_is_found_out(
    resolve: FakeResolve, media: Path, kind: MannerKind, method: str
) -> None:
    reel(resolve, media)
    before, found = resolve.snapshot(), shots()
    resolve.lie(method, times=100)
    try:
        conform = relinked(media, kind, found)
    except HostError:
        assert changed(before, resolve.snapshot()) == []
    else:
        honest(resolve, before, conform, found)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lie", "once", "second", "nothing", "raise"])
@pytest.mark.parametrize("kind", MANNERS)
def test_every_write_of_every_manner_may_fail_in_every_way(
    resolve: FakeResolve, media: Path, kind: MannerKind, how: str
) -> None:
    reel(resolve, media)
    relinked(media, kind)
    silent = ("Get", "Is", "Has")
    writes = {
        call.method for call in resolve.journal() if not call.method.partition(".")[2].startswith(silent)
    }
    for method in sorted(writes - {"Resolve.OpenPage"}):
        resolve.reset("studio_21_0_4_5")
        reel(resolve, media)
        before, found = resolve.snapshot(), shots()
        if how == "nothing":
            resolve.answer(method, None, times=100)
        elif how == "raise":
            resolve.fail(method, times=100)
        else:
            resolve.lie(method, nth=2 if how == "second" else 1, times=100 if how == "lie" else 1)
        try:
            conform = relinked(media, kind, found)
        except HostError:
            resolve.mend()
            continue
        assert conform.left_out == () or all(len(one.reason) > 10 for one in conform.left_out)
        if not any("could not be put back" in reason for reason in reasons(conform)):
            honest(resolve, before, conform, found, window=not method.endswith(LOOKED_AT))


def test_an_append_that_says_yes_and_loses_the_clip_fails_that_clip_alone(
    resolve: FakeResolve, media: Path
) -> None:
    reel(resolve, media)
    before, found = resolve.snapshot(), shots()
    resolve.lie("AppendToTimeline", nth=1, times=3)  # each length that is tried for the first clip
    conform = relinked(media, "track", found)
    assert conform.relinked == (found[1].id,)
    assert "does not place" in reasons(conform)[0]
    honest(resolve, before, conform, found)


def test_a_choice_that_does_nothing_leaves_the_original_shown(resolve: FakeResolve, media: Path) -> None:
    one, _ = reel(resolve, media)
    resolve.turn(take_selected="old")
    before, found = resolve.snapshot(), shots()
    resolve.lie("SelectTakeByIndex", nth=1)
    conform = relinked(media, "take", found)
    assert conform.relinked == (found[1].id,)
    assert shown(resolve, one) == "a.mkv"
    honest(resolve, before, conform, found)


@pytest.mark.parametrize("kind", MANNERS)
def test_a_rollback_that_fails_too_is_said_and_stays_in_the_receipt(
    resolve: FakeResolve, media: Path, kind: MannerKind
) -> None:
    reel(resolve, media)
    resolve.user.lock(1)
    before, found = resolve.snapshot(), shots()[:1]
    broken = {"track": "CopyGrades", "replace": "MediaPoolItem.SetName"}.get(kind, "SelectTakeByIndex")
    stuck = {"track": "Timeline.DeleteClips", "replace": "ReplaceClipPreserveSubClip"}.get(
        kind, "DeleteTakeByIndex"
    )
    resolve.turn(take_selected="old")
    resolve.lie(broken, times=100)
    resolve.lie(stuck, nth=2 if kind == "replace" else 1, times=100)
    conform = relinked(media, kind, found)
    assert conform.relinked == ()
    assert "could not be put back" in reasons(conform)[0]
    resolve.mend()
    if conform.receipt is not None and kind != "timeline":
        assert [one.state for one in read_receipt(conform.receipt).changes.values()] == ["begun"]
        host().revert(conform.receipt)
        assert changed(before, resolve.snapshot()) == []
    assert resolve.snapshot()["window"] == before["window"]


@pytest.mark.parametrize(("handles", "pulled", "done"), [(12, False, 2), (0, False, 0), (0, True, 2)])
def test_a_dissolve_takes_a_take_that_has_handles_for_it(
    resolve: FakeResolve, media: Path, tmp_path: Path, handles: int, pulled: bool, done: int
) -> None:
    """What is read of a shot has the frames that its dissolve shows, so that a pull has them too."""
    resolve.turn(dissolve_needs_handles=True)
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1")
    resolve.user.place(clip, (15, 27))
    resolve.user.place(clip, (30, 42))
    resolve.user.transition(12, 6)
    before, found = resolve.snapshot(), shots()
    cut = (FrameRange(start=15, count=12), FrameRange(start=30, count=12))
    asked = [shot.model_copy(update={"source": frames}) for shot, frames in zip(found, cut, strict=True)]
    relinks = tuple(render(shot, tmp_path, handles) for shot in (found if pulled else asked))
    conform = host().relink(relinks, Manner(kind="take"))
    assert len(conform.relinked) == done
    honest(resolve, before, conform, asked)


def test_a_duplicate_that_lacks_a_clip_is_taken_away_again(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    resolve.turn(duplicate_loses=1)
    before = resolve.snapshot()
    with pytest.raises(RelinkError, match="lacks clips"):
        relinked(media, "timeline")
    assert changed(before, resolve.snapshot()) == []


def test_a_resolve_that_renders_is_left_alone(resolve: FakeResolve, media: Path, tmp_path: Path) -> None:
    reel(resolve, media)
    relinks = renders(shots(), media)
    project = resolve.scriptapp().GetProjectManager().GetCurrentProject()
    assert project.StartRendering([resolve.user.queue(str(tmp_path))])
    before, calls = resolve.snapshot(), len(resolve.journal())
    with pytest.raises(HostError, match="is rendering"):
        host().relink(relinks, Manner(kind="take"))
    lines = changed(before, resolve.snapshot())
    assert [line for line in lines if not line.startswith("project/render/jobs/")] == []
    silent = ("Get", "Is")
    later = [call.method.partition(".")[2] for call in resolve.journal()[calls:]]
    assert [name for name in later if not name.startswith(silent)] == []


@pytest.mark.parametrize("kind", ["take", "timeline"])
def test_a_lock_that_does_not_open_is_named(resolve: FakeResolve, media: Path, kind: MannerKind) -> None:
    reel(resolve, media)
    resolve.user.lock(1)
    before, found = resolve.snapshot(), shots()
    resolve.lie("SetTrackLock", times=100)
    conform = relinked(media, kind, found)
    assert ["is locked and stays so" in reason for reason in reasons(conform)] == [True, True]
    honest(resolve, before, conform, found)


def test_a_timeline_that_does_not_open_at_once_is_asked_again(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    resolve.lie("SetCurrentTimeline")
    before, found = resolve.snapshot(), shots()
    conform = relinked(media, "timeline", found)
    assert len(conform.relinked) == 2
    honest(resolve, before, conform, found)


def test_a_save_that_drops_items_fails_them_by_name(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    resolve.turn(save_drops=1)
    before, found = resolve.snapshot(), shots()
    conform = relinked(media, "track", found)
    assert conform.relinked == (found[0].id,)
    assert "did not outlive the save" in reasons(conform)[0]
    honest(resolve, before, conform, found)
    resolve.turn(save_drops=0)
    assert len(relinked(media, "track", found).relinked) == 2


@pytest.mark.usefixtures("inside")
def test_a_project_without_a_name_is_never_saved(
    running: tuple[FakeResolve, Path], monkeypatch: pytest.MonkeyPatch, media: Path, tmp_path: Path
) -> None:
    fake = reaching(*running, monkeypatch, tmp_path, "headless")
    fake.user.project("Untitled Project")  # a save of it would never come back
    fake.user.timeline("Reel 1")
    fake.user.place(fake.user.media(media / "a.mkv"), (20, 30))
    assert len(relinked(media, "take").relinked) == 1
    assert fake.journal("SaveProject") == []


def test_a_resolve_that_cannot_write_is_refused_before_anything(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    relinks = renders(shots(), media)
    resolve.user.project_manager()
    with pytest.raises(HostError, match="no page"):
        host().relink(relinks, Manner(kind="take"))
    resolve.user.project_manager(shown=False)
    resolve.user.lose_database()
    with pytest.raises(HostError, match="library"):
        host().relink(relinks, Manner(kind="take"))
    assert resolve.journal("AddTake") == []
