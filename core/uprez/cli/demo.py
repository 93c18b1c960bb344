"""`uprez demo`: the main job on real footage, with no key and no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli import options as o
from uprez.cli.progress import shown


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put it [uprez-demo].", metavar="[DIR]")] = Path(
        "uprez-demo"
    ),
    progress: o.ProgressKind = "auto",
) -> None:
    """Do the whole job on a short cut of Big Buck Bunny, right here.

    It takes under a minute and shows where to look; it needs no key and no network.
    """
    from uprez.cli.ending import Stopped
    from uprez.demo import run_demo

    with shown(progress, {}) as watcher:

        def say(line: str) -> None:
            watcher.pause()
            typer.echo(line)

        try:
            outcome = run_demo(folder, say, watcher)
        except KeyboardInterrupt:
            raise Stopped("stopped; nothing is lost, the same command goes on where it was") from None
    raise typer.Exit(outcome.exit_code)
