"""What the table [provider.oxen] of uprez.toml may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError, field_validator

from uprez.errors import PlanError
from uprez.frozen import Frozen

PUT_MB = 50  # what one multipart request carries (facts: O-SRV's framework default, inferred)
QUIET = 120.0  # seconds after which an order that the queue doesn't show isn't there (facts: infra 2.5)
_NAME = re.compile(r"[A-Za-z0-9_.-]*")


class OxenSettings(Frozen):
    """Say where plates lie and how orders are placed.

    `repository` keeps plates on `branch`: "namespace/name", or a name beside `namespace`. It is made where
    there is none, private unless `public`. `target_namespace` pays and keeps renders. `quiet` and
    `second_look` are seconds: how long the queue may take to show an order, and how often it is looked at
    meanwhile. `sync` waits at the synchronous route, `events` listens to the stream of ended orders, `keep`
    leaves plates there. `sizes` says which rasters the words of `resolution` are, as "2560x1440".
    """

    namespace: str = ""
    repository: str = "uprez"
    branch: str = "main"
    public: bool = False
    target_namespace: str = ""
    author: str = "uprez"
    email: str = "uprez@localhost"
    single_put_mb: float = Field(PUT_MB, ge=0)
    quiet: float = Field(QUIET, ge=0)
    second_look: float = Field(15.0, ge=0)
    sync: bool = False
    events: bool = True
    keep: bool = False
    sizes: dict[str, str] = {}
    prices: dict[str, Any] = {}

    @field_validator("namespace", "branch", "target_namespace")
    @classmethod
    def _is_a_name(cls, said: str) -> str:
        if not _NAME.fullmatch(said):
            raise ValueError("letters, digits, '.', '_' and '-' alone make a name there")
        return said

    @field_validator("repository")
    @classmethod
    def _is_a_repository(cls, said: str) -> str:
        parts = said.split("/")
        if len(parts) > 2 or not all(part and _NAME.fullmatch(part) for part in parts):
            raise ValueError("give it as namespace/name")
        return said

    @field_validator("sizes")
    @classmethod
    def _are_rasters(cls, said: dict[str, str]) -> dict[str, str]:
        if not all(re.fullmatch(r"[1-9]\d*x[1-9]\d*", raster) for raster in said.values()):
            raise ValueError("give a raster as 2560x1440")
        return said

    @property
    def home(self) -> tuple[str, str] | None:
        """Return the namespace and the name of the repository, None where no namespace is given."""
        namespace, _, name = self.repository.rpartition("/")
        namespace = namespace or self.namespace
        return (namespace, name) if namespace else None

    @property
    def rasters(self) -> dict[str, tuple[int, int]]:
        """Return the rasters that the settings give to words of `resolution`."""
        pairs = {word: raster.split("x") for word, raster in self.sizes.items()}
        return {word: (int(width), int(height)) for word, (width, height) in pairs.items()}


def settings_of(table: Mapping[str, Any]) -> OxenSettings:
    """Read the table; raises PlanError naming the key that is wrong."""
    try:
        return OxenSettings.model_validate(dict(table))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise PlanError(f"uprez.toml: provider.oxen.{key} is wrong ({first['msg']}); mend it") from None
