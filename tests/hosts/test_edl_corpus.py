"""Real EDLs by other people's editors: each relinked frame is right, the rest is left out by name.

Nothing of them is in this repo: `UPREZ_TIMELINES` names the folder.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.corpus_edl import run_corpus

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
PAL = ("25fps.edl", "timecode_mismatch.edl", "test_24.edl")
PINNED = {
    "timecode_mismatch.edl": (20, 16),
    "black_slug_avid2.edl": (590, 586),
    "scan_request_test.edl": (4, 3),
}
"""Clips and how many of them are relinked, where these are not all."""
FILES = sorted(FOLDER.rglob("*.edl")) if FOLDER.is_dir() else []


@pytest.mark.skipif(not FILES, reason="UPREZ_TIMELINES names no folder of timelines")
@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_real_list_is_relinked_frame_for_frame(file: Path, tmp_path: Path) -> None:
    told = run_corpus(file, tmp_path, Fraction(25 if file.name in PAL else 24))
    print(told)
    assert told["wrong"] == 0, told
    clips, relinked = PINNED.get(file.name, (told["clips"], told["clips"]))
    assert (told["clips"], told["relinked"]) == (clips, relinked), told
