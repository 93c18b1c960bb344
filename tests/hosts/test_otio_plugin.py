"""Whoever reads a cut with OTIO itself can have the renders: by our media linker, or by our hook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hosts.otio_oracle import shown

from uprez.stamp import SIDECAR
from uprez.testing.clips import make_clip
from uprez.testing.timelines import clip, dissolve, external, gap, missing, span, timeline, track, warp, write

HOUR = 86_400


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a cut of a plain clip, a dissolve, a retime and an offline clip, and return its folder."""
    folder = tmp_path_factory.mktemp("cut")
    make_clip(folder / "a.mkv", frames=60, first=100, size=(64, 36))
    media = external("a.mkv", span(HOUR, 60))
    fast = clip("fast", media, span(HOUR + 31, 8), effects=[warp(2.0)])
    pair = clip("plain", media, span(HOUR + 5, 10)), dissolve(2, 2), clip("next", media, span(HOUR + 20, 10))
    children = (*pair, gap(4), fast, clip("lost", missing(), span(0, 5)))
    write(folder / "cut.otio", timeline(track(*children)))
    command = [Path(sys.executable).with_name("uprez"), "run", "cut.otio", "-m", "lanczos", "--handles", "3"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def linked(folder: Path, **asked: Any) -> Any:
    told = {"renders": str(folder / "cut.uprez" / "renders"), "folder": str(folder), **asked}
    return otio.adapters.read_from_file(
        str(folder / "cut.otio"), media_linker_name="uprez", media_linker_argument_map=told
    )


def test_the_linker_shows_renders_beside_the_media_and_each_place_its_frame(done: Path) -> None:
    cut = linked(done)
    keys = {one.name: one.active_media_reference_key for one in cut.find_clips()}
    assert keys == {"plain": "uprez", "next": "uprez", "fast": "uprez", "lost": "DEFAULT_MEDIA"}
    otio.adapters.write_to_file(cut, str(done / "linked.otio"))
    plain = timeline_without(done, "lost")
    assert list(shown(done / "linked_without.otio", {})) == list(shown(plain, {}))


def timeline_without(folder: Path, name: str) -> Path:
    """Take an offline clip out of both cuts: nothing is shown of it."""
    for source in ("cut", "linked"):
        content = json.loads((folder / f"{source}.otio").read_text())
        children = content["tracks"]["children"][0]["children"]
        content["tracks"]["children"][0]["children"] = [one for one in children if one.get("name") != name]
        (folder / f"{source}_without.otio").write_text(json.dumps(content))
    return folder / "cut_without.otio"


def test_the_original_stays_one_click_away(done: Path) -> None:
    one = linked(done).find_clips()[0]
    assert one.media_references()["DEFAULT_MEDIA"].target_url == "a.mkv"


def test_a_render_that_was_not_proved_is_not_shown(done: Path, tmp_path: Path) -> None:
    for path in (done / "cut.uprez" / "renders").glob("*.mov"):
        (tmp_path / path.name).hardlink_to(path)
        sidecar = json.loads(path.with_name(path.name + SIDECAR).read_text())
        (tmp_path / (path.name + SIDECAR)).write_text(json.dumps({**sidecar, "verdict": "UNSURE"}))
    cut = linked(done, renders=str(tmp_path))
    assert {one.active_media_reference_key for one in cut.find_clips()} == {"DEFAULT_MEDIA"}


def test_a_clip_that_needs_more_than_the_render_has_keeps_its_media(done: Path) -> None:
    content = json.loads((done / "cut.otio").read_text())
    one = content["tracks"]["children"][0]["children"][0]
    one["source_range"] = span(HOUR, 60)
    (done / "longer.otio").write_text(json.dumps(content))
    told = {"renders": str(done / "cut.uprez" / "renders"), "folder": str(done)}
    cut = otio.adapters.read_from_file(
        str(done / "longer.otio"), media_linker_name="uprez", media_linker_argument_map=told
    )
    assert cut.find_clips()[0].active_media_reference_key == "DEFAULT_MEDIA"


SHOW = "import opentimelineio as o; print([c.active_media_reference_key for c in o.adapters.read_from_file('cut.otio').find_clips()])"  # noqa: E501


def keys_read(folder: Path, **environment: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=folder, env={**os.environ, **environment}, text=True, check=True,
        capture_output=True,
    )  # fmt: skip
    return found.stdout.strip()


def test_the_hook_relinks_for_tools_that_take_no_arguments_and_else_does_nothing(done: Path) -> None:
    assert "uprez" not in keys_read(done)
    told = keys_read(done, UPREZ_RENDERS=str(done / "cut.uprez" / "renders"))
    assert told == "['uprez', 'uprez', 'uprez', 'DEFAULT_MEDIA']"


def test_uprez_itself_reads_cuts_as_they_are_whatever_the_hook_is_set_to(done: Path) -> None:
    command = [Path(sys.executable).with_name("uprez"), "plan", "cut.otio", "--json"]
    plain = subprocess.run(command, cwd=done, capture_output=True, text=True, check=True)
    told = {**os.environ, "UPREZ_RENDERS": str(done / "cut.uprez" / "renders")}
    hooked = subprocess.run(command, cwd=done, capture_output=True, text=True, check=True, env=told)
    assert json.loads(hooked.stdout)["shots"] == json.loads(plain.stdout)["shots"]
