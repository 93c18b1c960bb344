"""What every render says of itself: which source frames it stands for, who made it, and what it cost."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import ConfigDict, NonNegativeInt, PositiveInt, ValidationError

from uprez.frozen import Frozen
from uprez.times import FrameRange

TAG = "comment"
"""The one key that MOV, MP4, Matroska and AVI keep, and that FFmpeg carries from each to each."""
SIDECAR = ".uprez.json"
_MARK = "uprez "
_LONGEST = 16_384  # characters; a comment may hold anything


class Stamp(Frozen):
    """Say what a render stands for.

    `source` is the fingerprint of the media and `name` its file's name; `first` counts from that file's first
    frame, and `timecode` is the render's first one. A `generative` one is a new picture that only begins with
    those frames. `amount` in `unit` is what its order cost, or all `pieces` where it was joined. `verdict`
    is there once it was proved. No paths and no keys.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")  # a later uprez may say more

    uprez: str
    source: str
    name: str
    first: NonNegativeInt
    count: PositiveInt
    rate: Fraction
    timecode: str | None = None
    provider: str
    model: str
    options: dict[str, str | int | float | bool] = {}
    amount: Decimal | None = None
    unit: str = "USD"
    order: str
    pieces: tuple[str, ...] = ()
    generative: bool = False
    verdict: str | None = None

    @property
    def frames(self) -> FrameRange:
        """Return the source frames that it stands for, counted from the file's first."""
        return FrameRange(start=self.first, count=self.count)

    @property
    def text(self) -> str:
        """Return the stamp as a file's metadata holds it."""
        return _MARK + self.model_dump_json(exclude_defaults=True)


def read_stamp(text: str) -> Stamp | None:
    """Return the stamp that a comment holds; None for any other comment."""
    if not text.startswith(_MARK) or len(text) > _LONGEST:
        return None
    return stamp_from_json(text.removeprefix(_MARK))


def sidecar_of(render: Path) -> Path:
    """Return where the sidecar of a render lies."""
    return render.with_name(render.name + SIDECAR)


def stamp_from_json(text: str) -> Stamp | None:
    """Return a stamp that was written as JSON, None where it is none."""
    try:
        return Stamp.model_validate_json(text)
    except ValidationError:
        return None
