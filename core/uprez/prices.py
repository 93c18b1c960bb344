"""Price lists of plugins: a data file with its date and source, and what the settings say instead."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from uprez.settings import overlaid


def prices(package: str, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Read a plugin's `prices.toml`, with the settings' table `[provider.NAME.prices]` laid over it."""
    found = tomllib.loads((files(package) / "prices.toml").read_text(encoding="utf-8"))
    return overlaid(found, overrides or {})
