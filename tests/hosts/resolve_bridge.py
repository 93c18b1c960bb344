"""A menu entry's own bridge, served in the test's process: no Python has to start for a look at the fake."""

from __future__ import annotations

import runpy
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from uprez.testing.fake_resolve import FakeResolve
from uprez_resolve import entries

_INSIDE = Path(entries.__file__).parent / "inside"


class Clicked:
    """Stand for the `resolve` that an entry is handed when it is clicked, at whatever moment that is."""

    def __init__(self, fake: FakeResolve) -> None:
        self._fake = fake

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fake.inside(), name)

    def __dir__(self) -> list[str]:
        return dir(self._fake.inside())


@contextmanager
def bridged(fake: FakeResolve) -> Iterator[str]:
    """Serve a fake as its menu does; gives the "PORT TOKEN" with which uprez calls."""
    sys.path.insert(0, str(_INSIDE))
    try:
        made = runpy.run_path(str(_INSIDE / "menu.py"))["Bridge"](Clicked(fake))
    finally:
        sys.path.remove(str(_INSIDE))
    over = threading.Event()
    threading.Thread(target=made.serve, args=(lambda: not over.is_set(),), daemon=True).start()
    try:
        yield f"{made.port} {made.token}"
    finally:
        over.set()
