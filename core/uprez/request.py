"""What a run was asked for, kept in its workspace so that it can be resumed from there alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from uprez.errors import PlanError
from uprez.frozen import Frozen
from uprez.model import Manner, Selection
from uprez.newness import Making
from uprez.orders import Recipe

REQUEST = "run.json"


class Request(Frozen):
    """Hold what a run was asked for, so that it can be resumed from its workspace alone.

    `names` are those of its shots by id, as the run found them. A `delta` buys only the frames that are
    missing.
    `media` are the folders that were searched for media.
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


def keep(request: Request, workspace: Path, names: Mapping[str, str]) -> None:
    """Write a request into its workspace, over the last one, with the names of the shots it is about."""
    request = pinned(request, names).model_copy(update={"names": dict(names)})
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


def pinned(request: Request, shots: Iterable[str]) -> Request:
    """Return the request for the very shots that were selected in the editor: a selection soon is another."""
    if not request.selection.selected or request.making is not None:
        return request
    selection = request.selection.model_copy(update={"selected": False, "shots": tuple(shots)})
    return request.model_copy(update={"selection": selection})
