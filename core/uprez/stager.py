"""The interface of a stager: it puts a plate at a URL, for services that only take a URL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from uprez.orders import Staged


class Stager(ABC):
    """Lend files to the network for some hours."""

    name: ClassVar[str]

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Take the table `[stager.NAME]` of `uprez.toml`; raises PlanError naming what is wrong in it."""
        self.settings = settings

    @abstractmethod
    async def put(self, path: Path, *, hours: float) -> Staged:
        """Upload `path` under a name nobody can guess, readable for `hours`.

        Called before submit; costs storage at most; may be called again, for a name and a URL of their own.
        The URL needs no header. Raises StagingError.
        """

    @abstractmethod
    async def drop(self, staged: Staged) -> None:
        """Remove what `put` uploaded; called when the order has ended; may be called again."""
