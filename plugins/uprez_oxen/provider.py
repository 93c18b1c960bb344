"""The provider of Oxen.ai: a plate in a repository, one request that pays, a queue that echoes the plate."""

from __future__ import annotations

import time
import uuid
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from uprez.errors import PlanError, Rejected
from uprez.model import Pull
from uprez.orders import (
    Estimate,
    Failed,
    Model,
    Order,
    Recipe,
    Staged,
    Status,
    Succeeded,
    Ticket,
)
from uprez.provider import Context, Provider
from uprez_oxen import asking, waiting
from uprez_oxen.api import ID, KEY_ENV, Api
from uprez_oxen.catalogue import Catalogue
from uprez_oxen.finding import Finder
from uprez_oxen.listening import Listener
from uprez_oxen.models import MODELS
from uprez_oxen.notes import Note, Notes
from uprez_oxen.repository import Repository
from uprez_oxen.settings import settings_of
from uprez_oxen.statuses import LARGEST, Statuses

LENT_HOURS = 48.0


class OxenProvider(Provider):
    """Buy upscales of Topaz's models by Oxen's queue; `uprez_oxen.settings` says what can be set."""

    name: ClassVar[str] = "oxen"
    models: ClassVar[tuple[Model, ...]] = MODELS
    base_url: ClassVar[str] = "https://hub.oxen.ai/api"
    key_env: ClassVar[str | None] = KEY_ENV
    poll_every: ClassVar[float] = 10.0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._settings = settings_of(context.settings)
        self._api = Api(context, self.base_url)
        self._catalogue = Catalogue(self._api, self._settings.prices)
        self._repository = Repository(self._api, self._settings)
        self._finder = Finder(self._api, self._settings, context.scratch / "sought")
        self._notes = Notes(context.scratch / "ended")
        self._ears = Listener(self._api, self._notes)
        self._statuses = Statuses(self._api, self._notes, self._settings.public)

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Price by the catalogue's second of render, or its picture (facts: O-DOC); checks the request."""
        wish = asking.wish(pull, recipe, self._settings.rasters)
        offer = await self._catalogue.offer(wish.model, wish.still)
        asking.body(wish, offer, "https://a.plate", self._settings.target_namespace, pull.media.path)
        return self._priced(wish, self._catalogue.price(offer, wish.model, wish.word))

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        """Write the whole request down and put the plate where the service reads it, under a new name."""
        wish = asking.wish(order.plate.pull, order.recipe, self._settings.rasters)
        offer = await self._catalogue.offer(wish.model, wish.still)
        now = self._priced(wish, self._catalogue.price(offer, wish.model, wish.word))
        _refuse_dearer(now.amount, estimate, order)
        token, payer, plate = uuid.uuid4().hex, self._settings.target_namespace, order.plate.path
        asking.body(wish, offer, "https://a.plate", payer, plate)  # refuses before anything is uploaded
        where = await self._lend(plate, token)
        url = str(where.url)
        body = asking.body(wish, offer, url, payer, plate)
        price = None if now.amount is None else str(now.amount)
        route = {"route": offer.route} if self._settings.sync else {}
        return Staged(url=url, data={**where.data, **route, "token": token, "body": body, "price": price})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Send the request that was staged, which pays; what ends is listened to from before that on."""
        body = dict(staged.data["body"])
        if staged.data.get("route"):
            answer = await self._api.generate(str(staged.data["route"]), body, waiting.PATIENCE)
            return waiting.ticket(answer, order, staged, self._api, self.context.scratch)
        if self._settings.events:
            await self._ears.open()
        found = await self._api.enqueue({**body, "num_generations": 1})
        if self._settings.events:
            self._ears.expect(found)
        return _ticket(found, order, staged)

    async def poll(self, ticket: Ticket) -> Status:
        """Ask the queue, then the history, then what was heard: hubs differ in what they forget."""
        if "sync" in ticket.data:
            return waiting.status(ticket)
        if self._settings.events:
            self._ears.expect(ticket.id)
        status = await self._statuses.of(ticket)
        if isinstance(status, Succeeded | Failed):
            self._ears.done(ticket.id)
        return status

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Look for the plate's name in the queue, in every state in turn (facts: infra 2.5)."""
        if staged.sent is None:
            return None
        found = await self._finder.find(order, staged)
        return None if found is None else _ticket(found.id, order, staged)

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Download the render; the key goes to the service's own host alone, also across a redirect."""
        if "kept" in done.data:
            waiting.fetch(self.context.scratch, str(done.data["kept"]), to)
            return
        largest = int(done.data.get("largest", LARGEST))
        await self._api.client.download(str(done.data["url"]), to, largest=largest)

    async def cancel(self, ticket: Ticket) -> bool:
        """Ask to stop an order: the answer is the same for one that has ended, so it is looked at after."""
        if "sync" in ticket.data:
            return False
        before = await self._api.job(ticket.id)
        if not await self._api.cancel(ticket.id):
            return False
        job = await self._api.job(ticket.id)
        if job is None:  # a hub that forgets what has ended refuses to cancel it, so this one was cancelled
            begun = before is None or before.state != "queued"
            self._notes.keep(ticket.id, Note(state="cancelled", begun=begun))
        return job is None or job.state == "cancelled"

    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:
        """Take the plate out of the branch, unless `keep` is set, or have the stager drop it."""
        self._finder.forget(staged)
        if ticket is not None:
            self._notes.forget(ticket.id)
            waiting.clear(self.context.scratch, ticket)
        if "lent" in staged.data and self.context.stager is not None:
            await self.context.stager.drop(Staged.model_validate(staged.data["lent"]))
        elif "plate" in staged.data and not self._settings.keep:
            await self._repository.remove(str(staged.data["plate"]))

    def ticket(self, name: str) -> Ticket:
        """Return the ticket of an order by its generation id. Raises PlanError for what can't be one."""
        if not ID.fullmatch(name.strip()):
            raise PlanError(f"{name!r} is no generation id of Oxen, which is a UUID; copy it from the hub")
        return Ticket(id=name.strip())

    async def check(self) -> str:
        """Ask for the queue, which needs the key and costs nothing."""
        listed = await self._api.listed("queued", self._settings.target_namespace)
        return f"oxen takes the key; {len(listed.jobs)} orders wait there"

    async def _lend(self, plate: Path, token: str) -> Staged:
        """Put a plate into the repository where one is named, else at the stager."""
        if self._settings.home is None and self.context.stager is not None:
            lent = await self.context.stager.put(plate, hours=LENT_HOURS)
            return Staged(url=lent.url, data={"lent": lent.model_dump(mode="json")})
        name, url = await self._repository.put(plate, token)
        return Staged(url=url, data={"plate": name})

    def _priced(self, wish: asking.Wish, each: Decimal | None) -> Estimate:
        if each is None:
            return Estimate(amount=None, frames=wish.frames)
        return Estimate(
            amount=wish.cost(each),
            basis="published",
            frames=wish.frames,
            billed=None if wish.still else round(wish.seconds, 6),
        )


def _ticket(found: str, order: Order, staged: Staged) -> Ticket:
    data = {
        "sent": staged.sent or time.time(),
        "price": staged.data.get("price"),
        "largest": waiting.largest(order),
    }
    return Ticket(id=found, data=data)


def _refuse_dearer(amount: Decimal | None, estimate: Estimate, order: Order) -> None:
    """Raise Rejected where the catalogue's price went beyond what was shown."""
    most = estimate.reserved
    if most is not None and amount is not None and amount > most:
        raise Rejected(
            f"oxen: order {order.id} would now cost {amount} USD and {most} were shown; quote it again",
            provider="oxen",
            order=order.id,
        )
