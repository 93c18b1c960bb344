"""`uprez quote`: what it would cost, provider by provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from uprez.cli import options as o
from uprez.cli import show

if TYPE_CHECKING:
    from uprez.model import Selection
    from uprez.orders import Quote, Recipe
    from uprez.session import Session


def quote(
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
    """Say what it would cost; `-p all` asks every provider. Free, nothing is exported."""
    from uprez.cli.opening import opened

    selection = o.selection_from(track, clip, color, flag, marker, selected, between, below, include_disabled)
    session, settings = opened(timeline, workspace)
    names = sorted(session.plugins.providers) if provider == "all" else [provider]
    quotes: list[Quote] = []
    refused: dict[str, str] = {}
    for name in names:
        recipe = o.recipe_from(settings, name, model, scale, to, handles, option, render)
        _ask(session, selection, recipe, quotes, refused, alone=len(names) == 1)
    if json:
        show.as_json({"quotes": [_shape(one) for one in quotes], "refused": refused})
        return
    show.quote_text(quotes)
    for name, why in refused.items():
        typer.echo(f"{name}: {why}")


def _ask(
    session: Session,
    selection: Selection,
    recipe: Recipe,
    quotes: list[Quote],
    refused: dict[str, str],
    *,
    alone: bool,
) -> None:
    """Add one provider's quote; with several asked, one that refuses is a line and the others go on."""
    from uprez.errors import UprezError

    try:
        quotes.append(session.quote(session.plan(selection, recipe)))
    except UprezError as why:
        if alone:
            raise
        refused[recipe.provider] = str(why)


def _shape(quote: Quote) -> dict[str, object]:
    return {
        "provider": quote.provider,
        "model": quote.model,
        "totals": {unit: str(amount) for unit, amount in quote.totals.items()},
        "unknown": quote.unknown,
        "pulls": {pull: estimate.model_dump(mode="json") for pull, estimate in quote.estimates.items()},
    }
