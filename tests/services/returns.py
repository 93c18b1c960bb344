"""Providers that return something else than what was bought, each by the name of what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

import uprez
from uprez.orders import Succeeded
from uprez.testing.clips import picture
from uprez.testing.fake_service import PaidProvider

FIRST, COUNT = 6, 24  # the pull that the cut of tests/core/conftest.py gives with handles of 4


@dataclass(frozen=True)
class Returned:
    """Hold the numbers that the frames of a file carry, and how it is made."""

    numbers: Sequence[int] = range(FIRST, FIRST + COUNT)
    rate: Fraction = Fraction(24)
    size: tuple[int, int] = (320, 180)
    late: int = 0  # by how many thousandths of a second every third frame is shown


RETURNS = {
    "right": Returned(),
    "fewer": Returned(numbers=range(FIRST, FIRST + COUNT - 1)),
    "more": Returned(numbers=range(FIRST, FIRST + COUNT + 1)),
    "beginning": Returned(numbers=range(FIRST - 1, FIRST + COUNT)),
    "stamped": Returned(rate=Fraction(30)),
    "near": Returned(rate=Fraction(24000, 1001)),
    "doubled": Returned(numbers=[FIRST + i // 2 for i in range(2 * COUNT)], rate=Fraction(48)),
    "resampled": Returned(numbers=[FIRST + i * 24 // 30 for i in range(30)], rate=Fraction(30)),
    "converted": Returned(numbers=[FIRST + i * 24 // 30 for i in range(COUNT)], rate=Fraction(30)),
    "uneven": Returned(late=30),
    "raster": Returned(size=(640, 360)),
    "odd": Returned(size=(321, 181)),
    "clip": Returned(numbers=range(700, 700 + COUNT)),
}


class Returning(PaidProvider):
    """Bring what `returned` says, whatever was bought."""

    returned: Returned

    async def fetch(self, done: Succeeded, to: Path) -> None:
        write(to, self.returned)


class Careless(Returning):
    """Bring the right frames, and say beforehand that the rate of the file means nothing."""

    name = "careless"
    returned = RETURNS["stamped"]
    models = (PaidProvider.models[0].model_copy(update={"keeps_rate": False}),)


@uprez.hookimpl
def uprez_providers() -> list[type[PaidProvider]]:
    return [type(f"Returning_{name}", (Returning,), {"name": name, "returned": returned})
            for name, returned in RETURNS.items()] + [Careless]  # fmt: skip


def write(path: Path, returned: Returned) -> Path:
    """Encode frames as a service does: H.264 with B-frames in an MP4, which has an edit list then."""
    width, height = returned.size
    even = width + width % 2, height + height % 2
    tick = Fraction(1, 1000) if returned.late else 1 / returned.rate
    with av.open(str(path), "w", format="mp4") as out:
        video: Any = out.add_stream("libx264", rate=returned.rate, options={"crf": "8", "bf": "3"})
        video.width, video.height = returned.size
        video.pix_fmt = "yuv420p" if returned.size == even else "yuv444p"
        video.time_base = video.codec_context.time_base = tick
        for index, number in enumerate(returned.numbers):
            frame = picture(number, even, video.pix_fmt).reformat(width=width, height=height)
            frame.pts = round(index / returned.rate / tick) + returned.late * (index % 3 == 1)
            frame.time_base = tick
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path
