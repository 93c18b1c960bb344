"""The Resolves that a test can run under, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from uprez.frozen import Frozen
from uprez.testing.fake_resolve.knobs import Knobs


class Profile(Frozen):
    """Say which Resolve it is; `menu` is whether it runs Python from Workspace > Scripts."""

    name: str
    version: tuple[int, int, int, int]
    edition: Literal["studio", "free"] = "studio"
    headless: bool = False
    menu: bool = True
    knobs: Knobs = Knobs()

    def turned(self, **knobs: Any) -> Profile:
        """Return the profile with some knobs turned; raises ValidationError for a knob that isn't one."""
        return self.model_copy(update={"knobs": Knobs(**{**self.knobs.model_dump(), **knobs})})


def _read() -> Mapping[str, Profile]:
    tables = tomllib.loads((Path(__file__).parent / "profiles.toml").read_text(encoding="utf-8"))
    return {name: Profile.model_validate({"name": name, **table}) for name, table in tables.items()}


PROFILES = _read()
