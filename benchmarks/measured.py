"""Run a command and say what it took; light, for a child's peak memory counts its parent's at the fork."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True)
class Took:
    """Hold wall seconds, CPU seconds and peak resident memory (MB, the largest of its processes)."""

    wall: float
    cpu: float
    peak: float


def took(command: Sequence[str], folder: Path) -> Took:
    """Run `command` in `folder`, with its children; ends this program with its words where it fails."""
    log = folder / "log.txt"
    with log.open("wb") as words:
        start = perf_counter()
        child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=words)
        _, status, used = os.wait4(child.pid, 0)
        wall = perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}\nexit {child.returncode}: {log.read_text(errors='replace')[-2000:]}")
    return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def best(runs: Sequence[Took]) -> Took:
    """Return the least of each measure."""
    return Took(min(run.wall for run in runs), min(run.cpu for run in runs), min(run.peak for run in runs))


def uprez() -> str:
    """Return the `uprez` that belongs to this Python."""
    return str(Path(sys.executable).with_name("uprez"))


def machine() -> str:
    """Name the processor and how many cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    name = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
    return f"{cores} cores of {name}, Python {sys.version.split()[0]}"


def row(*cells: object) -> str:
    """Write one row of a Markdown table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
