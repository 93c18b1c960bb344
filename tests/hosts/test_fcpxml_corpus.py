"""Real FCPXMLs, relinked to stand-in renders: no frame is wrong, and what is left out has its reason.

Nothing of them is in this repo: `UPREZ_TIMELINES` names the folder. The table is printed with -s.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts.corpus_fcpxml import run_corpus

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
FILES = (
    sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.fcpxml"))
    if FOLDER.is_dir()
    else []
)
NOT_FOOTAGE = (
    "it is a generator",
    "it is disabled",
    "one layer of a layered file",
    "the cut shows no frame of it",
)
LEAST = {"GeneralDemo.fcpxml": 0.7}
"""Multicams whose sound plays out of angles that are shown, too: those angles stay as they are."""


@pytest.mark.skipif(not FILES, reason="UPREZ_TIMELINES names no folder of timelines")
@pytest.mark.parametrize("name", FILES)
def test_a_real_timeline_shows_its_own_frames_after_a_relink(name: str, tmp_path: Path) -> None:
    told = run_corpus(FOLDER / name, tmp_path)
    print(told)
    assert told["wrong"] == 0, told
    other = sum(count for why, count in told["left_out"].items() if any(each in why for each in NOT_FOOTAGE))
    assert told["relinked"] >= LEAST.get(told["file"], 0.85) * (told["clips"] - other), told
