"""The in-box plugin for Oxen.ai: Topaz's models by its queue, plates in a repository or at a stager."""

from collections.abc import Iterable

from uprez import hookimpl
from uprez.provider import Provider


@hookimpl
def uprez_providers() -> Iterable[type[Provider]]:
    """Name the provider of Oxen.ai."""
    from uprez_oxen.provider import OxenProvider

    return [OxenProvider]
