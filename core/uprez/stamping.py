"""Stamp a render: what its order bought, into the file's own metadata and into a sidecar beside it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from uprez import __version__
from uprez.media.export import first_timecode
from uprez.media.stamps import stamp_beside, stamp_inside
from uprez.model import Verdict
from uprez.orders import Option, Order
from uprez.redaction import masked_values
from uprez.stamp import Stamp, sidecar_of
from uprez.times import to_timecode

_log = logging.getLogger("uprez")


def stamp_for(
    order: Order, amount: Decimal | None = None, unit: str = "USD", pieces: tuple[str, ...] = ()
) -> Stamp:
    """Return what the render of an order says of itself; `amount` is its price, None where nobody knows."""
    pull, recipe = order.plate.pull, order.recipe
    number = first_timecode(order.plate)
    return Stamp(
        uprez=__version__,
        source=pull.media.fingerprint,
        name=pull.media.path.name,
        first=pull.frames.start - pull.media.available.start,
        count=pull.frames.count,
        rate=pull.media.rate,
        timecode=None if number is None else to_timecode(number, pull.media.rate, drop=pull.media.info.drop),
        provider=recipe.provider,
        model=recipe.model,
        options=_shareable(recipe.options),
        amount=amount,
        unit=unit,
        order=order.id,
        pieces=pieces,
        generative=order.frames is not None,
    )


def write_sidecar(render: Path, stamp: Stamp, verdict: Verdict) -> None:
    """Write a proved render's sidecar, whole or not at all; one that can't be written is logged.

    What is paid and proved is not to fail for it: the same is in the file's metadata.
    """
    _write(render, stamp.model_copy(update={"verdict": verdict.call.value}))


def pass_on(render: Path, files: Path) -> None:
    """Give the files of an image sequence, which lie in the folder `files`, the sidecar of their render."""
    stamp = stamp_beside(render) or stamp_inside(render)
    if stamp is not None:
        _write(files, stamp)


def _write(render: Path, told: Stamp) -> None:
    shown = {"file": render.name, **json.loads(told.model_dump_json())}
    to = sidecar_of(render)
    part = to.with_name(f".{to.name}.part")
    try:
        part.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(to)
    except OSError as refused:
        part.unlink(missing_ok=True)
        _log.warning("%s: can't be written (%s); the render has its stamp inside", to, refused.strerror)


def _shareable(options: Mapping[str, Option]) -> dict[str, Option]:
    """Leave out what names a place: a path of this machine, or an address, which may carry a key."""
    kept: dict[str, Option] = masked_values(
        {
            name: value
            for name, value in options.items()
            if not (isinstance(value, str) and ("://" in value or Path(value).is_absolute()))
        }
    )
    return kept
