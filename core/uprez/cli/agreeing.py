"""Hold a quote against the cap, and ask once before money moves."""

from __future__ import annotations

import contextlib
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from uprez.cli import show
from uprez.cli.show_plan import plan_text, price
from uprez.cli.show_quote import Priced, quotes_text
from uprez.errors import BudgetError, PlanError
from uprez.ledger import Ledger

if TYPE_CHECKING:
    from uprez.orders import Quote
    from uprez.plan import Plan
    from uprez.session import Session


def keep_cap(planned: Plan, quote: Quote, cap: Decimal | None) -> None:
    """Raise BudgetError where the quote passes the cap, or can't be held against it."""
    if cap is None:
        return
    for unit, amount in quote.at_most.items():
        if amount > cap:
            raise BudgetError(
                f"{planned.timeline}: it would cost {amount:f} {unit} and the cap is {cap:f}; "
                "raise --max-cost or choose fewer clips"
            )
    if quote.unknown:
        raise BudgetError(
            f"{planned.timeline}: {quote.provider} does not tell the price of {quote.unknown} pulls, so a "
            "cap can't be kept; leave --max-cost off or choose another provider"
        )


def agree(session: Session, planned: Plan, quote: Quote, *, yes: bool, resuming: bool) -> None:
    """Ask before anything is bought that was not agreed to before; a no is a PlanError."""
    todo = _not_agreed(session, planned, quote, resuming)
    if yes or not (any(todo.totals.values()) or todo.unknown):
        return
    plan_text(planned, err=True)
    quotes_text([Priced(planned, todo)], err=True)
    if not sys.stdin.isatty():
        raise PlanError(
            f"{planned.timeline}: this run would cost {price(todo)} and nobody is there to agree; give --yes"
        )
    if not typer.confirm("Buy this?", err=True):
        raise PlanError(f"{planned.timeline}: nothing was bought, as you said")


def say_plan(planned: Plan) -> None:
    """Tell a person at a terminal what a run is about to do."""
    if sys.stderr.isatty():
        from uprez.cli.show_plan import summary

        show.left_out(planned.left_out, err=True)
        show.say(summary(planned), err=True)


def _not_agreed(session: Session, planned: Plan, quote: Quote, resuming: bool) -> Quote:
    """Leave out of a quote what is under way; a resumed run was also agreed to where it waits."""
    agreed = {"active", "done", "needs-you"} | ({"queued"} if resuming else set())
    states = {}
    if (session.workspace / "ledger.db").exists():
        with contextlib.closing(Ledger(session.workspace / "ledger.db")) as ledger:
            states = {standing.order.id: standing.state for standing in ledger.standings()}
    orders = session.orders(planned)
    return quote.model_copy(
        update={
            "estimates": {
                pull: estimate
                for pull, estimate in quote.estimates.items()
                if states.get(orders[pull].id) not in agreed
            }
        }
    )
