"""A timeline that Resolve exported comes back in Resolve's own OTIO dialect, for it to import.

Facts §13.3 and §13.4: one Clip.2 a clip, DEFAULT_MEDIA, bare absolute paths, ranges that count from the
media's timecode, global_start_time, a gap at the end, and blocks of metadata called Resolve_OTIO.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from uprez.cli import main
from uprez.media.probe import probe
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_resolve import FakeResolve
from uprez.testing.timelines import clip, external, gap, span, timeline, track, warp, write

FIRST, RATE = 86_400, 24.0  # 01:00:00:00
BLOCK = {"Resolve_OTIO": {"Locked": False, "Link Group ID": 7, "Notes": "keep me", "Audio Type": None}}


def exported(folder: Path) -> Path:
    """Write what Resolve exports for three shots of one file with timecode, one of them retimed."""
    media = make_clip(folder / "A001_C002.mkv", frames=72, size=(160, 90), timecode="01:00:00:00")

    def shot(name: str, first: int, count: int, **more: Any) -> Any:
        known = external(str(media), span(FIRST, 72), name=media.name, metadata=dict(BLOCK))
        return clip(name, known, span(FIRST + first, count), metadata=dict(BLOCK), **more)

    children = (
        shot("one", 10, 12),
        gap(5),
        shot("two", 30, 12),
        shot("fast", 48, 6, effects=[warp(2.0)]),
        gap(24),
    )
    video = track(*children, name="Video 1", metadata=dict(BLOCK))
    cut = timeline(video, start=FIRST, rate=RATE, metadata=dict(BLOCK))
    return write(folder / "Reel 1.otio", cut)


def ran(words: list[str], folder: Path) -> str:
    """Call a command in the test's own process; returns what it printed."""
    printed = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(printed),
        pytest.raises(SystemExit) as leave,
    ):
        patch.setenv("UPREZ_HOME", str(folder / "home"))
        patch.setattr(
            sys, "argv", ["uprez", *words, "-p", "local", "-m", "lanczos", "--handles", "4", "--json"]
        )
        main()
    assert not leave.value.code, printed.getvalue()
    return printed.getvalue()


