"""Time planning against OTIO's own read_from_file + write_to_file of the same timeline.

    python benchmarks/plan_scale.py [--clips 1000 10000 100000] [--best 3] [--files 20]

"in process": what `Session.plan` takes in a process that has its libraries loaded, against OTIO's read and
write in such a process. "whole": the command `uprez plan --json` against a Python that imports OTIO, reads
and writes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from measured import best, machine, row, took, uprez
from timelines import many_clips

FRAMES = 20_000
CLOCK = """
import os, time
def clock():
    return time.perf_counter(), sum(os.times()[:4])
def told(start):
    print(*(now - then for now, then in zip(clock(), start)))
"""
OTIO = f"""{CLOCK}
import sys, opentimelineio as otio
start = clock()
otio.adapters.write_to_file(otio.adapters.read_from_file(sys.argv[1]), sys.argv[1] + ".copy.otio")
told(start)
"""
PLAN = f"""{CLOCK}
import sys
from uprez.model import Selection
from uprez.orders import Recipe
from uprez.plugins import load
from uprez.session import Session
session = Session(sys.argv[1], load())
start = clock()
planned = session.plan(Selection(), Recipe())
told(start)
counts = len(planned.shots), len(planned.pulls), len(planned.left_out)
print("%d shots in %d pulls, %d left out" % counts, file=sys.stderr)
"""


def footage(folder: Path, count: int) -> list[str]:
    """Make `count` files of 20,000 frames each; they differ by a last box that no reader minds."""
    first = folder / "A000.mov"
    command = f"ffmpeg -v error -y -f lavfi -i color=gray:s=64x36:r=24 -frames:v {FRAMES} -c:v libx264 -g 48 "
    command += f"-preset ultrafast -pix_fmt yuv420p -timecode 01:00:00:00 {first}"
    subprocess.run(command.split(), check=True)
    whole = first.read_bytes()
    for index in range(count):
        box = (16).to_bytes(4, "big") + b"free" + index.to_bytes(8, "big")
        (folder / f"A{index:03}.mov").write_bytes(whole + box)
    return [f"A{index:03}.mov" for index in range(count)]


def inside(script: str, cut: Path, rounds: int) -> tuple[float, float]:
    """Return the least wall and CPU seconds that a script tells of itself, each time in a fresh process."""
    command = [sys.executable, "-c", script, str(cut)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(rounds)]
    if runs[0].stderr:
        print(f"  {cut.stem}: {runs[0].stderr.strip()}", file=sys.stderr)
    walls, cpus = zip(*([float(word) for word in run.stdout.split()] for run in runs), strict=True)
    return min(walls), min(cpus)


def compared(folder: Path, media: list[str], clips: int, rounds: int) -> tuple[str, str]:
    """Return a row for what happens in the process, and one for the whole commands."""
    cut = many_clips(folder / f"cut{clips}.otio", media, FRAMES, clips)
    name = f"{clips:,} clips ({cut.stat().st_size / 1e6:.0f} MB)"
    theirs, ours = inside(OTIO, cut, rounds), inside(PLAN, cut, rounds)
    whole = best([took([sys.executable, "-c", OTIO, str(cut)], folder) for _ in range(rounds)])
    command = [uprez(), "plan", str(cut), "--json"]
    ours_whole = best([took(command, folder) for _ in range(rounds)])
    return (
        row(f"{name}, in process", *_sides(theirs, ours), "", ""),
        row(
            f"{name}, whole command",
            *_sides((whole.wall, whole.cpu), (ours_whole.wall, ours_whole.cpu)),
            f"{whole.peak:.0f}",
            f"{ours_whole.peak:.0f}",
        ),
    )


def _sides(theirs: tuple[float, float], ours: tuple[float, float]) -> list[str]:
    cells = []
    for a, b in zip(theirs, ours, strict=True):
        cells += [f"{a:.2f}", f"{b:.2f}", f"**{b / a:.2f}**"]
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", nargs="+", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--best", type=int, default=3, help="rounds; the least of each measure counts")
    parser.add_argument("--files", type=int, default=20, help="how many media files the clips use")
    asked = parser.parse_args()
    print(f"{machine()}; best of {asked.best}; {asked.files} files of {FRAMES:,} frames\n")
    print(row("timeline", "OTIO s", "uprez s", "ratio", "OTIO CPU s", "uprez CPU s", "ratio",
              "OTIO peak MB", "uprez peak MB"))  # fmt: skip
    print(row(*["---"] * 9))
    with tempfile.TemporaryDirectory() as folder:
        media = footage(Path(folder), asked.files)
        for clips in asked.clips:
            print(*compared(Path(folder), media, clips, asked.best), sep="\n", flush=True)


if __name__ == "__main__":
    main()
