"""`uprez plan`: what would be exported, and what is left out and why."""

from __future__ import annotations

from uprez.cli import options as o
from uprez.cli import show


def plan(
    timeline: o.Timeline,
    track: o.Tracks = None,
    clip: o.Clips = None,
    color: o.Colors = None,
    flag: o.Flags = None,
    marker: o.Markers = None,
    selected: o.Selected = False,
    between: o.Between = None,
    below: o.Below = None,
    include_disabled: o.Disabled = False,
    provider: o.ProviderName = None,
    model: o.ModelName = None,
    scale: o.Scale = None,
    to: o.To = None,
    handles: o.Handles = None,
    option: o.Options = None,
    render: o.Render = None,
    workspace: o.Workspace = None,
    json: o.AsJson = False,
) -> None:
    """Say what would be exported, what is left out and why. Changes nothing, costs nothing."""
    from uprez.cli.opening import opened

    selection = o.selection_from(track, clip, color, flag, marker, selected, between, below, include_disabled)
    session, settings = opened(timeline, workspace)
    recipe = o.recipe_from(settings, provider, model, scale, to, handles, option, render)
    planned = session.plan(selection, recipe)
    if json:
        show.as_json(show.plan_json(planned))
    else:
        show.plan_text(planned)
