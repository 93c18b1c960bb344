"""Astria's price list: which models there are, what they take, what they cost, for how many seconds."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

from pydantic import Field, PositiveInt, ValidationError, field_validator

from uprez.errors import PlanError
from uprez.frozen import Frozen

UPSCALE = "only-upscale"


class Facts(Frozen):
    """Say what a model of clips takes; `cents` (US) is the price of `base` seconds, None if unknown."""

    cents: Decimal | None = Field(default=None, ge=0)
    durations: tuple[PositiveInt, ...] = Field(min_length=1)
    base: PositiveInt = 5
    images: bool = True
    text: bool = False
    references: bool = False
    last: bool = False
    motion: bool = False
    sounds: bool = False
    sound_option: bool = False

    @field_validator("durations", mode="before")
    @classmethod
    def _listed(cls, said: Any) -> Any:
        return durations(said) if isinstance(said, str) else said

    def price(self, seconds: int) -> Decimal | None:
        """Return the dollars for a clip; one shorter than the base is priced like the base."""
        if self.cents is None:
            return None
        return self.cents * max(seconds, self.base) / self.base / 100

    def seconds_for(self, wanted: Any) -> int | None:
        """Return the shortest allowed duration of at least `wanted` seconds, None if there is none."""
        return next((one for one in sorted(self.durations) if one >= wanted), None)


def durations(said: str) -> tuple[int, ...]:
    """Read "5|10" or "4-15" as seconds."""
    found: list[int] = []
    for part in said.split("|"):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


@functools.cache
def published() -> Mapping[str, Any]:
    """Return the list as it is published in `models.toml`."""
    return tomllib.loads((files("uprez_astria") / "models.toml").read_text(encoding="utf-8"))


def tune_of(kind: str) -> int:
    """Return the tune that orders go to unless told otherwise: of `stills` or `clips`."""
    return int(published()["tunes"][kind])


def facts(settings: Mapping[str, Any] | None = None) -> dict[str, Facts]:
    """Return every model of clips, the settings' tables `[provider.astria.models.NAME]` laid over them.

    Raises PlanError naming the table that can't be read.
    """
    listed: Mapping[str, Any] = published()["models"]
    over = {name: table for name, table in (settings or {}).items() if name != UPSCALE}
    return {name: _one(name, {**listed.get(name, {}), **over.get(name, {})}) for name in {**listed, **over}}


def upscale_price(settings: Mapping[str, Any]) -> Decimal | None:
    """Return the dollars for a still as the settings have them; Astria publishes none."""
    cents = settings.get(UPSCALE, {}).get("cents")
    return None if cents is None else Decimal(str(cents)) / 100


def _one(name: str, table: Mapping[str, Any]) -> Facts:
    try:
        return Facts.model_validate(table)
    except (ValidationError, ValueError) as wrong:
        why = wrong.errors()[0]["msg"] if isinstance(wrong, ValidationError) else str(wrong)
        raise PlanError(f"uprez.toml, [provider.astria.models.{name}]: {why}; correct the table") from None
