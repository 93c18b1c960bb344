"""Relink what is home already: for an editor that was closed when its renders came."""

from __future__ import annotations

from uprez.joining import join_all
from uprez.matching import relinks_of
from uprez.outcome import Outcome, Standing
from uprez.owning import standings
from uprez.plan import Plan
from uprez.request import Request
from uprez.results import outcome_of
from uprez.session import Session


def relink_ready(session: Session, planned: Plan, request: Request) -> Outcome:
    """Relink every shot of a plan whose render is here and proved; exports, asks and buys nothing.

    What is still under way stays so, and is told as such. Raises RelinkError, HostGone, PlanError.
    """
    known = standings(session.workspace)
    by_pull = {
        pull: known.get(order.id) or Standing(order=order, state="queued")
        for pull, order in session.orders(planned).items()
    }
    by_pull |= join_all(planned, by_pull, session.stretches(planned), session.workspace, session.watch)
    relinks = relinks_of(planned, by_pull, request, session.workspace, session.host.sequences)
    conform = session.relink(relinks, request)
    return outcome_of(planned, by_pull, known, conform, request.accept_unsure, session.workspace)
