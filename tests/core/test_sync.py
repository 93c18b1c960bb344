"""A cut that was edited again: what is rendered is mapped onto it, and only missing frames are bought."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from uprez.media.probe import probe
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_service import FakeService
from uprez.testing.timelines import clip, external, span, timeline, track, warp, write

PROVIDERS = """
import av
import uprez
from uprez.testing.clips import decoded, read_numbers
from uprez.testing.fake_service import PaidProvider

class Brighter(PaidProvider):
    name = "brighter"
    async def fetch(self, done, to):
        await super().fetch(done, to)
        if len(read_numbers(to)) == 20:
            brighten(to)

def brighten(path):
    frames = [frame.to_ndarray(format="yuv420p") for frame in decoded(path)]
    with av.open(str(path), "w", format="matroska") as out:
        video = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for number, planes in enumerate(frames):
            planes[:180] = planes[:180] + 2
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.color_range, frame.colorspace = number, 1, 1
            frame.color_primaries, frame.color_trc = 1, 1
            out.mux(video.encode(frame))
        out.mux(video.encode(None))

@uprez.hookimpl
def uprez_providers(): return [PaidProvider, Brighter]
"""
Command = Callable[..., Any]
Use = tuple[Any, ...]  # name, file, first frame, count, speed
FIRST = 86_400
QUIET = ("--yes", "--json", "--progress", "none")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    for name, first in (("A001", 0), ("B002", 5000)):
        make_clip(
            tmp_path / f"{name}.mkv", frames=200, first=first, size=(160, 90), timecode="01:00:00:00"
        )
    (tmp_path / "bought.py").write_text(PROVIDERS)
    (tmp_path / "uprez.toml").write_text('plugins = ["bought.py"]')
    for name in ("PAID", "BRIGHTER"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(tmp_path / "service"))
    return FakeService(tmp_path / "service")


def cut(file: Path, *uses: Use, first: int = FIRST) -> Path:
    """Write a cut whose source frames count from the file's own first frame, which is called `first`."""
    clips = []
    for name, media, start, count, *speed in uses:
        effects = [warp(speed[0])] if speed else []
        source = span(first + start, count)
        clips.append(clip(name, external(media, span(first, 200)), source, effects=effects))
    return write(file, timeline(track(*clips)))


OLD: tuple[Use, ...] = (("one", "A001.mkv", 40, 50), ("two", "B002.mkv", 100, 30))


@pytest.fixture
def ran(tmp_path: Path, uprez: Command, service: FakeService) -> Path:
    """Run a cut of two sources with 4 frames of handles: A001 36-93, B002 96-133."""
    old = cut(tmp_path / "old.otio", *OLD)
    ended = uprez("run", old, "-p", "paid", "--handles", "4", *QUIET)
    assert ended.code == 0, ended.err
    assert service.spent() == Decimal("0.96")
    return old


def shown(ended: Any) -> dict[str, list[int]]:
    """Return by clip the source numbers of its render's frames, and hold each file against its claim."""
    found = {}
    for one in ended.json["relinked"]:
        numbers = read_numbers(Path(one["render"]))
        claim = one["stands_for"]
        base = numbers[0] - (claim["start"] - FIRST)
        assert numbers == list(range(base + claim["start"] - FIRST, base + claim["start"] - FIRST + claim["count"]))
        assert base in (0, 5000), base
        found[one["name"]] = numbers
    return found


def synced(uprez: Command, old: Path, *uses: Use, words: tuple[str, ...] = (), first: int = FIRST) -> Any:
    new = cut(old.with_name("new.otio"), *uses, first=first)
    ended = uprez("sync", old, new, *words, *QUIET)
    assert ended.code == 0, ended.err
    assert {one["name"] for one in ended.json["relinked"]} == {use[0] for use in uses}, ended.out
    return ended


@pytest.mark.parametrize(
    ("uses", "bought", "saved"),
    [
        (OLD, 0, 96),
        (OLD[::-1], 0, 96),
        ((("anew", "A001.mkv", 44, 20), ("named", "B002.mkv", 100, 30)), 0, 28 + 38),
        ((("slip", "A001.mkv", 43, 50), OLD[1]), 0, 96),
        ((("tail", "A001.mkv", 40, 66), OLD[1]), 20, 74 + 38 - 20),
        ((("head", "A001.mkv", 24, 66), OLD[1]), 20, 74 + 38 - 20),
        ((("both", "A001.mkv", 24, 82), OLD[1]), 40, 90 + 38 - 40),
        ((("slip", "A001.mkv", 60, 50), OLD[1]), 24, 58 + 38 - 24),
        ((("split 1", "A001.mkv", 40, 20), ("split 2", "A001.mkv", 60, 30)), 0, 58),
        ((("far", "A001.mkv", 140, 20), OLD[1]), 28, 38),
        ((("near", "A001.mkv", 96, 20), OLD[1]), 26, 28 + 38 - 26),
        ((("other", "B002.mkv", 40, 50), OLD[1]), 58, 96 - 58),
    ],
    ids=[
        "nothing changed", "reordered", "trimmed and renamed", "slipped inside the handles", "longer at the tail",
        "longer at the head", "longer at both ends", "slipped beyond the handles", "cut in two",
        "another place", "a place beside the handles", "another source",
    ],
)  # fmt: skip
def test_each_edit_buys_the_missing_frames_and_says_what_that_saved(
    uprez: Command, ran: Path, service: FakeService, uses: tuple[Use, ...], bought: int, saved: int
) -> None:
    before = service.spent()
    ended = synced(uprez, ran, *uses)
    shown(ended)
    assert (ended.json["saved"]["bought"], ended.json["saved"]["frames"]) == (bought, saved)
    assert service.spent() - before == Decimal(bought) / 100
    assert Decimal(ended.json["saved"]["amount"]) == Decimal(saved) / 100
    again = uprez("sync", ran, ran.with_name("new.otio"), *QUIET)
    assert (again.code, again.json["charged"], again.json["saved"]["bought"]) == (0, [], 0), again.err
    assert [one["render"] for one in again.json["relinked"]] == [
        one["render"] for one in ended.json["relinked"]
    ]
    assert set(service.charges().values()) == {1}
