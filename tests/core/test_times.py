from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import PlanError
from uprez.times import FrameRange, from_timecode, may_drop, nominal, snap_rate, to_timecode

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(50),
    Fraction(60000, 1001),
]
ranges = st.builds(FrameRange, start=st.integers(-500, 500), count=st.integers(0, 300))


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (23.976024627685547, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (24.0, Fraction(24)),
        (24.000001, Fraction(24)),
        (Fraction(2997, 100), Fraction(30000, 1001)),
        (12.5, Fraction(25, 2)),
        (15, Fraction(15)),
    ],
)
def test_every_way_to_write_a_rate_is_the_exact_rate(written: float, exact: Fraction) -> None:
    assert snap_rate(written) == exact


@pytest.mark.parametrize("nonsense", [0, -24, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(nonsense: float) -> None:
    with pytest.raises(PlanError, match="not a frame rate"):
        snap_rate(nonsense)


@pytest.mark.parametrize(
    ("frame", "timecode"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17981, "00:09:59;29"),
        (17982, "00:10:00;00"),
        (107892, "01:00:00;00"),
    ],
)
def test_drop_frame_skips_the_numbers_smpte_says(frame: int, timecode: str) -> None:
    rate = Fraction(30000, 1001)
    assert to_timecode(frame, rate, drop=True) == timecode
    assert from_timecode(timecode, rate) == frame


@given(st.sampled_from(RATES), st.integers(0, 24 * 3600 * 50 - 1), st.booleans())
def test_timecode_reads_back_as_the_frame_it_was_written_from(rate: Fraction, frame: int, drop: bool) -> None:
    frame %= 23 * 3600 * nominal(rate)
    assert from_timecode(to_timecode(frame, rate, drop=drop), rate) == frame


@given(st.sampled_from(RATES), st.integers(0, 2_000_000))
def test_drop_frame_numbers_never_end_in_a_skipped_one(rate: Fraction, frame: int) -> None:
    if may_drop(rate):
        minute, frames = (int(to_timecode(frame, rate, drop=True)[at]) for at in (slice(3, 5), slice(9, 11)))
        seconds = int(to_timecode(frame, rate, drop=True)[6:8])
        assert not (minute % 10 and seconds == 0 and frames < nominal(rate) // 15)


@pytest.mark.parametrize("text", ["", "1:2:3", "00:00:00:24", "00:60:00:00", "00:01:00;00", "aa:00:00:00"])
def test_text_that_is_no_timecode_is_refused_by_name(text: str) -> None:
    rate = Fraction(30000, 1001) if ";" in text else Fraction(24)
    with pytest.raises(PlanError):
        from_timecode(text, rate)


@given(ranges, ranges)
def test_a_joined_range_holds_both(one: FrameRange, other: FrameRange) -> None:
    assert one.within(one.joined(other))
    assert other.within(one.joined(other))


@given(ranges, ranges)
def test_a_clamped_range_lies_in_its_bounds_and_keeps_what_both_hold(one: FrameRange, to: FrameRange) -> None:
    clamped = one.clamped(to)
    assert clamped.within(to)
    both = {*range(one.start, one.end)} & {*range(to.start, to.end)}
    assert both == {*range(clamped.start, clamped.end)}


@given(ranges, ranges)
def test_the_gap_is_what_padding_would_close(one: FrameRange, other: FrameRange) -> None:
    gap = one.gap_to(other)
    assert gap == other.gap_to(one)
    if gap >= 0:
        assert one.padded(gap, gap).gap_to(other) <= 0
