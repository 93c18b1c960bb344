"""Real timelines by other people's editors: wrong is 0, most clips are relinked, the rest is pinned.

`UPREZ_TIMELINES` names their folder; without it these tests skip. corpus.tsv holds what is to be found, and
`tests/hosts/corpus.py` prints the whole table.
"""

from __future__ import annotations

import contextlib

import pytest
from hosts.corpus import FOLDER, chosen, named, pin_of, pins, run, wanted

from uprez.errors import HostError, PlanError
from uprez.model import Selection
from uprez_otio.host import OtioHost

SHARE = 0.85
FILES = {named(file): file for file in chosen([])}
LONG = (
    "GeneralDemo.fcpxml", "kdenlive_example_from_fcp.xml", "59.94.fcpxml", "/60.fcpxml",
    "TimelineWithSecondaryStorylineWithAudioKeyframes.fcpxml", "black_slug_avid2.edl",
    "TimelineSample.fcpxml", "MulticamSample.fcpxml", "keyframed_properties.aaf", "multiple_markers.aaf",
    "DisabledClips.fcpxml", "MulticamMarkers.fcpxml", "preflattened.aaf", "multiple_review_clips.json",
    "audio-separately.edl", "audio-at-end.edl", "Complex.fcpxml", "fcpx_example.fcpxml", "fcpx_event.fcpxml",
)  # fmt: skip
"""Those whose stand-ins have tens of thousands of frames: `-m slow`."""
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name.endswith(LONG) else name for name in FILES]
WHY_NOT = "UPREZ_TIMELINES names no folder of timelines"
with_timelines = pytest.mark.skipif(not FOLDER.is_dir(), reason=WHY_NOT)


@with_timelines
@pytest.mark.parametrize("name", NAMES)
def test_a_real_timeline_is_relinked_without_a_wrong_frame(name: str) -> None:
    row = run(FILES[name])
    assert row["wrong"] == 0, row
    assert pin_of(row) == pins().get(name)


@with_timelines
@pytest.mark.parametrize("name", FILES)
def test_a_real_timeline_whose_media_is_elsewhere_has_no_shots_and_no_fault(name: str) -> None:
    with contextlib.suppress(HostError, PlanError):
        assert OtioHost(str(FILES[name])).shots(Selection()).shots == ()


def test_most_of_the_clips_that_show_a_file_are_relinked() -> None:
    rows = [line.split("\t") for line in pins().values()]
    found = [{"clips": int(clips), "left_out": told(left)} for _, clips, _, left in rows]
    relinked = sum(int(count) for _, _, count, _ in rows)
    assert relinked >= SHARE * sum(map(wanted, found))


@with_timelines
def test_no_pin_is_of_a_timeline_that_is_gone() -> None:
    assert set(pins()) == set(FILES)


def told(left_out: str) -> dict[str, int]:
    pairs = (one.partition(" ") for one in left_out.split(" | ") if one)
    return {why: int(count) for count, _, why in pairs}
