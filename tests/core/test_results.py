"""What the host is asked to do, and what is told of a run."""

from fractions import Fraction
from pathlib import Path

from uprez.model import Call, Conform, Info, LeftOut, Media, Plate, Pull, Render, Shot, Verdict
from uprez.orders import Order, Recipe
from uprez.outcome import Standing
from uprez.plan import Plan
from uprez.pulls import count_frames
from uprez.results import outcome_of, relinks_for
from uprez.times import FrameRange

INFO = Info(
    container="mov", codec="prores", rate=Fraction(24), frames=100, width=64, height=36,
    pixel_format="yuv422p10le", bits=10,
)  # fmt: skip


def pull(name: str, first: int, start: int, shots: tuple[str, ...]) -> Pull:
    media = Media(
        url=name, path=Path(name), fingerprint=name, rate=Fraction(24),
        available=FrameRange(start=first, count=100), info=INFO,
    )  # fmt: skip
    return Pull(id=f"pull {name}", media=media, frames=FrameRange(start=start, count=20), shots=shots)


def shot(of: Pull, name: str, track: str = "V1") -> Shot:
    (identity,) = of.shots
    record = FrameRange(start=0, count=10)
    return Shot(
        id=identity, name=name, track=track, media=of.media, record=record,
        source=FrameRange(start=of.frames.start + 5, count=10),
    )  # fmt: skip


def standing(of: Pull, call: Call, state: str = "done") -> Standing:
    plate = Plate(pull=of, preset="ffv1", path=Path("plate"))
    order = Order(plate=plate, recipe=Recipe(), width=128, height=72)
    render = Render(order=order.id, path=Path("render.mov"), info=INFO, verdict=Verdict(call=call))
    return Standing.model_validate({"order": order, "state": state, "render": render, "error": None})


def plan(shots: tuple[Shot, ...], pulls: tuple[Pull, ...]) -> Plan:
    return Plan(
        timeline="cut", rate=Fraction(24), recipe=Recipe(), shots=shots, pulls=pulls, left_out=(),
        totals=count_frames(shots, pulls, 0),
    )  # fmt: skip


def test_a_render_stands_for_the_frames_of_this_plan_not_for_an_earlier_ones_numbers() -> None:
    before, now = pull("A001", 0, 10, ("s",)), pull("A001", 1000, 1010, ("s",))
    planned = plan((shot(now, "one"),), (now,))
    (relink,) = relinks_for(planned, {now.id: standing(before, Call.MATCH)}, accept_unsure=False)
    assert relink.stands_for == now.frames


def test_only_what_is_proved_is_relinked_and_unsure_only_on_request() -> None:
    one = pull("A001", 0, 10, ("s",))
    planned = plan((shot(one, "one"),), (one,))
    for call, state, sure, accepted in (
        (Call.MATCH, "done", 1, 1),
        (Call.UNSURE, "done", 0, 1),
        (Call.WRONG, "failed", 0, 0),
        (Call.OFFSET, "failed", 0, 0),
        (Call.MATCH, "active", 0, 0),
    ):
        found = {one.id: standing(one, call, state)}
        assert len(relinks_for(planned, found, accept_unsure=False)) == sure
        assert len(relinks_for(planned, found, accept_unsure=True)) == accepted


def test_a_wrong_shot_is_told_also_where_the_host_refused_another_of_its_name() -> None:
    bad, good = pull("A001", 0, 10, ("bad",)), pull("B002", 0, 10, ("good",))
    planned = plan((shot(bad, "C001"), shot(good, "C001")), (bad, good))
    refused = LeftOut(name="C001", track="V1", reason="its track is locked")
    conform = Conform(timeline="cut", output="out", left_out=(refused,))
    found = {bad.id: standing(bad, Call.WRONG, "failed"), good.id: standing(good, Call.MATCH)}
    outcome = outcome_of(planned, found, {}, conform, False, Path("work"))
    assert [failed.shot for failed in outcome.failed] == ["bad"]
    assert outcome.exit_code == 4


def test_an_order_still_open_is_a_failure_and_no_verdict() -> None:
    one = pull("A001", 0, 10, ("s",))
    planned = plan((shot(one, "one"),), (one,))
    outcome = outcome_of(planned, {one.id: standing(one, Call.UNSURE, "active")}, {}, None, False, Path("w"))
    assert (outcome.failed[0].verdict, outcome.exit_code) == (None, 1)
