"""Names and places of an order's files; none of them comes from a service, none is ever overwritten."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

from uprez.errors import MediaError
from uprez.media.presets import suffix
from uprez.model import Call, Verdict
from uprez.orders import Order

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def suffix_of(order: Order) -> str:
    """Return the ending of an order's render: a still stays what its plate is."""
    still = order.plate.preset == "still" and order.frames is None
    return order.plate.path.suffix if still else suffix(order.recipe.render)


def fetched_path(workspace: Path, order: Order) -> Path:
    """Return where what the provider brought is kept."""
    return workspace / "fetched" / f"{order.id}{suffix_of(order)}"


def part_of(path: Path) -> Path:
    """Return the name that a file has until it is whole; its ending stays, since writers go by it."""
    return path.with_name(f"{path.stem}.part{path.suffix}")


def finished_part(workspace: Path, order: Order) -> Path:
    """Return where a render is finished before it gets its name."""
    return part_of(workspace / "renders" / f".{order.id}{suffix_of(order)}")


def target(workspace: Path, order: Order, height: int, verdict: Verdict) -> Path:
    """Return a free name that says what the file is; what failed its proof goes to a folder of its own."""
    folder = workspace / ("rejected" if failed(verdict) else "renders")
    pull, recipe = order.plate.pull, order.recipe
    stem = _UNSAFE.sub("_", pull.media.path.stem).strip("._-")[:60] or "media"
    maker = _UNSAFE.sub("_", f"{recipe.provider}-{recipe.model}")
    name = f"{stem}_{pull.frames.start}-{pull.frames.end - 1}_{maker}_{height}p_{order.id[:8]}"
    return free(folder / f"{name}{suffix_of(order)}")


def failed(verdict: Verdict) -> bool:
    """Tell whether a render is proved not to be its plate's picture."""
    return verdict.call in (Call.WRONG, Call.OFFSET)


def free(path: Path) -> Path:
    """Return `path`, or with a number added where a file has that name."""
    taken, number = path, 1
    while taken.exists():
        number += 1
        taken = path.with_stem(f"{path.stem}-{number}")
    return taken


def place(part: Path, to: Path) -> Path:
    """Give a whole file its name, never that of another one; returns where it lies. Safe to repeat."""
    to.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            os.link(part, to)
        except FileExistsError:
            if not to.samefile(part):
                to = free(to)
                continue
        except OSError:  # no hard links on this file system
            to = free(to)
            part.rename(to)
        break
    part.unlink(missing_ok=True)
    sync_folder(to.parent)
    return to


def sha256(path: Path) -> str:
    """Read a file, have it written through to its disk, and return its digest."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            return digest
    except FileNotFoundError:
        raise MediaError(
            f"{path.name}: the provider brought no file; run `uprez resume` to fetch again"
        ) from None


def sync(path: Path) -> None:
    """Have a file written through to its disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have a folder's names written through to its disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
