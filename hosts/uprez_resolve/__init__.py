"""The DaVinci Resolve host: reads the timeline that is open there and relinks inside it."""

from __future__ import annotations

from collections.abc import Iterable

import uprez
from uprez.host import Host
from uprez_resolve.host import ResolveHost


@uprez.hookimpl
def uprez_hosts() -> Iterable[type[Host]]:
    """Name the host."""
    return [ResolveHost]
