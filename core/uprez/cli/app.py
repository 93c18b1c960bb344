"""The program `uprez`: its commands."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Annotated, Any

import typer

from uprez import __version__
from uprez.cli import (
    demo,
    filling,
    identify,
    keys,
    listing,
    making,
    orders,
    plan,
    proof,
    quote,
    report,
    resume,
    run,
    sync,
    undo,
)
from uprez.cli.ending import ended, interruptible
from uprez.cli.hosting import WithHosts
from uprez.cli.spreading import GroupedCommand, spread
from uprez.redaction import guard_logs

app = typer.Typer(
    name="uprez",
    cls=WithHosts,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS: tuple[Any, ...] = (
    demo.demo,
    plan.plan,
    quote.quote,
    run.run,
    sync.sync,
    resume.resume,
    making.animate,
    making.restyle,
    filling.bridge,
    filling.generate,
    orders.orders,
    orders.cancel,
    proof.verify,
    identify.identify,
    proof.relink,
    undo.revert,
    report.report,
    listing.providers,
    listing.plugins,
    listing.hosts,
    keys.keys,
    listing.doctor,
)


def _add(command: Any) -> None:
    shown = spread(command)
    guarded = interruptible(shown, f"stopped; {command.__name__} left everything as it was")
    for name in ("__name__", "__doc__", "__signature__", "__annotations__"):
        setattr(guarded, name, getattr(shown, name))
    app.command(cls=GroupedCommand)(guarded)


for _command in COMMANDS:
    _add(_command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"uprez {__version__}")
        raise typer.Exit


@app.callback()
def _uprez(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Bring a cut back at a higher resolution without touching the cut.

    \b
    Exit codes: 0 all good, 1 some orders failed, 2 refused or wrong usage, 3 over the cap,
    4 verification failed, 5 an order needs a person.
    """


@cache
def _program() -> Any:
    """Build the commands once: to read all their signatures takes longer than some of them."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command line; every failure is one sentence and an exit code."""
    if os.environ.get("UPREZ_DEBUG"):
        logging.basicConfig(level=logging.DEBUG)
    guard_logs()
    ended(lambda: _program()(standalone_mode=False))
