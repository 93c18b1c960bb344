"""Print results: tables for people, JSON for programs; results to stdout, talk to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from uprez.model import LeftOut
    from uprez.orders import Quote
    from uprez.outcome import Outcome
    from uprez.plan import Plan
    from uprez.times import FrameRange


def as_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, err: bool = False) -> None:
    """Print rows under a head in columns as wide as their longest cell; the last may run on."""
    cells = [list(head), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        typer.echo("  ".join([*padded, row[-1]]).rstrip(), err=err)


def left_out(clips: Iterable[LeftOut], *, err: bool = False) -> None:
    """List the clips that are not done, with their reasons."""
    for clip in clips:
        typer.echo(f"left out: {clip.name} ({clip.track}): {clip.reason}", err=err)


def frames(span: FrameRange) -> dict[str, int]:
    """Return a range as the JSON contract writes it."""
    return {"start": span.start, "count": span.count}


def plan_json(planned: Plan) -> dict[str, Any]:
    """Return a plan in the shape of the contract."""
    from uprez.plan import achieved_handles

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
                "handles": list(achieved_handles(pull_of[shot.id], shot)),
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
        "left_out": [clip.model_dump(mode="json") for clip in planned.left_out],
        "totals": planned.totals.model_dump(),
    }


def plan_text(planned: Plan) -> None:
    """Print a plan for people."""
    from uprez.plan import achieved_handles, raster

    pull_of = {shot: pull for pull in planned.pulls for shot in pull.shots}
    rows = []
    for shot in planned.shots:
        head, tail = achieved_handles(pull_of[shot.id], shot)
        width, height = raster(planned.recipe.size, shot.media.info)
        size = f"{shot.media.width}x{shot.media.height} → {width}x{height}"
        span = f"{shot.source.start}-{shot.source.end - 1}"
        speed = f" {shot.retime.speed}x" if shot.retime else ""
        rows.append((shot.name, shot.track, shot.media.path.name, f"{span}{speed}", f"{head}+{tail}", size))
    if rows:
        table(("shot", "track", "media", "source frames", "handles", "size"), rows)
    left_out(planned.left_out)
    totals = planned.totals
    typer.echo(
        f"{len(planned.shots)} shots in {len(planned.pulls)} pulls: {totals.pull_frames} frames to export, "
        f"{totals.used_frames} used; each shot apart {totals.naive_frames}, whole media {totals.media_frames}"
    )


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome in the shape of the contract."""
    return {
        "timeline": outcome.timeline,
        "output": outcome.output,
        "receipt": str(outcome.receipt) if outcome.receipt else None,
        "workspace": str(outcome.workspace),
        "report": str(outcome.workspace / "report.html"),
        "relinked": [
            {"shot": shot.shot, "name": shot.name, "render": str(shot.render), "verdict": shot.verdict.value}
            for shot in outcome.relinked
        ],
        "left_out": [clip.model_dump(mode="json") for clip in outcome.left_out],
        "failed": [
            {"shot": shot.shot, "name": shot.name, "error": shot.error, "verdict": shot.verdict}
            for shot in outcome.failed
        ],
        "needs_you": [
            {"order": order.order, "shots": list(order.shots), "error": order.error}
            for order in outcome.needs_you
        ],
        "charged": [
            {"provider": charge.provider, "amount": str(charge.amount), "unit": charge.unit}
            for charge in outcome.charged
        ],
    }


def outcome_text(outcome: Outcome) -> None:
    """Print an outcome for people."""
    if outcome.relinked:
        rows = [(shot.name, shot.verdict.value, shot.render) for shot in outcome.relinked]
        table(("shot", "verdict", "render"), rows)
    left_out(outcome.left_out)
    for shot in outcome.failed:
        typer.echo(f"failed: {shot.name}: {shot.error}")
    for order in outcome.needs_you:
        typer.echo(f"needs you: order {order.order}: {order.error}")
    for charge in outcome.charged:
        typer.echo(f"charged: {charge.amount} {charge.unit} by {charge.provider}")
    if outcome.output:
        typer.echo(f"relinked {len(outcome.relinked)} shots in {outcome.output}")
        typer.echo(f"to undo: uprez revert {outcome.receipt}")
    typer.echo(f"report: {outcome.workspace / 'report.html'}")


def quote_text(quotes: Iterable[Quote], *, err: bool = False) -> None:
    """Print what providers would charge; credits and dollars are never added to each other."""
    rows = []
    for quote in quotes:
        sums = ", ".join(f"{amount} {unit}" for unit, amount in quote.totals.items()) or "nothing to buy"
        unknown = f" and {quote.unknown} without a price" if quote.unknown else ""
        basis = ", ".join(sorted({estimate.basis for estimate in quote.estimates.values()})) or "-"
        seconds = sum(estimate.seconds or 0 for estimate in quote.estimates.values())
        rows.append(
            (quote.provider, quote.model, f"{sums}{unknown}", basis, clock(seconds) if seconds else "-")
        )
    table(("provider", "model", "price", "basis", "takes about"), rows, err=err)


def clock(seconds: float) -> str:
    """Write a length of time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
