"""The provider that needs no key and no network: it upscales on this machine."""

from collections.abc import Iterable

from uprez import hookimpl
from uprez.provider import Provider


@hookimpl
def uprez_providers() -> Iterable[type[Provider]]:
    """Name the local provider."""
    from uprez_local.provider import LocalProvider

    return [LocalProvider]
