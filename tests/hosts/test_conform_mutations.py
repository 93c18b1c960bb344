"""Break our own reading and planning, one fault at a time: a real engine must see wrong frames each time.

This is the one file that replaces functions of ours. Each fault is a way in which conforms go wrong silently;
a relink that refuses itself is no proof, so every one here goes through to its output.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hosts.mlt_cases import EVERYWHERE, Build, dissolves, retimed
from hosts.mlt_engine import WHY_NOT, Engine, python
from hosts.mlt_oracle import OffTheGrid
from hosts.mlt_reels import Reel, run, wrong

import uprez.media.probe
import uprez.retime
import uprez_otio.layout
import uprez_otio.played
import uprez_otio.references

pytestmark = pytest.mark.skipif(python() is None, reason=WHY_NOT)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.close()


CASES: dict[str, Build] = {
    "plain": EVERYWHERE["plain trim"],
    "timed": EVERYWHERE["timecode start"],
    "1.7 times": retimed(1.7, 34, 8),
    "dissolve": dissolves(1, 1, 10, 30),
    "dissolve into reverse": dissolves(1, -1, 10, 30),
}


def faults(engine: Engine, folder: Path, name: str, handles: int = 0) -> list[str]:
    """Relink and play one case; return what is wrong with its positions, and with timecodes."""
    reel = Reel(Fraction(24_000, 1001), 86_400, "reference", {"case": CASES[name]}, handles=handles)
    try:
        ran = run(reel, engine, folder / "cut")
    except OffTheGrid as off:
        return [str(off)]
    assert ran.outcome.relinked
    sides = ("left", "right") if ran.made.cases["case"][1].dissolves else ("mix",)
    found = [wrong(before, after, 0) for side in sides for _, before, after in ran.of("case", side)]
    if name == "timed":
        found += [
            f"{is_there} instead of {wanted}" for is_there, wanted in ran.timecodes() if is_there != wanted
        ]
    return [fault for fault in found if fault is not None]


@pytest.mark.parametrize("name", CASES)
def test_without_a_fault_nothing_is_wrong(name: str, engine: Engine, tmp_path: Path) -> None:
    assert faults(engine, tmp_path, name, handles=3 * (name == "1.7 times")) == []


def test_an_available_range_one_frame_late_is_caught(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = uprez_otio.references.range_json
    monkeypatch.setattr(uprez_otio.references, "range_json", lambda start, *more: exact(start + 1, *more))
    found = faults(engine, tmp_path, "plain")
    assert len(found) == 11, found  # before the render's first frame there is none: its first stays right


def test_a_phase_that_is_ignored_is_caught(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uprez.retime.Retime, "phase", property(lambda retime: 1))
    assert faults(engine, tmp_path, "1.7 times", handles=3)


def test_a_rate_of_23_976_as_a_decimal_is_caught(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_seconds(text: str, rate: Fraction) -> int:
        hours, minutes, seconds, frames = map(int, text.split(":"))
        return round((hours * 3600 + minutes * 60 + seconds) * 23.976) + frames

    monkeypatch.setattr(uprez.media.probe, "from_timecode", by_seconds)
    assert faults(engine, tmp_path, "timed")


def test_a_reversed_clip_treated_as_forward_is_caught(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = uprez_otio.played.speed_of
    monkeypatch.setattr(uprez_otio.played, "speed_of", lambda speed: abs(exact(speed)))
    assert faults(engine, tmp_path, "dissolve into reverse")


def test_the_overlap_of_a_transition_that_is_forgotten_is_caught(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = uprez_otio.layout.consumed

    def forgetful(cut: Any, footing: Any, played: Any, head: Any, tail: Any, *more: Any) -> Any:
        return exact(cut, footing, played, None, None, *more)

    monkeypatch.setattr(uprez_otio.layout, "consumed", forgetful)
    found = faults(engine, tmp_path, "dissolve")
    assert len(found) == 5, found
