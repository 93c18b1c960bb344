"""The demo does the main job on real footage, and is read by OTIO as any cut is."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import opentimelineio as otio
import pytest

from uprez.demo import run_demo
from uprez.demo.run import RECIPE
from uprez.demo.timeline import FIRST, FOOTAGE, FRAMES, timeline
from uprez.errors import PlanError
from uprez.media.probe import probe
from uprez.outcome import Progress

QUICK = RECIPE.model_copy(  # as the README prints it, with the network, it runs in CI
    update={"model": "lanczos", "handles": 2, "render": "dnxhr"}
)


def shown(file: Path) -> list[tuple[str, otio.opentime.TimeRange, otio.opentime.TimeRange]]:
    cut = otio.adapters.read_from_file(str(file))
    return [(clip.name, clip.source_range, clip.range_in_parent()) for clip in cut.find_clips()]


def test_the_demo_timeline_is_a_timeline_to_otio() -> None:
    cut = otio.adapters.read_from_string(json.dumps(timeline()), "otio_json")
    assert [type(child).__name__ for child in cut.tracks[0]].count("Transition") == 1
    speeds = {clip.name: [effect.time_scalar for effect in clip.effects] for clip in cut.find_clips()}
    assert speeds["run"] == [2.0] and speeds["back to bed"] == [-1.0]
    assert not any(type(effect) is otio.schema.Effect for clip in cut.find_clips() for effect in clip.effects)


def test_the_footage_is_what_the_timeline_says_and_small_enough_to_ship() -> None:
    footage = Path(str(files("uprez.demo").joinpath(FOOTAGE)))
    info = probe(footage)
    assert (info.frames, info.timecode, info.reel) == (FRAMES, FIRST, "BBB01")
    assert (info.colour.primaries, info.colour.matrix, info.colour.range) == (1, 1, 1)
    assert footage.stat().st_size < 2_000_000
    assert "Blender Foundation" in files("uprez.demo").joinpath("CREDITS").read_text()


def test_the_demo_takes_the_cut_the_whole_way_and_a_second_one_does_no_work(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = run_demo(tmp_path, said.append, recipe=QUICK)
    assert outcome.exit_code == 0
    assert [shot.name for shot in outcome.relinked] == [
        "wake",
        "stretch",
        "run",
        "look",
        "pests",
        "back to bed",
    ]
    assert {left.name for left in outcome.left_out} == {"bars", "end card"}
    assert shown(tmp_path / "cut_uprez.otio") == shown(tmp_path / "cut.otio")
    table = "\n".join(said)
    assert all(name in table for name in ("wake", "end card", "640x360 → 1280x720", "MATCH", "report.html"))

    renders = {shot.render: shot.render.stat().st_mtime_ns for shot in outcome.relinked}
    steps: list[Progress] = []
    said.clear()
    second = run_demo(tmp_path, said.append, steps.append, recipe=QUICK)
    assert second.exit_code == 0 and second.relinked == outcome.relinked
    assert {render: render.stat().st_mtime_ns for render in renders} == renders
    assert [step for step in steps if step.stage in ("export", "submit", "fetch")] == []
    assert "nothing is done again" in "\n".join(said)


def test_the_demo_leaves_an_output_alone_that_somebody_has_changed(tmp_path: Path) -> None:
    (tmp_path / "cut_uprez.otio").write_text("mine")
    with pytest.raises(PlanError, match=r"cut_uprez\.otio is not as the demo wrote it"):
        run_demo(tmp_path, lambda line: None)
    assert (tmp_path / "cut_uprez.otio").read_text() == "mine"


def test_the_demo_overwrites_nothing_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "cut.otio").write_text("mine")
    with pytest.raises(PlanError, match=r"cut\.otio exists and is not the demo's own"):
        run_demo(tmp_path, lambda line: None)
    assert (tmp_path / "cut.otio").read_text() == "mine"


def test_the_demo_needs_a_folder_it_can_write_in(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlanError, match="can't be written"):
        run_demo(tmp_path / "file" / "demo", lambda line: None)
