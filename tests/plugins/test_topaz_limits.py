"""What Topaz' models can't do is refused before anything is exported or asked, naming the limit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services.topaz import TopazService, topaz
from services.topaz_buying import COUNT, connect

from uprez.errors import PlanError, Rejected
from uprez.model import Pull, Size
from uprez.orders import Estimate, Recipe
from uprez.plugins import load
from uprez.recipes import settled
from uprez.testing.clips import make_clip
from uprez.testing.workshop import Workshop
from uprez.times import FrameRange
from uprez_topaz.provider import TopazProvider

MODELS = {model.name: model for model in TopazProvider.models}
NEEDED: dict[str, dict[str, Any]] = {"ast-2": {"creativity": 0.5}, "slc-1": {"creativity": "low"}}
RANGES = [
    ("ast-2", "creativity", 0, 1),
    ("ast-2", "realism", 0, 1),
    ("ast-2", "sharp", 0, 1),
    ("slp-2.6", "sharpness", 1, 5),
    *(("prob-4", name, -1, 1) for name in ("compression", "details", "noise", "halo", "preblur", "blur")),
    ("prob-4", "prenoise", 0, 0.1),
    ("prob-4", "grain", 0, 0.1),
    ("prob-4", "grain_size", 0, 5),
    ("prob-4", "recover_original_detail_value", 0, 1),
]
WORDS = [
    ("ast-2", "encoder", ("H264", "H265", "ProRes", "AV1")),
    ("ast-2", "quality", ("Low", "Mid", "High")),
    ("slc-1", "creativity", ("low", "middle", "high")),
    ("prob-4", "auto", ("Auto", "Manual", "Relative")),
    ("prob-4", "focus_fix_level", ("None", "Normal", "Strong")),
]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TopazService]:
    with topaz(tmp_path / "topaz") as service:
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    clip = make_clip(tmp_path / "clip.mkv", frames=COUNT, size=(160, 90))
    recipe = Recipe(provider="topaz", model="ast-2", options=NEEDED["ast-2"], render="ffv1")
    return Workshop(tmp_path, clip, recipe, TopazProvider)


def chosen(model: str, **options: Any) -> Recipe:
    recipe = Recipe(provider="topaz", model=model, options={**NEEDED.get(model, {}), **options})
    return settled(recipe, MODELS[model])


def quoted(service: TopazService, shop: Workshop, recipe: Recipe, frames: int = COUNT) -> Estimate:
    pull = shop.order(0, COUNT).plate.pull
    pull = pull.model_copy(update={"frames": FrameRange(start=0, count=frames)})
    return asyncio.run(connect(service, shop).estimate(pull, recipe))


@pytest.mark.parametrize(("model", "option", "least", "most"), RANGES)
def test_an_option_is_taken_at_its_bounds_and_refused_beyond_them_with_the_bound(
    service: TopazService, shop: Workshop, model: str, option: str, least: float, most: float
) -> None:
    step = 1 if isinstance(most, int) and option == "sharpness" else 0.01
    for bound in (least, most):
        assert quoted(service, shop, chosen(model, **{option: bound})).amount
    asked = len(service.seen)
    for beyond, bound in ((least - step, least), (most + step, most)):
        with pytest.raises(PlanError, match=rf"-O {option}: .* {bound};"):
            chosen(model, **{option: beyond})
        unchecked = Recipe(provider="topaz", model=model, options={**NEEDED.get(model, {}), option: beyond})
        with pytest.raises(Rejected, match=rf"{model} can't take {option} \(.* {bound}\)"):
            quoted(service, shop, unchecked)
    assert len(service.seen) == asked


@pytest.mark.parametrize(("model", "option", "words"), WORDS)
def test_a_word_that_an_option_does_not_know_is_refused_with_those_it_knows(
    service: TopazService, shop: Workshop, model: str, option: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(PlanError, match=rf"-O {option}: .*'{words[-1]}'"):
        chosen(model, **{option: words[0].swapcase()})
    for word in words:
        if word != "AV1":  # this service's machine can't encode it, but it quotes it all the same
            assert quoted(service, shop, chosen(model, **{option: word})).amount


def test_every_option_with_a_range_is_in_the_table_of_this_test() -> None:
    known = {(model, option) for model, option, _, _ in RANGES}
    for model in ("ast-2", "slp-2.6", "slc-1", "prob-4", "standard-v2"):
        for option, field in MODELS[model].options.model_fields.items():
            if any(hasattr(bound, "ge") or hasattr(bound, "le") for bound in field.metadata):
                assert (model, option) in known


def test_astra_needs_its_creativity() -> None:
    with pytest.raises(PlanError, match="-O creativity"):
        settled(Recipe(provider="topaz", model="ast-2"), MODELS["ast-2"])


@pytest.mark.parametrize(
    ("model", "options", "most"),
    [
        ("ast-2", {}, 9000),
        ("ast-2", {"prompt": "a street at night"}, 450),
        ("slp-2.5", {}, 9000),
        ("slp-2.6", {}, 9000),
    ],
)
def test_more_frames_than_a_model_takes_are_refused_with_how_many_it_takes(
    service: TopazService, shop: Workshop, model: str, options: dict[str, Any], most: int
) -> None:
    recipe = chosen(model, **options)
    with pytest.raises(Rejected, match=rf"{model} takes {most} frames at most and {most + 1} are asked for"):
        quoted(service, shop, recipe, most + 1)
    assert service.seen == []
    assert quoted(service, shop, recipe, most).frames == most


@pytest.mark.parametrize(
    ("model", "encoder", "width"),
    [("ast-2", "H265", 3840), ("prob-4", "H264", 4096), ("prob-4", "H265", 8192), ("slf-3", "ProRes", 3840)],
)
def test_a_raster_beyond_the_model_or_its_encoder_is_refused_with_the_limit(
    service: TopazService, shop: Workshop, model: str, encoder: str, width: int
) -> None:
    recipe = chosen(model, encoder=encoder)
    high = 9 * width // 16 // 2 * 2
    wide = recipe.model_copy(update={"size": Size(width=width + 16 * 8, height=(width + 16 * 8) * 9 // 16)})
    with pytest.raises(Rejected, match=rf"{model} takes {width} pixels of width at most"):
        quoted(service, shop, wide)
    assert service.seen == []
    largest = recipe.model_copy(update={"size": Size(width=width, height=high)})
    assert quoted(service, shop, largest).amount


def test_the_settings_prices_are_what_the_list_of_models_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path))
    shown = {one.name: one.price for one in load().provider("topaz").models}
    assert shown["ast-2"].startswith("credits for 300 frames: 30 in HD, 50 in UHD")
    (tmp_path / "uprez.toml").write_text(
        '[provider.topaz.prices]\ndate = "2027-01-01"\n\n[provider.topaz.prices.ast-2]\nhd = 9\n\n'
        '[provider.topaz.prices."slp-2.6"]\nuhd = 25\n'
    )
    changed = {one.name: one.price for one in load().provider("topaz").models}
    assert changed["ast-2"] == "credits for 300 frames: 9 in HD, 50 in UHD (2027-01-01)"
    assert changed["slp-2.6"] == "credits for 300 frames: 25 in UHD (2027-01-01)"
    assert changed["slp-2.5"] == shown["slp-2.5"].replace("2026-11-24", "2027-01-01")


def test_a_pull_of_a_still_is_told_apart_from_video(service: TopazService, shop: Workshop) -> None:
    still: Pull = (
        Workshop(
            shop.clip.parent,
            shop.clip,
            Recipe(provider="topaz", model="standard-v2"),
            TopazProvider,
            stills=True,
        )
        .order(3, 1)
        .plate.pull
    )
    with pytest.raises(PlanError, match="face_enhancement"):
        chosen("standard-v2", face_enhancement=True)
    quote = asyncio.run(connect(service, shop).estimate(still, chosen("standard-v2")))
    assert (quote.amount, quote.unit, quote.basis) == (1, "credits", "quoted")
