"""Resolve closes, its user goes on working, or Ctrl-C is pressed: nothing is lost, nothing wrong done."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from hosts.resolve_scene import (
    changed,
    honest,
    host,
    items,
    reel,
    renders,
    shots,
    shown,
)

from uprez.errors import HostGone
from uprez.model import Manner, MannerKind
from uprez.testing.fake_resolve import FakeResolve


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("gone", ["raise", "none"])
def test_resolve_that_closed_between_reading_and_relinking_is_said(
    resolve: FakeResolve, media: Path, gone: str
) -> None:
    reel(resolve, media)
    resolve.turn(gone=gone)
    found = shots()
    relinks = renders(found, media)
    resolve.user.quit()
    with pytest.raises(HostGone):
        host().relink(relinks, Manner(kind="take"))


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(("kind", "method", "kept"), [
    ("take", "AddTake", True), ("take", "AddTake", False), ("take", "SelectTakeByIndex", True),
    ("take", "SaveProject", False), ("take", "ImportMedia", True), ("track", "AppendToTimeline", True),
    ("track", "CopyGrades", True), ("replace", "ReplaceClipPreserveSubClip", False),
    ("replace", "SetThirdPartyMetadata", True), ("timeline", "DuplicateTimeline", True),
    ("timeline", "AddTake", True), ("timeline", "AddTake", False),
])  # fmt: skip
def test_resolve_that_closes_midway_is_taken_up_again(
    resolve: FakeResolve, media: Path, kind: MannerKind, method: str, kept: bool
) -> None:
    reel(resolve, media)
    resolve.turn(take_selected="old")
    before, found = resolve.snapshot(), shots()
    relinks = renders(found, media, kind)
    resolve.meanwhile(method, "quit", save=kept)
    with pytest.raises(HostGone):
        host().relink(relinks, Manner(kind=kind))
    resolve.mend()
    resolve.user.start()
    resolve.user.open_timeline(before["window"]["timeline"])
    resolve.user.open_bin(before["window"]["folder"])
    resolve.user.playhead(7)
    conform = host().relink(relinks, Manner(kind=kind))
    assert (len(conform.relinked), conform.left_out) == (2, ())
    honest(resolve, before, conform, found)
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert [line for line in changed(before, resolve.snapshot()) if "/playhead: " not in line] == []


@pytest.mark.parametrize(("kind", "method", "act"), [
    ("take", "AddTake", "move"), ("take", "AddTake", "delete"), ("take", "AddTake", "trim"),
    ("take", "AddTake", "delete_clip"), ("take", "SelectTakeByIndex", "delete"),
    ("take", "SelectTakeByIndex", "move"), ("take", "SaveProject", "delete"),
    ("take", "SaveProject", "delete_clip"), ("track", "AppendToTimeline", "delete"),
    ("track", "AppendToTimeline", "move"), ("track", "CopyGrades", "delete"),
    ("replace", "ReplaceClipPreserveSubClip", "delete"), ("replace", "ReplaceClipPreserveSubClip", "trim"),
])  # fmt: skip
def test_a_user_who_is_at_it_meanwhile_is_respected(
    resolve: FakeResolve, media: Path, kind: MannerKind, method: str, act: str
) -> None:
    one, two = reel(resolve, media)
    resolve.turn(take_selected="old")
    found = shots()
    more = {"move": {"by": 300}, "trim": {"tail": 2}}.get(act, {})
    target = items(resolve)[one]["clip"] if act == "delete_clip" else one
    relinks = renders(found, media, kind)
    resolve.meanwhile(method, act, target, **more)
    conform = host().relink(relinks, Manner(kind=kind))
    after = resolve.snapshot()
    done = {name.partition("|")[0] for name in conform.relinked}
    assert len(done) + len(conform.left_out) == 2
    there = items(resolve)
    assert one not in there or act != "delete"
    assert act in ("delete", "delete_clip") or there[one]["start"] == (86_700 if act == "move" else 86_400)
    if act == "trim":
        assert one not in done  # while a choice that is under way gives the clip its length back
    if kind == "replace":
        assert done == set()  # its media is one for all of its uses
    for item in done & {two}:
        assert there[item]["start"] == 86_420
    if act == "delete_clip" and one in there:  # deleted once ours was shown: then ours is all there is
        assert shown(resolve, one) != "a.mkv"
    assert after["window"]["page"] == "edit"


def test_a_take_that_was_finalised_meanwhile_is_not_called_done(resolve: FakeResolve, media: Path) -> None:
    """The render is shown, and yet the original is not one click away any more."""
    one, _ = reel(resolve, media)
    found = shots()
    resolve.meanwhile("SaveProject", "finalize", one)
    conform = host().relink(renders(found, media), Manner(kind="take"))
    assert conform.relinked == (found[1].id,)
    assert ["finalised" in left.reason for left in conform.left_out] == [True]


@pytest.mark.usefixtures("outside")
def test_ctrl_c_rolls_the_clip_back_and_leaves_the_window_as_it_was(
    resolve: FakeResolve, media: Path
) -> None:
    reel(resolve, media)
    resolve.user.lock(1)
    resolve.user.page("fusion")
    before, found = resolve.snapshot(), shots()
    relinks = renders(found, media)
    resolve.meanwhile("AddTake", "window", "Preferences", nth=2)  # the call hangs until the window is closed

    def interrupt() -> None:
        while not resolve.journal("AddTake")[1:]:
            pass
        os.kill(os.getpid(), signal.SIGINT)
        resolve.user.window(None)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        host().relink(relinks, Manner(kind="take"))
    thread.join()
    after = resolve.snapshot()
    assert after["window"] == before["window"]
    first, second = (shot.id.partition("|")[0] for shot in found)
    assert shown(resolve, second) == "a.mkv"
    assert items(resolve)[second]["takes"] == []
    (timeline,) = after["timelines"].values()
    assert timeline["tracks"]["video 1"]["locked"]
    conform = host().relink(relinks, Manner(kind="take"))
    assert (len(conform.relinked), conform.left_out) == (2, ())
    assert shown(resolve, first) != "a.mkv"
