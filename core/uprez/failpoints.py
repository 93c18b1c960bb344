"""Die at a named point when a test asks for it, so that recovery is proved and not hoped for."""

import os
import signal

_hits: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Kill the process where `UPREZ_FAILPOINT` is "name" or "name:3" (its third passing); else do nothing."""
    wanted = os.environ.get("UPREZ_FAILPOINT")
    if wanted is None:
        return
    at, _, count = wanted.partition(":")
    _hits[name] = _hits.get(name, 0) + 1
    if at == name and _hits[name] == int(count or 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
