"""What the demo says: what it is about to do, then before and after of each clip and where to look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uprez.model import Shot
from uprez.orders import Quote
from uprez.outcome import Outcome
from uprez.plan import Plan, achieved_handles, raster

NAMES = 18


def opening(folder: Path, planned: Plan, quote: Quote) -> Iterator[str]:
    """Say what the cut is and what will be exported of it."""
    clips = len(planned.shots) + len(planned.left_out)
    yield f"The cut: {folder / 'cut.otio'}, {clips} clips of Big Buck Bunny."
    totals, recipe = planned.totals, planned.recipe
    yield (
        f"It uses {totals.used_frames} of the media's {totals.media_frames} frames. With {recipe.handles} "
        f"frames of handles and what overlaps merged: {totals.pull_frames} frames in {len(planned.pulls)} "
        f"pulls (each shot apart: {totals.naive_frames})."
    )
    todo = [pull.frames.count for pull in planned.pulls if pull.id in quote.estimates]
    if todo:
        by = f"{recipe.provider} {recipe.model}"
        yield f"Upscaling {sum(todo)} frames on this machine, {recipe.size.scale}x, by {by}…"
    else:
        yield "All of it is upscaled already, so nothing is done again."


def ending(folder: Path, planned: Plan, outcome: Outcome) -> Iterator[str]:
    """Say what became of every clip, and where to look next."""
    yield ""
    yield f"{'clip':{NAMES}}{'frames':>6}  {'before':>9}   {'after':<10} {'handles':<8} {'verdict':<8} render"
    yield from _clips(planned, outcome)
    yield ""
    if outcome.output is None:
        yield f"Nothing was relinked; what was done is kept in {outcome.workspace}."
        return
    yield f"Renders      {outcome.relinked[0].render.parent}"
    yield f"Before       {folder / 'cut.otio'} (as it was)"
    yield f"After        {outcome.output} (open it in any editor that reads OTIO)"
    report = outcome.workspace / "report.html"
    if report.exists():
        yield f"Report       {report} (a wipe between before and after of every shot)"
    yield f"Take it back uprez revert {outcome.receipt}"
    yield "Your turn    uprez plan YOUR.otio, then uprez run YOUR.otio -o YOUR_uprez.otio"


def _clips(planned: Plan, outcome: Outcome) -> Iterator[str]:
    relinked = {shot.shot: shot for shot in outcome.relinked}
    failed = {shot.shot: shot.error for shot in outcome.failed}
    for shot in planned.shots:
        done = relinked.get(shot.id)
        if done is None:
            yield f"{shot.name:{NAMES}}not done: {failed.get(shot.id, 'see what is said below')}"
            continue
        before = f"{shot.media.width}x{shot.media.height}"
        yield (
            f"{_name(shot):{NAMES}}{shot.source.count:>6}  {before:>9} → {_after(planned, shot):<10} "
            f"{_handles(planned, shot):<8} {done.verdict.value:<8} {done.render.name}"
        )
    for left in outcome.left_out:
        yield f"{left.name:{NAMES}}left out: {left.reason}"
    for asked in outcome.needs_you:
        yield f"{'order':{NAMES}}{asked.order} needs you: {asked.error}"


def _name(shot: Shot) -> str:
    return f"{shot.name} ({shot.retime.speed}x)" if shot.retime else shot.name


def _after(planned: Plan, shot: Shot) -> str:
    width, height = raster(planned.recipe.size, shot.media.info)
    return f"{width}x{height}"


def _handles(planned: Plan, shot: Shot) -> str:
    pull = next(pull for pull in planned.pulls if shot.id in pull.shots)
    head, tail = achieved_handles(pull, shot)
    return f"{head}+{tail}"
