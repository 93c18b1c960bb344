"""What a run was asked for, kept in its workspace so that it can be resumed from there alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from uprez.errors import PlanError
from uprez.frozen import Frozen
from uprez.model import Manner, Selection
from uprez.newness import Making
from uprez.orders import Recipe
from uprez.written import wrote

REQUEST = "run.json"


class Request(Frozen):
    """Hold what a run was asked for, so that it can be resumed from its workspace alone.

    `names` are those of the shots of this run, and of earlier ones, by id. `media` are the folders that were
    searched for media. A `delta` buys only the frames that are missing; `before` are the timelines that
    worked in the same workspace earlier.
    """

    address: str
    selection: Selection = Selection()
    recipe: Recipe = Recipe()
    manner: Manner = Manner()
    cap: Decimal | None = None
    accept_unsure: bool = False
    resumed: bool = False
    making: Making | None = None
    names: dict[str, str] = {}
    media: tuple[Path, ...] = ()
    delta: bool = False
    before: tuple[str, ...] = ()


def keep(request: Request, workspace: Path, names: Mapping[str, str]) -> None:
    """Write a request into its workspace, over the last one, with the names of the shots it is about."""
    known, before = dict[str, str](), tuple[str, ...]()
    with contextlib.suppress(PlanError):
        last = remembered(workspace)
        known, before = last.names, (*last.before, last.address)
    before = tuple(dict.fromkeys(address for address in before if address != request.address))
    request = pinned(request, names).model_copy(update={"names": {**known, **names}, "before": before})
    workspace.mkdir(parents=True, exist_ok=True)
    part = workspace / f"{REQUEST}.part"
    part.write_text(request.model_dump_json(indent=1), encoding="utf-8")
    part.replace(workspace / REQUEST)


def remembered(workspace: Path) -> Request:
    """Read what the workspace's last run was asked for; raises PlanError where there was none."""
    file = workspace / REQUEST
    try:
        request = Request.model_validate_json(file.read_text(encoding="utf-8"))
        return request.model_copy(update={"resumed": True})
    except (OSError, UnicodeDecodeError, ValidationError):
        raise PlanError(f"{workspace}: no run to resume there; name a workspace or its timeline") from None


def home_of(timeline: Path, usual: Path) -> Path:
    """Return the workspace that a timeline worked in or came from: its usual one, or a cut's beside it."""
    if not timeline.exists() or (usual / REQUEST).exists():
        return usual
    address = str(timeline.absolute())
    there = timeline.absolute().parent.glob(f"*.uprez/{REQUEST}")
    for folder in (file.parent for file in sorted(there, key=lambda file: -file.stat().st_mtime)):
        with contextlib.suppress(PlanError):
            last = remembered(folder)
            if address in (last.address, *last.before) or wrote(folder, timeline):
                return folder
    return usual


def pinned(request: Request, shots: Iterable[str]) -> Request:
    """Return the request for the very shots that were selected in the editor: a selection soon is another."""
    if not request.selection.selected or request.making is not None:
        return request
    selection = request.selection.model_copy(update={"selected": False, "shots": tuple(shots)})
    return request.model_copy(update={"selection": selection})
