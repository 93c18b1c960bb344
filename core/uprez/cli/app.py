"""The program `uprez`: its commands, and what a person reads when something goes wrong."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer

from uprez.cli import (
    demo,
    listing,
    orders,
    plan,
    proof,
    quote,
    report,
    resume,
    run,
    undo,
)
from uprez.errors import BudgetError, InDoubt, UprezError, VerifyError

app = typer.Typer(
    name="uprez",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    demo.demo,
    plan.plan,
    quote.quote,
    run.run,
    resume.resume,
    orders.orders,
    orders.cancel,
    proof.verify,
    proof.relink,
    undo.revert,
    report.report,
    listing.providers,
    listing.plugins,
    listing.hosts,
    listing.doctor,
):
    app.command()(command)

INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"uprez {version('uprez')}")
        raise typer.Exit


@app.callback()
def _uprez(
    wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Bring a cut back at a higher resolution without touching the cut.

    \b
    Exit codes: 0 all good, 1 some orders failed, 2 refused or wrong usage, 3 over the cap,
    4 verification failed, 5 an order needs a person.
    """


def main() -> None:
    """Run the command line; every failure is one sentence and an exit code."""
    try:
        app()
    except UprezError as failure:
        _end(str(failure), _code(failure))
    except KeyboardInterrupt:
        _end("stopped; nothing is lost: `uprez resume WORKSPACE` goes on where it was", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as failure:
        _end(_system(failure), 2)
    except Exception as failure:
        if os.environ.get("UPREZ_DEBUG"):
            traceback.print_exc()
        kind = type(failure).__name__
        _end(f"a fault of uprez itself ({kind}: {failure}); set UPREZ_DEBUG=1, try again and report it", 2)


def _code(failure: UprezError) -> int:
    if isinstance(failure, BudgetError):
        return 3
    if isinstance(failure, VerifyError):
        return 4
    return 5 if isinstance(failure, InDoubt) else 2


def _system(failure: OSError) -> str:
    where = failure.filename or "the disk"
    todo = (
        "free space, then run again"
        if failure.errno == errno.ENOSPC
        else "check the path and its permissions"
    )
    return f"{where}: {failure.strerror or failure}; {todo}"


def _end(sentence: str, code: int) -> None:
    typer.echo(f"uprez: {sentence}", err=True)
    sys.exit(code)
