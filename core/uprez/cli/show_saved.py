"""Print what a delta buys and saves, before it and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from uprez.cli.show_plan import counted, joins_json, made_up

if TYPE_CHECKING:
    from uprez.outcome import Outcome
    from uprez.plan import Plan
    from uprez.syncing import Saved


def saved_json(kept: Saved) -> dict[str, Any]:
    """Return what is saved in the shape of the contract."""
    return {
        "frames": kept.frames,
        "bought": kept.bought,
        "anew": kept.anew,
        "ordered": kept.ordered,
        "amount": None if kept.amount is None else f"{kept.amount:f}",
        "unit": kept.unit,
    }


def saved_text(kept: Saved) -> str:
    """Say in a line what a delta is going to buy and saves."""
    ordered = f" besides {kept.ordered} that were on order" if kept.ordered else ""
    return f"{counted(kept.bought, 'frame')} to buy{ordered} {_instead(kept)}"


def ended_json(planned: Plan, kept: Saved) -> dict[str, Any]:
    """Return what a delta's JSON says besides that of a run."""
    return {
        "saved": saved_json(kept),
        "joins": joins_json(planned),
        "whole": list(planned.apart.values()),
    }


def ended_lines(planned: Plan, kept: Saved, ended: Outcome) -> Iterator[str]:
    """Say what a delta has bought; what it saved only once all is there."""
    if ended.failed or ended.needs_you or ended.over_cap:
        yield f"{counted(kept.bought, 'frame')} bought so far"
        return
    yield from made_up(planned)
    yield f"{counted(kept.bought, 'frame')} bought {_instead(kept)}"


def _instead(kept: Saved) -> str:
    worth = f", worth {kept.amount:f} {kept.unit}" if kept.amount else ""
    return f"instead of {kept.anew}: {kept.frames} saved{worth}"
