"""The sync face: plan, quote, run, resume. The host stays on the caller's thread, the engine has its own."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from uprez.engine import Engine
from uprez.errors import PlanError, UprezError
from uprez.frozen import Frozen
from uprez.ledger import Ledger
from uprez.loops import Loop
from uprez.media.presets import suffix
from uprez.model import Manner, Plate, Pull, Selection
from uprez.orders import Event, Model, Order, Quote, Recipe
from uprez.outcome import Outcome, Progress, Standing
from uprez.plan import Plan, plan, plate_preset, raster
from uprez.plugins import Plugins
from uprez.provider import Context, Provider
from uprez.recipes import buys, settled
from uprez.report.build import build
from uprez.report.files import write_report
from uprez.results import outcome_of, relinks_for
from uprez.settings import base_url
from uprez.written import is_ours, remember

Watch = Callable[[Progress], None]
REQUEST = "run.json"
_log = logging.getLogger("uprez")


class Request(Frozen):
    """Hold what a run was asked for, so that it can be resumed from its workspace alone."""

    address: str
    selection: Selection = Selection()
    recipe: Recipe = Recipe()
    manner: Manner = Manner()
    cap: Decimal | None = None
    accept_unsure: bool = False
    resumed: bool = False


class Session:
    """Work on one timeline with one set of plugins; `watch` hears the progress, on the engine's thread."""

    def __init__(
        self,
        address: str,
        plugins: Plugins,
        *,
        workspace: Path | None = None,
        watch: Watch = lambda progress: None,
    ) -> None:
        self.plugins = plugins
        self.host = plugins.host(address)
        self.address = address
        self.workspace = (workspace or self.host.workspace()).absolute()
        self.watch = watch

    def plan(self, selection: Selection, recipe: Recipe) -> Plan:
        """Read the timeline and plan it; writes nothing. Raises PlanError, HostError."""
        model = self.plugins.model(recipe.provider, recipe.model)
        recipe = settled(recipe, model)
        return plan(self.host.shots(selection), recipe, model, self._have(recipe))

    def quote(self, planned: Plan) -> Quote:
        """Ask the plan's provider what its pulls would cost; free, and what is bought already costs nothing.

        Raises ProviderError.
        """
        recipe = planned.recipe
        bought = {standing.order.plate.pull.id for standing in self._done(recipe)}
        provider = self._provider(recipe.provider)

        async def ask() -> Quote:
            estimates = {
                pull.id: await provider.estimate(pull, recipe)
                for pull in planned.pulls
                if pull.id not in bought
            }
            return Quote(provider=recipe.provider, model=recipe.model, estimates=estimates)

        with Loop() as loop:
            return loop.run(ask())

    def run(self, planned: Plan, quote: Quote, request: Request) -> Outcome:
        """Export, buy, verify and relink what the plan holds; what exists already is not done again.

        Raises PlanError before anything is spent; everything later is told in the outcome.
        """
        self.refuse(planned, request)
        self._remember(request)
        orders = self.orders(planned)
        with self._ledger() as ledger:
            before = {standing.order.id: standing for standing in ledger.standings()}
            self._cap(ledger, quote, request)
            engine = self._engine(ledger, request)
            priced = [(order, quote.estimates.get(pull)) for pull, order in orders.items()]
            with Loop() as loop:
                standings = loop.run(engine.run(priced))
        by_pull = {standing.order.plate.pull.id: standing for standing in standings}
        relinks = relinks_for(planned, by_pull, accept_unsure=request.accept_unsure)
        conform = self.host.relink(relinks, self._manner(request)) if relinks else None
        if conform and request.manner.output:
            remember(self.workspace, request.manner.output)
        outcome = outcome_of(planned, by_pull, before, conform, request.accept_unsure, self.workspace)
        self._report(planned, outcome, by_pull, quote)
        return outcome

    def cancel(self, orders: Sequence[str]) -> tuple[Standing, ...]:
        """Ask to stop orders, see each through, and say where they stand; what was paid stays known."""
        with self._ledger() as ledger, Loop() as loop:
            engine = self._engine(ledger, remembered(self.workspace))
            for order in orders:
                loop.run(engine.cancel(order))
            return tuple(ledger.standing(order) for order in orders)

    def _cap(self, ledger: Ledger, quote: Quote, request: Request) -> None:
        """Have the ledger itself refuse what would pass the cap; an earlier run's cap ends with it."""
        if request.cap is None:
            ledger.lift_cap("run")
            return
        for unit in {estimate.unit for estimate in quote.estimates.values()}:
            ledger.set_cap("run", unit, request.cap, anew=not request.resumed)

    def _report(self, planned: Plan, outcome: Outcome, by_pull: Mapping[str, Standing], quote: Quote) -> None:
        """Write the report; one that can't be written is logged, since the run itself is done."""
        model = self.plugins.model(planned.recipe.provider, planned.recipe.model)
        try:
            write_report(build(planned, outcome, by_pull, quote=quote, model=model), self.workspace)
        except UprezError as failure:
            _log.warning("the report could not be written: %s", failure)

    def orders(self, planned: Plan) -> dict[str, Order]:
        """Return the plan's orders by pull id."""
        model = self.plugins.model(planned.recipe.provider, planned.recipe.model)
        return {pull.id: self._order(pull, planned.recipe, model) for pull in planned.pulls}

    def _order(self, pull: Pull, recipe: Recipe, model: Model) -> Order:
        preset = plate_preset(model, pull.media.info)
        ending = pull.media.path.suffix if preset == "still" else suffix(preset)
        plate = Plate(pull=pull, preset=preset, path=self.workspace / "plates" / f"{pull.id}{ending}")
        width, height = raster(recipe.size, pull.media.info)
        return Order(plate=plate, recipe=recipe, width=width, height=height)

    def refuse(self, planned: Plan, request: Request) -> None:
        """Raise PlanError for what would only fail after the money is spent."""
        if not planned.shots:
            why = f"all {len(planned.left_out)} are left out" if planned.left_out else "it has none"
            raise PlanError(f"{planned.timeline}: no clip can be upscaled ({why}); see `uprez plan`")
        manner = request.manner
        if manner.kind not in self.host.manners:
            known = ", ".join(self.host.manners)
            raise PlanError(
                f"--as {manner.kind}: host {self.host.name} relinks as {known}; choose one of them"
            )
        self.host.refuse(self._manner(request))
        for objections in self.plugins.hook.uprez_review(plan=planned):
            for objection in objections or ():
                if objection.blocking:
                    raise PlanError(f"{planned.timeline}: {objection.reason}")

    def _manner(self, request: Request) -> Manner:
        """Let a run that is done again replace the output it wrote itself, as long as nobody changed it."""
        manner = request.manner
        if manner.output is not None and is_ours(self.workspace, manner.output):
            return manner.model_copy(update={"force": True})
        return manner

    def _remember(self, request: Request) -> None:
        self.workspace.mkdir(parents=True, exist_ok=True)
        part = self.workspace / f"{REQUEST}.part"
        part.write_text(request.model_dump_json(indent=1), encoding="utf-8")
        part.replace(self.workspace / REQUEST)

    def _provider(self, name: str) -> Provider:
        kind = self.plugins.provider(name)
        scratch = self.workspace / "scratch" / name
        key = os.environ.get(kind.key_env) if kind.key_env else None
        return kind(Context(scratch=scratch, key=key, base_url=base_url(name, kind.base_url)))

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

    def _done(self, recipe: Recipe) -> tuple[Standing, ...]:
        """Return the orders whose renders would be what this recipe buys."""
        if not (self.workspace / "ledger.db").exists():
            return ()
        with self._ledger() as ledger:
            return tuple(standing for standing in ledger.standings() if buys(standing, recipe))

    def _have(self, recipe: Recipe) -> tuple[Pull, ...]:
        return tuple(standing.order.plate.pull for standing in self._done(recipe))


def remembered(workspace: Path) -> Request:
    """Read what the workspace's last run was asked for; raises PlanError where there was none."""
    file = workspace / REQUEST
    try:
        request = Request.model_validate_json(file.read_text(encoding="utf-8"))
        return request.model_copy(update={"resumed": True})
    except (OSError, UnicodeDecodeError, ValidationError):
        raise PlanError(f"{workspace}: no run to resume there; name a workspace or its timeline") from None
