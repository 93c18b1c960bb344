"""Astria's service on this machine does what its documents say, the unkind things as well."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from services.astria import Astria, astria
from services.common import Server

from uprez.http import Answer, Client

CLIP = {"video_model": "kling25", "video_prompt": "a pan", "text": "a bear"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Astria]:
    with astria(tmp_path) as service:
        yield service


def ask(service: Astria, method: str, path: str, **given: Any) -> Answer:
    client = Client("astria", service.url, {"Authorization": f"Bearer {service.key}"})
    return asyncio.run(client.ask(method, path, accept=(400, 401, 402, 404, 422, 426), **given))


def posted(service: Astria, tune: int = 1, **fields: Any) -> Any:
    return ask(service, "POST", f"/tunes/{tune}/prompts", json={"prompt": {**CLIP, **fields}}).json()


def test_the_switch_takes_two_clips_of_equal_text_for_one_unless_callback_or_seed_differ(service) -> None:
    service.idempotent = True
    first = posted(service)["id"]
    assert posted(service, video_model="wan25_720p", video_prompt="quite another")["id"] == first
    assert posted(service, seed=2)["id"] != first
    assert posted(service, callback="https://callback.invalid/2")["id"] != first
    assert len(service.bill.charges()) == 3


def test_it_calls_back_once_with_the_prompt_wrapped_and_the_query_as_it_was(service, tmp_path: Path) -> None:
    heard: list[tuple[str, Any]] = []

    class Hook(Server):
        def routes(self) -> None:
            self.app.router.add_post("/hook", self._hook)

        async def _hook(self, request: web.Request) -> web.Response:
            heard.append((request.rel_url.raw_query_string, await request.json()))
            return web.Response(status=500)

    with Hook(tmp_path / "hook") as hook:
        number = posted(service, callback=f"{hook.url}/hook?token=a%20b")["id"]
        ask(service, "POST", "/__fake/advance", json={"steps": 5})
    ((query, body),) = heard
    assert (query, body["prompt"]["id"]) == ("token=a%20b", number)


def test_a_mock_tune_is_free_and_gives_pictures_all_the_same(service) -> None:
    tune = ask(service, "POST", "/tunes", json={"tune": {"branch": "fast"}}).json()["id"]
    number = posted(service, tune)["id"]
    ask(service, "POST", "/__fake/advance", json={"steps": 3})
    made = ask(service, "GET", f"/prompts/{number}.json").json()
    assert made["cost_mc"] == 0
    assert made["content_types"][-1] == "video/mp4"


REFUSED = [
    ({"video_model": "kling99"}, "video_model"),
    ({"video_duration": 7}, "video_duration"),
    ({"video_prompt": ""}, "video_prompt"),
    ({"text": ""}, "text"),
    ({"video_model": "wan_animate_720p"}, "input_video"),
    ({"video_model": "wan25_720p", "video_last_frame_url": "https://x.invalid/1.png"}, "video_last_frame"),
    ({"text": "a bear --video_model kling99"}, "video_model"),
    (
        {
            "video_model": "seedance2_480p",
            "video_first_frame_url": "https://x.invalid/1.png",
            "image_references_url": "https://x.invalid/2.png",
        },
        "base",
    ),
]


@pytest.mark.parametrize(("fields", "named"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_wrong_is_named_by_its_field_and_costs_nothing(service, fields, named) -> None:
    assert named in posted(service, **fields)
    assert service.bill.entries == []


def test_lists_are_paged_by_id_and_refuse_a_large_offset(service) -> None:
    numbers = [posted(service, seed=seed)["id"] for seed in range(25)]
    page = ask(service, "GET", "/tunes/1/prompts").json()
    assert [one["id"] for one in page] == numbers[:4:-1]
    rest = ask(service, "GET", "/tunes/1/prompts", params={"before_id": page[-1]["id"]}).json()
    assert [one["id"] for one in rest] == numbers[4::-1]
    assert ask(service, "GET", "/tunes/1/prompts", params={"offset": 10_001}).status == 400


def test_an_old_command_line_is_told_to_upgrade_and_a_deleted_prompt_is_gone(service) -> None:
    agent = {"User-Agent": "astria-cli/0.1"}
    assert ask(service, "GET", "/tunes/1/prompts", headers=agent).status == 426
    number = posted(service)["id"]
    said = ask(service, "DELETE", f"/prompts/{number}").json()
    assert said == {"message": "Prompt successfully deleted"}
    assert ask(service, "GET", f"/tunes/1/prompts/{number}").status == 404
    assert "seedance_480p" in ask(service, "GET", "/cli/models").json()["video_models"]
