"""Real timelines, by other people's editors, are planned without a traceback; what is left out is pinned.

Nothing of them is in this repo: `UPREZ_TIMELINES` names the folder, and `real_timelines.tsv` holds what we
found: for each file the shots and what is left out and why, first as it is (its media are somewhere else),
then with small stand-ins for its media. `UPREZ_PIN=1` writes the table anew.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from uprez.errors import HostError, PlanError
from uprez.model import Selection
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip
from uprez.times import snap_rate
from uprez_otio.host import OtioHost

FOLDER = Path(os.environ.get("UPREZ_TIMELINES", "no such folder"))
TABLE = Path(__file__).with_name("real_timelines.tsv")
FILES = (
    sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.otio")) if FOLDER.is_dir() else []
)
PINNED = {tuple(line.split("\t")[:2]): line.split("\t")[2] for line in TABLE.read_text().splitlines()[1:]}
LONGEST = 3000
STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")

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


def with_stand_ins(file: Path, folder: Path) -> Path:
    """Copy a timeline and give each file that it names a small one of the same rate and length."""
    content = json.loads(file.read_text(encoding="utf-8"))
    for number, reference in enumerate(references(content)):
        if reference["OTIO_SCHEMA"] == "ImageSequenceReference.1":
            stand_in_for_files(reference, number, folder)
        else:
            reference["target_url"] = stand_in(reference, number, folder)
    copy = folder / "cut.otio"
    copy.write_text(json.dumps(content), encoding="utf-8")
    return copy


def references(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, list):
        return [found for each in content for found in references(each)]
    if not isinstance(content, dict):
        return []
    schema = content.get("OTIO_SCHEMA")
    named = schema == "ImageSequenceReference.1" or (
        schema == "ExternalReference.1" and content["target_url"]
    )
    own = [content] if named else []
    return own + [found for each in content.values() for found in references(each)]


def stand_in_for_files(reference: dict[str, Any], number: int, folder: Path) -> None:
    """Give a sequence a file for each frame, all of them one picture."""
    available = reference.get("available_range")
    if not available or not 0 < available["duration"]["value"] <= LONGEST:
        return
    picture, there = folder / still(folder), folder / f"seq{number}"
    there.mkdir()
    reference.update(target_url_base=f"{there.name}/", name_suffix=".png")
    for at in range(round(available["duration"]["value"])):
        file = reference["start_frame"] + at
        name = f"{reference['name_prefix']}{file:0{reference['frame_zero_padding']}d}.png"
        (there / name).hardlink_to(picture)


def still(folder: Path) -> str:
    if not (folder / "still.png").exists():
        make_clip(
            folder / "still.png", frames=1, size=(32, 18), codec="png", pixel_format="rgb24", colour=None
        )
    return "still.png"


def stand_in(reference: dict[str, Any], number: int, folder: Path) -> str:
    url = str(reference["target_url"])
    if url.lower().endswith(STILLS):
        return still(folder)
    available = reference.get("available_range")
    length = available["duration"]["value"] if available else 240
    rate = snap_rate(available["duration"]["rate"]) if available else Fraction(24)
    if url.lower().endswith((".wav", ".mp3")) or not 0 < length <= LONGEST or rate > 120:
        return url
    name = f"{round(length)} at {rate.numerator}-{rate.denominator}.mkv"
    if not (folder / name).exists():
        make_clip(folder / name, frames=round(length), rate=rate, size=(32, 18))
    return name


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
