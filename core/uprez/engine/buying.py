"""The half of an order where money moves: plate, stage, submit, and finding out what became of it."""

from __future__ import annotations

import asyncio
import logging
import time

from uprez.engine.bench import Bench
from uprez.engine.threads import Meter, in_thread, undivided
from uprez.errors import InDoubt, LedgerError, NotPlaced, OutOfCredit, Rejected, Unauthorized, Unavailable
from uprez.failpoints import failpoint
from uprez.ledger import Attempt, LostRace
from uprez.media.export import export
from uprez.orders import Order, Staged

log = logging.getLogger("uprez.engine")


async def with_plate(bench: Bench, order: Order) -> Order:
    """Return the order with its plate exported, once for all the orders that use it. Raises MediaError."""
    plate = order.plate
    if plate.preset == "none":
        return order
    async with bench.alone(plate.path):
        size = plate.path.stat().st_size if plate.path.exists() else -1
        info = bench.ledger.plate_info(plate.path, size)
        if info is None:
            async with bench.exporting:
                meter = Meter(bench.watch, order.id, "export", plate.pull.frames.count)
                plate = await in_thread(lambda: export(order.plate, meter), meter)
            bench.ledger.keep_plate(plate, plate.path.stat().st_size)
        else:
            plate = plate.model_copy(update={"info": info})
    return order.model_copy(update={"plate": plate})


async def stage(bench: Bench, order: Order) -> Staged:
    """Put an exported plate where its provider reads it: free, so repeated while the service is away."""
    estimate = bench.ledger.estimate(order.id)
    bench.say(order, "stage")
    return await bench.ask(lambda: bench.provider(order).stage(order, estimate))


async def submit(bench: Bench, order: Order, attempt: Attempt, staged: Staged) -> Attempt:
    """Buy: the intent is on disk before the provider is called, and it is called once, come what may.

    Raises NotPlaced where the provider surely took nothing; the attempt is `prepared` again then.
    """
    bench.say(order, "submit")
    staged = staged.model_copy(update={"sent": time.time()})
    attempt = bench.ledger.move(attempt, "sending", staged=staged)
    failpoint("intent")
    answer, cancelled = await undivided(bench.provider(order).submit(order, staged))
    failpoint("answered")
    try:
        attempt = bench.ledger.move(attempt, "acked", ticket=answer.result())
        failpoint("acked")
    except (Rejected, OutOfCredit) as refused:
        if isinstance(refused, OutOfCredit):
            bench.stop(refused, order)
        attempt = bench.ledger.move(attempt, "failed", error=str(refused))
    except NotPlaced as busy:
        attempt = bench.ledger.move(attempt, "prepared", error=str(busy))
        if not cancelled:
            raise
    except (LedgerError, LostRace):
        raise
    except Exception as lost:
        log.info("order %s: submit gave no answer (%r)", order.id, lost)
        if not cancelled:
            return await look(bench, order, attempt, lost)
    if cancelled:
        raise asyncio.CancelledError
    return attempt


async def look(bench: Bench, order: Order, attempt: Attempt, lost: Exception | None = None) -> Attempt:
    """Find out whether an order that may have been sent stands; where nothing tells, a person decides.

    Raises Unavailable or Unauthorized where nobody could be asked; the attempt stays as it is then.
    """
    staged = attempt.staged or Staged()
    try:
        ticket = await bench.ask(lambda: bench.provider(order).find(order, staged))
    except (Unavailable, Unauthorized, LedgerError):
        raise
    except Exception as doubt:
        if not isinstance(doubt, InDoubt):
            log.debug("order %s: find failed", order.id, exc_info=doubt)
        return _in_doubt(bench, order, attempt, doubt)
    if ticket is not None:
        return bench.ledger.move(attempt, "acked", ticket=ticket)
    cancelled = bench.ledger.cancel_wanted(order.id)
    return bench.ledger.move(attempt, "void", error=str(lost) if lost else None, cancelled=cancelled)


def _in_doubt(bench: Bench, order: Order, attempt: Attempt, doubt: Exception) -> Attempt:
    if attempt.state == "unknown":
        return attempt
    name = order.recipe.provider
    error = (
        str(doubt)
        if isinstance(doubt, InDoubt)
        else f"{name} could not look for order {order.id} ({doubt!r})"
    )
    return bench.ledger.move(attempt, "unknown", error=error)
