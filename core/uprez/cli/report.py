"""`uprez report`: before and after of every shot, once more or as another kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli.orders import Where


def report(
    where: Where,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .html, .csv or .json file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an output that exists.")] = False,
) -> None:
    """Write the report of a workspace again, to its own place or to FILE."""
    from uprez.cli.resume import workspace_of
    from uprez.report.files import read_report, write_one, write_report

    workspace = workspace_of(where)
    found = read_report(workspace)
    written = write_report(found, workspace) if output is None else write_one(found, output, force=force)
    typer.echo(str(written))
