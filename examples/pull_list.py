"""Print a cut's pull list as tab-separated lines, for a script or a spreadsheet.

    python examples/pull_list.py cut.otio [HANDLES]

One line for each source range that the cut needs: its reel, timecode in and out, and the clips it serves.
Nothing is exported, bought or written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from uprez.errors import UprezError
from uprez.model import Pull, Selection
from uprez.orders import Recipe
from uprez.plan import Plan
from uprez.plugins import load
from uprez.session import Session
from uprez.times import to_timecode


def main(timeline: str, handles: int) -> None:
    try:
        planned = Session(timeline, load()).plan(Selection(), Recipe(handles=handles))
    except UprezError as wrong:
        sys.exit(str(wrong))
    print("media", "reel", "in", "out", "frames", "clips", sep="\t")
    for pull in planned.pulls:
        print(*line(planned, pull), sep="\t")
    for left in planned.left_out:
        print(f"left out: {left.name} on {left.track}: {left.reason}", file=sys.stderr)


def line(planned: Plan, pull: Pull) -> tuple[object, ...]:
    """Say one pull; its out is exclusive, as in an EDL."""
    names = {shot.id: shot.name for shot in planned.shots}
    info, frames = pull.media.info, pull.frames
    first = frames.start - pull.media.available.start + (info.timecode or 0)
    marks = (to_timecode(at, info.rate, drop=info.drop) for at in (first, first + frames.count))
    clips = ", ".join(names[shot] for shot in pull.shots)
    return Path(pull.media.path).name, info.reel or "", *marks, frames.count, clips


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(str(__doc__))
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 24)
