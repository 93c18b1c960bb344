"""`uprez report`: before and after of every shot, once more or as another kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show


def report(
    where: o.Where,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .html, .csv or .json file.", metavar="FILE")
    ] = None,
    force: o.Force = False,
) -> None:
    """Write the report of a workspace again. To its own place, or to FILE."""
    from uprez.cli.opening import workspace_of
    from uprez.report.files import read_report, write_one, write_report

    workspace = workspace_of(where)
    found = read_report(workspace)
    show.say(write_report(found, workspace) if output is None else write_one(found, output, force=force))
