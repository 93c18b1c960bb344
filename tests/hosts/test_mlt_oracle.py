"""A real editor's engine plays each cut before and after the relink: every position shows the same picture,
now out of the render.

The engine is MLT, which Kdenlive and Shotcut are built on; `mlt_oracle` writes its projects straight from the
.otio files, and shares nothing with uprez's reading and planning. The relink is the whole real path: plan,
export, the local provider, verification, the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from hosts.mlt_cases import APART, AT_24, EVERYWHERE, Build, Case, Media
from hosts.mlt_engine import WHY_NOT, Engine, Seen, number_in, python
from hosts.mlt_oracle import Project

from uprez.model import Manner, MannerKind, Selection
from uprez.orders import Recipe
from uprez.outcome import Outcome
from uprez.plugins import load
from uprez.request import Request
from uprez.session import Session
from uprez.testing.timelines import Json, clip, external, gap, timeline, track, write

pytestmark = pytest.mark.skipif(python() is None, reason=WHY_NOT)
BETWEEN = 2
FADED = frozenset({"faded"})
"""What a track above can't show: a fade of its own would lie over that of the source."""
RECIPE = Recipe(model="lanczos", handles=3)


@dataclass(frozen=True)
class Reel:
    """Name a cut at one rate, how it is relinked, and its cases."""

    rate: Fraction
    hour: int
    kind: MannerKind
    cases: dict[str, Build]
    drop: bool = False


def every(number: int) -> dict[str, Build]:
    """Return the cases of one cut: those of all, and a third of the rest."""
    return EVERYWHERE | dict([*APART.items()][number::3])


NTSC24, NTSC30, NTSC60 = (Fraction(rate * 1000, 1001) for rate in (24, 30, 60))
REELS = {
    "24": Reel(Fraction(24), 86_400, "reference", EVERYWHERE | APART | AT_24),
    "23.976": Reel(NTSC24, 86_400, "track", every(0) | {"24 in 23.976": AT_24["23.976 in 24"]}),
    "25": Reel(Fraction(25), 90_000, "replace", every(1)),
    "29.97 drop": Reel(NTSC30, 107_892, "reference", every(2), drop=True),
    "29.97 non-drop": Reel(NTSC30, 108_000, "replace", every(0)),
    "60": Reel(Fraction(60), 216_000, "track", every(1)),
    "24 with tracks": Reel(Fraction(24), 86_400, "track", dict([*APART.items()][2::3]) | AT_24),
}
CASES = [(reel, name) for reel in REELS for name in REELS[reel].cases]


DISSOLVES = [each for each in CASES if "dissolve" in each[1] or each[1] == "fades"]


@dataclass
class Made:
    """Hold a cut on disk: where each case begins, and what is known of it."""

    file: Path
    media: Media
    kind: MannerKind
    cases: dict[str, tuple[int, Case]]
    frames: int

    @property
    def stays(self) -> frozenset[str]:
        stays = frozenset(name for _, case in self.cases.values() for name in case.stays)
        return stays | (FADED if self.kind == "track" else frozenset())

    @property
    def bases(self) -> dict[str, int]:
        return {name: base for _, case in self.cases.values() for name, base in case.bases.items()}


def made(reel: Reel, folder: Path) -> Made:
    """Write the cut of a reel: its cases one after another, with black between."""
    folder.mkdir(parents=True)
    media = Media(folder, reel.rate, reel.hour, drop=reel.drop)
    low: list[Json] = []
    high: list[Json] = []
    cases, cursor, above = {}, 0, 0
    rate = float(reel.rate)
    for name, build in reel.cases.items():
        case = cases[name] = cursor, build(media)
        low += [*case[1].children, gap(BETWEEN, rate)]
        if case[1].over:
            high += [gap(cursor - above, rate), *case[1].over]
            above = cursor + lasting(case[1].over, rate)
        cursor += case[1].frames + BETWEEN
    sound = clip("sound", external(media.made("a.mkv"), media.range(0, 60)), media.range(8, 12))
    content = timeline(
        track(*low),
        track(*(high or [gap(1, rate)]), name="V2"),
        track(sound, name="A1", kind="Audio"),
        start=reel.hour,
        rate=rate,
    )
    return Made(write(folder / "cut.otio", content), media, reel.kind, cases, cursor)


def lasting(children: list[Json], rate: float) -> int:
    return round(sum(child["source_range"]["duration"]["value"] for child in children))


