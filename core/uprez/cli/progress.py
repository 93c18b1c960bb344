"""Show progress on stderr: bars in a terminal, a line for each order that ends in a pipe, or JSON lines."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import typer

from uprez.cli.show import say
from uprez.errors import PlanError

if TYPE_CHECKING:
    from uprez.outcome import Progress

KINDS = ("auto", "json", "none")


class Label(NamedTuple):
    """Say what an order is for: the names of its shots, its frames, and its price in words."""

    name: str
    frames: int
    price: str = ""


class Watcher(Protocol):
    """Show progress; called on the engine's thread."""

    def __call__(self, progress: Progress) -> None:
        """Show one step."""

    def pause(self) -> None:
        """Make room for other lines; the next step shows again."""


def check(kind: str) -> None:
    """Raise PlanError for a `--progress` that does not exist."""
    if kind not in KINDS:
        raise PlanError(f"--progress {kind}: not known; choose one of {', '.join(KINDS)}")


@contextlib.contextmanager
def shown(kind: str, labels: Mapping[str, Label]) -> Iterator[Watcher]:
    """Give a watcher that shows progress; `labels` are by order id. Raises PlanError."""
    check(kind)
    watcher = _watcher(kind, labels)
    try:
        yield watcher
    finally:
        watcher.pause()


def _watcher(kind: str, labels: Mapping[str, Label]) -> Watcher:
    if kind == "none":
        return _Nothing()
    if kind == "json":
        return _Json()
    if sys.stderr.isatty():
        from uprez.cli.bars import Bars

        return Bars(labels)
    return _Lines(labels)


class _Nothing:
    """Show nothing."""

    def __call__(self, progress: Progress) -> None:
        pass

    def pause(self) -> None:
        pass


class _Json(_Nothing):
    """Write each step as a line of JSON."""

    def __call__(self, progress: Progress) -> None:
        with contextlib.suppress(OSError):  # nobody reads it any more; the run goes on
            typer.echo(progress.model_dump_json(), err=True)


class _Lines(_Nothing):
    """Say one line when an order ends."""

    def __init__(self, labels: Mapping[str, Label]) -> None:
        self._labels = labels
        self._ended: set[str] = set()

    def __call__(self, progress: Progress) -> None:
        if progress.stage not in ("done", "failed"):
            return
        self._ended.add(progress.order)
        label = self._labels.get(progress.order) or Label(progress.order, progress.total)
        of = f"/{len(self._labels)}" if self._labels else ""
        with contextlib.suppress(OSError):
            say(
                f"{progress.stage} {len(self._ended)}{of}: {label.name}, {label.frames} frames",
                err=True,
            )
