"""What a delta plans, whatever was bought and however the cut was edited: nothing twice, nothing missing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from uprez.delta import rebased
from uprez.info import Info
from uprez.model import Cut, Media, Pull, Relink, Retime, Shot, pull_of
from uprez.pulls import fits, plan_pulls
from uprez.splitting import CONTEXT, homes_of, joins_of, keep_of, split
from uprez.stamp import Stamp
from uprez.times import FrameRange
from uprez.tracing import Renders, as_shown, traced

LENGTH = 400
NEW = frozenset[str]()


def media(first: int = 1000, fingerprint: str = "f") -> Media:
    info = Info(
        container="mov", codec="prores", rate=Fraction(24), frames=LENGTH, width=160, height=90,
        pixel_format="yuv420p", bits=8,
    )  # fmt: skip
    available = FrameRange(start=first, count=LENGTH)
    return Media(
        url="a",
        path=Path("a.mov"),
        fingerprint=fingerprint,
        rate=Fraction(24),
        available=available,
        info=info,
    )


MEDIA = media()


def shot(number: int, start: int, count: int, speed: Fraction | None = None, of: Media = MEDIA) -> Shot:
    return Shot(
        id=f"s{number}", name="s", track="V1", media=of,
        source=FrameRange(start=of.available.start + start, count=count),
        record=FrameRange(start=0, count=count), retime=Retime(speed=speed) if speed else None,
    )  # fmt: skip


def owned(*spans: tuple[int, int], of: Media = MEDIA) -> tuple[Pull, ...]:
    return tuple(
        pull_of(of, FrameRange.between(of.available.start + start, of.available.start + end), ["old"])
        for start, end in spans
    )


def kept(pulls: tuple[Pull, ...]) -> list[tuple[int, int]]:
    """Return the file frames that each pull shows, in order."""
    return [(keep_of(pull).start - 1000, keep_of(pull).end - 1000) for pull in pulls]


def bought(pulls: tuple[Pull, ...], have: tuple[Pull, ...]) -> list[tuple[int, int]]:
    """Return the file frames of the pulls that are not there yet."""
    known = {pull.id for pull in have}
    return [(pull.frames.start - 1000, pull.frames.end - 1000) for pull in pulls if pull.id not in known]


def test_an_extension_is_bought_with_context_where_it_meets_what_is_there() -> None:
    have = owned((50, 150))
    pulls = plan_pulls([shot(0, 60, 102)], 24, have, apart=NEW)
    assert kept(pulls) == [(60, 150), (150, 162)]
    assert bought(pulls, have) == [(142, 162)]
    (join,) = joins_of(pulls)
    assert (join.whole.frames, join.seams) == (FrameRange(start=1060, count=102), (90,))


def test_without_a_delta_the_whole_shot_is_a_pull_of_its_own() -> None:
    have = owned((50, 150))
    assert bought(plan_pulls([shot(0, 60, 102)], 24, have), have) == [(36, 186)]


def test_a_stretch_put_apart_is_bought_whole_with_its_handles() -> None:
    have = owned((50, 150))
    (join,) = joins_of(plan_pulls([shot(0, 60, 102)], 24, have, apart=NEW))
    pulls = plan_pulls([shot(0, 60, 102)], 24, have, apart=frozenset({join.whole.id}))
    assert bought(pulls, have) == [(36, 186)] and joins_of(pulls) == ()


def test_pieces_that_would_cost_as_much_as_the_whole_are_not_joined() -> None:
    have = owned((50, 60))
    assert bought(plan_pulls([shot(0, 58, 100)], 0, have, apart=NEW), have) == [(58, 158)]


def test_what_lies_between_two_renders_is_bought_with_context_on_both_sides() -> None:
    have = owned((0, 100), (140, 240))
    pulls = plan_pulls([shot(0, 20, 200)], 24, have, apart=NEW)
    assert kept(pulls) == [(20, 100), (100, 140), (140, 220)]
    assert bought(pulls, have) == [(92, 148)]


def test_a_sliver_between_two_gaps_is_bought_through() -> None:
    have = owned((0, 100), (120, 130), (150, 300))
    pulls = plan_pulls([shot(0, 20, 200)], 0, have, apart=NEW)
    assert bought(pulls, have) == [(92, 158)]


def test_a_new_use_gets_handles_up_to_what_is_there_and_none_of_it() -> None:
    have = owned((50, 150))
    assert bought(plan_pulls([shot(0, 160, 20)], 24, have, apart=NEW), have) == [(150, 204)]


def test_what_is_longer_than_the_model_takes_is_bought_in_pieces_all_the_same() -> None:
    have = owned((0, 100))
    pulls = plan_pulls([shot(0, 40, 260)], 0, have, most=50, apart=NEW)
    assert all(end - start <= 50 for start, end in bought(pulls, have))
    (join,) = joins_of(pulls)
    assert join.whole.frames == FrameRange(start=1040, count=260)


def test_pieces_of_a_limit_count_with_their_context_when_the_whole_is_held_against_them() -> None:
    have = owned((360, 400))
    pulls = plan_pulls([shot(0, 288, 112)], 0, have, most=40, apart=NEW)
    assert sum(end - start for start, end in bought(pulls, have)) == 112  # 40 frames fewer than the whole


def test_another_file_s_renders_are_never_used() -> None:
    have = owned((0, 400), of=media(fingerprint="g"))
    assert bought(plan_pulls([shot(0, 40, 20)], 0, have, apart=NEW), have) == [(40, 60)]


def test_renders_are_found_where_a_timeline_counts_from_elsewhere() -> None:
    elsewhere = media(first=0)
    have = owned((50, 150))
    moved = rebased(have, elsewhere)
    assert [(pull.frames.start, pull.id) for pull in moved] == [(50, have[0].id)]
    pulls = plan_pulls([shot(0, 60, 102, of=elsewhere)], 0, have, apart=NEW)
    assert {pull.id for pull in pulls} & {have[0].id}
    short = elsewhere.model_copy(update={"available": FrameRange(start=0, count=100)})
    assert rebased(have, short) == ()


def test_a_retimed_shot_out_of_phase_is_put_together_anew_for_nothing() -> None:
    have = owned((51, 251))
    pulls = plan_pulls([shot(0, 60, 40, Fraction(2))], 24, have, apart=NEW)
    assert bought(pulls, have) == [] and kept(pulls) == [(60, 100)]


def made(folder: Path, *, first: int = 20, order: str = "o") -> Media:
    """Return a render of a.mov in a workspace, as a timeline names it."""
    stamp = Stamp(
        uprez="1", source="f", name="a.mov", first=first, count=100, rate=Fraction(24),
        provider="p", model="m", order=order,
    )  # fmt: skip
    return media(first=0, fingerprint="render").model_copy(
        update={
            "path": folder / "renders" / "a_20-119.mov",
            "available": FrameRange(start=0, count=100),
            "info": MEDIA.info.model_copy(update={"stamp": stamp, "frames": 100}),
        }
    )


def seen(folder: Path, one: Shot, *, there: bool = True, sources: tuple[Media, ...] = ()) -> Cut:
    """See through a cut of one shot with what a workspace made of a.mov."""
    source = MEDIA.model_copy(update={"path": folder / "a.mov"})
    if there:
        source.path.touch()
    known = {found.fingerprint: found for found in (source, *sources)}
    ours = Renders(folder=folder / "renders", orders=frozenset({"o"}), sources=known)
    found, moved = traced(Cut(name="c", rate=Fraction(24), shots=(one,)), ours)
    assert moved == ({one.id: 1020} if found.shots and found.shots[0].media is source else {})
    return found


def test_a_shot_of_a_render_is_a_shot_of_its_source(tmp_path: Path) -> None:
    (one,) = seen(tmp_path, shot(0, 5, 30, of=made(tmp_path))).shots
    assert (one.media.fingerprint, one.source) == ("f", FrameRange(start=1025, count=30))
    asked = Relink(
        shot="s0",
        path=Path("r"),
        stands_for=FrameRange(start=1010, count=60),
        rate=Fraction(24),
        width=2,
        height=2,
    )
    (told,) = as_shown([asked], {"s0": 1020})
    assert told.stands_for == FrameRange(start=-10, count=60)


def test_a_speed_set_on_a_render_that_no_other_render_keeps_leaves_it_as_it_is(tmp_path: Path) -> None:
    kept = seen(tmp_path, shot(0, 5, 30, Fraction(5), of=made(tmp_path)))
    assert len(kept.shots) == 1
    (left,) = seen(tmp_path, shot(0, 5, 30, Fraction(3), of=made(tmp_path))).left_out
    assert "at a speed that was set on it" in left.reason


def test_a_render_whose_source_is_gone_is_left_as_it_is(tmp_path: Path) -> None:
    (left,) = seen(tmp_path, shot(0, 5, 30, of=made(tmp_path)), there=False).left_out
    assert "which is not at" in left.reason and "a.mov" in left.reason


def test_what_was_upscaled_as_a_source_or_made_for_somebody_else_stays_a_source(tmp_path: Path) -> None:
    render = made(tmp_path)
    assert seen(tmp_path, shot(0, 5, 30, of=render), sources=(render,)).shots[0].media is render
    other = made(tmp_path, order="theirs")
    assert seen(tmp_path, shot(0, 5, 30, of=other)).shots[0].media is other


SPANS = st.tuples(st.integers(0, 380), st.integers(1, 120)).map(
    lambda span: (span[0], min(LENGTH, span[0] + span[1]))
)
SPEEDS = st.sampled_from([None, Fraction(2), Fraction(-2), Fraction(5, 2), Fraction(1, 2), Fraction(7)])
SHOTS = st.lists(st.tuples(SPANS, SPEEDS), min_size=1, max_size=6)


Uses = list[tuple[tuple[int, int], Fraction | None]]


@settings(deadline=None)
@example([(360, 400)], [((288, 400), None)], 0, 40)
@given(st.lists(SPANS, max_size=5), SHOTS, st.sampled_from([0, 3, 24]), st.sampled_from([None, 40, 90]))
def test_every_shot_is_held_for_less_than_anew_and_the_same_again_buys_nothing(
    there: list[tuple[int, int]], uses: Uses, handles: int, most: int | None
) -> None:
    have = owned(*there)
    shots = [shot(n, span[0], span[1] - span[0], speed) for n, (span, speed) in enumerate(uses)]
    pulls = plan_pulls(shots, handles, have, most, apart=NEW)
    homes = {name: home for home in homes_of(pulls) for name in home.shots}
    assert all(fits(one, homes[one.id]) for one in shots)
    known = {pull.id for pull in have}
    fresh = [pull for pull in pulls if pull.id not in known]
    for join in joins_of(pulls):
        new = [piece for piece in join.pieces if piece.id not in known]
        if len(new) < len(join.pieces):
            anew = sum(piece.frames.count for piece in split(join.whole, most))
            assert sum(piece.frames.count for piece in new) < anew
    again = plan_pulls(shots, handles, (*have, *fresh), most, apart=NEW)
    assert {pull.id for pull in again} <= {pull.id for pull in pulls} | known
    if most is None:
        anew = plan_pulls(shots, handles, have)
        cost = sum(pull.frames.count for pull in anew if pull.id not in known)
        assert sum(pull.frames.count for pull in fresh) <= cost + CONTEXT * len(shots)  # short ones
