from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import PlanError
from uprez.model import Cut, Info, Media, Pull, Retime, Shot, Size, Uneven
from uprez.orders import Model, Recipe
from uprez.plan import achieved_handles, plan, raster
from uprez.pulls import count_frames, plan_pulls
from uprez.times import FrameRange

RATE = Fraction(24)
UPSCALE = Model(name="double", does=("upscale-video",), summary="", plates=("ffv1",))


def info(**changes: object) -> Info:
    facts = {
        "container": "mov", "codec": "prores", "rate": RATE, "frames": 400, "width": 1280, "height": 720,
        "pixel_format": "yuv422p10le", "bits": 10,
    }  # fmt: skip
    return Info.model_validate(facts | changes)


def media(name: str = "a", start: int = 86_400, count: int = 400, **changes: object) -> Media:
    return Media(
        url=f"{name}.mov", path=Path(f"{name}.mov"), fingerprint=name, rate=RATE,
        available=FrameRange(start=start, count=count), info=info(frames=count, **changes),
    )  # fmt: skip


def shot(at: Media, first: int, count: int, speed: Fraction | None = None, name: str = "s") -> Shot:
    return Shot(
        id=name, name=name, track="V1", media=at,
        source=FrameRange(start=at.available.start + first, count=count),
        record=FrameRange(start=0, count=count), retime=None if speed is None else Retime(speed=speed),
    )  # fmt: skip


@st.composite
def cuts(draw: st.DrawFn) -> tuple[list[Shot], int]:
    sources = [
        media(name, draw(st.sampled_from([0, 86_400, 107_892])), draw(st.integers(50, 600))) for name in "ab"
    ]
    speeds = st.sampled_from(
        [None, None, None, *map(Fraction, ["2", "1/2", "-1", "17/10", "-3/2", "0", "301/3"])]
    )
    shots = []
    for number in range(draw(st.integers(1, 12))):
        source = draw(st.sampled_from(sources))
        first = draw(st.integers(0, source.available.count - 1))
        count = draw(st.integers(1, source.available.count - first))
        speed = draw(speeds)
        shots.append(shot(source, first, 1 if speed == 0 else count, speed, f"s{number}"))
    return shots, draw(st.integers(0, 40))


def home(pulls: tuple[Pull, ...], of: Shot) -> Pull:
    return next(pull for pull in pulls if of.id in pull.shots)


@given(cuts())
def test_each_shot_lies_in_exactly_one_pull_whole(cut: tuple[list[Shot], int]) -> None:
    shots, handles = cut
    pulls = plan_pulls(shots, handles)
    assert Counter(name for pull in pulls for name in pull.shots) == Counter(shot.id for shot in shots)
    for each in shots:
        assert each.source.within(home(pulls, each).frames)


@given(cuts())
def test_no_frame_of_a_media_is_exported_twice(cut: tuple[list[Shot], int]) -> None:
    pulls = plan_pulls(*cut)
    for one in pulls:
        for other in pulls:
            if one is not other and one.media == other.media:
                assert one.frames.gap_to(other.frames) > 0


@given(cuts())
def test_handles_never_leave_the_available_range_and_are_as_long_as_it_allows(
    cut: tuple[list[Shot], int],
) -> None:
    shots, handles = cut
    pulls = plan_pulls(shots, handles)
    for each in shots:
        pull = home(pulls, each)
        assert pull.frames.within(each.media.available)
        head, tail = achieved_handles(pull, each)
        if each.retime is None or each.retime.speed != 0:
            assert head >= min(handles, each.source.start - each.media.available.start)
            assert tail >= min(handles, each.media.available.end - each.source.end)


@given(cuts())
def test_the_plan_never_exports_more_than_the_naive_way(cut: tuple[list[Shot], int]) -> None:
    shots, handles = cut
    totals = count_frames(shots, plan_pulls(shots, handles), handles)
    assert totals.used_frames <= totals.pull_frames <= totals.naive_frames
    assert totals.pull_frames <= sum(each.available.count for each in {shot.media for shot in shots})


