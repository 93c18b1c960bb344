import itertools
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uprez.model import Cut, Info, Media, Pull, Shot, pull_of
from uprez.orders import Limits, Model, Recipe
from uprez.plan import Plan, plan
from uprez.pulls import plan_pulls
from uprez.splitting import CONTEXT, homes_of, joins_of, keep_of, split
from uprez.times import FrameRange

RATE = Fraction(24)


def media(count: int = 2000, start: int = 86_400) -> Media:
    info = Info(
        container="mov", codec="prores", rate=RATE, frames=count, width=1280, height=720,
        pixel_format="yuv422p10le", bits=10,
    )  # fmt: skip
    return Media(
        url="a.mov", path=Path("a.mov"), fingerprint="a", rate=RATE,
        available=FrameRange(start=start, count=count), info=info,
    )  # fmt: skip


def shot(first: int, count: int, name: str = "s", at: Media | None = None) -> Shot:
    at = at or media()
    return Shot(
        id=name, name=name, track="V1", media=at, record=FrameRange(start=0, count=count),
        source=FrameRange(start=at.available.start + first, count=count),
    )  # fmt: skip


def stretch(count: int, first: int = 0) -> Pull:
    source = media()
    return pull_of(source, FrameRange(start=source.available.start + first, count=count), ["s"])


def planned(shots: list[Shot], most: int, handles: int = 0, have: tuple[Pull, ...] = ()) -> Plan:
    model = Model(
        name="m", does=("upscale-video",), summary="", plates=("ffv1",), limits=Limits(max_frames=most)
    )
    return plan(Cut(name="cut", rate=RATE, shots=tuple(shots)), Recipe(handles=handles), model, have)


@given(
    count=st.integers(1, 1500),
    most=st.integers(1, 500),
    cuts=st.lists(st.integers(86_390, 88_000), max_size=12),
)
def test_pieces_fit_the_limit_and_make_up_the_stretch_frame_for_frame(
    count: int, most: int, cuts: list[int]
) -> None:
    whole = stretch(count)
    pieces = split(whole, most, cuts)
    assert all(piece.frames.count <= most for piece in pieces)
    kept = [frame for piece in pieces for frame in range(keep_of(piece).start, keep_of(piece).end)]
    assert kept == list(range(whole.frames.start, whole.frames.end))
    assert all(keep_of(piece).within(piece.frames) and piece.frames.within(whole.frames) for piece in pieces)
    assert homes_of(pieces) == (whole,)


@given(count=st.integers(100, 1500), most=st.integers(40, 400))
def test_a_seam_inside_a_picture_has_context_on_both_sides(count: int, most: int) -> None:
    pieces = split(stretch(count), most)
    for before, after in itertools.pairwise(pieces):
        seam = keep_of(after).start
        assert keep_of(before).end == seam
        assert before.frames.end - seam == CONTEXT
        assert seam - after.frames.start == CONTEXT


def test_pieces_meet_at_the_source_s_own_cuts_without_context() -> None:
    whole = stretch(1000)
    first = whole.frames.start
    pieces = split(whole, 450, [first + 300, first + 420, first + 700])
    assert [(piece.frames.start - first, piece.frames.end - first) for piece in pieces] == [
        (0, 420), (420, 700), (700, 1000),
    ]  # fmt: skip


def test_a_picture_longer_than_the_limit_between_two_cuts_is_cut_in_equal_parts() -> None:
    whole = stretch(1000)
    first = whole.frames.start
    pieces = split(whole, 450, [first + 100, first + 900])
    keeps = [(keep_of(piece).start - first, keep_of(piece).end - first) for piece in pieces]
    assert keeps == [(0, 100), (100, 500), (500, 900), (900, 1000)]
    assert [piece.frames.count for piece in pieces] == [100, 408, 408, 100]


