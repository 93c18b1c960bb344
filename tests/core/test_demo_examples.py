"""The examples run as they stand."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from uprez.demo.timeline import FOOTAGE, timeline

EXAMPLES = Path(__file__).parents[2] / "examples"


def ran(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_round_trip_goes_there_and_back(tmp_path: Path) -> None:
    done = ran("round_trip.py", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "pull 86402+40 of A001.mov: 1 shot" in done.stdout
    assert "opening: MATCH" in done.stdout and "reverted 1 clip" in done.stdout


def test_the_pull_list_names_each_range_once_and_what_is_left_out(tmp_path: Path) -> None:
    (tmp_path / FOOTAGE).write_bytes(files("uprez.demo").joinpath(FOOTAGE).read_bytes())
    (tmp_path / "cut.otio").write_text(json.dumps(timeline()))
    done = ran("pull_list.py", str(tmp_path / "cut.otio"), "0")
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()[1:]]
    assert lines[0] == [FOOTAGE, "BBB01", "01:00:00:00", "01:00:02:04", "52", "wake, back to bed, stretch"]
    assert "left out: end card" in done.stderr and "left out: bars" in done.stderr


def test_the_pull_list_says_in_a_sentence_what_it_can_not_read(tmp_path: Path) -> None:
    done = ran("pull_list.py", str(tmp_path / "none.otio"))
    assert done.returncode == 1
    assert "none.otio" in done.stderr and "Traceback" not in done.stderr
