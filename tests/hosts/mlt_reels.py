"""Cuts that a real engine plays: written, relinked by the whole real path, and played before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import av
import numpy as np
import opentimelineio as otio
from hosts.mlt_cases import FRAMES, Build, Case, Media
from hosts.mlt_engine import Engine, Seen, number_in
from hosts.mlt_oracle import Project

from uprez.model import Manner, MannerKind, Selection
from uprez.orders import Recipe
from uprez.outcome import Outcome
from uprez.plugins import load
from uprez.request import Request
from uprez.session import Session
from uprez.testing.clips import decoded, read_number
from uprez.testing.timelines import Json, clip, external, gap, timeline, track, write

BETWEEN = 2
FADED = frozenset({"faded"})
"""What a track above can't show: a fade of its own would lie over that of the source."""


@dataclass(frozen=True)
class Reel:
    """Name a cut at one rate, how it is relinked, and its cases."""

    rate: Fraction
    hour: int
    kind: MannerKind
    cases: dict[str, Build]
    drop: bool = False
    handles: int = 3


@dataclass
class Made:
    """Hold a cut on disk: where each case begins, and what is known of it."""

    file: Path
    media: Media
    reel: Reel
    cases: dict[str, tuple[int, Case]]
    frames: int

    @property
    def stays(self) -> frozenset[str]:
        stays = frozenset(name for _, case in self.cases.values() for name in case.stays)
        return stays | (FADED if self.reel.kind == "track" else frozenset())

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
    sound = clip(
        "sound", external(media.made("sound.mkv", audio=True), media.range(0, FRAMES)), media.range(8, 12)
    )
    content = timeline(
        track(*low),
        track(*(high or [gap(1, rate)]), name="V2"),
        track(sound, name="A1", kind="Audio"),
        start=reel.hour,
        rate=rate,
    )
    return Made(write(folder / "cut.otio", content), media, reel, cases, cursor)


def lasting(children: list[Json], rate: float) -> int:
    return round(sum(child["source_range"]["duration"]["value"] for child in children))


def relinked(made: Made, of: Path | None = None) -> tuple[Outcome, Path]:
    """Run the whole path: plan, export, upscale, verify, relink; `of` is an output to be relinked again."""
    cut = of or made.file
    output = made.file.with_name(f"{'again' if of else made.reel.kind}.otio")
    session = Session(str(cut), load(), workspace=made.file.with_suffix(".uprez"))
    planned = session.plan(Selection(), Recipe(model="lanczos", handles=made.reel.handles))
    manner = Manner(kind=made.reel.kind, output=output, force=True)
    request = Request(address=str(cut), recipe=planned.recipe, manner=manner)
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

    def source(self, name: str) -> Path:
        """Return the file that a clip showed before, of a sequence its first."""
        return self._sources[name]

    @cached_property
    def _sources(self) -> dict[str, Path]:
        found = {}
        for each in otio.adapters.read_from_file(str(self.made.file)).find_clips():
            media = each.media_reference
            if isinstance(media, otio.schema.ImageSequenceReference):
                url = media.target_url_for_image_number(0)
            else:
                url = getattr(media, "target_url", "")
            plain = unquote(url.removeprefix("file://localhost").removeprefix("file://"))
            found.setdefault(each.name, self.made.file.parent / plain)
        return found

    def timecodes(self) -> Iterator[tuple[str, str]]:
        """Yield the timecode that each render of a timed file has, and the one that its first frame has."""
        first, timed = self.made.media.first("t.mov"), self.made.file.parent / "t.mov"
        for shot in self.outcome.relinked:
            if self.source(shot.name) == timed:
                place = read_number(next(decoded(shot.render))) - first
                with av.open(str(shot.render)) as file:
                    found = file.streams.video[0].metadata.get("timecode") or file.metadata.get("timecode")
                yield str(found), counted(self.made.reel, FRAMES)[place]

    def of(self, name: str, layer: str) -> Iterator[tuple[int, Seen, Seen]]:
        """Yield each position of a case, counted from its first, with what it shows before and after."""
        start, case = self.made.cases[name]
        for place in range(case.frames):
            yield place, self.before[layer][start + place], self.after[layer][start + place]


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
    lighter = float(after.light.mean()) - float(before.light.mean())
    if abs(lighter) > 2:
        return f"lighter by {lighter:.1f} of 255"
    wanted = {"blue": "red", "green": "green"}[before.tint]
    return None if after.tint == wanted else f"{after.tint} instead of {wanted}"


def turned(seen: Seen, turn: int) -> np.ndarray:
    return np.rot90(seen.light, turn)


def counted(reel: Reel, count: int) -> list[str]:
    """Return the timecodes of frames by counting on from the reel's hour, dropped numbers left out."""
    base = round(reel.rate)
    numbers = (
        (number // base // 60 % 60, number // base % 60, number % base)
        for number in range(base * 3600, base * 3600 + 2 * count)
    )
    shown = [each for each in numbers if not (reel.drop and is_dropped(*each, base))]
    mark = ";" if reel.drop else ":"
    return [f"01:{minutes:02}:{seconds:02}{mark}{frames:02}" for minutes, seconds, frames in shown]


def is_dropped(minute: int, second: int, frame: int, base: int) -> bool:
    """Tell whether drop-frame timecode leaves a number out."""
    return bool(minute % 10) and second == 0 and frame < base // 15