@given(cuts())
def test_frames_cut_off_the_head_keep_the_phase_of_every_speed(cut: tuple[list[Shot], int]) -> None:
    shots, handles = cut
    pulls = plan_pulls(shots, handles)
    for each in shots:
        removed = home(pulls, each).frames.start - each.media.available.start
        if each.retime:
            assert removed % each.retime.phase == 0
        elif each.retime:
            assert removed == 0


@given(cuts(), st.randoms())
def test_the_order_of_shots_does_not_change_what_is_exported(
    cut: tuple[list[Shot], int], random: object
) -> None:
    shots, handles = cut
    before = {(pull.id, pull.frames) for pull in plan_pulls(shots, handles)}
    random.shuffle(shots)  # type: ignore[attr-defined]
    assert {(pull.id, pull.frames) for pull in plan_pulls(shots, handles)} == before


@given(cuts())
def test_a_plan_made_again_with_its_own_renders_needs_nothing_new(cut: tuple[list[Shot], int]) -> None:
    shots, handles = cut
    have = plan_pulls(shots, handles)
    again = plan_pulls(shots, handles, have)
    assert {pull.id for pull in again} <= {pull.id for pull in have}


def test_a_trim_inside_the_handles_needs_no_new_pull() -> None:
    source = media()
    have = plan_pulls([shot(source, 100, 50)], 24)
    assert plan_pulls([shot(source, 90, 70)], 24, have)[0].id == have[0].id
    assert plan_pulls([shot(source, 70, 50)], 24, have)[0].id != have[0].id


def test_a_retimed_trim_out_of_phase_with_a_render_is_pulled_anew() -> None:
    source = media()
    have = plan_pulls([shot(source, 101, 50)], 0)
    assert plan_pulls([shot(source, 110, 20, Fraction(2))], 0, have)[0].id != have[0].id


def test_a_freeze_pulls_one_frame_without_handles() -> None:
    (pull,) = plan_pulls([shot(media(), 100, 1, Fraction(0))], 24)
    assert pull.frames.count == 1


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (Size(scale=Fraction(2)), (2560, 1440)),
        (Size(scale=Fraction(3, 2)), (1920, 1080)),
        (Size(height=2160), (3840, 2160)),
        (Size(width=3840, height=1600), (3840, 1600)),
    ],
)
def test_a_size_becomes_an_even_raster(size: Size, wanted: tuple[int, int]) -> None:
    assert raster(size, info()) == wanted


def test_an_empty_size_is_refused() -> None:
    with pytest.raises(PlanError, match="--scale or --to"):
        raster(Size(), info())


@pytest.mark.parametrize("changes", [{"interlaced": True}, {"uneven": Uneven(rate=RATE, lasts=Fraction(9))}])
def test_fields_and_uneven_frames_are_no_reason_to_leave_a_shot_out(changes: dict[str, object]) -> None:
    cut = Cut(name="cut", rate=RATE, shots=(shot(media(**changes), 10, 20),))
    planned = plan(cut, Recipe(size=Size(height=1440)), UPSCALE)
    assert (len(planned.pulls), planned.left_out) == (1, ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"interlaced": True, "uneven": Uneven(rate=RATE, lasts=Fraction(9))}, "deinterlace it first"),
        ({"interlaced": True, "codec": "hevc"}, "deinterlace it first"),
        ({"alpha": True}, "alpha"),
        ({"still": True}, "upscale-image"),
        ({"width": 3840, "height": 2160}, "already 3840x2160"),
    ],
)
def test_what_the_model_cannot_do_is_left_out_by_name(changes: dict[str, object], reason: str) -> None:
    cut = Cut(
        name="cut", rate=RATE, shots=(shot(media(**changes), 10, 20, name="A001"), shot(media("b"), 0, 9))
    )
    planned = plan(cut, Recipe(size=Size(height=1440)), UPSCALE)
    assert [left.name for left in planned.left_out] == ["A001"]
    assert reason in planned.left_out[0].reason
    assert len(planned.pulls) == 1


def test_a_shot_with_frames_that_its_media_lacks_is_left_out() -> None:
    cut = Cut(name="cut", rate=RATE, shots=(shot(media(), 390, 20),))
    assert "doesn't have" in plan(cut, Recipe(), UPSCALE).left_out[0].reason
