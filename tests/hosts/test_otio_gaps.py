"""The gaps of a timeline: which there are, what lies beside them, and clips on a track above one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from uprez.errors import UprezError
from uprez.model import Cut, Manner, Relink, Selection
from uprez.testing import timelines as t
from uprez.testing.clips import make_clip
from uprez.testing.host_contract import filling, render
from uprez.times import FrameRange
from uprez_otio.host import OtioHost

MEDIA = t.external("a.mkv", t.span(0, 60))


@pytest.fixture(autouse=True)
def film(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "a.mkv", frames=60, size=(64, 36))


def clip(name: str, start: int = 0, count: int = 10, **more: object) -> t.Json:
    return t.clip(name, MEDIA, t.span(start, count), **more)


def read(folder: Path, *tracks: t.Json, selection: Selection | None = None, start: int | None = None) -> Cut:
    path = t.write(folder / "cut.otio", t.timeline(*tracks, start=start))
    return OtioHost(str(path)).shots(selection or Selection())


def told(cut: Cut) -> list[tuple[object, ...]]:
    names = {shot.id: shot.name for shot in cut.shots}
    return [
        (
            gap.track,
            gap.record.start,
            gap.record.count,
            names.get(gap.before or ""),
            names.get(gap.after or ""),
        )
        for gap in cut.gaps
    ]


def test_gaps_count_in_the_timelines_own_timecode_and_touching_ones_are_one(tmp_path: Path) -> None:
    track = t.track(t.gap(5), clip("one"), t.gap(7), t.gap(3), clip("two", 20), t.gap(0), clip("three", 40))
    cut = read(tmp_path, track, start=86_400)
    assert told(cut) == [("V1", 86_400, 5, None, "one"), ("V1", 86_415, 10, "one", "two")]
    assert [gap.name for gap in cut.gaps] == ["gap at 01:00:00:00", "gap at 01:00:00:15"]
    assert [gap.problem for gap in cut.gaps] == [None, None]


def test_a_slug_is_a_gap_of_its_own_and_what_is_nested_is_none(tmp_path: Path) -> None:
    black = {
        "OTIO_SCHEMA": "GeneratorReference.1", "metadata": {}, "name": "", "available_range": None,
        "generator_kind": "black", "parameters": {},
    }  # fmt: skip
    nested = t.stack(t.track(clip("inner"), t.gap(4), clip("inner too")))
    track = t.track(clip("one"), t.gap(5), t.clip("slug", black, t.span(0, 8)), clip("two"), nested, t.gap(2))
    cut = read(tmp_path, track)
    assert told(cut) == [("V1", 10, 5, "one", None), ("V1", 15, 8, None, "two"), ("V1", 57, 2, None, None)]
    assert [gap.name for gap in cut.gaps][1] == "slug"


def test_gaps_that_a_clip_would_not_fit_say_why(tmp_path: Path) -> None:
    faded = t.track(clip("one"), t.dissolve(2, 0), t.gap(9), clip("two"), name="faded")
    pieces = t.track(clip("one"), t.gap(4), t.gap(10, 48.0), clip("two"), name="pieces")
    halves = t.track(clip("one"), t.gap(5, 48.0), clip("two"), name="halves")
    trimmed = t.track(clip("one"), t.gap(9), clip("two"), name="trimmed")
    trimmed["source_range"] = t.span(14, 12)
    cut = read(tmp_path, faded, pieces, halves, trimmed)
    said = {gap.track: gap.problem for gap in cut.gaps}
    for track, words in (
        ("faded", "a transition reaches into it"),
        ("pieces", "pieces of different rates"),
        ("halves", "between two frames"),
        ("trimmed", "its track is trimmed there"),
    ):
        assert words in (said[track] or ""), track
        assert ";" in (said[track] or "")


def test_a_track_is_chosen_by_its_name_or_its_place(tmp_path: Path) -> None:
    tracks = [t.track(clip("one"), t.gap(5), clip("two"), name=name) for name in ("low", "high")]
    for name in ("high", "V2", "v2"):
        cut = read(tmp_path, *tracks, selection=Selection(tracks=(name,)))
        assert [gap.track for gap in cut.gaps] == ["high"]


def test_an_upscale_of_the_track_below_leaves_a_filled_gap_as_it_is(tmp_path: Path) -> None:
    cut = read(tmp_path, t.track(clip("one"), t.gap(5), clip("two", 30)))
    first, second, third = (tmp_path / f"{name}.otio" for name in ("first", "second", "third"))
    host = OtioHost(str(tmp_path / "cut.otio"))
    host.relink((filling(cut, tmp_path),), Manner(kind="track", output=first))
    for source, output in ((first, second), (second, third)):
        host = OtioHost(str(source))
        work = tuple(render(shot, tmp_path) for shot in host.shots(Selection()).shots)
        host.relink(work, Manner(kind="track", output=output))
        below, upscaled, made = otio.adapters.read_from_file(str(output)).tracks
        assert [len(track.find_clips()) for track in (below, upscaled, made)] == [2, 2, 1]
        assert "generative" in made.metadata["uprez"] and "generative" not in upscaled.metadata["uprez"]
        assert made.find_clips()[0].range_in_parent().start_time.value == 10


def test_what_came_after_a_fill_stays_when_it_is_taken_back(tmp_path: Path) -> None:
    cut = read(tmp_path, t.track(clip("one"), t.gap(5), clip("two", 30)))
    host = OtioHost(str(tmp_path / "cut.otio"))
    done = host.relink((filling(cut, tmp_path),), Manner(kind="track", output=tmp_path / "out.otio"))
    timeline = otio.adapters.read_from_file(done.output)
    timeline.tracks[0][0].name = "renamed"
    otio.adapters.write_to_file(timeline, done.output)
    assert done.receipt is not None
    back = host.revert(done.receipt)
    (track,) = otio.adapters.read_from_file(back.output).tracks
    assert [item.name for item in track.find_clips()] == ["renamed", "two"]


def test_a_gap_that_is_gone_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    fill = filling(read(tmp_path, t.track(clip("one"), t.gap(5), clip("two", 30))), tmp_path)
    read(tmp_path, t.track(clip("one"), t.gap(6), clip("two", 30)))
    with pytest.raises(UprezError, match="changed since it was read"):
        OtioHost(str(tmp_path / "cut.otio")).relink(
            (fill,), Manner(kind="track", output=tmp_path / "out.otio")
        )
    assert not (tmp_path / "out.otio").exists()


def test_a_picture_made_for_a_clip_that_a_nest_trims_lies_where_it_is_seen(tmp_path: Path) -> None:
    frozen = clip("frozen", 17, 30, effects=[t.warp(0, "FreezeFrame.1")])
    nest = t.stack(t.track(clip("head", 0, 4), frozen), source=t.span(10, 12))
    (shot,) = read(tmp_path, t.track(clip("one"), nest)).shots[1:]
    assert (shot.name, shot.record.start, shot.record.count) == ("frozen", 10, 12)
    path = make_clip(tmp_path / "renders" / "new.mkv", frames=12, size=(64, 36))
    frames = FrameRange(start=0, count=12)
    made = Relink(
        shot=shot.id, path=path, stands_for=frames, rate=Fraction(24), width=64, height=36, generative=True
    )  # fmt: skip
    host = OtioHost(str(tmp_path / "cut.otio"))
    done = host.relink((made,), Manner(kind="track", output=tmp_path / "out.otio"))
    (above,) = otio.adapters.read_from_file(done.output).tracks[0][1][1].find_clips()
    shown = above.media_reference.available_range
    assert (shown.start_time.value, shown.duration.value) == (17 + 6, 12)
    assert (above.source_range.start_time.value, above.source_range.duration.value) == (17, 30)
    assert list(above.effects) == []
