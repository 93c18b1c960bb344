"""`uprez plan`: what would be exported, and what is left out and why."""

from __future__ import annotations

from uprez.cli import options as o
from uprez.cli import show


def plan(
    timeline: o.Timeline,
    choice: o.Choice,
    wish: o.Wish,
    workspace: o.Workspace = None,
    json: o.AsJson = False,
) -> None:
    """Say what would be exported, what is left out and why. Changes nothing, costs nothing."""
    from uprez.cli.opening import opened
    from uprez.cli.show_plan import plan_json, plan_text

    session, settings = opened(timeline, workspace, choice.media)
    planned = session.plan(choice.selection(), wish.recipe(settings, session.plugins))
    model = session.plugins.model(planned.recipe.provider, planned.recipe.model)
    if json:
        show.as_json(plan_json(planned, model))
    else:
        plan_text(planned, model)
