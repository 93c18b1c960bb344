"""A run remembers the very shots that were selected in an editor: by the time it goes on, others are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from uprez.errors import PlanError
from uprez.model import LeftOut, Selection
from uprez.newness import Making
from uprez.request import Request, keep, pinned, remembered
from uprez.selection import Candidate, chosen

LOST = LeftOut(name="lost", track="V1", reason="offline")


def test_a_selection_is_remembered_by_what_it_held(tmp_path: Path) -> None:
    request = Request(address="resolve:Reel 1", selection=Selection(selected=True, below=1080))
    keep(request, tmp_path, {"a": "one", "b": "two"})
    found = remembered(tmp_path).selection
    assert found == Selection(shots=("a", "b"), below=1080)


def test_any_other_choice_is_remembered_as_it_was_said() -> None:
    request = Request(address="cut.otio", selection=Selection(tracks=("V1",)))
    assert pinned(request, ["a"]) == request
    request = Request(address="cut.otio", selection=Selection(selected=True), making=Making(kind="animate"))
    assert pinned(request, ["a"]) == request


def test_shots_that_are_gone_are_no_reason_to_take_others() -> None:
    with pytest.raises(PlanError, match="not in the timeline any more"):
        chosen([Candidate(LOST, ("V1",))], Selection(shots=("a",)), Fraction(24))
