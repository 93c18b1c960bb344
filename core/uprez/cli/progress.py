"""Show progress on stderr: bars in a terminal, a line for each finished order in a pipe, or JSON lines."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

import typer

from uprez.errors import PlanError
from uprez.outcome import Progress

Kind = Literal["auto", "json", "none"]
ProgressKind = Annotated[str, typer.Option("--progress", help="auto, json or none.")]
Watch = Callable[[Progress], None]


@contextlib.contextmanager
def shown(kind: str, names: Mapping[str, str]) -> Iterator[Watch]:
    """Give a watcher that shows progress; `names` says which shots an order is for. Raises PlanError."""
    if kind not in ("auto", "json", "none"):
        raise PlanError(f"--progress {kind}: not known; choose auto, json or none")
    if kind == "none":
        yield lambda progress: None
    elif kind == "json":
        yield lambda progress: typer.echo(progress.model_dump_json(), err=True)
    elif sys.stderr.isatty():
        with _bars(names) as watch:
            yield watch
    else:
        yield _Lines(names)


class _Lines:
    """Say one line when an order ends."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def __call__(self, progress: Progress) -> None:
        if progress.stage in ("done", "failed"):
            name = self._names.get(progress.order, progress.order)
            typer.echo(f"{progress.stage}: {name}", err=True)


@contextlib.contextmanager
def _bars(names: Mapping[str, str]) -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.fields[name]}"),
        TextColumn("{task.description:>7}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]:>8}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    rows: dict[str, TaskID] = {}

    def watch(progress: Progress) -> None:
        name = names.get(progress.order, progress.order)[:32]
        row = rows.get(progress.order)
        if row is None:
            row = rows[progress.order] = bars.add_task(progress.stage, name=name, pace="", total=None)
        task = bars.tasks[row]
        if task.description != progress.stage:
            bars.reset(row, description=progress.stage, total=progress.total or None)
        pace = f"{task.speed:.1f} fps" if task.speed and progress.total else ""
        ended = progress.stage in ("done", "failed")
        total = max(1, progress.total) if ended or progress.total else None
        done = total if ended and total else progress.done
        bars.update(row, completed=done, total=total, pace=pace)

    with bars:
        yield watch
