"""Astria's clips: priced for whole seconds beforehand, and the still before a clip is never taken for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from services.astria import Astria, astria
from services.astria_rules import allowed, cost, table
from services.common import probed

from uprez.errors import PlanError, Rejected
from uprez.keys import Key
from uprez.orders import Failed, Order, Recipe, Running, Succeeded
from uprez.plugins import load
from uprez.provider import Context
from uprez.recipes import settled
from uprez.testing.clips import make_clip
from uprez.testing.service import ended, staged
from uprez.testing.workshop import Workshop
from uprez.times import FrameRange
from uprez_astria.catalogue import facts
from uprez_astria.provider import AstriaProvider


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Astria]:
    with astria(tmp_path) as service:
        yield service


@pytest.fixture
def provider(service: Astria, tmp_path: Path) -> AstriaProvider:
    return AstriaProvider(
        Context(scratch=tmp_path / "scratch", key=Key("sd_of-this-test"), base_url=service.url)
    )


def recipe(model: str, **options: Any) -> Recipe:
    found = next(one for one in AstriaProvider.models if one.name == model)
    options = {"prompt": "a slow push in", **options}
    return settled(Recipe(provider="astria", model=model, options=options), found)


def order(folder: Path, model: str, frames: int, *, moving: bool = False, **options: Any) -> Order:
    """Order a clip of `frames` at 24 from a still, or from a moving plate."""
    clip = make_clip(folder / "clip.mkv", frames=frames if moving else 1, size=(128, 72))
    shop = Workshop(folder, clip, recipe(model, **options), AstriaProvider, stills=not moving)
    wanted = {"frames": frames, "rate": Fraction(24)}
    return shop.exported(shop.order(0, frames if moving else 1).model_copy(update=wanted))


def priced(provider: AstriaProvider, folder: Path, model: str, frames: int) -> Any:
    pull = order(folder, model, 1).plate.pull
    media = pull.media.model_copy(update={"rate": Fraction(24)})
    longer = pull.model_copy(update={"media": media, "frames": FrameRange(start=0, count=frames)})
    return asyncio.run(provider.estimate(longer, recipe(model)))


def test_the_price_list_is_the_one_of_the_facts_in_every_field() -> None:
    assert {name: set(one.durations) for name, one in facts().items()} == {
        name: allowed(row["durations"]) for name, row in table().items()
    }
    for name, one in facts().items():
        row = table()[name]
        told = (one.images, one.text, one.references, one.last, one.motion)
        assert told == tuple(row[key] == "1" for key in ("image", "text", "references", "last", "motion"))
        for seconds in one.durations:
            thousandths = cost({"video_model": name, "video_duration": seconds})
            assert one.price(seconds) == Decimal(thousandths) / 100_000


@pytest.mark.parametrize(
    ("frames", "seconds", "price"), [(1, 5, "0.39"), (120, 5, "0.39"), (121, 10, "0.78"), (240, 10, "0.78")]
)
def test_the_shortest_duration_that_is_long_enough_is_priced(
    provider, tmp_path, frames, seconds, price
) -> None:
    quote = priced(provider, tmp_path, "kling25", frames)
    assert (quote.billed, quote.amount, quote.basis) == (seconds, Decimal(price), "published")


def test_a_shot_that_is_too_long_is_refused_with_the_nearest_duration(provider, tmp_path, service) -> None:
    with pytest.raises(Rejected, match=r"no clip of 10\.04 s, the nearest it makes is 10 s"):
        priced(provider, tmp_path, "kling25", 241)
    assert service.seen == []


def test_a_clip_without_words_and_a_picture_of_another_kind_are_refused(provider, tmp_path) -> None:
    pull = order(tmp_path, "kling25", 24).plate.pull
    with pytest.raises(Rejected, match="prompt"):
        asyncio.run(provider.estimate(pull, recipe("kling25", prompt=" ")))
    media = pull.media.model_copy(update={"path": Path("sky.exr")})
    with pytest.raises(Rejected, match="PNG"):
        asyncio.run(provider.estimate(pull.model_copy(update={"media": media}), recipe("kling25")))


def test_a_clip_comes_home_and_the_still_before_it_is_never_taken(provider, tmp_path, service) -> None:
    made = order(tmp_path, "wan25_720p", 30)
    ticket = asyncio.run(provider.submit(made, staged(provider, made)))
    asyncio.run(provider.poll(ticket))
    assert isinstance(asyncio.run(provider.poll(ticket)), Running)
    (prompt,) = service.prompts.values()
    assert prompt.shown["content_types"] == ["image/jpeg"]
    early = {**service._told(prompt), "trained_at": datetime.now(UTC).isoformat()}
    service.fault("GET", rf"/prompts/{prompt.id}", status=200, body=early)
    assert isinstance(asyncio.run(provider.poll(ticket)), Running)
    hours_ago = datetime.now(UTC) - timedelta(hours=2)
    late = {**early, "trained_at": hours_ago.isoformat()}
    service.fault("GET", rf"/prompts/{prompt.id}", status=200, body=late)
    assert isinstance(asyncio.run(provider.poll(ticket)), Failed)
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded)
    to = tmp_path / "clip.mp4"
    asyncio.run(provider.fetch(done, to))
    assert probed(to)[0] == 5 * 24
    assert done.charged == Decimal("0.53")
    assert prompt.fields["video_duration"] == "5"
    assert "text" not in prompt.fields


def test_a_last_frame_goes_where_it_is_taken_and_is_refused_elsewhere(provider, tmp_path, service) -> None:
    still = make_clip(tmp_path / "last.png", frames=1, size=(128, 72), codec="png", pixel_format="rgb24")
    bridge = order(tmp_path, "wan26_720p", 30).model_copy(update={"extra": {"last": still}})
    asyncio.run(provider.submit(bridge, staged(provider, bridge)))
    (prompt,) = service.prompts.values()
    assert set(prompt.digests) == {"video_first_frame", "video_last_frame"}
    other = order(tmp_path, "wan25_720p", 30).model_copy(update={"extra": {"last": still}})
    with pytest.raises(Rejected, match="no last frame"):
        asyncio.run(provider.submit(other, staged(provider, other)))
    assert len(service.prompts) == 1


def test_a_reference_excludes_frames(provider, tmp_path, service) -> None:
    still = make_clip(tmp_path / "look.png", frames=1, size=(128, 72), codec="png", pixel_format="rgb24")
    made = order(tmp_path, "seedance2_480p", 96, audio=True)
    made = made.model_copy(update={"extra": {"reference": still}})
    asyncio.run(provider.submit(made, staged(provider, made)))
    (prompt,) = service.prompts.values()
    assert set(prompt.digests) == {"image_references"}
    assert (prompt.fields["video_audio"], prompt.fields["aspect_ratio"]) == ("true", "16:9")


def test_motion_control_follows_a_video_and_comes_home(provider, tmp_path, service) -> None:
    still = make_clip(tmp_path / "look.png", frames=1, size=(128, 72), codec="png", pixel_format="rgb24")
    made = order(tmp_path, "dreamactor_m2", 30, moving=True)
    made = made.model_copy(update={"extra": {"reference": still}})
    ticket = asyncio.run(provider.submit(made, staged(provider, made)))
    (prompt,) = service.prompts.values()
    assert set(prompt.digests) == {"input_video", "video_first_frame"}
    assert prompt.fields["video_duration"] == "10"
    done = ended(provider, ticket)
    assert isinstance(done, Succeeded)
    asyncio.run(provider.fetch(done, tmp_path / "render.mp4"))
    assert probed(tmp_path / "render.mp4")[0] == 30


def test_settings_change_a_model_and_add_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("UPREZ_HOME", str(home))
    (home / "uprez.toml").write_text(
        "[provider.astria.models.kling25]\ncents = 50\n"
        '[provider.astria.models.wan30_720p]\ncents = 60\ndurations = "5|10"\nlast = true\n'
    )
    models = {one.name: one for one in load().provider("astria").models}
    assert models["kling25"].price == "0.50 USD for 5 s"
    assert models["wan30_720p"].does == ("image-to-video", "bridge")
    with pytest.raises(PlanError, match=r"provider\.astria\.models\.new"):
        facts({"new": {"cents": 1}})


def test_a_still_of_a_cut_is_animated_from_the_command_line_for_its_own_length(
    service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import opentimelineio as otio

    make_clip(tmp_path / "photo.png", frames=1, size=(128, 72), codec="png", pixel_format="rgb24")
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(30, 24))
    track = otio.schema.Track("V1")
    track.append(otio.schema.Clip("photo", otio.schema.ExternalReference("photo.png", span), span))
    timeline = otio.schema.Timeline("cut")
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    for name, value in (
        ("UPREZ_HOME", str(tmp_path / "home")),
        ("UPREZ_ASTRIA_BASE_URL", service.url),
        ("ASTRIA_API_KEY", service.key),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(AstriaProvider, "poll_every", 0.05)
    words = "uprez animate cut.otio -p astria -m kling25 -O prompt=pan --allow-generative --yes --max-cost 1"
    monkeypatch.setattr("sys.argv", words.split())
    from uprez.cli import main

    with pytest.raises(SystemExit) as leave:
        main()
    assert leave.value.code in (0, None), capsys.readouterr().err
    (render,) = (tmp_path / "cut.uprez" / "renders").glob("*.mov")
    assert probed(render)[:2] == (30, Fraction(24))
    assert len(service.prompts) == 1
    assert service.bill.taken(str(next(iter(service.prompts)))) == 39_000
