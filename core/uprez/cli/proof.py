"""`uprez verify` and `uprez relink`: prove a render, and take in renders made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.cli.ending import UNPROVED


def verify(
    plate: Annotated[Path, typer.Argument(help="The source frames.", metavar="PLATE")],
    render: Annotated[Path, typer.Argument(help="What is to be proved.", metavar="RENDER")],
    json: o.AsJson = False,
) -> None:
    """Say whether RENDER is PLATE's picture, frame for frame. Exit 4 for all but MATCH."""
    from uprez.media.compare import verify_files
    from uprez.model import Call

    verdict = verify_files(plate, render)
    if json:
        show.as_json({"plate": str(plate), "render": str(render), **verdict.model_dump(mode="json")})
    else:
        show.say(verdict.call.value + (f" by {verdict.offset:+d} frames" if verdict.offset else ""))
        for finding in verdict.findings:
            show.say(f"  {finding}")
        for warning in verdict.warnings:
            show.say(f"  look: {warning}")
    raise typer.Exit(0 if verdict.call is Call.MATCH else UNPROVED)


def relink(
    timeline: o.Timeline,
    renders: Annotated[Path, typer.Argument(help="The folder of the renders.", metavar="RENDERS_DIR")],
    choice: o.Choice,
    output: o.Output = None,
    manner: o.As = None,
    force: o.Force = False,
    accept_unsure: o.Unsure = False,
    workspace: o.Workspace = None,
    json: o.AsJson = False,
) -> None:
    """Relink renders that were made elsewhere. Each is proved against its source first."""
    from uprez.adopt import adopt
    from uprez.cli.opening import opened
    from uprez.cli.run import manner_from
    from uprez.cli.show_outcome import outcome

    session, _ = opened(timeline, workspace, choice.media)
    ended = adopt(
        session.host,
        choice.selection(),
        renders,
        manner_from(session, manner, output, force),
        session.workspace,
        accept_unsure=accept_unsure,
    )
    outcome(ended, json=json, by_hand=True)
    raise typer.Exit(ended.exit_code)
