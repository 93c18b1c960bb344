"""A real editor's engine plays each cut before and after the relink: every position shows the same picture,
now out of the render.

The engine is MLT, which Kdenlive and Shotcut are built on; `mlt_oracle` writes its projects straight from the
.otio files, and shares nothing with uprez's reading and planning. The relink is the whole real path: plan,
export, the local provider, verification, the host. A cut holds many cases, and what is wrong names its case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import opentimelineio as otio
import pytest
from hosts.mlt_cases import APART, AT_24, EVERYWHERE, Build
from hosts.mlt_engine import WHY_NOT, Engine, python
from hosts.mlt_reels import Ran, Reel, played, relinked, run, wrong

from uprez.media.probe import probe

pytestmark = pytest.mark.skipif(python() is None, reason=WHY_NOT)
NTSC24, NTSC30 = Fraction(24_000, 1001), Fraction(30_000, 1001)
STAY = {"A1", "lost", "empty", "off", "bars", "unseen"}
"""What no relink can do: sound, what has no file, what is disabled or trimmed away by a nest."""
RUN = r'"run": "[0-9a-f]+"'


def every(number: int) -> dict[str, Build]:
    """Return the cases of one cut: those of all, and a third of the rest."""
    return EVERYWHERE | dict([*APART.items()][number::3])


REELS = {
    "24": Reel(Fraction(24), 86_400, "reference", EVERYWHERE | APART | AT_24),
    "23.976": Reel(NTSC24, 86_400, "track", every(0) | {"24 in 23.976": AT_24["23.976 in 24"]}),
    "25": Reel(Fraction(25), 90_000, "replace", every(1)),
    "29.97 drop": Reel(NTSC30, 107_892, "reference", every(2), drop=True),
    "29.97 non-drop": Reel(NTSC30, 108_000, "replace", every(0)),
    "60": Reel(Fraction(60), 216_000, "track", every(1)),
    "24 with tracks": Reel(Fraction(24), 86_400, "track", dict([*APART.items()][2::3]) | AT_24),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def ran(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """Run each reel once, when it is first asked for."""
    return cache(lambda name: run(REELS[name], engine, tmp_path_factory.mktemp("reel") / "cut"))


@pytest.mark.parametrize("name", REELS)
def test_every_position_of_a_cut_shows_the_same_frame_out_of_its_render(
    name: str, ran: Callable[[str], Ran]
) -> None:
    found = ran(name)
    assert [*positions(found)] == []
    assert [*mixes(found)] == []
    assert [*sizes(found)] == []
    assert {left.name for left in found.outcome.left_out} <= STAY | found.made.stays
    timecodes = [*found.timecodes()]
    assert timecodes
    assert [told for told, _ in timecodes] == [wanted for _, wanted in timecodes]
    assert sound(found.output) == sound(found.made.file) != []


def positions(ran: Ran) -> Iterator[tuple[str, str, int, str]]:
    """Yield by case, layer and place what is wrong there; a case that shows nothing at all proves nothing."""
    for name, (_, case) in ran.made.cases.items():
        shown = 0
        for layer in ("left", "right") if case.dissolves else ("mix",):
            for place, before, after in ran.of(name, layer):
                shown += before.tint != "none"
                fault = wrong(before, after, case.turn)
                if fault is not None:
                    yield name, layer, place, fault
        if (shown > 0) is case.unseen:
            yield name, "", 0, f"it shows a source at {shown} positions"


def mixes(ran: Ran) -> Iterator[tuple[str, int, str]]:
    """Yield where the mix of a dissolve is another one than before, or where there is none."""
    for name in (name for name, (_, case) in ran.made.cases.items() if case.dissolves):
        mixed = 0
        for place, before, after in ran.of(name, "mix"):
            apart = max(abs(one - other) for one, other in zip(before.blocks, after.blocks, strict=True))
            mixed += any(60 < each < 190 for each in before.blocks)
            if apart > 16:
                yield name, place, f"the barcodes lie {apart:.0f} apart"
        if not mixed:
            yield name, 0, "nothing is mixed"


def sizes(ran: Ran) -> Iterator[str]:
    """Yield the renders that have not twice the size of their source."""
    for shot in ran.outcome.relinked:
        assert shot.render is not None
        render, source = probe(shot.render), probe(ran.source(shot.name))
        if (render.width, render.height) != (source.width * 2, source.height * 2):
            yield f"{shot.name}: {render.width}x{render.height}"


def sound(file: Path) -> list[str]:
    """Return the tracks of sound as they are written."""
    cut = otio.adapters.read_from_file(str(file))
    return [track.to_json_string() for track in cut.tracks if track.kind == "Audio"]


def test_a_relink_done_again_writes_the_same_file_and_one_of_its_output_shows_the_same_frames(
    engine: Engine, ran: Callable[[str], Ran]
) -> None:
    first = ran("29.97 drop")
    text = first.output.read_text()
    again, output = relinked(first.made)
    assert [shot.render for shot in again.relinked] == [shot.render for shot in first.outcome.relinked]
    assert re.sub(RUN, "", output.read_text()) == re.sub(RUN, "", text)
    _, once_more = relinked(first.made, of=output)
    shown = played(engine, first.made, once_more)["mix"]
    assert {place: (seen.number, seen.tint) for place, seen in shown.items()} == {
        place: (seen.number, seen.tint) for place, seen in first.after["mix"].items()
    }


def test_there_are_more_than_forty_cases() -> None:
    assert len(EVERYWHERE | APART | AT_24) > 40
