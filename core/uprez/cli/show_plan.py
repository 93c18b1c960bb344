"""Print plans, and sums of money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uprez.cli.show import frames, left_out, left_out_json, say, table
from uprez.plan import achieved_handles, raster

if TYPE_CHECKING:
    from uprez.orders import Quote
    from uprez.plan import Plan


def plan_json(planned: Plan) -> dict[str, Any]:
    """Return a plan in the shape of the contract."""
    pull_of = {shot: pull for pull in planned.pulls for shot in pull.shots}
    return {
        "timeline": planned.timeline,
        "rate": str(planned.rate),
        "recipe": planned.recipe.model_dump(mode="json"),
        "shots": [
            {
                "id": shot.id,
                "name": shot.name,
                "track": shot.track,
                "media": shot.media.url,
                "rate": str(shot.media.rate),
                "source": frames(shot.source),
                "record": frames(shot.record),
                "speed": str(shot.retime.speed) if shot.retime else "1",
                "pull": pull_of[shot.id].id,
                "handles": list(achieved_handles(pull_of[shot.id], shot)),
                "size": list(raster(planned.recipe.size, shot.media.info)),
            }
            for shot in planned.shots
        ],
        "pulls": [
            {
                "id": pull.id,
                "media": pull.media.url,
                "rate": str(pull.media.rate),
                "frames": frames(pull.frames),
                "shots": list(pull.shots),
            }
            for pull in planned.pulls
        ],
        "left_out": left_out_json(planned.left_out),
        "totals": planned.totals.model_dump(),
    }


def plan_text(planned: Plan, *, err: bool = False) -> None:
    """Print a plan for people."""
    pull_of = {shot: pull for pull in planned.pulls for shot in pull.shots}
    rows = []
    for shot in planned.shots:
        head, tail = achieved_handles(pull_of[shot.id], shot)
        width, height = raster(planned.recipe.size, shot.media.info)
        size = f"{shot.media.width}x{shot.media.height} to {width}x{height}"
        span = f"{shot.source.start}-{shot.source.end - 1}"
        speed = f" at {shot.retime.speed}x" if shot.retime else ""
        rows.append((shot.name, shot.track, shot.media.path.name, f"{span}{speed}", f"{head}+{tail}", size))
    if rows:
        table(("shot", "track", "media", "source frames", "handles", "size"), rows, err=err)
    left_out(planned.left_out, err=err)
    say(summary(planned), err=err)


def summary(planned: Plan) -> str:
    """Say in a line how much a plan exports, against the other ways to do it."""
    totals = planned.totals
    if not planned.shots:
        return f"{planned.timeline}: no clip to upscale"
    return (
        f"{_count(len(planned.shots), 'shot')} in {_count(len(planned.pulls), 'pull')}: "
        f"{_count(totals.pull_frames, 'frame')} to export, {totals.used_frames} of them used "
        f"(each shot apart: {totals.naive_frames}, whole media: {totals.media_frames})"
    )


def price(quote: Quote) -> str:
    """Write the sum of a quote."""
    sums = [money(amount, unit) for unit, amount in quote.totals.items()]
    if quote.unknown:
        sums.append(f"{_count(quote.unknown, 'pull')} without a known price")
    return " and ".join(sums) or "nothing to buy"


def money(amount: Any, unit: str) -> str:
    """Write an amount; what costs nothing is free."""
    return f"{amount:f} {unit}" if amount else "free"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
