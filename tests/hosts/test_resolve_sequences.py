"""An image sequence in Resolve is upscaled as one file and comes back as a take, frame for frame."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts.resolve_scene import changed, honest, host, items, shots

from uprez.model import Conform
from uprez.testing.clips import make_clip
from uprez.testing.fake_resolve import FakeResolve

FIRST, COUNT = 1001, 24
Command = Callable[..., tuple[int, str, str]]


def pictures(resolve: FakeResolve, folder: Path) -> str:
    """Have a sequence in the media pool, its pictures numbered from 0 and its files from 1001."""
    made = {"frames": 1, "size": (64, 36), "codec": "png", "pixel_format": "rgb24", "colour": None}
    for number in range(COUNT):
        make_clip(folder / f"n_{number + FIRST}.png", first=number, **made)
    return str(resolve.user.sequence(folder / "n_%04d.png", FIRST, FIRST + COUNT - 1))


def run(uprez: Command, *words: str, code: int = 0) -> Any:
    said = uprez("run", "resolve:", "-m", "lanczos", "--json", "--progress", "none", *words)
    assert said[0] == code, said
    return json.loads(said[1]) if code == 0 else said[2]


@pytest.mark.parametrize("speed", ["1", "2"])
def test_a_sequence_gets_a_film_as_its_take(
    resolve: FakeResolve, uprez: Command, tmp_path: Path, speed: str
) -> None:
    clip = pictures(resolve, tmp_path)
    resolve.user.timeline("Reel 1")
    item = resolve.user.place(clip, (6, 18), speed=speed)
    before, found = resolve.snapshot(), shots()
    told = run(uprez, "--handles", "3")
    (relinked,) = told["relinked"]
    assert relinked["shot"].startswith(item) and Path(relinked["render"]).suffix == ".mov"
    assert not list(Path(told["workspace"]).rglob("*.png"))
    taken = items(resolve)[item]["takes"]
    assert len(taken) == 2 and items(resolve)[item]["selected"] == 2
    conform = Conform(timeline="Reel 1", output="resolve:Reel 1", relinked=(found[0].id,), receipt=None)
    if speed == "1":
        honest(resolve, before, conform, found)
    assert run(uprez, "--handles", "3")["relinked"] == told["relinked"]
    host().revert(Path(told["receipt"]))
    assert changed(before, resolve.snapshot()) == []


def test_no_film_takes_the_place_of_a_sequence_in_the_media_pool(
    resolve: FakeResolve, uprez: Command, tmp_path: Path
) -> None:
    clip = pictures(resolve, tmp_path)
    resolve.user.timeline("Reel 1")
    resolve.user.place(clip, (6, 18))
    before = resolve.snapshot()
    why = run(uprez, "--as", "replace", "--handles", "100", code=2)
    assert "it is an image sequence, whose place no movie can take; give --as take" in why
    assert changed(before, resolve.snapshot()) == []
