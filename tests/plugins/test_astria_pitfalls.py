"""The pitfalls of Astria that others fell into, and the limits that are kept before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from services.astria import Astria, astria
from services.common import digest

from uprez.errors import PlanError, Unauthorized, Unavailable
from uprez.keys import Key
from uprez.orders import Failed, Order, Recipe, Succeeded
from uprez.provider import Context
from uprez.recipes import settled
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.clock import Wall
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop
from uprez_astria.provider import AstriaProvider

PROMPTS = r"/tunes/\d+/prompts$"
MODELS = {model.name: model for model in AstriaProvider.models}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Astria]:
    with astria(tmp_path) as service:
        yield service


def connect(service: Astria, folder: Path, **settings: Any) -> AstriaProvider:
    context = Context(
        scratch=folder / "scratch", key=Key(service.key), base_url=service.url, settings=settings
    )
    return AstriaProvider(context)


def shop_of(folder: Path, model: str, wall: Wall | None = None, **options: Any) -> Workshop:
    clip = make_clip(folder / "clip.mkv", frames=1, size=(128, 72))
    recipe = settled(Recipe(provider="astria", model=model, options=options), MODELS[model])
    return Workshop(folder, clip, recipe, AstriaProvider, stills=True, wall=wall)


def clip_of(folder: Path, model: str, **options: Any) -> Order:
    shop = shop_of(folder, model, prompt=options.pop("prompt", "a slow push in"), **options)
    return shop.exported(shop.order(3, 1).model_copy(update={"frames": 30, "rate": Fraction(24)}))


def posted(service: Astria, provider: AstriaProvider, order: Order) -> dict[str, Any]:
    asyncio.run(provider.submit(order, staged(provider, order)))
    return list(service.prompts.values())[-1].fields


@pytest.mark.parametrize("prompt", ["@/etc/hostname walks in", "</etc/hostname> fades", "a;type=text/html"])
def test_words_that_other_clients_read_as_files_are_sent_as_words(
    service: Astria, tmp_path: Path, prompt: str
) -> None:
    fields = posted(service, connect(service, tmp_path), clip_of(tmp_path, "kling25", prompt=prompt))
    assert fields["video_prompt"] == prompt


def test_a_clip_from_a_picture_has_the_pictures_shape_and_no_other(service: Astria, tmp_path: Path) -> None:
    order = clip_of(tmp_path, "seedance2_480p", aspect_ratio="9:16")
    fields = posted(service, connect(service, tmp_path), order)
    assert "aspect_ratio" not in fields  # it is ignored beside a first frame
    assert "text" not in fields


def test_sound_is_asked_for_by_the_services_own_name(service: Astria, tmp_path: Path) -> None:
    fields = posted(service, connect(service, tmp_path), clip_of(tmp_path, "seedance2_480p", audio=True))
    assert fields["video_audio"] == "true"
    assert "generate_audio" not in fields


@pytest.mark.parametrize("workspace", ["77", None])
def test_the_workspace_of_the_settings_is_named_at_every_call(
    service: Astria, tmp_path: Path, workspace: str | None
) -> None:
    provider = connect(service, tmp_path, **({"workspace": workspace} if workspace else {}))
    asyncio.run(provider.check())
    assert [one.headers.get("x-workspace-id") for one in service.seen] == [workspace]


def test_a_callback_that_is_lost_or_refused_changes_nothing(
    service: Astria, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = connect(service, tmp_path, callback="http://127.0.0.1:9/nobody-listens")
    shop = shop_of(tmp_path, "only-upscale", Wall(monkeypatch))
    (standing,) = shop.run(provider, shop.order(3, 1))
    assert standing.state == "done", standing.error
    assert standing.render is not None
    assert read_numbers(standing.render.path) == [3]
    assert len(service.called) == 1


def test_a_date_of_the_end_without_a_picture_is_not_the_end(service: Astria, tmp_path: Path) -> None:
    provider, shop = connect(service, tmp_path), shop_of(tmp_path, "only-upscale")
    order = shop.exported(shop.order(3, 1))
    ticket = asyncio.run(provider.submit(order, staged(provider, order)))
    (prompt,) = service.prompts.values()
    empty = {**service._told(prompt), "trained_at": service._date(), "images": []}
    service.fault("GET", rf"/prompts/{prompt.id}", status=200, body=empty)
    assert asyncio.run(provider.poll(ticket)).kind == "running"
    blank = {**empty, "trained_at": None, "images": ["https://elsewhere.example/early.png"]}
    service.fault("GET", rf"/prompts/{prompt.id}", status=200, body=blank)
    assert asyncio.run(provider.poll(ticket)).kind == "queued"
    assert isinstance(ended(provider, ticket), Succeeded)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Unauthorized),
        (403, Unauthorized),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
def test_a_poll_and_a_look_that_fail_never_deny_an_order(
    service: Astria, tmp_path: Path, status: int, error: type[Exception]
) -> None:
    provider, shop = connect(service, tmp_path), shop_of(tmp_path, "only-upscale")
    order = shop.exported(shop.order(3, 1))
    place = staged(provider, order)
    ticket = asyncio.run(provider.submit(order, place))
    service.fault("GET", rf"/prompts/{ticket.id}", status=status, body={"error": "said by Astria"})
    with pytest.raises(error):
        asyncio.run(provider.poll(ticket))
    service.fault("GET", PROMPTS, status=status, body={"message": "said by Astria"})
    with pytest.raises(error):
        asyncio.run(provider.find(order, place))
    assert asyncio.run(provider.find(order, place)) == ticket
    assert service.count("POST", PROMPTS) == 1


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_prompt_that_can_not_be_deleted_spoils_nothing(
    service: Astria, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    service.fault("DELETE", "/prompts/", status=status)
    shop = shop_of(tmp_path, "only-upscale", Wall(monkeypatch))
    (standing,) = shop.run(connect(service, tmp_path), shop.order(3, 1))
    assert standing.state == "done", standing.error
    assert service.charges(digest(standing.order.plate.pull.media.path)) == 1


def test_a_kept_charge_of_a_failed_clip_is_its_own_cost(service: Astria, tmp_path: Path) -> None:
    service.error, service.refunds = "the words were refused", False
    provider, order = connect(service, tmp_path), clip_of(tmp_path, "kling25")
    status = ended(provider, asyncio.run(provider.submit(order, staged(provider, order))))
    assert isinstance(status, Failed)
    assert (status.reason, str(status.charged)) == ("the words were refused", "0.39")


RANGES = [("denoising_strength", 0, 1, 0.01), ("steps", 0, 50, 1), ("cfg_scale", 0, 15, 0.5),
          ("seed", -1, 2_147_483_647, 1), ("tune", 1, None, 1)]  # fmt: skip


@pytest.mark.parametrize(("option", "least", "most", "step"), RANGES)
def test_an_option_beyond_its_range_is_refused_with_the_bound(
    option: str, least: float, most: float | None, step: float
) -> None:
    def chosen(value: float) -> Recipe:
        return settled(
            Recipe(provider="astria", model="only-upscale", options={option: value}), MODELS["only-upscale"]
        )

    assert chosen(least).options[option] == least
    with pytest.raises(PlanError, match=rf"-O {option}: .* {least};"):
        chosen(least - step)
    if most is not None:
        assert chosen(most).options[option] == most
        with pytest.raises(PlanError, match=rf"-O {option}: .* {most};"):
            chosen(most + step)


def test_every_option_with_a_range_is_in_the_table_of_this_test() -> None:
    ranged = {
        name
        for model in MODELS.values()
        for name, field in model.options.model_fields.items()
        if any(hasattr(bound, "ge") or hasattr(bound, "le") for bound in field.metadata)
    }
    assert ranged == {name for name, *_ in RANGES}


@pytest.mark.parametrize(
    ("model", "option", "wrong"),
    [
        ("only-upscale", "scheduler", "euler a; drop"),
        ("seedance2_480p", "aspect_ratio", "2.39:1"),
        ("kling25", "upscale", "8k"),
    ],
)
def test_a_word_that_is_not_known_is_refused_by_the_name_of_its_option(
    model: str, option: str, wrong: str
) -> None:
    with pytest.raises(PlanError, match=f"-O {option}"):
        settled(Recipe(provider="astria", model=model, options={option: wrong}), MODELS[model])
