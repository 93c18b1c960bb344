"""What a workspace has: renders that are there for nothing, and orders that are under way."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from uprez.ledger import Ledger
from uprez.model import Pull
from uprez.orders import Estimate, Order, Recipe
from uprez.outcome import Standing
from uprez.recipes import buys, would_buy
from uprez.tracing import Renders

UNDER_WAY = ("active", "needs-you")


def standings(workspace: Path) -> Mapping[str, Standing]:
    """Return by order id what a workspace's ledger holds; nothing where it has none yet."""
    file = workspace / "ledger.db"
    if not file.exists():
        return {}
    with contextlib.closing(Ledger(file)) as ledger:
        return {standing.order.id: standing for standing in ledger.standings()}


def done(workspace: Path, recipe: Recipe) -> tuple[Standing, ...]:
    """Return the orders whose renders would be what this recipe buys."""
    return tuple(standing for standing in standings(workspace).values() if buys(standing, recipe))


def have(workspace: Path, recipe: Recipe, *, delta: bool) -> tuple[Pull, ...]:
    """Return the pulls that need not be bought; for a delta also those that are bought already, or may be."""
    return tuple(
        standing.order.plate.pull
        for standing in standings(workspace).values()
        if buys(standing, recipe)
        or (delta and standing.state in UNDER_WAY and would_buy(standing.order, recipe))
    )


def made_in(workspace: Path) -> Renders:
    """Return what a workspace made, of which sources."""
    known = standings(workspace)
    media = (standing.order.plate.pull.media for standing in known.values())
    return Renders(
        folder=workspace.absolute() / "renders",
        orders=frozenset(known),
        sources={one.fingerprint: one for one in media},
    )


def under_way(workspace: Path, orders: Mapping[str, Order]) -> dict[str, Estimate]:
    """Return by pull id the prices of the orders that are bought, or may be, and have not ended."""
    if not (workspace / "ledger.db").exists():
        return {}
    with contextlib.closing(Ledger(workspace / "ledger.db")) as ledger:
        live = {one.order.id for one in ledger.standings() if one.state in UNDER_WAY}
        return {pull: ledger.estimate(order.id) for pull, order in orders.items() if order.id in live}
