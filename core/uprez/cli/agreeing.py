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
from uprez.keychain import key_for
from uprez.keys import required
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


def keep_caps(session: Session, planned: Plan, quote: Quote) -> None:
    """Raise BudgetError where what is still to be bought passes a cap of the settings as it stands now."""
    from uprez.caps import hold

    todo = _not_agreed(session, planned, quote, resuming=False)
    hold(todo, session.settings.caps, session.workspace, timeline=planned.timeline)


def agree(session: Session, planned: Plan, quote: Quote, *, yes: bool, resuming: bool) -> None:
    """Ask before anything is bought that was not agreed to before; a no is a PlanError.

    Raises Unauthorized where its provider's key is not there, since plates would be exported for nothing.
    """
    todo = due(session, planned, quote, resuming=resuming)
    if yes or todo is None:
        return
    model = session.plugins.model(planned.recipe.provider, planned.recipe.model)
    plan_text(planned, model, err=True)
    quotes_text([Priced(planned, todo)], left_out=planned.left_out, err=True)
    if not sys.stdin.isatty():
        raise PlanError(
            f"{planned.timeline}: this run would cost {price(todo)} and nobody is there to agree; give --yes"
        )
    if not typer.confirm("Buy this?", err=True):
        raise PlanError(f"{planned.timeline}: nothing was bought, as you said")


def due(session: Session, planned: Plan, quote: Quote, *, resuming: bool) -> Quote | None:
    """Return what is to be bought and nobody agreed to yet, None where that costs nothing.

    Raises Unauthorized where its provider's key is not there.
    """
    todo = _not_agreed(session, planned, quote, resuming)
    _need_key(session, todo)
    return todo if any(todo.totals.values()) or todo.unknown else None


def say_plan(session: Session, planned: Plan) -> None:
    """Tell a person at a terminal what a run is about to do."""
    if sys.stderr.isatty():
        from uprez.cli.show_plan import notes, summary
        from uprez.narrowing import narrowings

        model = session.plugins.model(planned.recipe.provider, planned.recipe.model)
        for line in (*notes(planned), *narrowings(planned, model)):
            show.say(line, err=True)
        show.left_out(planned.left_out, err=True)
        show.say(summary(planned), err=True)


def _need_key(session: Session, todo: Quote) -> None:
    kind = session.plugins.provider(todo.provider)
    if todo.estimates and kind.key_env and key_for(kind) is None:
        required(None, todo.provider, kind.key_env)


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
