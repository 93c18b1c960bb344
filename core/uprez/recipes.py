"""Settle what a recipe buys: the model named, its options checked, and what is bought already."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from uprez.errors import PlanError
from uprez.orders import Model, Order, Recipe
from uprez.outcome import Standing
from uprez.plan import raster


def settled(recipe: Recipe, model: Model) -> Recipe:
    """Return the recipe with the model named and its options checked; raises PlanError naming the option."""
    options: Mapping[str, object] = recipe.options
    if "render" in model.options.model_fields:
        options = {**options, "render": recipe.render}
    try:
        checked = model.options.model_validate(options)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise PlanError(f"-O {name}: {first['msg']}; see `uprez providers {recipe.provider}`") from None
    return recipe.model_copy(update={"model": model.name, "options": checked.model_dump(exclude_none=True)})


def buys(standing: Standing, recipe: Recipe) -> bool:
    """Tell whether an order is done whose render is what the recipe would buy for the same pull."""
    order, render = standing.order, standing.render
    return (
        standing.state == "done"
        and render is not None
        and (render.path.exists() or standing.charged > 0)  # what was paid is brought back, not bought again
        and would_buy(order, recipe)
    )


def would_buy(order: Order, recipe: Recipe) -> bool:
    """Tell whether an order asks for what the recipe would buy for the same pull."""
    return (
        (order.recipe.provider, order.recipe.model) == (recipe.provider, recipe.model)
        and order.recipe.options == recipe.options
        and (order.width, order.height) == raster(recipe.size, order.plate.pull.media.info)
    )
