"""From one state of an attempt to the next, until it has ended or nobody but a person can go on."""

from __future__ import annotations

from uprez.engine import bringing, buying
from uprez.engine.bench import Bench
from uprez.errors import OutOfCredit
from uprez.failpoints import failpoint
from uprez.ledger import Attempt
from uprez.orders import Order

_AT_PROVIDER = frozenset({"sending", "unknown", "acked", "remote-done"})
_AT_HOME = frozenset({"downloaded", "verified"})


async def carry(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Carry an attempt from whatever state it is in to its end; a place at the provider is held meanwhile.

    Raises what the step in hand raised; the attempt is then as that step found it.
    """
    bench.provider(order)
    if attempt.state == "remote-done":
        attempt = bench.ledger.move(attempt, "acked")  # an address kept from an earlier process may be stale
    if attempt.state == "downloaded":
        attempt = await bringing.renew(bench, order, attempt)
    if attempt.state == "prepared":
        attempt = await _buy(bench, order, attempt)
    while attempt.state in _AT_PROVIDER | _AT_HOME:
        if attempt.state in _AT_PROVIDER:
            async with bench.slot(order):
                attempt = await _through(bench, order, attempt)
        elif attempt.state == "downloaded":
            attempt = await bringing.prove(bench, order, attempt)
        else:
            attempt = await bringing.place(bench, order, attempt)
        if attempt.state == "unknown":
            break
    return attempt


async def _buy(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    """Export and stage beside other orders, then wait for a place, buy and bring the render home."""
    order = await buying.with_plate(bench, order)
    failpoint("exported")
    staged = await buying.stage(bench, order)
    failpoint("staged")

    async def submit() -> Attempt:
        if bench.ledger.cancel_wanted(order.id):
            return bench.ledger.move(attempt, "void", cancelled=True)
        _refuse_stopped(bench, order)
        return await buying.submit(bench, order, attempt, staged)

    async with bench.slot(order):
        return await _through(bench, order, await bench.ask(submit))  # again only where nothing was taken


async def _through(bench: Bench, order: Order, attempt: Attempt) -> Attempt:
    looked = False
    while attempt.state in _AT_PROVIDER:
        if attempt.state == "acked":
            attempt = await bringing.wait(bench, order, attempt)
        elif attempt.state == "remote-done":
            attempt = await bringing.fetch(bench, order, attempt)
        elif looked:
            break
        else:
            looked = True
            attempt = await buying.look(bench, order, attempt)
    return attempt


def _refuse_stopped(bench: Bench, order: Order) -> None:
    why = bench.stopped.get(order.recipe.provider)
    if why is not None:
        raise OutOfCredit(why, provider=order.recipe.provider, order=order.id)
