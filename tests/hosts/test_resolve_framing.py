"""Relinking in Resolve keeps what is seen: the framing in every mode of scaling, and the colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import (
    MANNERS,
    SIZE,
    changed,
    host,
    reasons,
    reel,
    relinked,
)

from uprez.model import MannerKind
from uprez.testing.fake_resolve import FakeResolve

HD = (1920, 1080)
MODES = (
    ("centerCrop", SIZE), ("centerCrop", HD), ("scaleToFit", HD), ("scaleToCrop", (1080, 1920)),
    ("stretch", HD),
)  # fmt: skip


@pytest.mark.parametrize("kind", MANNERS)
def test_the_framing_stays_under_every_mismatched_resolution_mode(
    resolve: FakeResolve, media: Path, kind: MannerKind
) -> None:
    for mode, size in MODES:
        resolve.reset("studio_21_0_4_5")
        resolve.user.setting("timelineInputResMismatchBehavior", mode)
        clip = resolve.user.media(media / "a.mkv")
        resolve.user.timeline("Reel 1", size=size)
        framed = {"ZoomX": 1.25, "ZoomY": 1.5, "ZoomGang": True, "Pan": 7.0, "RotationAngle": 3.0}
        resolve.user.place(clip, (0, 10))
        resolve.user.place(clip, (20, 30), properties=framed)
        for scaling in (1, 2, 3, 4):
            resolve.user.place(clip, (30, 40), properties={"Scaling": scaling, "Opacity": 50.0})
        before = resolve.snapshot()
        was = _framings(resolve, "Reel 1")
        conform = relinked(media, kind)
        assert conform.left_out == (), (mode, size)
        now = _framings(resolve, conform.output.removeprefix("resolve:"), ours=kind == "track")
        assert now == was, (mode, size)
        if mode == "centerCrop":
            assert conform.receipt is not None
            host().revert(conform.receipt)
            assert changed(before, resolve.snapshot()) == []


def _framings(fake: FakeResolve, name: str, *, ours: bool = False) -> list[Any]:
    (timeline,) = [one for one in fake.snapshot()["timelines"].values() if one["name"] == name]
    found = timeline["tracks"]["video 2" if ours else "video 1"]["items"].values()
    keys = ("RotationAngle", "Opacity")
    return [
        (item["start"], {key: round(value) for key, value in item["framing"].items()},
         [item["properties"].get(key) for key in keys if key in item["properties"]])
        for item in found
    ]  # fmt: skip


def test_what_cannot_keep_its_framing_is_left_out_by_name(resolve: FakeResolve, media: Path) -> None:
    clip = resolve.user.media(media / "a.mkv")
    resolve.user.timeline("Reel 1", size=(1920, 1080))
    resolve.user.place(clip, (0, 10), name="cropped", properties={"CropLeft": 4.0})
    resolve.user.place(clip, (10, 20), name="anchored", properties={"Scaling": 1, "AnchorPointX": 9.0})
    before = resolve.snapshot()
    for kind in MANNERS:
        conform = relinked(media, kind)
        assert conform.relinked == ()
        assert [left.name for left in conform.left_out] == ["cropped", "anchored"]
        assert changed(before, resolve.snapshot()) == []


def test_colour_is_read_as_the_sources_is(resolve: FakeResolve, media: Path) -> None:
    reel(resolve, media)
    clip = next(iter(resolve.snapshot()["project"]["clips"]))
    looks = {"Input Color Space": "ARRI LogC3", "Data Level": "Full", "IDT": "ARRI", "Alpha mode": "Straight"}
    resolve.user.interpret(clip, looks)
    for kind in MANNERS:
        conform = relinked(media, kind)
        found = [one for one in resolve.snapshot()["project"]["clips"].values() if "_r_" in str(one["path"])]
        assert found
        assert all(one["properties"].items() >= looks.items() for one in found), kind
        assert conform.receipt is not None
        host().revert(conform.receipt)


def test_the_same_media_read_in_two_ways_is_not_given_one_render(resolve: FakeResolve, media: Path) -> None:
    resolve.turn(import_dupe="new")
    clips = [resolve.user.media(media / "a.mkv") for _ in range(2)]
    resolve.user.interpret(clips[1], {"Input Color Space": "ARRI LogC3"})
    resolve.user.timeline("Reel 1")
    for clip in clips:
        resolve.user.place(clip, (20, 30))
    conform = relinked(media, "take")
    assert len(conform.relinked) == 1
    assert ["Input Color Space" in reason for reason in reasons(conform)] == [True]
