"""Real timelines, by other people's editors, are planned without a traceback; what is left out is pinned.

Nothing of them is in this repo: `UPREZ_TIMELINES` names the folder, and `real_timelines.tsv` holds what we
found: for each file the shots and what is left out and why, first as it is (its media are somewhere else),
then with small stand-ins for its media. `UPREZ_PIN=1` writes the table anew.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from hosts.corpus_otio import with_stand_ins

from uprez.errors import HostError, PlanError
from uprez.model import Selection
from uprez.pulls import plan_pulls
from uprez_otio.host import OtioHost

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
TABLE = Path(__file__).with_name("real_timelines.tsv")
FILES = (
    sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.otio")) if FOLDER.is_dir() else []
)
PINNED = {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in TABLE.read_text().splitlines()[1:]}

KINDS = {
    "offline": "offline",
    "no address": "no address",
    "no media": "no media",
    "lacks a file": "is missing in its image sequence",
    "generator": "generator",
    "sound": "it stays as it is",
    "disabled": "disabled",
    "outside": "of a file that has frames",
    "curve": "curve",
    "effect": "effect",
    "unsettled": "does not settle",
    "unsaid": "no available range",
    "rate": "counts it at",
    "unseen": "shows no frame",
    "length": "length",
}


def summary(file: Path) -> str:
    """Plan a timeline and say in a few words what came of it."""
    try:
        cut = OtioHost(str(file)).shots(Selection())
    except (HostError, PlanError) as refused:
        return "refused: " + re.sub(r"^.*?: ", "", str(refused))[:60]
    for pull in plan_pulls(cut.shots, 24):
        assert pull.frames.within(pull.media.available)
    kinds = Counter(
        next((kind for kind, text in KINDS.items() if text in left.reason), left.reason)
        for left in cut.left_out
    )
    return ", ".join(
        [f"{len(cut.shots)} shots", *(f"{count} {kind}" for kind, count in sorted(kinds.items()))]
    )


@pytest.mark.skipif(not FILES, reason="UPREZ_TIMELINES names no folder of timelines")
@pytest.mark.parametrize("name", FILES)
def test_a_real_timeline_is_planned_and_what_is_left_out_is_pinned(name: str, tmp_path: Path) -> None:
    found = {
        "as it is": summary(FOLDER / name),
        "stand-ins": summary(with_stand_ins(FOLDER / name, tmp_path)),
    }
    if os.environ.get("UPREZ_PIN"):
        with TABLE.open("a") as table:
            table.writelines(f"{name}\t{mode}\t{text}\n" for mode, text in found.items())
        return
    assert found == {mode: PINNED.get((name, mode)) for mode in found}


@pytest.mark.skipif(not FILES, reason="UPREZ_TIMELINES names no folder of timelines")
def test_the_table_names_no_timeline_that_is_gone() -> None:
    assert {name for name, _ in PINNED} <= set(FILES)
