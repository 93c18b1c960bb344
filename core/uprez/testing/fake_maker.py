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
from uprez.testing.clips import BT709, decoded, picture, read_number
from uprez.testing.fake_service import FakeService, PaidProvider

SECONDS = (1, 2)
RATE, SIZE = Fraction(25), (128, 72)


class Words(BaseModel):
    """Say what is to be seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str


class FakeStudio(FakeService):
    """Be the far end: it makes up a clip that lasts for the seconds paid.

    Its frames are numbered on from the picture's own number, or from it to the last one's, or from 0. `off`
    is by how much it begins elsewhere.
    """

    still: ClassVar[bool] = False
    off: ClassVar[int] = 0

    def deliver(self, order: str, to: Path) -> None:
        """Write the clip of an order to `to`."""
        facts = self._read(order)
        part = to.with_name(f"{uuid.uuid4().hex}.mkv")
        count = int(facts["size"][0] * RATE)
        first = _number(facts["plate"]) + self.off
        last = facts.get("last")
        step = Fraction(_number(last) - first, count - 1) if last else Fraction(0 if self.still else 1)
        _write(part, [first + round(index * step) for index in range(count)])
        part.replace(to)

    def led_to(self, order: str, last: Path) -> None:
        """Take in the picture that an order's clip is to end with."""
        self._write(order, {**self._read(order), "last": str(last)})


class MakingProvider(PaidProvider):
    """Buy clips at a FakeStudio whose folder is the address: a dollar a second."""

    name: ClassVar[str] = "maker"
    models = (
        Model(name="push", does=("image-to-video",), summary="moves a picture", keeps_picture=False,
              keeps_rate=False, plates=("still",), options=Words),
        Model(name="style", does=("restyle-video",), summary="paints a clip anew", keeps_picture=False,
              keeps_rate=False, plates=("mp4",), options=Words),
        Model(name="span", does=("image-to-video", "bridge"), summary="leads from picture to picture",
              keeps_picture=False, keeps_rate=False, plates=("still",), options=Words),
        Model(name="tale", does=("text-to-video",), summary="shows what is said", keeps_picture=False,
              keeps_rate=False, plates=("still",), options=Words),
    )  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.studio = self.service = FakeStudio(Path(context.base_url))

    async def estimate(self, pull: Pull, recipe: Recipe) -> Estimate:
        """Quote the shortest duration that is long enough; raises Rejected where none is."""
        seconds = _seconds(pull.frames.count, pull.media.rate)
        return Estimate(amount=Decimal(seconds), basis="published", billed=Decimal(seconds))

    async def submit(self, order: Order, staged: Staged) -> Ticket:
        """Place and pay an order."""
        assert order.frames is not None and order.rate is not None
        seconds = _seconds(order.frames, order.rate)
        placed = self.service.place(order.id, order.plate.path, (seconds, 0), Decimal(seconds))
        if "last" in order.extra:
            self.studio.led_to(placed, order.extra["last"])
        failpoint("sent")
        return Ticket(id=placed)


def _number(picture_file: str) -> int:
    """Return the number that a picture carries; 0 where there is none."""
    path = Path(picture_file)
    return read_number(next(decoded(path))) if path.exists() else 0


def _write(path: Path, numbers: list[int]) -> None:
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
        for number in numbers:
            out.write(picture(number, SIZE))


def _seconds(frames: int, rate: Fraction) -> int:
    wanted = frames / rate
    found = next((seconds for seconds in SECONDS if seconds >= wanted), None)
    if found is None:
        raise Rejected(
            f"maker: no clip lasts for {float(wanted):.2f} s, the nearest is {SECONDS[-1]} s; shorten it",
            provider="maker",
        )
    return found