@pytest.fixture(scope="module", params=["reference", "replace", "track"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("dialect")
    source = exported(folder)
    output = Path(json.loads(ran(["run", str(source), "--as", request.param], folder))["output"])
    yield request.param, json.loads(source.read_text()), json.loads(output.read_text())


def clips(cut: Any) -> list[Any]:
    return [
        one for line in cut["tracks"]["children"] for one in line["children"] if "Clip" in one["OTIO_SCHEMA"]
    ]


def renders(cut: Any) -> list[tuple[Any, Any]]:
    """Return each clip that shows a render, with the reference that it shows."""
    shown = [(one, one["media_references"][one["active_media_reference_key"]]) for one in clips(cut)]
    return [(one, media) for one, media in shown if "A001_C002.mkv" not in media["target_url"]]


def test_every_shot_shows_a_render(pair: Any) -> None:
    _, _, after = pair
    assert len(renders(after)) == 3


def test_paths_stay_bare_and_absolute(pair: Any) -> None:
    _, _, after = pair
    for one in clips(after):
        for media in one["media_references"].values():
            assert media["target_url"].startswith("/") and Path(media["target_url"]).is_file()


def test_ranges_go_on_counting_from_the_timecode(pair: Any) -> None:
    """The picture that a clip begins with is the one that it began with: read off the render itself."""
    _, before, after = pair
    firsts = {one["name"]: one["source_range"]["start_time"]["value"] for one in clips(before)}
    for one, media in renders(after):
        available, shown = media["available_range"], one["source_range"]
        assert available["start_time"]["value"] >= FIRST
        assert shown["start_time"]["value"] == firsts[one["name"]]
        at = int(shown["start_time"]["value"] - available["start_time"]["value"])
        assert read_numbers(Path(media["target_url"]))[at] == firsts[one["name"]] - FIRST


def test_a_render_carries_the_timecode_that_its_range_begins_with(pair: Any) -> None:
    _, _, after = pair
    for _, media in renders(after):
        first = media["available_range"]["start_time"]["value"]
        assert probe(Path(media["target_url"])).timecode == first


def test_a_render_says_that_it_is_as_long_as_its_range(pair: Any) -> None:
    _, _, after = pair
    for _, media in renders(after):
        assert media["available_range"]["duration"]["value"] == len(read_numbers(Path(media["target_url"])))
        assert media["available_range"]["duration"]["rate"] == RATE


def test_what_resolve_wrote_besides_is_kept_to_the_letter(pair: Any) -> None:
    manner, before, after = pair
    assert after["global_start_time"] == before["global_start_time"]
    assert after["metadata"]["Resolve_OTIO"] == BLOCK["Resolve_OTIO"]
    own = [line for line in after["tracks"]["children"] if "uprez" not in line["metadata"]]
    assert len(own) == 1 and own[0]["children"][-1] == before["tracks"]["children"][0]["children"][-1]
    for one, was in zip(own[0]["children"], before["tracks"]["children"][0]["children"], strict=True):
        changed = {"media_references", "active_media_reference_key"} if manner != "track" else set()
        assert {key: one[key] for key in one.keys() - changed} == {
            key: was[key] for key in was.keys() - changed
        }


def test_replaced_media_stands_under_the_one_key_that_resolve_writes(pair: Any) -> None:
    manner, _, after = pair
    if manner != "reference":
        assert {key for one in clips(after) for key in one["media_references"]} == {"DEFAULT_MEDIA"}


@pytest.mark.parametrize("profile", ["free_21_1", "studio_20_3_2"])
@pytest.mark.parametrize("manner", ["replace", "track"])
def test_what_the_fake_exports_it_takes_back_with_the_renders_in_it(
    manner: str, profile: str, tmp_path: Path
) -> None:
    """The whole way of file mode: export by hand, `uprez run`, import by hand; the cut lies as it lay."""
    media = make_clip(tmp_path / "A001.mov", frames=72, size=(64, 36), codec="mpeg4", timecode="01:00:00:00")
    with FakeResolve(profile) as fake:
        fake.user.timeline("Reel 1")
        used = fake.user.media(media)
        for span_, at, speed in (((10, 22), 0, 1), ((30, 42), 20, 1), ((48, 60), 40, 2)):
            fake.user.place(used, span_, at=at, speed=speed)
        before = layout(fake, "Reel 1")
        assert fake.user.export_timeline(tmp_path / "Reel 1.otio")
        words = ["run", str(tmp_path / "Reel 1.otio"), "--as", manner]
        output = Path(json.loads(ran(words, tmp_path))["output"])
        assert fake.user.import_timeline(output, "Reel 1 up") is not None
        after = layout(fake, "Reel 1 up")
    assert [place for place, _ in after[0]] == [place for place, _ in before[0]]
    shown = after[-1]
    assert [place for place, _ in shown] == [place for place, _ in before[0]]
    assert all("renders" in path for _, path in shown)
    if manner == "track":
        assert after[0] == before[0]


def layout(fake: FakeResolve, name: str) -> list[list[tuple[Any, str]]]:
    """Return by video track where items lie, how fast they play, and their files."""
    snapshot = fake.snapshot()
    files = {uid: one["path"] for uid, one in snapshot["project"]["clips"].items()}
    (timeline,) = [one for one in snapshot["timelines"].values() if one["name"] == name]
    tracks = [one for kind, one in sorted(timeline["tracks"].items()) if kind.startswith("video")]
    return [
        [
            ((one["start"], one["duration"], one["speed"]), files[one["clip"]])
            for one in track["items"].values()
        ]
        for track in tracks
    ]
