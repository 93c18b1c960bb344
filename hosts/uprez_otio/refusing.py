"""Refuse an output before anything is exported or bought for it."""

from __future__ import annotations

import os
from pathlib import Path

from uprez.errors import PlanError
from uprez.model import Manner
from uprez_otio.bundles import is_bundle
from uprez_otio.format import Format


def refuse(source: Path, output: Path, kind: Format, manner: Manner) -> None:
    """Raise PlanError for a manner that the format of `source` can't be written in, or can't be there."""
    _refuse_manner(output, kind, manner)
    if _same_file(output, source):
        raise PlanError(f"{output}: is the timeline itself; choose another name with -o")
    if not output.parent.is_dir():
        raise PlanError(f"{output}: its folder does not exist; make it first")
    if output.is_dir() and not is_bundle(output):
        raise PlanError(f"{output}: is a folder; choose a file name with -o")
    if not os.access(output.parent, os.W_OK):
        raise PlanError(f"{output}: its folder can't be written to; choose another with -o")
    if output.exists() and not manner.force:
        raise PlanError(f"{output}: exists already; choose another name with -o, or give --force")


def _refuse_manner(output: Path, kind: Format, manner: Manner) -> None:
    writes = kind.writes
    if output.suffix.lower() not in (writes, *kind.also_writes):
        raise PlanError(f"{output}: only {writes} is written; choose a name that ends in {writes}")
    if manner.retime == "bake" and not kind.bakes:
        raise PlanError(f"--retime bake: {writes} files keep their retimes; leave it off")
    if manner.kind not in kind.manners:
        known = ", ".join(kind.manners)
        raise PlanError(f"--as {manner.kind}: {writes} files know {known}; choose one")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
