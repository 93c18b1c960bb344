"""The in-box plugin for Astria: stills upscaled, and clips made from pictures."""

from collections.abc import Iterable

from uprez import hookimpl
from uprez.provider import Provider


@hookimpl
def uprez_providers() -> Iterable[type[Provider]]:
    """Name the provider of Astria."""
    from uprez.settings import read_settings
    from uprez_astria.provider import AstriaProvider

    tables = read_settings().provider.get("astria", {}).get("models")
    return [AstriaProvider.offering(tables) if tables else AstriaProvider]
