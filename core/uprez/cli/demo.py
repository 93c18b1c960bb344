"""`uprez demo`: the main job on real footage, with no key and no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli.progress import ProgressKind, shown


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put it.", metavar="[DIR]")] = Path("uprez-demo"),
    progress: ProgressKind = "auto",
) -> None:
    """Upscale a short cut of Big Buck Bunny on this machine and show where to look. Under a minute."""
    from uprez.demo import run_demo

    with shown(progress, {}) as watch:
        outcome = run_demo(folder, typer.echo, watch)
    raise typer.Exit(outcome.exit_code)
