"""The in-box plugin for Topaz Labs: video by its Video API, stills by its Image API."""

from collections.abc import Iterable

from uprez import hookimpl
from uprez.provider import Provider


@hookimpl
def uprez_providers() -> Iterable[type[Provider]]:
    """Name the provider of Topaz Labs."""
    from uprez_topaz.provider import TopazProvider

    return [TopazProvider]