def test_shots_that_share_no_frame_are_cut_apart_and_need_no_join() -> None:
    shots = [shot(0, 300, "one"), shot(300, 300, "two"), shot(610, 300, "three")]
    found = planned(shots, most=450, handles=24)
    assert found.joins == ()
    assert {pull.shots for pull in found.pulls} == {("one",), ("two",), ("three",)}
    assert all(pull.frames.count <= 450 for pull in found.pulls)


def test_as_many_shots_stay_together_as_the_limit_allows() -> None:
    found = planned([shot(at, 100, f"s{at}") for at in range(0, 800, 100)], most=450, handles=0)
    assert [len(pull.shots) for pull in found.pulls] == [4, 4]


def test_a_shot_longer_than_the_limit_is_one_stretch_in_pieces_and_none_is_left_out() -> None:
    found = planned([shot(100, 1000, "long"), shot(200, 50, "in it")], most=450, handles=24)
    assert found.left_out == ()
    (join,) = found.joins
    assert set(join.whole.shots) == {"long", "in it"}
    assert join.whole.frames.count == 1048
    assert found.homes["long"] == found.homes["in it"] == join.whole
    assert found.totals.used_frames == 1000
    assert found.totals.pull_frames == sum(pull.frames.count for pull in found.pulls) == 1048 + 4 * CONTEXT
    assert found.totals.naive_frames == 1048 + 98


def test_a_plan_over_what_was_bought_buys_the_same_pieces_and_no_other() -> None:
    shots = [shot(100, 1000, "long"), shot(500, 50, "in one piece"), shot(1500, 30, "apart")]
    first = planned(shots, most=450, handles=24)
    again = planned(shots, most=450, handles=24, have=first.pulls)
    assert {(pull.id, pull.frames) for pull in again.pulls} == {
        (pull.id, pull.frames) for pull in first.pulls
    }
    assert again.joins == first.joins


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_stretch_with_a_piece_missing_is_planned_as_before(lost: int) -> None:
    shots = [shot(100, 1000, "long"), shot(110, 20, "early"), shot(1050, 20, "late")]
    first = planned(shots, most=450, handles=24)
    have = (*first.pulls[:lost], *first.pulls[lost + 1 :])
    again = planned(shots, most=450, handles=24, have=have)
    assert [pull.id for pull in again.pulls] == [pull.id for pull in first.pulls]


def test_a_shot_that_fits_into_a_stretch_that_is_there_needs_nothing_new() -> None:
    have = planned([shot(100, 1000, "long")], most=450, handles=24).pulls
    again = planned([shot(200, 600, "shorter")], most=450, handles=24, have=have)
    assert {pull.id for pull in again.pulls} == {pull.id for pull in have}
    assert again.homes["shorter"].frames.count == 1048


@example(
    spans=[(25, 206), (301, 13), (25, 1), (260, 30), (543, 128), (360, 620), (543, 445), (25, 206)],
    most=113,
    handles=37,
)
@given(
    spans=st.lists(st.tuples(st.integers(0, 1900), st.integers(1, 900)), min_size=1, max_size=8),
    most=st.integers(1, 600),
    handles=st.integers(0, 40),
)
def test_whatever_the_cut_every_shot_has_its_frames_within_the_limit(
    spans: list[tuple[int, int]], most: int, handles: int
) -> None:
    source = media()
    shots = [
        shot(first, min(count, 2000 - first), f"s{number}", source)
        for number, (first, count) in enumerate(spans)
    ]
    pulls = plan_pulls(shots, handles, most=most)
    assert all(pull.frames.count <= most for pull in pulls)
    homes = {name: home for home in homes_of(pulls) for name in home.shots}
    assert all(one.source.within(homes[one.id].frames) for one in shots)
    assert sum(len(home.shots) for home in homes_of(pulls)) == len(shots)
    assert {pull.id for pull in plan_pulls(shots, handles, pulls, most=most)} == {pull.id for pull in pulls}
    assert sum(len(join.pieces) for join in joins_of(pulls)) == sum(pull.piece is not None for pull in pulls)
