"""Relinking in Resolve again, later, from anywhere: the same result, and the window as it was found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts.resolve_scene import (
    MANNERS,
    changed,
    host,
    numbers_shown,
    reasons,
    reel,
    relinked,
    render,
    renders,
    shots,
)

from uprez.errors import PlanError, RelinkError
from uprez.model import Manner, MannerKind
from uprez.testing.fake_resolve import FakeResolve, differences
from uprez_resolve.host import ResolveHost


@pytest.mark.parametrize("kind", MANNERS)
def test_the_same_again_changes_nothing_and_imports_nothing(
    resolve: FakeResolve, media: Path, kind: MannerKind
) -> None:
    reel(resolve, media)
    first = shots()
    conform = relinked(media, kind, first)
    resolve.user.open_timeline(resolve.snapshot()["window"]["timeline"])
    after, imports = resolve.snapshot(), len(resolve.journal("ImportMedia"))
    for found in (first, shots()):
        again = relinked(media, kind, found)
        assert (again.relinked, again.left_out) == (tuple(shot.id for shot in found), ())
        assert again.receipt == conform.receipt
    assert [line for line in differences(after, resolve.snapshot()) if "/playhead: " not in line] == []
    assert len(resolve.journal("ImportMedia")) == imports


def test_renders_that_come_later_join_the_same_receipt(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    before, found = resolve.snapshot(), shots()
    for kind in MANNERS:
        first = relinked(media, kind, found[:1])
        second = relinked(media, kind, found[1:])
        assert first.receipt == second.receipt
        assert first.output == second.output
        assert second.receipt is not None
        back = host().revert(second.receipt)
        assert set(back.relinked) == {shot.id for shot in found}
        assert changed(before, resolve.snapshot()) == []


def test_a_better_render_takes_the_place_of_an_earlier_one(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    before = resolve.snapshot()
    for kind in MANNERS:
        handles = 100 if kind == "replace" else 2
        for name in ("r", "better"):
            relinks = [render(shot, media, handles, 2 if name == "r" else 3, name) for shot in shots()]
            conform = host().relink(tuple(relinks), Manner(kind=kind))
            assert (len(conform.relinked), conform.left_out) == (2, ()), kind
        wanted = {tuple(range(20, 30)), tuple(range(40, 52))}
        assert numbers_shown(resolve, conform.output, wide=192) == wanted
        assert kind == "track" or numbers_shown(resolve, conform.output, wide=128) == set()
        assert conform.receipt is not None
        host().revert(conform.receipt)
        assert changed(before, resolve.snapshot()) == []


@pytest.mark.parametrize("page", ["media", "cut", "fusion", "color", "fairlight", "deliver"])
def test_page_playhead_timeline_bin_and_locks_are_left_as_found(
    resolve: FakeResolve, media: Path, page: str
) -> None:
    reel(resolve, media)
    resolve.user.lock(1)
    other = resolve.user.timeline("Other")
    resolve.user.place(next(iter(resolve.snapshot()["project"]["clips"])), (0, 30))
    resolve.user.playhead(11)
    resolve.user.marks(3, 9)
    resolve.user.page(page)
    before = resolve.snapshot()
    for kind in ("take", "track"):
        found = shots("resolve:Reel 1")
        conform = ResolveHost("resolve:Reel 1").relink(renders(found, media), Manner(kind=kind))
        assert len(conform.relinked) == 2, reasons(conform)
        after = resolve.snapshot()
        assert after["window"] == before["window"]
        assert after["timelines"][other] == before["timelines"][other]
        assert all(one["tracks"]["video 1"]["locked"] for one in after["timelines"].values()
                   if one["name"] == "Reel 1")  # fmt: skip
        assert conform.receipt is not None
        ResolveHost("resolve:Reel 1").revert(conform.receipt)
        lines = [line for line in changed(before, resolve.snapshot()) if "/playhead: " not in line]
        assert lines == []


def test_a_relink_finds_its_timeline_where_another_was_opened_meanwhile(
    resolve: FakeResolve, media: Path
) -> None:
    reel(resolve, media)
    found = shots()
    other = resolve.user.timeline("Other")
    conform = relinked(media, "take", found)
    assert (conform.timeline, len(conform.relinked)) == ("Reel 1", 2)
    assert resolve.snapshot()["window"]["timeline"] == other


def test_an_id_that_is_none_changes_nothing_and_a_lost_clip_fails_by_name(
    resolve: FakeResolve, media: Path
) -> None:
    one, two = reel(resolve, media)
    before, found = resolve.snapshot(), shots()
    relinks = renders(found, media)
    broken = relinks[0].model_copy(update={"shot": "no such clip"})
    with pytest.raises(RelinkError):
        host().relink((relinks[1], broken), Manner(kind="take"))
    assert changed(before, resolve.snapshot()) == []
    resolve.user.delete(one)
    resolve.user.move(two, by=3)
    conform = host().relink(relinks, Manner(kind="take"))
    assert conform.relinked == ()
    assert [(left.name, left.track) for left in conform.left_out] == [("a.mkv", "Video 1")] * 2
    assert "not in the timeline" in reasons(conform)[0]
    assert "moved" in reasons(conform)[1]


def test_an_unknown_manner_is_refused(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    with pytest.raises(PlanError):
        relinked(media, "reference")
