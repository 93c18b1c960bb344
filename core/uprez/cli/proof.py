"""`uprez verify` and `uprez relink`: prove a render, and take in renders made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.cli.run import As, Force, Output, Unsure
from uprez.model import Call, Manner, Selection


def verify(
    plate: Annotated[Path, typer.Argument(help="The source frames.", metavar="PLATE")],
    render: Annotated[Path, typer.Argument(help="What is to be proved.", metavar="RENDER")],
    json: o.AsJson = False,
) -> None:
    """Say whether RENDER is PLATE's picture, frame for frame. Exit 4 for all but MATCH."""
    from uprez.media.compare import verify_files

    verdict = verify_files(plate, render)
    if json:
        show.as_json({"plate": str(plate), "render": str(render), **verdict.model_dump(mode="json")})
    else:
        typer.echo(verdict.call.value + (f" by {verdict.offset:+d} frames" if verdict.offset else ""))
        for finding in verdict.findings:
            typer.echo(f"  {finding}")
        for warning in verdict.warnings:
            typer.echo(f"  look: {warning}")
    raise typer.Exit(0 if verdict.call is Call.MATCH else 4)


def relink(
    timeline: o.Timeline,
    renders: Annotated[Path, typer.Argument(help="The folder of the renders.", metavar="RENDERS_DIR")],
    output: Output = None,
    track: o.Tracks = None,
    clip: o.Clips = None,
    manner: As = None,
    force: Force = False,
    accept_unsure: Unsure = False,
    workspace: o.Workspace = None,
    json: o.AsJson = False,
) -> None:
    """Relink renders that were made elsewhere, each proved against its source first."""
    from uprez.adopt import adopt
    from uprez.cli.opening import opened
    from uprez.cli.run import kind_of

    session, _ = opened(timeline, workspace)
    asked = Manner(kind=kind_of(manner, session), output=output.absolute() if output else None, force=force)
    chosen = Selection(tracks=tuple(track or ()), clips=tuple(clip or ()))
    outcome = adopt(session.host, chosen, renders, asked, session.workspace, accept_unsure=accept_unsure)
    if json:
        show.as_json(show.outcome_json(outcome))
    else:
        show.outcome_text(outcome)
    raise typer.Exit(outcome.exit_code)
