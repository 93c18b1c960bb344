"""Upscale at Runware: our own taskUUID names an order before it is sent, so nothing is bought twice."""

from __future__ import annotations

import time
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from uprez.errors import InDoubt, PlanError, Rejected, StagingError, Unavailable
from uprez.keys import required
from uprez.model import Pull
from uprez.orders import Estimate, Failed, Order, Queued, Recipe, Running, Staged, Status, Succeeded, Ticket
from uprez.plan import raster
from uprez.prices import prices
from uprez.provider import Context, Provider
from uprez_runware.answers import Said, error_of, kind_of, words
from uprez_runware.models import BY_NAME, MODELS
from uprez_runware.tasks import KEY_ENV, Tasks

INLINE_MB = 32  # a plate travels inside the request up to this size; the true limit is not documented
LARGEST = 1 << 40
TTL = 604_800  # seconds that a result stays (facts: R-COMFY's default)
REMEMBERED = 24 * 3600.0  # how long a taskUUID is surely refused a second time
LAG = 60.0  # seconds in which a task that was just taken may still be unknown
_KINDS = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
    ".tif": "image/tiff", ".tiff": "image/tiff",
}  # fmt: skip


class RunwareProvider(Provider):
    """Buy at Runware by its task protocol (facts: R-DOC, R-SDK, S002)."""

    name = "runware"
    models = MODELS
    base_url = "https://api.runware.ai/v1"
    key_env = KEY_ENV
    at_once = 8
    poll_every = 3.0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._tasks = Tasks(context.base_url, context.key)
        self._prices = prices("uprez_runware", context.settings.get("prices"))

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Reckon the published price by the output frame; the service itself gives none beforehand."""
        model = BY_NAME[recipe.model]
        try:
            width, height = raster(recipe.size, pull.media.info)
        except PlanError as wrong:
            raise Rejected(str(wrong), provider=self.name) from None
        if "upscale-image" in model.does:
            _factor(width, pull.media.width)
        rate = model.limits.carrier(pull.media.rate) or pull.media.rate
        frames = pull.frames.count
        seconds = Decimal(frames * rate.denominator) / Decimal(rate.numerator)
        each = self._each(recipe.model, width, height)
        if each is None:
            return Estimate(amount=None, frames=frames)
        return Estimate(amount=each * frames, basis="published", frames=frames, billed=seconds)

    async def stage(self, order: Order, estimate: Estimate) -> Staged:
        """Store the plate at Runware, or at the stager, and mint the order's taskUUID."""
        required(self.context.key, self.name, KEY_ENV)
        path, data = order.plate.path, {"task": str(uuid.uuid4())}
        if self.context.stager is not None:
            lent = await self.context.stager.put(path, hours=48)
            return Staged(url=lent.url, data={**data, "lent": lent.model_dump(mode="json")})
        most = int(self.context.settings.get("inline_mb", INLINE_MB))
        if path.stat().st_size > most << 20:
            raise StagingError(
                f"{path.name}: {path.stat().st_size >> 20} MB is more than Runware takes inside a request "
                f"({most} MB); set up a stager, `[stager.s3]` in uprez.toml"
            )
        media = await self._tasks.upload(path, _KINDS.get(path.suffix.lower(), "video/mp4"))
        return Staged(data={**data, "media": media})

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Send the task under its stored UUID; a conflict says that it stands already."""
        said = await self._tasks.send(self._task(order, staged))
        if said.errors and not said.stands:
            raise error_of(said.errors[0], "the order")
        if not said.items and not said.errors:
            raise Unavailable(
                "runware: the order was answered with nothing; it is looked for", provider=self.name
            )
        return self._ticket(order, staged)

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Ask for the task, and where nothing is said of it send the very same one again.

        Runware refuses a UUID that it has seen, so the task stands once either way (facts: R-PY).
        """
        if staged.sent is None:
            return None
        said = await self._tasks.look(staged.data["task"])
        if said.errors and kind_of(said.code) in ("key", "busy"):
            raise error_of(said.errors[0], "a look at the order")
        if said.items or (said.errors and not said.unknown):
            return self._ticket(order, staged)  # also where it stands as failed
        if time.time() - staged.sent > REMEMBERED:
            raise InDoubt(
                f"runware: order {order.id} was sent more than a day ago and nothing is said of task "
                f"{staged.data['task']}; look at my.runware.ai, then `uprez orders settle`",
                provider=self.name,
                order=order.id,
            )
        try:
            return await self.submit(order, staged)
        except Rejected as refused:  # it may be refused for its input before its UUID is looked at
            raise InDoubt(
                f"runware: order {order.id} may stand as task {staged.data['task']}, and all that is said "
                f"of it is: {refused}; look at my.runware.ai, then `uprez orders settle`",
                provider=self.name,
                order=order.id,
            ) from None

    async def poll(self, ticket: Ticket) -> Status:
        """Ask by getResponse; what fails there fails in the item or beside it."""
        said = await self._tasks.look(ticket.id)
        done = next((item for item in said.items if _url(item)), None)
        if done is not None and done.get("status", "success") == "success":
            cost = done.get("cost")
            return Succeeded(data={"url": _url(done)}, charged=None if cost is None else Decimal(str(cost)))
        if said.errors:
            return self._failed(said, ticket)
        return _running(said, ticket.data.get("frames")) if said.items else self._unheard_of(ticket)

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Download the result; it answers 422 or 502 for some moments after success (facts: R-COMFY)."""
        await self._tasks.client.download(done.data["url"], to, largest=LARGEST)

    async def clear(self, staged: Staged, ticket: Ticket | None) -> None:
        """Delete the stored plate, or have the stager drop it."""
        if "lent" in staged.data and self.context.stager is not None:
            await self.context.stager.drop(Staged.model_validate(staged.data["lent"]))
        if "media" in staged.data:
            await self._tasks.remove(staged.data["media"])

    def ticket(self, name: str) -> Ticket:
        """Return the ticket of a task by its UUID."""
        try:
            return Ticket(id=str(uuid.UUID(name)))
        except ValueError:
            raise PlanError(
                f"{name}: not a task of Runware, which is a UUID; copy it from the order"
            ) from None

    async def check(self) -> str:
        """Ask for the account's details; free."""
        required(self.context.key, self.name, KEY_ENV)
        return await self._tasks.account()

    def _each(self, model: str, width: int, height: int) -> Decimal | None:
        """Return the price of an output frame in USD; the edge between the tiers is inferred."""
        tiers = self._prices.get(model)
        if tiers is None:
            return None
        tier = "1k" if max(width, height) <= 1920 and min(width, height) <= 1080 else "4k"
        return Decimal(str(tiers[tier])) / Decimal(self._prices["frames_a_second"])

    def _ticket(self, order: Order, staged: Staged) -> Ticket:
        data = {"sent": staged.sent or time.time(), "frames": order.plate.pull.frames.count}
        return Ticket(id=staged.data["task"], data=data)

    def _failed(self, said: Said, ticket: Ticket) -> Status:
        if kind_of(said.code) in ("key", "busy"):
            raise error_of(said.errors[0], f"task {ticket.id}")
        if said.unknown and not LAG < self._age(ticket) < REMEMBERED:
            return self._unheard_of(ticket)
        return Failed(reason=f"{said.code or 'failed'}: {words(said.errors[0])}")

    def _unheard_of(self, ticket: Ticket) -> Status:
        """Wait for a task that nothing is said of; a day later it may have been forgotten, paid and all."""
        if self._age(ticket) < REMEMBERED:
            return Queued()
        raise Unavailable(
            f"runware: nothing is said of task {ticket.id} any more; look for its result at my.runware.ai",
            provider=self.name,
        )

    def _age(self, ticket: Ticket) -> float:
        """Return how many seconds ago a task was sent; one that a person named counts as old."""
        return time.time() - float(ticket.data.get("sent", 0))

    def _task(self, order: Order, staged: Staged) -> dict[str, Any]:
        options, settings = order.recipe.options, self.context.settings
        source = staged.url or staged.data["media"]
        task: dict[str, Any] = {
            "taskType": "upscale",
            "taskUUID": staged.data["task"],
            "model": order.recipe.model,
            "outputType": "URL",
            "outputFormat": options["format"],
            "outputQuality": options["quality"],
            "deliveryMethod": "async",
            "includeCost": True,
            "ttl": int(settings.get("ttl", TTL)),
        }
        if "webhook_url" in settings:
            task["webhookURL"] = settings["webhook_url"]
        if "upload_endpoint" in settings:
            task["uploadEndpoint"] = settings["upload_endpoint"]
        if order.plate.preset == "still":
            factor = _factor(order.width, order.plate.pull.media.width)
            return task | {"inputs": {"image": source}, "upscaleFactor": factor}
        size = {"width": order.width, "height": order.height, "fps": _number(order.plate.rate)}
        return task | {"inputs": {"video": source}} | size


def _running(said: Said, frames: int | None) -> Running:
    """Return progress in frames: Runware tells it in per cent, if at all (facts: R-SDK)."""
    told = [item["progress"] for item in said.items if isinstance(item.get("progress"), int | float)]
    if not told or frames is None:
        return Running()
    return Running(done=max(0, min(frames, int(told[0] * frames / 100))), total=frames)


def _url(item: dict[str, Any]) -> str | None:
    return item.get("videoURL") or item.get("imageURL")


def _number(rate: Fraction) -> int | float:
    return int(rate) if rate.denominator == 1 else float(rate)


def _factor(wanted: int, had: int) -> int:
    if wanted % had:
        raise Rejected(
            f"runware: Wonder enlarges by whole factors and {wanted} is no multiple of {had}; use --scale 2",
            provider="runware",
        )
    return wanted // had
