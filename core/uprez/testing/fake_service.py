"""A paid service that never was: its charges are counted in files, which outlive a killed client."""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import av

from uprez.errors import OutOfCredit, Unavailable
from uprez.failpoints import failpoint
from uprez.model import Pull
from uprez.orders import (
    Estimate,
    Failed,
    Limits,
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
from uprez.testing.clips import decoded

PRICE = Decimal("0.01")  # a frame


class FakeService:
    """Be the far end: orders live in `folder`, one file each, charges in a log that only ever grows."""

    def __init__(self, folder: Path, *, credit: Decimal | None = None, polls: int = 1) -> None:
        self.folder, self.credit, self.polls = folder, credit, polls
        folder.mkdir(parents=True, exist_ok=True)

    def place(self, token: str, plate: Path, size: tuple[int, int], price: Decimal) -> str:
        """Take an order and charge for it, every time anew; returns its id."""
        if self.credit is not None and self.spent() + price > self.credit:
            raise OutOfCredit("paid: the account is empty; buy credits", provider="paid", order=token)
        order = uuid.uuid4().hex
        self._write(
            order, {"token": token, "plate": str(plate), "size": size, "price": str(price), "polls": 0}
        )
        line = json.dumps({"token": token, "order": order, "amount": str(price)}) + "\n"
        log = os.open(self.folder / "charges", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(log, line.encode())
        os.close(log)
        return order

    def charges(self) -> Counter[str]:
        """Return how often each order was charged, by the client's own name for it."""
        return Counter(charge["token"] for charge in self._charges())

    def spent(self) -> Decimal:
        """Return the sum of all charges."""
        return sum((Decimal(charge["amount"]) for charge in self._charges()), Decimal(0))

    def named(self, token: str) -> str | None:
        """Return the id of the order that its client calls `token`."""
        orders = (file.stem for file in sorted(self.folder.glob("*.json")))
        return next((order for order in orders if self._read(order)["token"] == token), None)

    def status(self, order: str) -> Status:
        """Tell how an order stands; it is ready after `polls` askings."""
        facts = self._read(order)
        facts["polls"] += 1
        self._write(order, facts)
        if facts.get("cancelled"):
            return Failed(reason="it was cancelled", charged=Decimal(facts["price"]))
        if facts["polls"] == 1 and self.polls:
            return Queued()
        if facts["polls"] <= self.polls:
            return Running(done=facts["polls"], total=self.polls)
        return Succeeded(data={"order": order}, charged=Decimal(facts["price"]))

    def cancel(self, order: str) -> bool:
        """Stop an order that is not ready; what it cost is kept."""
        facts = self._read(order)
        stopped = bool(facts["polls"] <= self.polls)
        self._write(order, {**facts, "cancelled": stopped})
        return stopped

    def deliver(self, order: str, to: Path) -> None:
        """Write the render of an order to `to`."""
        facts = self._read(order)
        part = to.with_name(f"{uuid.uuid4().hex}{to.suffix}")
        upscale(Path(facts["plate"]), part, tuple(facts["size"]))
        part.replace(to)

    def _charges(self) -> list[dict[str, str]]:
        log = self.folder / "charges"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def _read(self, order: str) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.folder / f"{order}.json").read_text())
        return facts

    def _write(self, order: str, facts: dict[str, Any]) -> None:
        part = self.folder / f"{order}.{uuid.uuid4().hex}"
        part.write_text(json.dumps(facts))
        part.replace(self.folder / f"{order}.json")


class PaidProvider(Provider):
    """Buy at a FakeService whose folder is the address; it can be asked which orders it has."""

    name: ClassVar[str] = "paid"
    models: ClassVar[tuple[Model, ...]] = (
        Model(name="double", does=("upscale-video",), summary="lanczos, and a bill", plates=("ffv1",),
              limits=Limits(max_bits=10), price=f"{PRICE} USD a frame"),
    )  # fmt: skip
    at_once = 2
    poll_every = 0.01

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.service = FakeService(Path(context.base_url))

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Quote a price by the frame."""
        return Estimate(amount=PRICE * pull.frames.count, basis="quoted")

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Place and pay an order."""
        size = (order.width, order.height)
        placed = self.service.place(order.id, order.plate.path, size, PRICE * order.plate.pull.frames.count)
        failpoint("sent")
        return Ticket(id=placed)

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Look through the service's orders."""
        placed = self.service.named(order.id)
        return Ticket(id=placed) if placed else None

    async def poll(self, ticket: Ticket) -> Status:
        """Ask the service."""
        return self.service.status(ticket.id)

    async def fetch(self, done: Succeeded, to: Path) -> None:
        """Have the render delivered."""
        self.service.deliver(done.data["order"], to)

    async def cancel(self, ticket: Ticket) -> bool:
        """Ask the service to stop."""
        return self.service.cancel(ticket.id)


class SilentProvider(PaidProvider):
    """Buy at a FakeService that never tells which orders it has: a lost reply leaves a doubt."""

    name = "silent"

    async def find(self, order: Order, staged: Staged) -> Ticket | None:
        """Know nothing."""
        return await Provider.find(self, order, staged)


def upscale(plate: Path, to: Path, size: tuple[int, int]) -> None:
    """Make an honest render of `size` pixels: FFmpeg's own scaler, lossless, every frame."""
    if not plate.exists():
        raise Unavailable(f"{plate.name} is not there yet")
    with av.open(str(plate)) as probe:
        was = probe.streams.video[0].codec_context
        rate = probe.streams.video[0].average_rate or Fraction(24)
        shape = probe.streams.video[0].sample_aspect_ratio or Fraction(1)
    with av.open(str(to), "w", format="matroska") as out:
        video: Any = out.add_stream("ffv1", rate=rate)
        video.width, video.height = size
        video.pix_fmt, video.time_base = was.pix_fmt, 1 / rate
        video.codec_context.sample_aspect_ratio = shape
        _tag(video.codec_context, was)
        for index, frame in enumerate(decoded(plate)):
            scaled = frame.reformat(width=size[0], height=size[1], interpolation="LANCZOS")
            scaled.pts, scaled.time_base = index, 1 / rate
            _tag(scaled, was)
            out.mux(video.encode(scaled))
        out.mux(video.encode(None))


def _tag(target: Any, like: Any) -> None:
    target.color_primaries, target.color_trc = like.color_primaries, like.color_trc
    target.colorspace, target.color_range = like.colorspace, like.color_range
