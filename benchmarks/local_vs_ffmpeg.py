"""Time `uprez run` (local lanczos; start to relink) against one ffmpeg command that makes the same pixels.

    python benchmarks/local_vs_ffmpeg.py [--footage FILE] [--frames 240] [--best 3] [--render prores dnxhr]

Both take turns. `uprez run` also plans, exports a plate, verifies, relinks and reports; ffmpeg only converts.
Ratios are ffmpeg's cost over uprez's: 1 is as fast, 0.5 half as fast. On a busy machine trust the CPU ratio.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

from measured import Took, best, machine, row, took, uprez
from timelines import one_clip

SIZES = {540: (960, 540), 1080: (1920, 1080)}
ENCODERS = {
    "prores": "-c:v prores_aw -profile:v 3 -pix_fmt yuv422p10le",
    "dnxhr": "-c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p",
}


def source(folder: Path, footage: Path, height: int, frames: int) -> Path:
    """Make the H.264 source: the footage, looped, at the wanted size."""
    made = folder / f"source_{height}_{frames}.mov"
    width, _ = SIZES[height]
    command = f"ffmpeg -v error -y -stream_loop -1 -i {footage} -frames:v {frames} -an -r 24 "
    command += f"-vf scale={width}:{height}:flags=lanczos,setsar=1 -c:v libx264 -preset veryfast -crf 18 "
    command += "-pix_fmt yuv420p -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv "
    command += f"-timecode 01:00:00:00 {made}"
    subprocess.run(command.split(), check=True)
    return made


def by_ffmpeg(made: Path, height: int, render: str) -> Took:
    width, height = (2 * pixels for pixels in SIZES[height])
    command = f"ffmpeg -v error -y -i {made.name} -an -vf scale={width}:{height}:flags=lanczos"
    return took([*command.split(), *ENCODERS[render].split(), f"ffmpeg_{render}.mov"], made.parent)


def by_uprez(made: Path, frames: int, render: str) -> Took:
    cut = one_clip(made.parent / "cut.otio", made, frames)
    shutil.rmtree(made.parent / "cut.uprez", ignore_errors=True)
    options = f"run {cut.name} -m lanczos -s 2 --handles 0 --render {render} -o out.otio --force --yes"
    return took([uprez(), *options.split(), "--progress", "none"], made.parent)


def compared(folder: Path, footage: Path, height: int, frames: int, render: str, rounds: int) -> str:
    made = source(folder, footage, height, frames)
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(by_ffmpeg(made, height, render))
        ours.append(by_uprez(made, frames, render))
    a, b = best(theirs), best(ours)
    made.unlink()
    return row(
        f"{height}p→{2 * height}p {render}, {frames} frames",
        *(f"{frames / run.wall:.1f}" for run in (a, b)),
        f"**{a.wall / b.wall:.2f}**",
        *(f"{run.cpu:.1f}" for run in (a, b)),
        f"**{a.cpu / b.cpu:.2f}**",
        *(f"{run.peak:.0f}" for run in (a, b)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, default=Path(str(files("uprez") / "demo/big_buck_bunny.mov")))
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--best", type=int, default=3, help="rounds; the least of each measure counts")
    parser.add_argument("--render", nargs="+", default=list(ENCODERS), choices=list(ENCODERS))
    parser.add_argument("--heights", nargs="+", type=int, default=list(SIZES), choices=list(SIZES))
    parser.add_argument(
        "--long", type=int, default=10, help="how many times longer the memory clip is; 0: none"
    )
    asked = parser.parse_args()
    print(f"{machine()}; best of {asked.best}, in turn\n")
    print(row("job", "ffmpeg fps", "uprez fps", "fps ratio", "ffmpeg CPU s", "uprez CPU s", "CPU ratio",
              "ffmpeg peak MB", "uprez peak MB"))  # fmt: skip
    print(row(*["---"] * 9))
    with tempfile.TemporaryDirectory() as folder:
        for height in asked.heights:
            for render in asked.render:
                print(
                    compared(Path(folder), asked.footage, height, asked.frames, render, asked.best),
                    flush=True,
                )
        if asked.long:
            frames = asked.long * asked.frames
            print(compared(Path(folder), asked.footage, asked.heights[0], frames, asked.render[-1], 1))


if __name__ == "__main__":
    main()
