"""Time a conform, planned and patched, against OTIO's own reading and writing of the same timeline.

    python benchmarks/conform.py [--clips 1000 10000 100000] [--best 3] [--files 20]

Ours reads the cut, plans its pulls, writes the relinked timeline with its receipt, and reads it back. Probing
the media is apart: it is a matter of the files, not of the clips. Both sides run in a process that has its
libraries loaded.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measured import machine, row
from plan_scale import CLOCK, FRAMES, OTIO, footage, inside
from timelines import many_clips

OURS = f"""{CLOCK}
import sys
from pathlib import Path
from uprez.model import Manner, Relink, Selection
from uprez.pulls import plan_pulls
from uprez_otio.host import OtioHost
host, folder = OtioHost(sys.argv[1]), Path(sys.argv[1]).parent
for path in sorted(folder.glob("A*.mov")):
    host._probe(path)
start = clock()
cut = host.shots(Selection())
by_id = {{shot.id: shot for shot in cut.shots}}
pulls = plan_pulls(cut.shots, 24)
relinks = tuple(
    Relink(shot=shot, path=folder / "renders" / (pull.id + ".mov"), stands_for=pull.frames,
           rate=pull.media.rate, width=128, height=72)
    for pull in pulls for shot in pull.shots
)
done = host.relink(relinks, Manner(output=folder / "out.otio", force=True))
told(start)
print("%d shots, %d relinked" % (len(cut.shots), len(done.relinked)), file=sys.stderr)
"""


def compared(folder: Path, media: list[str], clips: int, rounds: int) -> str:
    """Return a row: seconds and CPU seconds of both, and their ratios."""
    cut = many_clips(folder / f"cut{clips}.otio", media, FRAMES, clips)
    theirs, ours = inside(OTIO, cut, rounds), inside(OURS, cut, rounds)
    cells = []
    for a, b in zip(theirs, ours, strict=True):
        cells += [f"{a:.2f}", f"{b:.2f}", f"**{b / a:.2f}**"]
    return row(f"{clips:,} clips", *cells, f"{ours[1] / clips * 1e6:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", nargs="+", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--best", type=int, default=3, help="rounds; the least of each measure counts")
    parser.add_argument("--files", type=int, default=20, help="how many media files the clips use")
    asked = parser.parse_args()
    print(f"{machine()}; best of {asked.best}; {asked.files} files\n")
    print(
        row("timeline", "OTIO s", "uprez s", "ratio", "OTIO CPU s", "uprez CPU s", "ratio", "CPU µs a clip")
    )
    print(row(*["---"] * 8))
    with tempfile.TemporaryDirectory() as folder:
        media = footage(Path(folder), asked.files)
        for clips in asked.clips:
            print(compared(Path(folder), media, clips, asked.best), flush=True)


if __name__ == "__main__":
    main()
