"""Settings: `uprez.toml` of the current folder over the one in the settings folder; keys never live there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import Field, ValidationError

from uprez.errors import PlanError
from uprez.frozen import Frozen
from uprez.model import RenderPreset
from uprez.orders import Option

FILE = "uprez.toml"
Amounts = dict[str, Annotated[Decimal, Field(ge=0)]]
"""Amounts by unit: credits and dollars are never added to each other."""


class Caps(Frozen):
    """Cap what may be reserved and spent in a day (UTC) over all workspaces, in each unit.

    `day` is for all providers together, `provider` for each one by its name.
    """

    day: Amounts = {}
    provider: dict[str, Amounts] = {}


class RecipeDefaults(Frozen):
    """Hold what the command line takes where it is not told: the same words as its options."""

    provider: str | None = None
    model: str | None = None
    scale: str | None = None
    to: str | None = None
    handles: int | None = Field(default=None, ge=0)
    render: RenderPreset | None = None
    options: dict[str, Option] = {}


class Settings(Frozen):
    """Hold the settings of this person and this folder.

    `plugins` are Python files with a provider each; `media` are folders to search, as `--media` names them;
    `max_cost` caps every run, in the provider's unit;
    `caps` hold over runs. `provider` holds a table for each provider, which only that provider reads;
    `stager` holds the one table `[stager.NAME]` of what puts plates at a URL for services that take one.
    """

    plugins: tuple[Path, ...] = ()
    media: tuple[Path, ...] = ()
    recipe: RecipeDefaults = RecipeDefaults()
    max_cost: Decimal | None = Field(default=None, ge=0)
    caps: Caps = Caps()
    provider: dict[str, dict[str, Any]] = {}
    stager: dict[str, dict[str, Any]] = Field(default={}, max_length=1)


def home() -> Path:
    """Return the settings folder: `UPREZ_HOME`, else the system's usual place."""
    named = os.environ.get("UPREZ_HOME")
    return Path(named) if named else Path(platformdirs.user_config_dir("uprez", appauthor=False))


def state() -> Path:
    """Return the folder of what is remembered over workspaces: in `UPREZ_HOME`, else the usual place."""
    named = os.environ.get("UPREZ_HOME")
    return Path(named) / "state" if named else Path(platformdirs.user_state_dir("uprez", appauthor=False))


def read_settings(folder: Path | None = None) -> Settings:
    """Read both files, the one in `folder` (default: the current one) winning key by key.

    Raises PlanError naming the file and the key that can't be read.
    """
    merged: dict[str, Any] = {}
    for file in (home() / FILE, (folder or Path.cwd()) / FILE):
        merged = overlaid(merged, _read(file))
    return Settings.model_validate(merged)


def base_url(provider: str, default: str) -> str:
    """Return a service's address: `UPREZ_<PROVIDER>_BASE_URL`, else the provider's own."""
    return os.environ.get(f"UPREZ_{provider.upper().replace('-', '_')}_BASE_URL", default)


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        settings = Settings.model_validate(found)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise PlanError(f"{file} can't be read ({broken}); mend it or move it away") from None
    except ValidationError as broken:
        first = broken.errors()[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise PlanError(f"{file}: there is no setting {key}; mend it or take it out") from None
        raise PlanError(f"{file}: {key} is wrong ({first['msg']}); mend it") from None
    for key, paths in (("plugins", settings.plugins), ("media", settings.media)):
        if paths:
            found[key] = [str((file.parent / path).resolve()) for path in paths]
    return found


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables of `below` with those of `above` laid over them, key by key."""
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], Mapping) and isinstance(above[key], Mapping):
            merged[key] = overlaid(below[key], above[key])
    return merged
