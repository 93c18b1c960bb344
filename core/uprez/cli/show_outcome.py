"""Print how a run ended."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from uprez.cli.show import as_json, frames, left_out, left_out_json, say, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from uprez.outcome import Outcome


def outcome(
    ended: Outcome,
    *,
    json: bool,
    more: Mapping[str, Any] | None = None,
    last: Iterable[str] = (),
    by_hand: bool = False,
) -> None:
    """Print an outcome, for programs with the keys of `more`, or for people with the lines of `last`.

    What was done `by_hand` is no run: there is nothing to resume, and the report is of another time.
    """
    if json:
        as_json({**_shape(ended), **(more or {})})
    else:
        _text(ended, by_hand=by_hand)
        for line in last:
            say(line)


def _shape(ended: Outcome) -> dict[str, Any]:
    """Return an outcome in the shape of the contract."""
    page = _report(ended)
    return {
        "timeline": ended.timeline,
        "output": ended.output,
        "receipt": str(ended.receipt) if ended.receipt else None,
        "workspace": str(ended.workspace),
        "report": str(page) if page else None,
        "relinked": [
            {
                "shot": shot.shot,
                "name": shot.name,
                "render": str(shot.render),
                "verdict": shot.verdict.value,
                "stands_for": frames(shot.stands_for),
            }
            for shot in ended.relinked
        ],
        "left_out": left_out_json(ended.left_out),
        "failed": [
            {"shot": shot.shot, "name": shot.name, "error": shot.error, "verdict": shot.verdict}
            for shot in ended.failed
        ],
        "needs_you": [
            {"order": order.order, "shots": list(order.shots), "error": order.error}
            for order in ended.needs_you
        ],
        "charged": [
            {"provider": charge.provider, "amount": f"{charge.amount:f}", "unit": charge.unit}
            for charge in ended.charged
        ],
    }


def _by_error(ended: Outcome) -> dict[str, list[str]]:
    """Return the names of the failed shots by what is said of them: an order's shots fail together."""
    names: dict[str, list[str]] = {}
    for shot in ended.failed:
        names.setdefault(shot.error, []).append(shot.name)
    return names


def _text(ended: Outcome, *, by_hand: bool) -> None:
    if ended.relinked:
        rows = [(shot.name, shot.verdict.value, shot.render) for shot in ended.relinked]
        table(("shot", "verdict", "render"), rows)
    left_out(ended.left_out)
    for error, names in _by_error(ended).items():
        say(f"failed: {', '.join(names)}: {error}")
    for order in ended.needs_you:
        say(f"needs you: order {order.order}: {order.error}")
    for charge in ended.charged:
        say(f"charged: {charge.amount:f} {charge.unit} by {charge.provider}")
    if not by_hand and (ended.failed or ended.needs_you or ended.over_cap):
        say(f"to go on with what is missing: uprez resume {_quoted(ended.workspace)}")
    if ended.output:
        say(f"relinked {len(ended.relinked)} of {len(ended.relinked) + len(ended.failed)} in {ended.output}")
    if ended.receipt:
        say(f"to undo: uprez revert {_quoted(ended.receipt)}")
    page = None if by_hand else _report(ended)
    if page:
        say(f"report: {page}")


def _report(ended: Outcome) -> Path | None:
    page = ended.workspace / "report.html"
    return page if page.exists() else None


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
