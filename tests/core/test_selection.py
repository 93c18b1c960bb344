"""Clips are chosen by what a person says of them; a wish that finds nothing says what there is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from uprez.errors import PlanError
from uprez.model import Info, LeftOut, Media, Selection, Shot
from uprez.selection import Candidate, chosen
from uprez.times import FrameRange

RATE = Fraction(24)


def shot(name: str, track: str, start: int, height: int = 540) -> Shot:
    info = Info(
        container="mov", codec="h264", rate=RATE, frames=100, width=960, height=height,
        pixel_format="yuv420p", bits=8,
    )  # fmt: skip
    media = Media(
        url="a.mov",
        path=Path("a.mov"),
        fingerprint="f",
        rate=RATE,
        available=FrameRange(start=0, count=100),
        info=info,
    )
    return Shot(
        id=name,
        name=name,
        track=track,
        media=media,
        source=FrameRange(start=0, count=24),
        record=FrameRange(start=start, count=24),
    )


def clips() -> list[Candidate]:
    def one(found: Shot | LeftOut, place: str, **more: object) -> Candidate:
        record = found.record if isinstance(found, Shot) else None
        return Candidate(found, (found.track, place), record=record, **more)  # type: ignore[arg-type]

    return [
        one(shot("A001_C01", "Main", 86_400), "V1", color="RED", markers=("Upscale me",)),
        one(shot("A001_C02", "Main", 86_424, 1080), "V1", flags=("Blue",)),
        one(shot("title", "V2", 86_430), "V2", enabled=False, selected=True),
        one(LeftOut(name="bars", track="Main", reason="a generator; render it"), "V1"),
    ]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["A001_C01", "A001_C02", "title", "bars"]),
        (Selection(tracks=("V1",)), ["A001_C01", "A001_C02", "bars"]),
        (Selection(tracks=("main", "v2")), ["A001_C01", "A001_C02", "title", "bars"]),
        (Selection(clips=("a001_*",)), ["A001_C01", "A001_C02"]),
        (Selection(colors=("red",)), ["A001_C01"]),
        (Selection(flags=("blue",)), ["A001_C02"]),
        (Selection(markers=("upscale",)), ["A001_C01"]),
        (Selection(selected=True), ["title"]),
        (Selection(between=("01:00:00:00", "01:00:01:00")), ["A001_C01"]),
        (Selection(between=("01:00:01:00", "01:00:01:01")), ["A001_C02"]),
        (Selection(below=1080), ["A001_C01", "title", "bars"]),
        (Selection(tracks=("V1",), clips=("*C02",)), ["A001_C02"]),
    ],
)
def test_each_wish_narrows_the_choice(selection: Selection, expected: list[str]) -> None:
    shots, left_out = chosen(clips(), selection, RATE)
    assert sorted([each.name for each in (*shots, *left_out)]) == sorted(expected)


def test_disabled_clips_are_named_unless_they_are_asked_for() -> None:
    shots, left_out = chosen(clips(), Selection(tracks=("V2",)), RATE)
    assert (shots, [left.name for left in left_out]) == ((), ["title"])
    shots, left_out = chosen(clips(), Selection(tracks=("V2",), include_disabled=True), RATE)
    assert ([each.name for each in shots], left_out) == (["title"], ())


@pytest.mark.parametrize(
    ("selection", "why"),
    [
        (Selection(tracks=("V9",)), "there is Main, V1, V2"),
        (Selection(clips=("Z*",)), "A001_C01"),
        (Selection(colors=("green",)), "there is RED"),
        (Selection(flags=("red",)), "there is Blue"),
        (Selection(markers=("x",)), "Upscale me"),
        (Selection(between=("01:00:01:00", "01:00:00:00")), "swap them"),
        (Selection(between=("1", "2")), "HH:MM:SS:FF"),
    ],
)
def test_a_wish_that_finds_nothing_says_what_there_is(selection: Selection, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        chosen(clips(), selection, RATE)


def test_nothing_selected_and_no_colours_are_said_plainly() -> None:
    plain = [Candidate(shot("a", "V1", 0), ("V1",))]
    with pytest.raises(PlanError, match="select some"):
        chosen(plain, Selection(selected=True), RATE)
    with pytest.raises(PlanError, match="none has a color"):
        chosen(plain, Selection(colors=("red",)), RATE)
