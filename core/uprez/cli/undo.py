"""`uprez revert`: give the input back, clip for clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli import options as o
from uprez.cli import show
from uprez.errors import PlanError


def revert(
    receipt: Annotated[Path, typer.Argument(help="The receipt that a relink wrote.", metavar="RECEIPT")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Write here; else the relinked timeline is changed.", metavar="FILE"
        ),
    ] = None,
    force: o.Force = False,
    json: o.AsJson = False,
) -> None:
    """Undo a relink: every clip shows its original media again. Renders and ledger stay."""
    from uprez.cli.opening import loaded
    from uprez.cli.show_plan import counted

    name, timeline = _host_of(receipt)
    hosts = loaded().hosts
    if name not in hosts:
        raise PlanError(f"{receipt}: written by host {name!r}, which is not installed; see `uprez hosts`")
    if output is not None and output.exists() and not force:
        raise PlanError(f"{output}: exists already; choose another name with -o, or give --force")
    conform = hosts[name](timeline).revert(receipt.absolute(), output.absolute() if output else None)
    if json:
        show.as_json(conform.model_dump(mode="json"))
        return
    show.left_out(conform.left_out)
    show.say(f"reverted {counted(len(conform.relinked), 'shot')} in {conform.output}")


def _host_of(receipt: Path) -> tuple[str, str]:
    """Return the host that wrote a receipt and the timeline it was about. Raises PlanError."""
    import json

    try:
        found = json.loads(receipt.read_text(encoding="utf-8"))
        return str(found["host"]), str(found["input"])
    except OSError as broken:
        raise PlanError(
            f"{receipt}: can't be read ({broken.strerror}); name the file that `uprez run` printed"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PlanError(
            f"{receipt}: not a receipt of uprez; name the file that `uprez run` printed"
        ) from None
