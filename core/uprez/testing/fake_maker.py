"""A paid maker of clips from pictures that never was: whole seconds of numbered frames."""

from __future__ import annotations

import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from uprez.errors import Rejected
from uprez.failpoints import failpoint
from uprez.media.writing import VideoWriter
from uprez.model import Pull
from uprez.orders import Estimate, Model, Order, Recipe, Staged, Ticket
from uprez.provider import Context
from uprez.testing.clips import BT709, make_clip, picture
from uprez.testing.fake_service import FakeService, PaidProvider

SECONDS = (1, 2)
RATE, SIZE = Fraction(25), (128, 72)


class Words(BaseModel):
    """Say what is to be seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str


class FakeStudio(FakeService):
    """Be the far end: it makes up a clip of numbered frames that lasts for the seconds paid."""

    still: ClassVar[bool] = False

    def deliver(self, order: str, to: Path) -> None:
        """Write the clip of an order to `to`."""
        seconds = self._read(order)["size"][0]
        part = to.with_name(f"{uuid.uuid4().hex}.mkv")
        if self.still:
            _freeze(part, int(seconds * RATE))
        else:
            make_clip(part, frames=int(seconds * RATE), rate=RATE, size=SIZE)
        part.replace(to)


class MakingProvider(PaidProvider):
    """Buy clips at a FakeStudio whose folder is the address: a dollar a second."""

    name: ClassVar[str] = "maker"
    models = (
        Model(name="push", does=("image-to-video",), summary="moves a picture", keeps_picture=False,
              keeps_rate=False, plates=("still",), options=Words),
        Model(name="style", does=("restyle-video",), summary="paints a clip anew", keeps_picture=False,
              keeps_rate=False, plates=("mp4",), options=Words),
    )  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.service = FakeStudio(Path(context.base_url))

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Quote the shortest duration that is long enough; raises Rejected where none is."""
        seconds = _seconds(pull.frames.count, pull.media.rate)
        return Estimate(amount=Decimal(seconds), basis="published", billed=Decimal(seconds))

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Place and pay an order."""
        assert order.frames is not None and order.rate is not None
        seconds = _seconds(order.frames, order.rate)
        placed = self.service.place(order.id, order.plate.path, (seconds, 0), Decimal(seconds))
        failpoint("sent")
        return Ticket(id=placed)


def _freeze(path: Path, frames: int) -> None:
    """Write one picture over and over."""
    with VideoWriter(
        path,
        "ffv1",
        width=SIZE[0],
        height=SIZE[1],
        rate=RATE,
        colour=BT709,
        sample_aspect=Fraction(1),
        pixel_format_like="yuv420p",
    ) as out:
        for _ in range(frames):
            out.write(picture(0, SIZE))


def _seconds(frames: int, rate: Fraction) -> int:
    wanted = frames / rate
    found = next((seconds for seconds in SECONDS if seconds >= wanted), None)
    if found is None:
        raise Rejected(
            f"maker: no clip lasts for {float(wanted):.2f} s, the nearest is {SECONDS[-1]} s; shorten it",
            provider="maker",
        )
    return found
