"""Bars for a terminal: one for all, one for each order under way; what has ended becomes a line."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
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
}
_ENDED = ("done", "failed")
_NAME = 28


class Bars:
    """Draw the orders under way; drawing begins with the first step and stops at `pause`."""

    def __init__(self, labels: Mapping[str, Label], console: Console | None = None) -> None:
        self._labels = dict(labels)
        self._all_known = bool(labels)
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
            label = self._labels.get(progress.order) or Label(f"pull {len(self._labels) + 1}", progress.total)
            self._labels[progress.order] = label
            if not self._drawing:
                self._live.start()
                self._drawing = True
            if progress.stage in _ENDED:
                self._end(progress, label)
            else:
                self._move(progress, label)
            self._draw_all()
            if len(self._ended) == len(self._labels):
                self._stop()
                if self._all_known:
                    self._live.console.print("relinking, then writing the report", highlight=False)

    def pause(self) -> None:
        """Clear the bars away, so that other lines can be written."""
        with self._lock, contextlib.suppress(OSError):
            self._stop()

    def drawing(self) -> RenderableType:
        """Return what is drawn now."""
        return self._live.get_renderable()

    def _stop(self) -> None:
        if self._drawing:
            self._live.stop()
            self._drawing = False

    def _move(self, progress: Progress, label: Label) -> None:
        """Show how far an order is in its stage, and count it into the whole."""
        row = self._rows.get(progress.order)
        if row is None:
            name, price = escape(_short(label.name)), escape(label.price)
            row = self._live.add_task(progress.stage, name=name, pace="", price=price, total=None)
            self._rows[progress.order] = row
        task = self._live.tasks[self._live.task_ids.index(row)]
        if task.description != progress.stage:
            self._live.reset(row, description=progress.stage)
        pace = f"{task.speed:.1f} fps" if task.speed and progress.done else ""
        self._live.update(row, completed=progress.done, total=progress.total or None, pace=pace)
        start, part = _PARTS[progress.stage]
        done = progress.done / progress.total if progress.total else 0.0
        self._work[progress.order] = label.frames * (start + part * min(1.0, done))

    def _end(self, progress: Progress, label: Label) -> None:
        """Turn the bar of an order into a line; one without a bar was done before and says nothing."""
        self._ended.add(progress.order)
        row = self._rows.pop(progress.order, None)
        if row is None:
            self._work.pop(progress.order, None)  # it was no work, and is no guide to the pace
            return
        self._work[progress.order] = float(label.frames)
        self._live.remove_task(row)
        price = f", {label.price}" if label.price else ""
        line = f"{progress.stage}: {label.name}, {label.frames} frames{price}"
        self._live.console.print(escape(line), highlight=False, soft_wrap=True)

    def _draw_all(self) -> None:
        task = self._live.tasks[0]
        self._live.update(
            self._all,
            completed=round(sum(self._work.values())),
            total=sum(self._labels[order].frames for order in self._work) or None,
            pace=f"{task.speed:.1f} fps" if task.speed else "",
            description=f"{len(self._ended)}/{len(self._labels)}",
        )


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
