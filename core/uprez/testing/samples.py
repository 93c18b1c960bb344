"""Orders for clips of `make_clip`, without a timeline and a plan in between."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

from uprez.model import Info, Media, Plate, PlatePreset, Pull, Size
from uprez.orders import Order, Recipe
from uprez.testing.clips import BT709
from uprez.times import FrameRange


def sample_media(
    path: Path, *, frames: int = 48, rate: Fraction = Fraction(24), size: tuple[int, int] = (320, 180)
) -> Media:
    """Describe a clip as `make_clip` makes it when it is told nothing else; the file need not exist."""
    width, height = size
    info = Info(
        container="mov", codec="ffv1", rate=rate, frames=frames, width=width, height=height,
        pixel_format="yuv420p", bits=8, colour=BT709,
    )  # fmt: skip
    return Media(
        url=path.as_uri() if path.is_absolute() else str(path),
        path=path,
        fingerprint=hashlib.sha256(str(path).encode()).hexdigest(),
        rate=rate,
        available=FrameRange(start=0, count=frames),
        info=info,
    )


def sample_order(
    media: Media,
    workspace: Path,
    *,
    first: int = 0,
    count: int = 12,
    provider: str = "paid",
    model: str = "double",
    preset: PlatePreset = "ffv1",
    recipe: Recipe | None = None,
) -> Order:
    """Order `count` frames of a media from `first` on, at twice the size."""
    frames = FrameRange(start=first, count=count)
    pull = Pull(id=f"{media.fingerprint[:8]}-{first}-{count}", media=media, frames=frames, shots=("shot",))
    ending = {"ffv1": ".mkv", "h264": ".mp4", "prores": ".mov", "still": media.path.suffix}[preset]
    plate = Plate(pull=pull, preset=preset, path=workspace / "plates" / f"{pull.id}{ending}")
    recipe = recipe or Recipe(provider=provider, model=model, size=Size(scale=Fraction(2)), render="ffv1")
    return Order(plate=plate, recipe=recipe, width=2 * media.width, height=2 * media.height)
