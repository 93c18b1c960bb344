"""How the program ends: a sentence for a person, a code for a script, a traceback for nobody."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

import typer

from uprez.cli.show import say
from uprez.errors import BudgetError, InDoubt, UprezError, VerifyError
from uprez.redaction import masked

FAULT, REFUSED, OVER_CAP, UNPROVED, IN_DOUBT = 1, 2, 3, 4, 5
INTERRUPTED, PIPE_CLOSED = 130, 141  # as shells report SIGINT and SIGPIPE
Command = Callable[[], Any]


class Stopped(Exception):
    """Somebody pressed Ctrl-C; the message says how to go on."""


def ended(command: Command) -> NoReturn:
    """Carry out a command and leave the program, whatever happens."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name in the timeline may not fit the terminal
    try:
        code = command() or 0
        sys.stdout.flush()
    except SystemExit as leave:
        sys.exit(leave.code)
    except BrokenPipeError:
        _close(sys.stdout)
        sys.exit(PIPE_CLOSED)
    except BaseException as failure:
        code = _told(failure)
    sys.exit(code)


def interruptible(command: Callable[..., Any], sentence: str) -> Callable[..., Any]:
    """Keep typer from ending the program its own way when a pipe closes or Ctrl-C is pressed."""

    def called(**words: Any) -> Any:
        try:
            return command(**words)
        except KeyboardInterrupt:
            raise Stopped(sentence) from None
        except BrokenPipeError:
            _close(sys.stdout)
            raise typer.Exit(PIPE_CLOSED) from None

    return called


def _told(failure: BaseException) -> int:
    """Say what went wrong on stderr, as far as there still is one, and return the code."""
    sentence, code = _sentence(failure)
    with contextlib.suppress(OSError):
        if os.environ.get("UPREZ_DEBUG"):
            sys.stderr.write(masked("".join(traceback.format_exception(failure))))
        say(f"uprez: {masked(sentence)}", err=True)
    return code


def _sentence(failure: BaseException) -> tuple[str, int]:
    if isinstance(failure, UprezError):
        return str(failure), _code(failure)
    if isinstance(failure, Stopped | KeyboardInterrupt):
        return str(failure) or "stopped", INTERRUPTED
    if isinstance(failure, typer.Abort):
        return "stopped: no answer, and nothing was bought", REFUSED
    if hasattr(failure, "format_message"):  # typer's own; its class has moved between versions
        return _usage(failure), REFUSED
    if isinstance(failure, OSError):
        return _system(failure), REFUSED
    kind = type(failure).__name__
    fault = f"a fault in uprez itself ({kind}: {failure})"
    return f"{fault}; run it again with UPREZ_DEBUG=1 and please report what it prints", FAULT


def _code(failure: UprezError) -> int:
    if isinstance(failure, BudgetError):
        return OVER_CAP
    if isinstance(failure, VerifyError):
        return UNPROVED
    return IN_DOUBT if isinstance(failure, InDoubt) else REFUSED


def _usage(failure: Any) -> str:
    context = getattr(failure, "ctx", None)
    where = context.command_path if context else "uprez"
    return f"{failure.format_message().rstrip('.')}; see `{where} --help`"


def _system(failure: OSError) -> str:
    where = failure.filename or "the output"
    full = failure.errno in (errno.ENOSPC, errno.EDQUOT)
    todo = "free some space and run it again" if full else "check the path and its permissions"
    return f"{where}: {failure.strerror or failure}; {todo}"


def _close(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter's own flush says nothing."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
