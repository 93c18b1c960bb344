"""How much of the machine a timeline may take: what a hostile or broken one can't pass."""

from __future__ import annotations

import contextlib

BYTES = 512 << 20
DEPTH = 400
MEMORY = 6 << 30
SECONDS = 300
NESTING = 40
"""Stacks within stacks, beyond which nobody edits."""


class BadTimeline(Exception):
    """Say in a few words what is wrong with a timeline; the parent puts its name in front."""


def limit_this_process() -> None:
    """Set limits on memory and processor time, where the platform has them."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_size(size: int) -> None:
    """Raise BadTimeline for a file that holds nothing, or more than is read; `size` in bytes."""
    if size == 0:
        raise BadTimeline("it is empty; export it again")
    if size > BYTES:
        raise BadTimeline(f"it has {size >> 20} MiB, more than the {BYTES >> 20} that are read; split it")
