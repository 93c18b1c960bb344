"""What an order may be told: refused by name before anything is exported, or done as it was told."""
# ruff: noqa: D102 - the name of a check is its sentence

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from uprez.errors import PlanError
from uprez.provider import Provider
from uprez.recipes import settled
from uprez.testing.trial import Trial

ODD = "Ein Bär 🐻‍❄️ — “quoted”, <b>bold</b> & 'single'\\ \n日本語 \u202eright to left"
LONG = 20_000  # characters


class Options:
    """Check the options of every model, and prompts where there are any."""

    provider: ClassVar[type[Provider]]

    def test_every_option_says_what_it_is_for(self) -> None:
        for model in self.provider.models:
            schema = model.options.model_json_schema()
            json.dumps(schema)
            for name, shape in schema.get("properties", {}).items():
                assert shape.get("description"), f"option {name} of {model.name} has no description"

    def test_an_option_out_of_range_is_refused_by_name_before_export(self, trial: Trial) -> None:
        beyond = list(_beyond(trial.shop.model.options))
        if not beyond:
            pytest.skip("no option of this model has a range")
        for name, value in beyond:
            with pytest.raises(PlanError, match=name):
                self._settled(trial, {name: value})

    def test_an_unknown_option_is_refused_by_name(self, trial: Trial) -> None:
        with pytest.raises(PlanError, match="no_such_option"):
            self._settled(trial, {"no_such_option": 1})

    def test_an_odd_prompt_is_bought_as_it_stands(self, trial: Trial) -> None:
        self._bought(trial, ODD)

    def test_a_very_long_prompt_is_refused_or_bought_whole(self, trial: Trial) -> None:
        self._bought(trial, "a slow push in, " * (LONG // 16))

    def _bought(self, trial: Trial, prompt: str) -> None:
        if "prompt" not in trial.shop.model.options.model_fields:
            pytest.skip("this model takes no prompt")
        try:
            recipe = self._settled(trial, {"prompt": prompt})
        except PlanError as refused:
            assert "prompt" in str(refused)
            return
        order = trial.shop.order(3, trial.count, options=recipe.options)
        (standing,) = trial.shop.run(trial.provider(), order)
        trial.never_twice(standing)

    def _settled(self, trial: Trial, options: Mapping[str, Any]) -> Any:
        recipe = trial.shop.recipe
        return settled(recipe.model_copy(update={"options": {**recipe.options, **options}}), trial.shop.model)


def _beyond(options: type[BaseModel]) -> Iterator[tuple[str, int | float | str]]:
    """Yield for each option what lies one step beyond each of its bounds, or outside its choices."""
    schema = options.model_json_schema()
    for name, shape in schema.get("properties", {}).items():
        shapes = [_resolved(one, schema) for one in shape.get("anyOf", [shape])]
        kinds = {one.get("type") for one in shapes}
        for one in shapes:
            step = 1 if one.get("type") == "integer" else 0.01
            if "minimum" in one:
                yield name, one["minimum"] - step
            if "maximum" in one:
                yield name, one["maximum"] + step
            if "exclusiveMinimum" in one:
                yield name, one["exclusiveMinimum"]
            if "exclusiveMaximum" in one:
                yield name, one["exclusiveMaximum"]
            if "enum" in one and name != "render" and kinds <= {"string", "null"}:
                yield name, "no-such-choice"


def _resolved(shape: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in shape:
        found: Mapping[str, Any] = whole["$defs"][shape["$ref"].rpartition("/")[2]]
        return found
    return shape
