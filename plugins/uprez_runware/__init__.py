"""The in-box plugin for Runware."""

from __future__ import annotations

import uprez
from uprez.provider import Provider
from uprez_runware.provider import RunwareProvider


@uprez.hookimpl
def uprez_providers() -> list[type[Provider]]:
    """Bring Runware."""
    return [RunwareProvider]
