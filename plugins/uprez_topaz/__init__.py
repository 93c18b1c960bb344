"""The in-box plugin for Topaz Labs: video by its Video API, stills by its Image API."""

from collections.abc import Iterable

from uprez import hookimpl
from uprez.provider import Provider


@hookimpl
def uprez_providers() -> Iterable[type[Provider]]:
    """Name the provider of Topaz Labs."""
    from uprez.settings import read_settings
    from uprez_topaz.provider import TopazProvider

    prices = read_settings().provider.get("topaz", {}).get("prices")
    return [TopazProvider.offering(prices) if prices else TopazProvider]
