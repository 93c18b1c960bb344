"""Trouble around a run: a full disk, a folder that can not be written, Ctrl-C, kill -9. Nothing is lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from uprez.testing.clips import make_clip, read_numbers

Command = Callable[..., Any]
RUN = ("-o", "out.otio", "-m", "lanczos", "--handles", "2", "--progress", "json")


def cut(folder: Path, frames: int, size: tuple[int, int] = (160, 90)) -> Path:
    """Write a cut of two clips, each of a medium of its own, so that there are two orders."""
    children = []
    for name in ("A001", "B002"):
        make_clip(folder / f"{name}.mkv", frames=frames, size=size)
        span = {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0},
            "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": float(frames)},
        }
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "target_url": f"{name}.mkv",
            "available_range": span,
        }
        children.append(
            {
                "OTIO_SCHEMA": "Clip.2",
                "name": name,
                "source_range": span,
                "media_references": {"DEFAULT_MEDIA": reference},
                "active_media_reference_key": "DEFAULT_MEDIA",
            }
        )
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": children}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    file = folder / "cut.otio"
    file.write_text(json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": stack}))
    return file


def said_once(done: Any) -> str:
    """Return the one sentence of a failure: what is no progress line on stderr."""
    lines = [line for line in done.err.splitlines() if not line.startswith("{")]
    assert "Traceback" not in done.err
    return "\n".join(lines)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 24 MB, or skip where only root could."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs; run the tests as root in a container to have it")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_fails_by_name_and_the_run_goes_on_once_there_is_room(
    uprez: Command, tmp_path: Path, small_disk: Path
) -> None:
    cut(tmp_path, 60, (320, 180))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 1_500_000))
    done = uprez("run", "cut.otio", *RUN, "--workspace", small_disk / "work")
    assert done.code in (1, 2), done.err
    assert "space" in (done.out + said_once(done)).lower()
    assert list(small_disk.rglob("*.part*")) == []
    ballast.unlink()
    done = uprez("run", "cut.otio", *RUN, "--workspace", small_disk / "work")
    assert done.code == 0, done.out + done.err
    assert (tmp_path / "out.otio").exists()


def test_a_disk_too_full_for_the_ledger_is_one_sentence(
    uprez: Command, tmp_path: Path, small_disk: Path
) -> None:
    cut(tmp_path, 12)
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room - 8192))
    done = uprez("run", "cut.otio", *RUN, "--workspace", small_disk / "work")
    assert done.code == 2, done.out + done.err
    assert len(said_once(done).splitlines()) == 1
    assert not (tmp_path / "out.otio").exists()


def test_a_folder_that_can_not_be_written_is_one_sentence(
    uprez: Command, tmp_path: Path, small_disk: Path
) -> None:
    cut(tmp_path, 12)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = uprez("run", "cut.otio", *RUN, "--workspace", small_disk / "work")
    assert done.code == 2, done.out + done.err
    assert str(small_disk) in said_once(done)
    done = uprez("run", "cut.otio", *RUN[2:], "-o", small_disk / "out.otio")
    assert done.code == 2, done.out + done.err
    assert str(small_disk) in said_once(done)


def interrupted(folder: Path, stage: str, with_signal: signal.Signals) -> tuple[int, str]:
    """Run until a stage is heard of, then send a signal; returns exit code and stderr."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from uprez.cli import main; main()", "run", "cut.otio", *RUN],
        cwd=folder,
        env={**os.environ, "UPREZ_HOME": str(folder / "settings")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a suite in the background ignores it
    )
    assert process.stderr is not None
    heard = []
    for line in process.stderr:
        heard.append(line)
        if f'"{stage}"' in line:
            process.send_signal(with_signal)
            break
    heard += process.stderr.readlines()
    return process.wait(60), "".join(heard)


@pytest.mark.parametrize("stage", ["export", "wait", "verify"])
def test_ctrl_c_is_one_sentence_and_resume_finishes(uprez: Command, stage: str, tmp_path: Path) -> None:
    cut(tmp_path, 60)
    code, heard = interrupted(tmp_path, stage, signal.SIGINT)
    sentences = [line for line in heard.splitlines() if not line.startswith("{")]
    assert code == 130, heard
    assert len(sentences) == 1
    assert "resume" in sentences[0]
    half = [path.name for path in (tmp_path / "cut.uprez").rglob("*.part*")]
    assert [name for name in half if not name.startswith(".")] == []  # a dot: whole, waiting for its proof
    finished(uprez, tmp_path)


@pytest.mark.parametrize("stage", ["export", "wait", "finish", "verify"])
def test_kill_9_at_any_stage_is_finished_by_resume(uprez: Command, stage: str, tmp_path: Path) -> None:
    cut(tmp_path, 60)
    code, _ = interrupted(tmp_path, stage, signal.SIGKILL)
    assert code == -signal.SIGKILL
    finished(uprez, tmp_path)


def finished(uprez: Command, folder: Path) -> None:
    """Resume and see that both orders end in a render each, with every frame, and are not done again."""
    done = uprez("resume", "cut.otio", "--json")
    assert done.code == 0, done.out + done.err
    renders = {Path(shot["render"]) for shot in done.json["relinked"]}
    assert len(renders) == 2
    for render in renders:
        numbers = read_numbers(render)
        assert numbers == list(range(len(numbers)))
    times = {render: render.stat().st_mtime_ns for render in renders}
    time.sleep(0.01)
    assert uprez("resume", "cut.otio").code == 0
    assert {render: render.stat().st_mtime_ns for render in renders} == times
    assert sorted((folder / "cut.uprez" / "renders").glob("*.mov")) == sorted(renders)
