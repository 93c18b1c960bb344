"""Try to deceive verification: upscales that are honest, mutations that are not, and count the verdicts.

    python benchmarks/verify_campaign.py [FOOTAGE_FOLDER] [--minutes 10] [--seed 1] [--rounds 1]

Each plate is upscaled and coded in one way after the other. Mutations of light are coded anew; mutations of
time are made both before coding (one each) and, many more, on the decoded small pictures. Exits 1 where a
mutation that can be seen was called MATCH, or an honest upscale WRONG or OFFSET.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import verify_material as material
from measured import machine, row

from uprez.media.compare import Codes, measured, small_pictures, verify_files
from uprez.media.probe import probe
from uprez.model import Call, Verdict
from uprez.verify import Wanted, judge

COUNT = 60
WAYS = [
    ("lanczos", "crf18"),
    ("lanczos", "crf28"),
    ("bicubic", "h265"),
    ("sharp", "crf28"),
    ("cas", "prores"),
    ("denoised", "crf28"),
    ("grainy", "crf28"),
    ("bilinear", "dnxhr"),
    ("cnn", "crf18"),
    ("lanczos", "ffv1"),
]
OFFSETS = {
    "first dropped, last doubled": -1,
    "last dropped, first doubled": 1,
    "late by two": 2,
    "early by three": -3,
}


class Tally:
    """Count verdicts, and keep those that are wrong."""

    def __init__(self) -> None:
        self.calls: dict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: list[str] = []
        self.trials = 0

    def honest(self, where: str, way: str, verdict: Verdict) -> None:
        self._count(f"honest: {way}", verdict.call.value)
        if verdict.call in (Call.WRONG, Call.OFFSET):
            self.wrong.append(f"{where} {way}: honest, called {verdict.call} {verdict.findings}")

    def mutated(self, where: str, name: str, verdict: Verdict, unseen: bool) -> None:
        self._count(name, "unseen" if unseen and verdict.call is Call.MATCH else verdict.call.value)
        if verdict.call is Call.MATCH and not unseen:
            self.wrong.append(f"{where} {name}: called MATCH {verdict.findings}")
        if verdict.call is Call.OFFSET and name in OFFSETS and verdict.offset != OFFSETS[name]:
            self.wrong.append(f"{where} {name}: called OFFSET {verdict.offset}")

    def table(self) -> Iterator[str]:
        kinds = [call.value for call in Call] + ["unseen"]
        yield row("what", *kinds)
        yield row(*["---"] * (1 + len(kinds)))
        for name in sorted(self.calls):
            yield row(name, *(self.calls[name][kind] for kind in kinds))

    def _count(self, name: str, kind: str) -> None:
        self.calls[name][kind] += 1
        self.trials += 1


def plates(folder: Path | None, chance: random.Random) -> Iterator[tuple[str, material.Frames]]:
    """Give the synthetic pictures, and windows out of every film in `folder`."""
    for name, draw in material.SYNTHETIC.items():
        yield name, list(draw(COUNT))
    for path in sorted(folder.iterdir()) if folder else []:
        frames = probe(path).frames
        for _ in range(1 + frames // 150):
            start = chance.randrange(max(1, frames - COUNT))
            yield f"{path.stem}@{start}", material.footage(path, start, COUNT)


def unseen(plate: list[Codes], order: list[int]) -> bool:
    """Tell whether nobody could see what a mutation of time did to the plate."""
    return len(order) == len(plate) and all(
        np.abs(plate[shown].astype(int) - plate[frame]).max() <= 12
        and np.square(plate[shown][0].astype(float) - plate[frame][0]).mean() <= 0.0626
        for frame, shown in enumerate(order)
    )


def try_one(
    name: str,
    frames: material.Frames,
    way: tuple[str, str],
    folder: Path,
    tally: Tally,
    chance: random.Random,
) -> None:
    """Judge one plate's honest upscale, its mutations of light, and its mutations of time."""
    upscale, codec = way
    plate = material.encoded(folder / "plate.mkv", frames, "ffv1")
    large = material.upscaled(frames, upscale)
    render = folder / "render.mov" if codec != "ffv1" else folder / "render.mkv"
    tally.honest(name, "/".join(way), verify_files(plate, material.encoded(render, large, codec)))
    before, after = list(small_pictures(plate)), list(small_pictures(render))
    for change in chance.sample(sorted(material.RECOLOURED), 2):
        written = material.encoded(render, material.recoloured(large, material.RECOLOURED[change]), codec)
        tally.mutated(name, change, verify_files(plate, written), unseen=False)
    change = chance.choice(sorted(material.reordered(len(frames), 20)))
    order = material.reordered(len(frames), chance.randrange(4, len(frames) - 10))[change]
    written = material.encoded(render, [large[shown] for shown in order], codec)
    tally.mutated(name, change, verify_files(plate, written), unseen(before, order))
    for length in (60, 24, 12):
        window(name, way, before, after, length, tally, chance)


def window(
    name: str,
    way: tuple[str, str],
    before: list[Codes],
    after: list[Codes],
    length: int,
    tally: Tally,
    chance: random.Random,
) -> None:
    """Judge a stretch of decoded small pictures, as it is and in every wrong order."""
    start = chance.randrange(len(before) - length + 1)
    plate, render = before[start : start + length], after[start : start + length]
    where = f"{name} {'/'.join(way)} {start}+{length}"
    tally.honest(where, "/".join(way), verdict(plate, render))
    at = chance.randrange(3, max(4, length - 10))
    for change, order in material.reordered(length, at).items():
        order = [min(shown, length - 1) for shown in order]
        shown = [render[number] for number in order]
        tally.mutated(where, change, verdict(plate, shown), unseen(plate, order))


def verdict(plate: list[Codes], render: list[Codes]) -> Verdict:
    """Judge small pictures as if they came from two right files."""
    one, other = (material.described(len(row)) for row in (plate, render))
    wanted = Wanted(
        frames=one.frames,
        rate=one.rate,
        width=None,
        height=None,
        sample_aspect=one.sample_aspect,
        colour=one.colour,
    )
    return judge(wanted, one, other, measured(plate, render))


def main() -> None:
    """Run rounds until all is tried or the time is up, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("footage", type=Path, nargs="?")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    chance, tally, start = random.Random(asked.seed), Tally(), monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tries = [
            (name, frames, way)
            for _ in range(asked.rounds)
            for name, frames in plates(asked.footage, chance)
            for way in WAYS
        ]
        chance.shuffle(tries)
        for name, frames, way in tries:
            if monotonic() - start > 60 * asked.minutes:
                print("time is up", file=sys.stderr)
                break
            try_one(name, frames, way, Path(folder), tally, chance)
    print(f"{machine()}: {tally.trials} trials in {monotonic() - start:.0f} s, seed {asked.seed}\n")
    print("\n".join(tally.table()))
    print(f"\n{len(tally.wrong)} wrong verdicts", *tally.wrong, sep="\n")
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
