"""The provider of Astria: one POST buys, a token in its callback finds it again, `trained_at` ends it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from uprez.errors import PlanError, Rejected
from uprez.model import Pull
from uprez.orders import (
    Estimate,
    Failed,
    Model,
    Order,
    Queued,
    Recipe,
    Running,
    Staged,
    Status,
    Succeeded,
    Ticket,
)
from uprez.provider import Context, Provider
from uprez_astria import asking, finding
from uprez_astria.api import KEY_ENV, Api
from uprez_astria.catalogue import UPSCALE, Facts, facts, tune_of, upscale_price
from uprez_astria.models import described
from uprez_astria.prompts import Prompt

LARGEST_STILL, LARGEST_CLIP = 1 << 30, 8 << 30  # bytes
LATE = 3600.0  # seconds after its end in which a clip may still come behind its first frame
_GONE = "the prompt is not there any more: it was deleted, or is older than 30 days"


class AstriaProvider(Provider):
    """Buy stills upscaled by Astria, and clips made from pictures.

    Settings: `models` holds tables of models (`cents`, `durations`, …), `callback` an address to be called,
    `quiet` the seconds after which an order that isn't listed isn't there, `keep` leaves prompts at the
    service, `workspace` is an id there.
    """

    name: ClassVar[str] = "astria"
    models: ClassVar[tuple[Model, ...]] = described(facts())
    base_url: ClassVar[str] = "https://api.astria.ai"
    key_env: ClassVar[str | None] = KEY_ENV
    poll_every: ClassVar[float] = 6.0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        given = context.settings.get("models", {})
        self._facts, self._upscale_price = facts(given), upscale_price(given)
        self._api = Api(context, self.base_url)
        self._finder = finding.Finder(self._api, float(context.settings.get("quiet", finding.QUIET)))

    @classmethod
    def offering(cls, tables: Mapping[str, Any]) -> type[Provider]:
        """Return this provider with the models of the settings laid over its own. Raises PlanError."""
        return type(cls.__name__, (cls,), {"models": described(facts(tables)), "__doc__": cls.__doc__})

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Price by the published list, in dollars; a still's price isn't published (facts: A-DOC, S003)."""
        if recipe.model == UPSCALE:
            asking.check_picture(pull.media.path)
            return _priced(self._upscale_price, frames=1)
        one = self._facts_of(recipe.model)
        if not str(recipe.options.get("prompt", "")).strip():
            raise Rejected(
                f"astria: {recipe.model} needs words for the motion; give a prompt", provider="astria"
            )
        if pull.media.info.still:
            asking.check_picture(pull.media.path)
        seconds = asking.seconds(recipe.model, one, pull.frames.count, pull.media.rate)
        extra = recipe.options.get("upscale", "none") != "none"  # its price isn't published
        return _priced(None if extra else one.price(seconds), frames=pull.frames.count, seconds=seconds)

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        """Mint the token of the order and note the newest prompt before it; nothing is uploaded apart."""
        options = order.recipe.options
        tune = int(options.get("tune", tune_of("stills" if order.recipe.model == UPSCALE else "clips")))
        data = finding.minted(int(options.get("seed", -1)))
        price = None if estimate.amount is None else str(estimate.amount)
        return Staged(data={**data, "tune": tune, "after": await self._finder.newest(tune), "price": price})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Post the prompt with its file, which pays (facts: S003, S004); after a 504 it may stand."""
        fields, files = self._asked(order)
        base = str(self.context.settings.get("callback", finding.CALLBACK))
        fields["callback"] = finding.callback(base, staged.data["token"])
        fields["seed"] = str(staged.data["seed"])
        made = await self._api.create(staged.data["tune"], fields, files)
        finding.refuse_collapsed(made, staged)
        return _ticket(made, order, staged)

    async def poll(self, ticket: Ticket) -> Status:
        """Read how the prompt stands from its dates and files (facts: A-CLI, A-COMM)."""
        found, now = await self._api.prompt(ticket.data.get("tune"), ticket.id)
        paid = Decimal(ticket.data.get("price") or 0)
        if found is None:
            return Failed(reason=_GONE, charged=paid)
        return _status(found, ticket.data.get("clip"), paid, now)

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Look through the tune's prompts for the token (facts: A-CLI, infra 2.5)."""
        found = await self._finder.find(staged)
        return None if found is None else _ticket(found, order, staged)

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Download the render; its host is another one and never gets the key."""
        await self._api.client.download(done.data["url"], to, largest=done.data["largest"])

    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:
        """Delete the prompt, and its render with it, unless the setting `keep` is on."""
        if ticket is not None and not self.context.settings.get("keep"):
            await self._api.delete(ticket.id)

    def ticket(self, name: str) -> Ticket:
        """Return the ticket of a prompt by its number. Raises PlanError for anything else."""
        if not name.strip().isdecimal():
            raise PlanError(f"{name}: a prompt at Astria has a number; give that number")
        return Ticket(id=name.strip())

    async def check(self) -> str:
        """Ask for the newest prompt, which needs the key and costs nothing."""
        newest = await self._finder.newest(tune_of("stills"))
        return "astria takes the key" + (f"; the newest prompt is {newest}" if newest else "")

    def _asked(self, order: Order) -> tuple[dict[str, str], dict[str, Any]]:
        if order.recipe.model == UPSCALE:
            return asking.upscale(order)
        one, (frames, rate) = self._facts_of(order.recipe.model), wanted(order)
        duration = asking.seconds(order.recipe.model, one, frames, rate)
        return asking.clip(order, one, duration)

    def _facts_of(self, model: str) -> Facts:
        with contextlib.suppress(KeyError):
            return self._facts[model]
        raise Rejected(
            f"astria: model {model!r} is not known; add [provider.astria.models.{model}] to uprez.toml",
            provider="astria",
        )


def wanted(order: Order) -> tuple[int, Fraction]:
    """Return how many frames are wanted, and at which rate: the plate's own where the order doesn't say."""
    pull = order.plate.pull
    return order.frames or pull.frames.count, order.rate or pull.media.rate


def _priced(amount: Decimal | None, *, frames: int, seconds: int | None = None) -> Estimate:
    return Estimate(
        amount=amount,
        basis="unknown" if amount is None else "published",
        frames=frames,
        billed=None if seconds is None else Decimal(seconds),
    )


def _ticket(made: Prompt, order: Order, staged: Staged) -> Ticket:
    price = staged.data["price"] if made.cost is None else str(made.cost)
    clip = order.recipe.model != UPSCALE
    return Ticket(id=str(made.id), data={"tune": staged.data["tune"], "clip": clip, "price": price})


def _status(found: Prompt, clip: bool | None, paid: Decimal, now: float) -> Status:
    """Read dates and files: a render in its place counts before an error that is told beside it."""
    url = found.render(clip=clip)
    if url is not None:
        largest = LARGEST_STILL if clip is False else LARGEST_CLIP
        return Succeeded(data={"url": url, "largest": largest}, charged=found.cost)
    charged = paid if found.cost is None else found.cost
    if found.error:
        return Failed(reason=found.error, charged=charged)
    if found.ended_before(now, LATE):
        return Failed(reason="it ended without a render", charged=charged)
    return Running() if found.started or found.trained_at else Queued()
