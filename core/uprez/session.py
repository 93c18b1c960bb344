"""The sync face: plan, quote, run, resume. The host stays on the caller's thread, the engine has its own."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from uprez.caps import put_caps
from uprez.connecting import connected
from uprez.engine import Engine
from uprez.errors import PlanError, PluginError, UprezError
from uprez.joining import join_all, seamed
from uprez.ledger import Ledger
from uprez.loops import Loop
from uprez.matching import relinks_of
from uprez.media.export import write_stills
from uprez.model import Conform, Manner, Pull, Relink, Selection
from uprez.newness import Making
from uprez.orders import Event, Objection, Order, Quote, Recipe
from uprez.outcome import Outcome, Progress, Standing
from uprez.owning import done, have, made_in, under_way
from uprez.plan import Plan
from uprez.planning import plan_for, why_none
from uprez.plates import orders_of
from uprez.plugins import Plugins
from uprez.provider import Provider
from uprez.quoting import estimates, quote_of, without
from uprez.recipes import settled
from uprez.request import Request, keep, remembered
from uprez.results import outcome_of
from uprez.settings import Settings
from uprez.written import is_ours, remember

Watch = Callable[[Progress], None]
_log = logging.getLogger("uprez")


class Session:
    """Work on one timeline with one set of plugins; `watch` hears the progress, on the engine's thread."""

    def __init__(
        self,
        address: str,
        plugins: Plugins,
        *,
        workspace: Path | None = None,
        watch: Watch = lambda progress: None,
        settings: Settings | None = None,
        media: Sequence[Path] = (),
    ) -> None:
        self.plugins = plugins
        self.host = plugins.host(address)
        self.address = address
        self.workspace = (workspace or self.host.workspace()).absolute()
        self.watch = watch
        self.settings = settings or Settings()
        self.host.media = tuple(dict.fromkeys((*media, *self.settings.media)))

    def plan(
        self,
        selection: Selection,
        recipe: Recipe,
        making: Making | None = None,
        manner: Manner | None = None,
        *,
        delta: bool = False,
        accept_unsure: bool = False,
    ) -> Plan:
        """Plan the timeline, or its new pictures, for a manner of relinking; see `plan_for`.

        With `delta` shots that are there in part get what is missing, those whose join was seen apart.
        """
        model = self.plugins.model(recipe.provider, recipe.model)
        recipe = settled(recipe, model)
        there = have(self.workspace, recipe, delta=delta)
        ours = made_in(self.workspace) if delta else None
        apart: dict[str, str] | None = {} if delta else None
        while True:
            planned = plan_for(
                self.host, selection, recipe, model, have=there, making=making, manner=manner, apart=apart,
                ours=ours,
            )  # fmt: skip
            seen = self.seamed(planned, accept_unsure)
            if apart is None or not seen.keys() - apart.keys():
                return planned
            apart |= seen

    def seamed(self, planned: Plan, accept_unsure: bool) -> dict[str, str]:
        """Return by pull id, with the reason, the grown stretches that were joined and show it."""
        wholes = {pull: order for pull, order in self.stretches(planned).items() if pull in planned.grown}
        return seamed(wholes, self.workspace, accept_unsure=accept_unsure)

    def quote(self, planned: Plan) -> Quote:
        """Ask the plan's provider what its pulls would cost; free, and what is bought already costs nothing.

        What is under way keeps the price it was bought at. A pull that the provider refuses is named in the
        quote. Raises Unauthorized; raises what the provider said where it does none of the pulls.
        """
        recipe = planned.recipe
        bought = {standing.order.id for standing in done(self.workspace, recipe)}
        orders = {pull: order for pull, order in self.orders(planned).items() if order.id not in bought}
        known = under_way(self.workspace, orders)
        pulls = [pull for pull in planned.pulls if pull.id in orders.keys() - known.keys()]
        with Loop() as loop:
            asked, refused = loop.run(estimates(self._provider(recipe.provider), pulls, recipe))
        if refused and not asked and len(refused) == len(planned.pulls):
            raise next(iter(refused.values()))
        return quote_of(planned, {**known, **asked}, refused)

    def run(self, planned: Plan, quote: Quote, request: Request) -> Outcome:
        """Export, buy, verify and relink what the plan holds; what exists already is not done again.

        Raises PlanError before anything is spent; everything later is told in the outcome.
        """
        planned = without(planned, quote.refused)
        self.refuse(planned, request)
        request = request.model_copy(update={"media": self.host.media, "address": self.host.lasting})
        keep(request, self.workspace, {shot.id: shot.name for shot in planned.shots})
        write_stills(planned.lasts.values(), self.workspace)
        orders = self.orders(planned)
        with self._ledger() as ledger:
            before = {standing.order.id: standing for standing in ledger.standings()}
            put_caps(ledger, self.settings.caps, quote, request)
            engine = self._engine(ledger, request)
            given_up = {
                name: standing
                for name, standing in before.items()
                if request.resumed and standing.state == "cancelled"
            }
            priced = [
                (order, quote.estimates.get(pull))
                for pull, order in orders.items()
                if order.id not in given_up
            ]
            with Loop() as loop:
                standings = loop.run(engine.run(priced))
        by_order = {**given_up, **{standing.order.id: standing for standing in standings}}
        by_pull = {pull: by_order[order.id] for pull, order in orders.items()}
        by_pull |= join_all(planned, by_pull, self.stretches(planned), self.workspace, self.watch)
        conform = None
        try:
            relinks = relinks_of(planned, by_pull, request, self.workspace, self.host.sequences)
            conform = self.relink(relinks, request)
        finally:  # what was bought is told even where the host then fails
            outcome = outcome_of(planned, by_pull, before, conform, request.accept_unsure, self.workspace)
            self._report(planned, outcome, by_pull, quote)
        return outcome

    def relink(self, relinks: tuple[Relink, ...], request: Request) -> Conform | None:
        """Have the host relink as it was asked for. Raises RelinkError, HostGone, PlanError."""
        if not relinks:
            return None
        conform = self.host.relink(relinks, self._manner(request))
        output = self.host.output(request.manner)
        if output is not None:
            remember(self.workspace, output)
        return conform

    def cancel(self, orders: Sequence[str]) -> tuple[Standing, ...]:
        """Ask to stop orders, see each through, and say where they stand; what was paid stays known."""
        with self._ledger() as ledger, Loop() as loop:
            engine = self._engine(ledger, remembered(self.workspace))
            for order in orders:
                loop.run(engine.cancel(order))
            return tuple(ledger.standing(order) for order in orders)

    def _report(self, planned: Plan, outcome: Outcome, by_pull: Mapping[str, Standing], quote: Quote) -> None:
        """Write the report; one that can't be written is logged, since the run itself is done."""
        from uprez.report import build, write_report

        model = self.plugins.model(planned.recipe.provider, planned.recipe.model)
        try:
            write_report(build(planned, outcome, by_pull, quote=quote, model=model), self.workspace)
        except UprezError as failure:
            _log.warning("the report could not be written: %s", failure)

    def orders(self, planned: Plan) -> dict[str, Order]:
        """Return the plan's orders by pull id."""
        return self._orders(planned, planned.pulls)

    def stretches(self, planned: Plan) -> dict[str, Order]:
        """Return by pull id, as orders that nobody places, the stretches that pieces are joined to."""
        return self._orders(planned, [join.whole for join in planned.joins])

    def _orders(self, planned: Plan, pulls: Iterable[Pull]) -> dict[str, Order]:
        recipe = planned.recipe
        model = self.plugins.model(recipe.provider, recipe.model)
        return orders_of(planned, pulls, model, self.workspace)

    def refuse(self, planned: Plan, request: Request) -> None:
        """Raise PlanError for what would only fail after the money is spent."""
        if not planned.shots:
            several = len({left.reason for left in planned.left_out}) > 1
            for left in planned.left_out if several else ():  # `uprez plan` knows of no manner
                _log.warning("left out: %s (%s): %s", left.name, left.track, left.reason)
            raise PlanError(f"{planned.timeline}: no clip can be upscaled ({why_none(planned)})")
        manner = request.manner
        if manner.kind not in self.host.manners:
            known = ", ".join(self.host.manners)
            raise PlanError(
                f"--as {manner.kind}: host {self.host.name} relinks as {known}; choose one of them"
            )
        self.host.refuse(self._manner(request))
        for objection in self._objections(planned):
            if objection.blocking:
                raise PlanError(f"{planned.timeline}: {objection.reason}")
            _log.warning("%s: %s", planned.timeline, objection.reason)

    def _objections(self, planned: Plan) -> list[Objection]:
        try:
            said = self.plugins.hook.uprez_review(plan=planned)
            return [objection for objections in said for objection in objections or ()]
        except UprezError:
            raise
        except Exception as broken:
            raise PluginError(
                f"a plugin's uprez_review failed ({broken!r}), nothing was bought; mend it or leave it out"
            ) from broken

    def _manner(self, request: Request) -> Manner:
        """Let a run that is done again replace the output it wrote itself, as long as nobody changed it."""
        output = self.host.output(request.manner)
        if output is not None and is_ours(self.workspace, output):
            return request.manner.model_copy(update={"force": True})
        return request.manner

    def _provider(self, name: str) -> Provider:
        return connected(self.plugins, name, self.workspace, self.settings)

    def _engine(self, ledger: Ledger, request: Request) -> Engine:
        names = {request.recipe.provider} | {
            standing.order.recipe.provider for standing in ledger.standings()
        }
        return Engine(
            ledger,
            self.workspace,
            {name: self._provider(name) for name in names & self.plugins.providers.keys()},
            watch=self.watch,
            observe=self._observe,
        )

    def _observe(self, order: str, event: Event) -> None:
        self.plugins.hook.uprez_event(order=order, event=event)

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        with contextlib.closing(Ledger(self.workspace / "ledger.db")) as ledger:
            yield ledger
