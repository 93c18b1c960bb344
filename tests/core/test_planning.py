"""What a host could not relink is left out by name before anything is bought, not after."""

from fractions import Fraction
from pathlib import Path

import pytest

from uprez.media.probe import probe
from uprez.model import Cut, Media, Shot
from uprez.orders import Model, Recipe
from uprez.plan import plan
from uprez.quoting import leave_out
from uprez.testing import timelines as t
from uprez.testing.clips import make_clip
from uprez.testing.fake_service import FakeService
from uprez.times import FrameRange

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


def test_of_two_shots_of_one_pull_only_the_one_with_no_place_is_left_out(faded: Path) -> None:
    media = Media(
        url="a.mkv",
        path=faded.parent / "a.mkv",
        fingerprint="a",
        rate=Fraction(24),
        available=FrameRange(start=0, count=60),
        info=probe(faded.parent / "a.mkv"),
    )
    uses = tuple(
        Shot(
            id=name,
            name=name,
            track="V1",
            media=media,
            source=FrameRange(start=first, count=9),
            record=FrameRange(start=0, count=9),
        )
        for name, first in (("one", 0), ("two", 5))
    )
    model = Model(name="m", does=("upscale-video",), summary="", plates=("ffv1",))
    planned = plan(Cut(name="cut", rate=Fraction(24), shots=uses), Recipe(handles=0), model)
    left = leave_out(planned, {"one": "it has no place there"})
    assert [shot.id for shot in left.shots] == ["two"]
    assert [pull.shots for pull in left.pulls] == [("two",)]
    assert [gone.name for gone in left.left_out] == ["one"]
    assert leave_out(left, {"two": "nor has it"}).pulls == ()


def test_both_sides_of_a_dissolve_are_bought_together(uprez, faded: Path) -> None:
    ended = uprez("run", faded, *RUN, "--as", "track")
    assert {shot["name"] for shot in ended.json["relinked"]} == {"one", "two", "three"}, ended.out


def test_nothing_is_bought_where_nothing_could_be_relinked(uprez, faded: Path) -> None:
    service = FakeService(faded.parent / "service")
    ended = uprez("run", faded, *RUN, "--as", "track", "--clip", "one")
    assert ended.code == 2
    assert "no clip can be upscaled" in ended.err
    assert sum(service.charges().values()) == 0
