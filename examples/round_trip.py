"""Take a cut the whole way from Python: plan, quote, run, look at it, and give it back.

    python examples/round_trip.py [FOLDER]

Makes its own footage, so that it runs as it stands. `Session` is what `uprez run` uses too.
"""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from uprez.model import Manner, Selection, Size
from uprez.orders import Recipe
from uprez.plugins import load
from uprez.request import Request
from uprez.session import Session
from uprez.testing.clips import make_clip


def a_cut(folder: Path) -> Path:
    """Make a clip of 48 frames and a timeline that uses its frames 10 to 33."""
    make_clip(folder / "A001.mov", codec="prores_ks", pixel_format="yuv422p10le", timecode="01:00:00:00")
    media = otio.schema.ExternalReference("A001.mov", available_range=_range(86_400, 48))
    clip = otio.schema.Clip("opening", media, _range(86_410, 24))
    track = otio.schema.Track("V1", [clip], kind=otio.schema.TrackKind.Video)
    timeline = otio.schema.Timeline("round trip")
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(folder / "cut.otio"))
    return folder / "cut.otio"


def main(folder: Path) -> None:
    cut = a_cut(folder)
    session = Session(str(cut), load())

    planned = session.plan(Selection(), Recipe(model="lanczos", size=Size(scale=Fraction(2)), handles=8))
    for pull in planned.pulls:
        print(
            f"pull {pull.frames.start}+{pull.frames.count} of {pull.media.path.name}: {len(pull.shots)} shot"
        )

    quote = session.quote(planned)  # free, and nothing is exported yet
    manner = Manner(output=folder / "cut_uprez.otio")
    outcome = session.run(planned, quote, Request(address=str(cut), recipe=planned.recipe, manner=manner))
    for shot in outcome.relinked:
        print(f"{shot.name}: {shot.verdict.value}, {shot.render.name}")

    if outcome.receipt is None:
        sys.exit("nothing was relinked")
    after = otio.adapters.read_from_file(str(folder / "cut_uprez.otio"))
    print("now shows", [Path(clip.media_reference.target_url).suffix for clip in after.find_clips()])
    reverted = session.host.revert(outcome.receipt)
    print(f"reverted {len(reverted.relinked)} clip in {Path(reverted.output).name}")


def _range(start: int, count: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, 24), otio.opentime.RationalTime(count, 24)
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
