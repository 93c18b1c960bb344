"""`uprez resume`: go on where a run was, after a crash, a stop or a closed lid."""

from __future__ import annotations

from uprez.cli import options as o
from uprez.cli import progress as p
from uprez.cli import words


def resume(
    where: o.Where,
    max_cost: o.MaxCost = None,
    yes: o.Yes = False,
    accept_unsure: o.Unsure = False,
    json: o.AsJson = False,
    progress: o.ProgressKind = "auto",
) -> None:
    """Go on where the last run was. What is done is not done again, nothing is bought twice."""
    from uprez.cli.opening import opened, workspace_of
    from uprez.cli.run import carried_out
    from uprez.request import remembered

    p.check(progress)
    cap = words.cap_from(max_cost)
    workspace = workspace_of(where)
    request = remembered(workspace)
    request = request.model_copy(
        update={
            "cap": request.cap if cap is None else cap,
            "accept_unsure": request.accept_unsure or accept_unsure,
        }
    )
    session, _ = opened(request.address, workspace, request.media)
    carried_out(session, request, yes=yes, json=json, progress=progress, resuming=True)
