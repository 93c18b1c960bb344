"""Stills and frozen frames in Resolve: replaced, or refused by name before anything is bought."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts.resolve_scene import SIZE, changed, host, render, shots

from uprez.model import Manner, MannerKind, Relink
from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve

LARGER = (SIZE[0] * 2, SIZE[1] * 2)


def png(path: Path, size: tuple[int, int] = SIZE) -> Path:
    return make_clip(path, frames=1, size=size, codec="png", pixel_format="rgb24", colour=None)


def still(resolve: FakeResolve, folder: Path) -> tuple[Relink, ...]:
    """Place a still for two seconds, and return its render."""
    resolve.user.timeline("Reel 1")
    resolve.user.place(resolve.user.media(png(folder / "a.png")), (0, 48), name="still")
    (shot,) = shots()
    rendered = png(folder / "renders" / "a_up.png", LARGER)
    width, height = LARGER
    return (
        Relink(
            shot=shot.id,
            path=rendered,
            stands_for=shot.source,
            rate=shot.media.rate,
            width=width,
            height=height,
        ),
    )


def test_a_still_is_replaced_for_its_whole_length_and_taken_back(
    resolve: FakeResolve, tmp_path: Path
) -> None:
    relinks = still(resolve, tmp_path)
    before = resolve.snapshot()
    replacing = Manner(kind="replace")
    assert host().rehearse(relinks, replacing) == {}
    conform = host().relink(relinks, replacing)
    assert (len(conform.relinked), conform.left_out) == (1, ())
    (shot,) = shots()
    assert shot.record.count == 48
    assert conform.receipt is not None
    host().revert(conform.receipt)
    assert not [line for line in changed(before, resolve.snapshot()) if "uprez" not in line.lower()]


@pytest.mark.parametrize("kind", ["take", "timeline", "track"])
def test_the_other_manners_refuse_a_still_before_it_is_bought(
    kind: MannerKind, resolve: FakeResolve, tmp_path: Path
) -> None:
    relinks = still(resolve, tmp_path)
    before = resolve.snapshot()
    (why,) = host().rehearse(relinks, Manner(kind=kind)).values()
    assert "give --as replace" in why
    (left,) = host().relink(relinks, Manner(kind=kind)).left_out
    assert left.reason == why
    assert changed(before, resolve.snapshot()) == []


@pytest.mark.parametrize("kind", ["take", "timeline", "track", "replace"])
def test_a_frozen_frame_is_refused_before_it_is_bought(
    kind: MannerKind, resolve: FakeResolve, tmp_path: Path
) -> None:
    resolve.user.timeline("Reel 1")
    film = resolve.user.media(make_clip(tmp_path / "a.mkv", frames=60, size=SIZE))
    resolve.user.place(film, (30, 50), speed=0, name="frozen")
    relinks = tuple(render(shot, tmp_path, 0) for shot in shots())  # a plan buys one frame of it
    before = resolve.snapshot()
    assert len(host().rehearse(relinks, Manner(kind=kind))) == 1
    assert [left.name for left in host().relink(relinks, Manner(kind=kind)).left_out] == ["frozen"]
    assert changed(before, resolve.snapshot()) == []
