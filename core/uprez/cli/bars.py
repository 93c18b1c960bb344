"""Bars for a terminal: one for all, one for each order under way; what has ended becomes a line."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Live

from uprez.cli.progress import Label

if TYPE_CHECKING:
    from uprez.outcome import Progress

# where a stage begins and which part of an order's work it is; the wait is the upscaling itself
_PARTS = {
    "export": (0.0, 0.1),
    "stage": (0.1, 0.0),
    "submit": (0.1, 0.0),
    "wait": (0.1, 0.7),
    "fetch": (0.8, 0.0),
    "finish": (0.8, 0.1),
    "verify": (0.9, 0.1),
    "done": (1.0, 0.0),
    "failed": (1.0, 0.0),
}
_ENDED = ("done", "failed")
_NAME = 28


class Bars:
    """Draw the orders under way; drawing begins with the first step and stops at `pause`."""

    def __init__(self, labels: Mapping[str, Label], console: Console | None = None) -> None:
        self._labels = labels
        self._lock = threading.Lock()
        self._rows: dict[str, TaskID] = {}
        self._work = dict.fromkeys(labels, 0.0)
        self._ended: set[str] = set()
        self._drawing = False
        self._live = Live(
            TextColumn("{task.fields[name]}"),
            TextColumn("{task.description:>7}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]:>9}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[price]}"),
            console=console or Console(stderr=True),
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )
        self._all = self._live.add_task("", name="all", pace="", price="", total=None)

    def __call__(self, progress: Progress) -> None:
        """Show one step."""
        with self._lock, contextlib.suppress(OSError):
            if not self._drawing:
                self._live.start()
                self._drawing = True
            if progress.order not in self._rows and progress.stage in _ENDED:
                self._work.pop(progress.order, None)  # it was done before: no work, and no guide to the pace
            else:
                self._move(progress)
            if progress.stage in _ENDED:
                self._end(progress)
            self._draw_all()

    def pause(self) -> None:
        """Clear the bars away, so that other lines can be written."""
        with self._lock, contextlib.suppress(OSError):
            if self._drawing:
                self._live.stop()
                self._drawing = False

    def _label(self, progress: Progress) -> Label:
        label = self._labels.get(progress.order)
        return label or Label(f"pull {len(self._rows) or 1}", progress.total)

    def _move(self, progress: Progress) -> None:
        """Show how far an order is in its stage, and count it into the whole."""
        row = self._rows.get(progress.order)
        if row is None:
            label = self._label(progress)
            name, price = escape(_short(label.name)), escape(label.price)
            row = self._live.add_task(progress.stage, name=name, pace="", price=price, total=None)
            self._rows[progress.order] = row
        task = self._live.tasks[self._live.task_ids.index(row)]
        if task.description != progress.stage:
            self._live.reset(row, description=progress.stage, total=progress.total or None)
        pace = f"{task.speed:.1f} fps" if task.speed and progress.done else ""
        known = progress.total if progress.done else None
        self._live.update(row, completed=progress.done, total=known, pace=pace)
        start, part = _PARTS[progress.stage]
        done = progress.done / progress.total if progress.total else 0.0
        frames = self._label(progress).frames
        self._work[progress.order] = frames * (start + part * min(1.0, done))

    def _end(self, progress: Progress) -> None:
        """Turn the bar of an order into a line."""
        self._ended.add(progress.order)
        label = self._label(progress)
        row = self._rows.get(progress.order)
        if row is not None:
            self._live.update(row, visible=False)
            price = f", {label.price}" if label.price else ""
            line = f"{progress.stage}: {label.name}, {label.frames} frames{price}"
            self._live.console.print(escape(line), highlight=False, soft_wrap=True)

    def _draw_all(self) -> None:
        total = sum(label.frames for order, label in self._labels.items() if order in self._work)
        task = self._live.tasks[0]
        self._live.update(
            self._all,
            completed=int(sum(self._work.values())),
            total=total or None,
            pace=f"{task.speed:.1f} fps" if task.speed else "",
            description=f"{len(self._ended)}/{len(self._labels) or '?'}",
        )


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
