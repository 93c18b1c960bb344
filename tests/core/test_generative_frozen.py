"""`uprez animate` on a frozen clip: it moves for its own length above the cut, where no freeze holds it."""

from pathlib import Path

import opentimelineio as otio
import pytest

from uprez.testing import timelines as t
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.testing.fake_maker import MakingProvider

@uprez.hookimpl
def uprez_providers():
    return [MakingProvider]
"""
PUSH = ("-p", "maker", "-m", "push", "-O", "prompt=slow push in", "--allow-generative", "--yes")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (tmp_path / "maker.py").write_text(PLUGIN)
    (tmp_path / "uprez.toml").write_text('plugins = ["maker.py"]')
    monkeypatch.setenv("UPREZ_MAKER_BASE_URL", str(tmp_path / "service"))
    return FakeService(tmp_path / "service")


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """Write a moving clip, a freeze of frame 17 for 30 frames, the moving clip again, and a still."""
    make_clip(tmp_path / "A001.mkv", frames=48, size=(160, 90))
    make_clip(
        tmp_path / "photo.png", frames=1, first=5, size=(160, 90), codec="png", pixel_format="rgb24",
        colour=None,
    )  # fmt: skip
    media = t.external("A001.mkv", t.span(0, 48))
    photo = t.external("photo.png", t.span(0, 1))
    look = t.effect("grade")
    freeze = t.clip("frozen", media, t.span(17, 30), effects=[look, t.warp(0, "FreezeFrame.1")])
    track = t.track(
        t.clip("before", media, t.span(0, 12)), freeze, t.clip("after", media, t.span(12, 12)),
        t.clip("photo", photo, t.span(0, 24)),
    )  # fmt: skip
    return t.write(tmp_path / "cut.otio", t.timeline(track, start=86_400))


def tracks(path: Path) -> list[otio.schema.Track]:
    return list(otio.adapters.read_from_file(str(path)).tracks)


def test_a_frozen_clip_moves_above_the_cut_for_its_own_length(uprez, cut, service) -> None:
    ended = uprez("animate", cut, "--clip", "frozen", *PUSH)
    assert ended.code == 0, ended.err
    below, above = tracks(cut.with_name("cut_uprez.otio"))
    assert below.to_json_string() == tracks(cut)[0].to_json_string()
    (made,) = (item for item in above if isinstance(item, otio.schema.Clip))
    placed = made.range_in_parent()
    assert (placed.start_time.value, placed.duration.value, placed.duration.rate) == (12, 30, 24)
    assert [type(effect) for effect in made.effects] == [otio.schema.Effect]
    assert made.available_range() == made.source_range
    assert made.media_reference.metadata["uprez"]["generative"] is True
    (render,) = (cut.with_suffix(".uprez") / "renders").glob("*.mov")
    assert read_numbers(render) == list(range(17, 47))
    assert list(service.charges().values()) == [1]


def test_frozen_clips_and_stills_may_move_together(uprez, cut, service) -> None:
    ended = uprez("animate", cut, "--clip", "frozen", "--clip", "photo", *PUSH)
    assert ended.code == 0, ended.err
    _, above = tracks(cut.with_name("cut_uprez.otio"))
    moving = [item for item in above if isinstance(item, otio.schema.Clip)]
    spans = [item.range_in_parent() for item in moving]
    assert [(item.name, span.start_time.value) for item, span in zip(moving, spans, strict=True)] == [
        ("frozen", 12), ("photo", 54),
    ]  # fmt: skip
    numbers = [read_numbers(cut.parent / item.media_reference.target_url) for item in moving]
    assert numbers == [list(range(17, 47)), list(range(5, 29))]


def test_the_same_frozen_clip_twice_is_bought_once_and_taken_back(uprez, cut, service) -> None:
    for _ in range(2):
        assert uprez("animate", cut, "--clip", "frozen", *PUSH).code == 0
    assert list(service.charges().values()) == [1]
    assert uprez("revert", cut.with_name("cut_uprez.uprez-receipt.json")).code == 0
    assert cut.with_name("cut_uprez.otio").read_bytes() == cut.read_bytes()


def test_as_a_reference_the_freeze_would_hold_it_and_that_is_said(uprez, cut, service) -> None:
    ended = uprez("animate", cut, "--clip", "frozen", *PUSH, "--as", "reference")
    assert ended.code == 2
    assert "nothing to animate; frozen: its freeze would hold the new picture as well" in ended.err
    told = uprez("animate", cut, *PUSH, "--as", "reference", "--dry-run")
    assert "its freeze would hold the new picture as well; give --as track" in told.out
    assert not service.charges()


def test_a_new_picture_never_takes_the_place_of_the_cuts_own(uprez, cut, service) -> None:
    for manner in ("replace", "timeline"):
        ended = uprez("animate", cut, "--clip", "frozen", *PUSH, "--as", manner)
        assert ended.code == 2
        assert f"--as {manner}: a new picture never takes the place" in ended.err
    assert not service.charges()


def test_a_freeze_longer_than_any_generation_is_refused_with_the_nearest(uprez, tmp_path, service) -> None:
    make_clip(tmp_path / "A001.mkv", frames=48, size=(160, 90))
    media = t.external("A001.mkv", t.span(0, 48))
    long = t.clip("frozen", media, t.span(3, 72), effects=[t.warp(0, "FreezeFrame.1")])
    cut = t.write(tmp_path / "cut.otio", t.timeline(t.track(long)))
    ended = uprez("animate", cut, *PUSH)
    assert ended.code != 0
    assert "the nearest is 2 s" in ended.err
    assert not service.charges()
