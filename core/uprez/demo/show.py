"""What the demo says: what it is about to do, then before and after of each clip and where to look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uprez.model import Shot
from uprez.outcome import Outcome
from uprez.plan import Plan, achieved_handles, raster

NAMES = 14


def opening(folder: Path, planned: Plan) -> Iterator[str]:
    """Say what the cut is and what will be exported of it."""
    totals = planned.totals
    clips = len(planned.shots) + len(planned.left_out)
    yield f"The cut: {folder / 'cut.otio'}, {clips} clips of Big Buck Bunny."
    yield (
        f"To upscale: {totals.pull_frames} frames in {len(planned.pulls)} pulls "
        f"(each shot apart would be {totals.naive_frames}; the media has {totals.media_frames})."
    )
    recipe = planned.recipe
    yield (
        f"On this machine, with {recipe.provider} {recipe.model} at {recipe.size.scale}x "
        f"and {recipe.handles} frames of handles:"
    )


def ending(folder: Path, planned: Plan, outcome: Outcome) -> Iterator[str]:
    """Say what became of every clip, and where to look next."""
    yield ""
    yield f"{'clip':{NAMES}}{'frames':>6}  {'before':>9}   {'after':<10} {'handles':<8} {'verdict':<8} render"
    yield from _clips(folder, planned, outcome)
    yield ""
    if outcome.output is None:
        yield f"Nothing was relinked; what was done is kept in {outcome.workspace}."
        return
    yield f"Before       {folder / 'cut.otio'} (as it was)"
    yield f"After        {outcome.output} (open it in any editor that reads OTIO)"
    report = outcome.workspace / "report.html"
    if report.exists():
        yield f"Report       {report} (a wipe between before and after of every shot)"
    yield f"Take it back uprez revert {outcome.receipt}"
    yield "Your turn    uprez plan YOUR.otio, then uprez run YOUR.otio -o YOUR_uprez.otio"


def _clips(folder: Path, planned: Plan, outcome: Outcome) -> Iterator[str]:
    relinked = {shot.shot: shot for shot in outcome.relinked}
    failed = {shot.shot: shot.error for shot in outcome.failed}
    for shot in planned.shots:
        done = relinked.get(shot.id)
        if done is None:
            yield f"{shot.name:{NAMES}}not done: {failed.get(shot.id, 'see what is said below')}"
            continue
        before = f"{shot.media.width}x{shot.media.height}"
        render = done.render.relative_to(folder) if done.render.is_relative_to(folder) else done.render
        yield (
            f"{shot.name:{NAMES}}{shot.source.count:>6}  {before:>9} → {_after(planned, shot):<10} "
            f"{_handles(planned, shot):<8} {done.verdict.value:<8} {render}"
        )
    for left in outcome.left_out:
        yield f"{left.name:{NAMES}}left out: {left.reason}"
    for asked in outcome.needs_you:
        yield f"{'order':{NAMES}}{asked.order} needs you: {asked.error}"


def _after(planned: Plan, shot: Shot) -> str:
    width, height = raster(planned.recipe.size, shot.media.info)
    return f"{width}x{height}"


def _handles(planned: Plan, shot: Shot) -> str:
    pull = next(pull for pull in planned.pulls if shot.id in pull.shots)
    head, tail = achieved_handles(pull, shot)
    return f"{head}+{tail}"
