"""Drive orders to their end, many at once; each step is in the ledger before it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from uprez.engine import files
from uprez.engine.bench import EXPORTS, FINISHES, Bench
from uprez.engine.clock import Clock
from uprez.engine.retries import pause_after
from uprez.errors import BudgetError, LedgerError, OutOfCredit, Unauthorized, UprezError
from uprez.failpoints import failpoint
from uprez.ledger import Ledger, LostRace
from uprez.orders import Estimate, Event, Order, Ticket
from uprez.outcome import Progress, Standing
from uprez.provider import Provider

log = logging.getLogger("uprez.engine")
TRIES = 3  # attempts of one order in one run, where each was surely not placed
NOT_PLACED = "the service did not take it; try again later"


class Engine:
    """Bring a workspace's orders from queued to done.

    `watch` hears progress and `observe` every event of the ledger once it is written, both on the loop's
    thread; an observer that raises is logged and dropped. `patience` is for how many seconds a service may
    be unavailable before its order is left for the next run.
    """

    def __init__(
        self,
        ledger: Ledger,
        workspace: Path,
        providers: Mapping[str, Provider],
        *,
        watch: Callable[[Progress], None] = lambda progress: None,
        observe: Callable[[str, Event], None] | None = None,
        clock: Clock | None = None,
        patience: float = 900.0,
    ) -> None:
        self._ledger = ledger
        self._bench = Bench(ledger, workspace, providers, watch, clock or Clock(), patience)
        self._observe = observe
        self._complained = False
        ledger.listeners.append(self._heard)

    async def enqueue(self, order: Order, estimate: Estimate | None = None) -> None:
        """Write an order into the ledger; again and again is the same as once."""
        self._enqueue([(order, estimate)])

    async def drive(self, order_id: str) -> None:
        """Bring one order as far as it goes, from wherever it is; may be called again at any time.

        Raises LedgerError; what else goes wrong is written down as the order's error.
        """
        async with self._bench.alone(order_id):  # else one would look for what the other is just sending
            await self._drive_alone(self._ledger.standing(order_id).order)

    async def run(self, priced: Sequence[tuple[Order, Estimate | None]]) -> tuple[Standing, ...]:
        """Drive orders to their end, as many at once as each provider takes; returns where they stand.

        An order that fails never stops another. Raises LedgerError.
        """
        self._enqueue(priced)
        wanted = {order.id: order.recipe.provider for order, _ in priced}
        left = list(wanted)
        while left:
            before = len(left)
            await self._drive_all(left, wanted)
            queued = {
                standing.order.id for standing in self._ledger.standings() if standing.state == "queued"
            }
            left = [order for order in left if order in queued]
            if len(left) == before:  # nothing was freed that they could fit into
                break
        return self._standings(wanted)

    async def cancel(self, order_id: str) -> None:
        """Ask to cancel an order and see it through; one that is done, or can't be stopped, stays."""
        self._ledger.ask_cancel(order_id)
        if self._ledger.standing(order_id).state == "active":
            await self.drive(order_id)

    async def settle(self, order_id: str, ticket: Ticket | None) -> None:
        """Answer for an order that needs a person: its ticket, or None for surely not placed."""
        self._ledger.settle(order_id, ticket)

    def _enqueue(self, priced: Iterable[tuple[Order, Estimate | None]]) -> None:
        priced = list(priced)
        self._ledger.add_all(priced)
        asked = {order.id: order for order, _ in priced}
        for order, render in self._ledger.renders():
            if order.id in asked and not self._is_whole(order, render.path):
                fetched = files.fetched_path(self._bench.workspace, order).exists()
                self._ledger.reopen(order.id, fetched=fetched)
            elif order.id in asked:
                self._recode(order, asked[order.id])

    def _recode(self, order: Order, wanted: Order) -> None:
        """Have a done order finished in the codec that is wanted now, from what was fetched for it."""
        still = order.plate.preset == "still" and order.frames is None
        if wanted.recipe.render == order.recipe.render or still:
            return
        kept, to = (files.fetched_path(self._bench.workspace, one) for one in (order, wanted))
        if kept.exists() or to.exists():
            if not to.exists():
                kept.rename(to)
            self._ledger.finish_anew(wanted)

    def _is_whole(self, order: Order, render: Path) -> bool:
        """Tell whether a placed render is still there, as long as it was: a damaged one is made again."""
        size = self._ledger.attempts(order.id)[-1].bytes
        return render.is_file() and size in (None, render.stat().st_size)

    async def _drive_all(self, orders: Sequence[str], provider_of: Mapping[str, str]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name in dict.fromkeys(provider_of[order] for order in orders):
                    todo = iter([order for order in orders if provider_of[order] == name])
                    at_once = self._bench.providers[name].at_once if name in self._bench.providers else 1
                    for _ in range(at_once + EXPORTS + FINISHES):
                        group.create_task(self._work_through(todo))
        except* LedgerError as failures:
            broken = failures
        else:
            return
        raise next(_leaves(broken))

    async def _work_through(self, todo: Iterator[str]) -> None:
        for order in todo:
            await self.drive(order)

    async def _drive_alone(self, order: Order) -> None:
        try:
            await self._drive(order)
        except LedgerError:
            raise
        except LostRace as lost:
            log.info("%s", lost)
        except BudgetError as over:
            log.info("%s", over)
        except Exception as failure:
            self._give_up(order, failure)
        self._say_end(order)

    async def _drive(self, order: Order) -> None:
        """Begin attempts until one ends in anything but `surely not placed`."""
        from uprez.engine import steps  # numpy and FFmpeg, which commands that only look at orders can spare

        for tries in range(TRIES):
            why = self._bench.stopped.get(order.recipe.provider)
            if why is not None:
                self._ledger.refuse(order.id, why)
            attempt = self._ledger.take(order.id)
            if attempt is None:
                return
            failpoint("reserved")
            attempt = await steps.carry(self._bench, order, attempt)
            if attempt.state != "void":
                return
            await self._bench.clock.sleep(pause_after(tries, None))
        self._ledger.refuse(order.id, self._ledger.standing(order.id).error or NOT_PLACED)

    def _give_up(self, order: Order, failure: Exception) -> None:
        """Write down why an order does not go on; what was paid, or may have been, stays as it is."""
        log.debug("order %s", order.id, exc_info=failure)
        error = _sentence(order, failure)
        if isinstance(failure, Unauthorized | OutOfCredit):
            self._bench.stop(failure, order)
        tries = self._ledger.attempts(order.id)
        if tries and tries[-1].state == "prepared":
            with contextlib.suppress(LostRace):
                self._ledger.move(tries[-1], "failed", error=error)
        else:
            self._ledger.refuse(order.id, error)
            self._ledger.note(order.id, error)

    def _standings(self, wanted: Iterable[str]) -> tuple[Standing, ...]:
        found = {standing.order.id: standing for standing in self._ledger.standings()}
        return tuple(_with_reason(found[order]) for order in wanted)

    def _say_end(self, order: Order) -> None:
        state = self._ledger.standing(order.id).state
        if state == "done":
            self._bench.say(order, "done", order.plate.pull.frames.count)
        elif state != "queued":
            self._bench.say(order, "failed")

    def _heard(self, event: Event) -> None:
        try:
            if self._observe is not None:
                self._observe(event.order, event)
        except Exception as broken:
            level = logging.DEBUG if self._complained else logging.WARNING
            self._complained = True
            log.log(level, "an observer of uprez_event failed (%r); the run goes on without it", broken)


def _with_reason(standing: Standing) -> Standing:
    """Say why an order is still under way though this run has ended."""
    if standing.state != "active" or standing.error:
        return standing
    error = (
        f"order {standing.order.id}: another uprez process is at work on it; run `uprez resume` afterwards"
    )
    return standing.model_copy(update={"error": error})


def _sentence(order: Order, failure: Exception) -> str:
    if isinstance(failure, UprezError):
        return str(failure)
    name = order.plate.pull.media.path.name
    if isinstance(failure, OSError) and failure.strerror:
        where = failure.filename or name
        return f"{where}: {failure.strerror}; mend that, then run `uprez resume`"
    return f"{name}: {order.recipe.provider} failed with {failure!r}, which is a bug; please report it"


def _leaves(failures: BaseExceptionGroup[LedgerError]) -> Iterator[LedgerError]:
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            yield from _leaves(failure)
        else:
            yield failure
