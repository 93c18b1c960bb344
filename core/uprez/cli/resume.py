"""`uprez resume`: go on where a run was, after a crash, a stop or a closed lid."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli import options as o
from uprez.cli.progress import ProgressKind


def resume(
    where: Annotated[
        str, typer.Argument(help="A workspace (cut.uprez) or its timeline.", metavar="WORKSPACE")
    ],
    accept_unsure: Annotated[
        bool, typer.Option("--accept-unsure", help="Relink what could not be proved.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Buy what is left without asking.")] = False,
    json: o.AsJson = False,
    progress: ProgressKind = "auto",
) -> None:
    """Go on where the last run was; what is done is not done again, nothing is bought twice."""
    from uprez.cli.opening import opened
    from uprez.cli.run import carried_out
    from uprez.session import remembered

    workspace = workspace_of(where)
    request = remembered(workspace)
    if accept_unsure:
        request = request.model_copy(update={"accept_unsure": True})
    session, _ = opened(request.address, workspace)
    carried_out(session, request, yes=yes, dry_run=False, json=json, progress=progress)


def workspace_of(where: str) -> Path:
    """Return the workspace that a path means: itself, or the one of a timeline."""
    from uprez.cli.opening import loaded

    path = Path(where)
    if path.is_dir() and ((path / "ledger.db").exists() or (path / "run.json").exists()):
        return path.absolute()
    return loaded().host(where).workspace().absolute()
