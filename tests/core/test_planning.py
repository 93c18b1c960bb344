"""What a host could not relink is left out by name before anything is bought, not after."""

from pathlib import Path

import pytest

from uprez.testing import timelines as t
from uprez.testing.clips import make_clip
from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.testing.fake_service import PaidProvider

@uprez.hookimpl
def uprez_providers(): return [PaidProvider]
"""
RUN = ("-p", "paid", "--handles", "0", "-o", "out.otio", "--yes", "--json", "--progress", "none")


@pytest.fixture
def faded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_clip(tmp_path / "a.mkv", frames=60, size=(64, 36))
    media = t.external("a.mkv", t.span(0, 60))
    clips = [t.clip("one", media, t.span(5, 10)), t.dissolve(2, 2), t.clip("two", media, t.span(30, 10))]
    (tmp_path / "paid.py").write_text(PLUGIN)
    (tmp_path / "uprez.toml").write_text('plugins = ["paid.py"]')
    monkeypatch.setenv("UPREZ_PAID_BASE_URL", str(tmp_path / "service"))
    apart = t.clip("three", media, t.span(45, 8))
    return t.write(tmp_path / "cut.otio", t.timeline(t.track(*clips), t.track(apart, name="V2")))


def test_a_clip_with_a_dissolve_into_one_without_a_render_is_left_out_before_it_is_bought(
    uprez, faded: Path
) -> None:
    service = FakeService(faded.parent / "service")
    ended = uprez("run", faded, *RUN, "--as", "track", "--clip", "one", "--clip", "three")
    assert [left["name"] for left in ended.json["left_out"] if "transition" in left["reason"]] == ["one"]
    assert [shot["name"] for shot in ended.json["relinked"]] == ["three"]
    assert sum(service.charges().values()) == 1


def test_both_sides_of_a_dissolve_are_bought_together(uprez, faded: Path) -> None:
    ended = uprez("run", faded, *RUN, "--as", "track")
    assert {shot["name"] for shot in ended.json["relinked"]} == {"one", "two", "three"}, ended.out


def test_nothing_is_bought_where_nothing_could_be_relinked(uprez, faded: Path) -> None:
    service = FakeService(faded.parent / "service")
    ended = uprez("run", faded, *RUN, "--as", "track", "--clip", "one")
    assert ended.code == 2
    assert "no clip can be upscaled" in ended.err
    assert sum(service.charges().values()) == 0
