"""Renders made elsewhere are found by name and timecode, and each is proved against its own media."""

import json
import os
from pathlib import Path

import pytest

from uprez.adopt import adopt
from uprez.errors import PlanError
from uprez.model import Call, Manner, Selection
from uprez.outcome import Outcome
from uprez.plugins import load
from uprez.testing.clips import make_clip
from uprez.testing.timelines import clip, external, span, timeline, track

TIMECODE = "01:00:00:00"


def cut(folder: Path, *media: str) -> Path:
    clips = [clip(f"shot {number}", external(name), span(86_405, 10)) for number, name in enumerate(media)]
    file = folder / "cut.otio"
    file.write_text(json.dumps(timeline(track(*clips))))
    return file


def taken_in(file: Path) -> Outcome:
    host = load().host(str(file))
    manner = Manner(output=file.parent / "out.otio")
    return adopt(host, Selection(), file.parent / "renders", manner, file.parent / "work")


def test_a_render_made_by_hand_is_proved_and_relinked(tmp_path: Path) -> None:
    make_clip(tmp_path / "A001.mkv", frames=30, size=(160, 90), timecode=TIMECODE)
    make_clip(
        tmp_path / "renders" / "A001_by_hand.mkv", frames=20, first=3, size=(320, 180), timecode="01:00:00:03"
    )
    outcome = taken_in(cut(tmp_path, "A001.mkv"))
    assert [(shot.name, shot.verdict) for shot in outcome.relinked] == [("shot 0", Call.MATCH)]
    assert outcome.exit_code == 0


def test_of_two_renders_of_the_same_frames_the_last_one_made_is_taken(tmp_path: Path) -> None:
    make_clip(tmp_path / "A001.mkv", frames=30, size=(160, 90), timecode=TIMECODE)
    for name, made in (("A001_a", 2_000_000_000), ("A001_b", 2_000_000_002), ("A001_c", 2_000_000_001)):
        path = make_clip(tmp_path / "renders" / f"{name}.mkv", frames=30, size=(320, 180), timecode=TIMECODE)
        os.utime(path, (made, made))
    outcome = taken_in(cut(tmp_path, "A001.mkv"))
    assert [shot.render.name for shot in outcome.relinked] == ["A001_b.mkv"]


def test_a_render_whose_timecode_is_off_is_never_relinked(tmp_path: Path) -> None:
    make_clip(tmp_path / "A001.mkv", frames=30, size=(160, 90), timecode=TIMECODE)
    make_clip(
        tmp_path / "renders" / "A001_late.mkv", frames=20, first=4, size=(320, 180), timecode="01:00:00:03"
    )
    outcome = taken_in(cut(tmp_path, "A001.mkv"))
    assert (outcome.relinked, outcome.output, outcome.exit_code) == ((), None, 4)


def test_two_cards_with_equal_names_do_not_share_one_proof(tmp_path: Path) -> None:
    for card, first in (("card1", 0), ("card2", 500)):
        make_clip(tmp_path / card / "C0001.mkv", frames=30, first=first, size=(160, 90), timecode=TIMECODE)
    make_clip(tmp_path / "renders" / "C0001_up.mkv", frames=30, size=(320, 180), timecode=TIMECODE)
    outcome = taken_in(cut(tmp_path, "card1/C0001.mkv", "card2/C0001.mkv"))
    assert [shot.name for shot in outcome.relinked] == ["shot 0"]
    assert [failed.name for failed in outcome.failed] == ["shot 1"]


def test_a_folder_without_a_fitting_render_is_refused(tmp_path: Path) -> None:
    make_clip(tmp_path / "A001.mkv", frames=30, size=(160, 90), timecode=TIMECODE)
    make_clip(tmp_path / "renders" / "B002.mkv", frames=30, first=9000, size=(320, 180))
    with pytest.raises(PlanError, match="fits"):
        taken_in(cut(tmp_path, "A001.mkv"))