def relinked(made: Made, kind: MannerKind | None = None) -> tuple[Outcome, Path]:
    """Run the whole path: plan, export, upscale, verify, relink."""
    kind = kind or made.kind
    output = made.file.with_name(f"{kind}.otio")
    session = Session(str(made.file), load())
    planned = session.plan(Selection(), RECIPE)
    request = Request(
        address=str(made.file), recipe=planned.recipe, manner=Manner(kind=kind, output=output, force=True)
    )
    return session.run(planned, session.quote(planned), request), output


def played(engine: Engine, made: Made, file: Path) -> dict[str, dict[int, Seen]]:
    """Play a cut, and of its dissolves also each side alone."""
    layers: dict[str, dict[int, Seen]] = {}
    dissolves = [range(start, start + case.frames) for start, case in made.cases.values() if case.dissolves]
    for layer in ("mix", "left", "right"):
        project = Project(
            engine,
            file,
            made.media.rate,
            made.file.with_suffix(".uprez") / "renders",
            made.file.parent / f"played-{file.stem}",
            made.stays,
            made.bases,
            layer,
        )
        path, frames = project.write()
        assert frames == made.frames
        alone = [place for places in dissolves for place in places]
        layers[layer] = engine.play(path, range(frames) if layer == "mix" else alone)
    return layers


@dataclass
class Ran:
    """Hold a cut that was relinked and played before and after."""

    made: Made
    outcome: Outcome
    output: Path
    before: dict[str, dict[int, Seen]]
    after: dict[str, dict[int, Seen]]

    def of(self, name: str, layer: str) -> Iterator[tuple[int, Seen, Seen]]:
        """Yield each position of a case, counted from its first, with what it shows before and after."""
        start, case = self.made.cases[name]
        for place in range(case.frames):
            yield place, self.before[layer][start + place], self.after[layer][start + place]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.close()


RAN: dict[str, Ran | Exception] = {}


@pytest.fixture
def ran(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Relink and play a cut once for all of its cases."""
    name: str = request.param
    if name not in RAN:
        try:
            RAN[name] = run(REELS[name], engine, tmp_path_factory.mktemp("reel") / "cut")
        except Exception as failed:
            RAN[name] = failed
    found = RAN[name]
    if isinstance(found, Exception):
        raise found
    return found


def run(reel: Reel, engine: Engine, folder: Path) -> Ran:
    cut = made(reel, folder)
    outcome, output = relinked(cut)
    assert outcome.exit_code == 0, outcome
    return Ran(cut, outcome, output, played(engine, cut, cut.file), played(engine, cut, output))


def wrong(before: Seen, after: Seen, turn: int) -> str | None:
    """Say what is wrong with a position, None where it shows the same picture out of its render."""
    if before.tint == "none":
        apart = float(np.abs(before.light.astype(int) - after.light.astype(int)).mean())
        return None if after.tint == "none" and apart < 4 else f"{after.tint} in a place without a source"
    one, other = (number_in(turned(each, turn)) for each in (before, after))
    if one != other:
        return f"frame {other} instead of {one}"
    wanted = {"blue": "red", "green": "green"}[before.tint]
    return None if after.tint == wanted else f"{after.tint} instead of {wanted}"


def turned(seen: Seen, turn: int) -> np.ndarray:
    return np.rot90(seen.light, turn)


@pytest.mark.parametrize(("ran", "name"), CASES, indirect=["ran"], ids=[f"{r}: {n}" for r, n in CASES])
def test_every_position_shows_the_same_frame_out_of_its_render(ran: Ran, name: str) -> None:
    _, case = ran.made.cases[name]
    sides = ("left", "right") if case.dissolves else ("mix",)
    faults = {
        (layer, place): fault
        for layer in sides
        for place, before, after in ran.of(name, layer)
        if (fault := wrong(before, after, case.turn)) is not None
    }
    assert faults == {}
    seen = [before for layer in sides for _, before, _ in ran.of(name, layer) if before.tint != "none"]
    assert bool(seen) is not case.unseen


@pytest.mark.parametrize(("ran", "name"), DISSOLVES,
                         indirect=["ran"])  # fmt: skip
def test_the_mix_of_a_dissolve_is_the_same_mix(ran: Ran, name: str) -> None:
    mixed = 0
    for place, before, after in ran.of(name, "mix"):
        apart = max(abs(one - other) for one, other in zip(before.blocks, after.blocks, strict=True))
        assert apart < 16, (place, before.blocks, after.blocks)
        mixed += any(60 < each < 190 for each in before.blocks)
    assert mixed
