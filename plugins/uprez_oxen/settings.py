"""What the table [provider.oxen] of uprez.toml may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from uprez.errors import PlanError
from uprez.frozen import Frozen

PUT_MB = 50  # what one multipart request carries (facts: O-SRV's framework default, inferred)


class OxenSettings(Frozen):
    """Say where plates lie and how orders are placed.

    `namespace` is the user or organisation whose `repo` keeps plates on `branch`. `public` lets anybody
    list and read that repository; it is made private otherwise. `target_namespace` pays and keeps renders.
    `quiet` is how many seconds the queue may take to show an order. `sync` waits at the synchronous route.
    """

    namespace: str = ""
    repo: str = "uprez"
    branch: str = "main"
    public: bool = False
    target_namespace: str = ""
    author: str = "uprez"
    email: str = "uprez@localhost"
    single_put_mb: int = Field(PUT_MB, ge=0)
    quiet: float = Field(120.0, ge=0)
    second_look: float = Field(15.0, ge=0)
    sync: bool = False
    events: bool = True
    prices: dict[str, Any] = {}


def settings_of(table: Mapping[str, Any]) -> OxenSettings:
    """Read the table; raises PlanError naming the key that is wrong."""
    try:
        return OxenSettings.model_validate(dict(table))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise PlanError(f"uprez.toml: provider.oxen.{key} is wrong ({first['msg']}); mend it") from None
