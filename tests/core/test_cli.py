"""The command line is a contract: exit codes, one sentence for bad input, nothing heavy for help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from uprez.testing.clips import make_clip

HEAVY = ("opentimelineio", "av", "numpy", "onnxruntime", "httpx", "sqlite3")


def uprez(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from uprez.cli import main; main()", *map(str, words)]
    settings = {**os.environ, "UPREZ_HOME": str(cwd / "home"), **environment}
    return subprocess.run(command, cwd=cwd, env=settings, capture_output=True, text=True, timeout=120)


def timeline(folder: Path) -> Path:
    """Write a cut of two uses of one small clip, as plain JSON."""
    media = make_clip(folder / "A001.mkv", frames=48, size=(160, 90), timecode="01:00:00:00")
    clips = [clip("one", media.name, 86_410, 12), clip("two", media.name, 86_414, 12)]
    cut = {
        "OTIO_SCHEMA": "Timeline.1", "name": "cut", "metadata": {}, "global_start_time": None,
        "tracks": {
            "OTIO_SCHEMA": "Stack.1", "name": "tracks", "metadata": {}, "source_range": None, "effects": [],
            "markers": [], "enabled": True, "children": [{
                "OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "metadata": {}, "source_range": None,
                "effects": [], "markers": [], "enabled": True, "children": clips,
            }],
        },
    }  # fmt: skip
    file = folder / "cut.otio"
    file.write_text(json.dumps(cut, indent=4))
    return file


def clip(name: str, url: str, start: int, count: int) -> dict[str, object]:
    return {
        "OTIO_SCHEMA": "Clip.2", "name": name, "metadata": {}, "effects": [],
        "source_range": span(start, count),
        "markers": [], "enabled": True, "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": {
            "OTIO_SCHEMA": "ExternalReference.1", "name": "", "metadata": {}, "target_url": url,
            "available_range": span(86_400, 48), "available_image_bounds": None,
        }},
    }  # fmt: skip


def span(start: int, count: int) -> dict[str, object]:
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0}
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": {**time, "value": float(start)},
        "duration": {**time, "value": float(count)},
    }


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["plan", "--help"]])
def test_help_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    program = (
        "import sys\nfrom uprez.cli import main\n"
        f"sys.argv = ['uprez', *{words!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr.strip() == "[]"


def test_plan_prints_the_contracts_shape(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    done = uprez("plan", cut, "--handles", "4", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    plan = json.loads(done.stdout)
    assert [
        (shot["name"], shot["track"], shot["rate"], shot["source"], shot["record"]) for shot in plan["shots"]
    ] == [
        ("one", "V1", "24", {"start": 86_410, "count": 12}, {"start": 0, "count": 12}),
        ("two", "V1", "24", {"start": 86_414, "count": 12}, {"start": 12, "count": 12}),
    ]
    assert [pull["frames"] for pull in plan["pulls"]] == [{"start": 86_406, "count": 24}]
    assert plan["pulls"][0]["shots"] == [shot["id"] for shot in plan["shots"]]
    assert plan["left_out"] == []
    assert plan["totals"] == {"used_frames": 16, "pull_frames": 24, "naive_frames": 40, "media_frames": 48}


def test_the_whole_loop_and_back_by_command(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    before = cut.read_bytes()
    done = uprez("run", cut, "-o", "out.otio", "-m", "lanczos", "--handles", "4", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert [(shot["name"], shot["verdict"]) for shot in outcome["relinked"]] == [
        ("one", "MATCH"),
        ("two", "MATCH"),
    ]
    assert outcome["failed"] == outcome["needs_you"] == outcome["charged"] == []
    render = outcome["relinked"][0]["render"]
    listed = json.loads(uprez("orders", cut, "--json", cwd=tmp_path).stdout)["orders"]
    assert [(order["state"], order["verdict"]) for order in listed] == [("done", "MATCH")]
    again = uprez("run", cut, "-o", "again.otio", "-m", "lanczos", "--handles", "4", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["relinked"][0]["render"] == render
    resumed = uprez("resume", cut, "--json", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    reverted = uprez("revert", outcome["receipt"], cwd=tmp_path)
    assert reverted.returncode == 0, reverted.stderr
    assert (tmp_path / "out.otio").read_bytes() == before == cut.read_bytes()
    for name in ("report.html", "report.csv", "report.json"):
        assert (tmp_path / "cut.uprez" / name).exists()
    written = uprez("report", cut, "-o", "mine.csv", cwd=tmp_path)
    assert (written.returncode, (tmp_path / "mine.csv").exists()) == (0, True)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert uprez("run", cut, "-o", "out.otio", "--dry-run", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == kept


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["plan", "nothing.otio"], "nothing.otio"),
        (["plan", "."], "."),
        (["plan", "empty.otio"], "empty.otio"),
        (["plan", "half.otio"], "half.otio"),
        (["run", "none.otio", "-o", "x.otio"], "clip"),
        (["run", "cut.otio", "-o", "cut.otio"], "cut.otio"),
        (["run", "cut.otio", "-o", "cut.otio", "--force"], "cut.otio"),
        (["run", "cut.otio", "-o", "taken.otio"], "--force"),
        (["run", "cut.otio", "-o", "x.otio", "--as", "take"], "reference"),
        (["run", "cut.otio", "-o", "x.otio", "--as", "nonsense"], "reference"),
        (["plan", "cut.otio", "--track", "V9"], "V9"),
        (["plan", "cut.otio", "--clip", "nobody*"], "nobody"),
        (["plan", "cut.otio", "--to", "huge"], "--to huge"),
        (["plan", "cut.otio", "--scale", "0"], "--scale 0"),
        (["plan", "cut.otio", "--scale", "2", "--to", "2160p"], "one of them"),
        (["plan", "cut.otio", "--below", "x"], "--below x"),
        (["plan", "cut.otio", "--between", "1", "2"], "timecode"),
        (["plan", "cut.otio", "-p", "nobody"], "nobody"),
        (["plan", "cut.otio", "-m", "nothing"], "nothing"),
        (["plan", "cut.otio", "-O", "wrong=1"], "wrong"),
        (["plan", "cut.otio", "-m", "sharp", "-O", "strength=7"], "strength"),
        (["plan", "cut.otio", "--render", "betamax"], "betamax"),
        (["run", "cut.otio", "-o", "x.otio", "--max-cost", "lots"], "lots"),
        (["run", "cut.otio", "-o", "x.otio", "--progress", "loud"], "loud"),
        (["resume", "cut.otio"], "no run"),
        (["orders", "cut.otio"], "no orders"),
        (["revert", "cut.otio"], "not a receipt"),
        (["report", "cut.otio"], "no report"),
        (["verify", "A001.mkv", "nothing.mov"], "nothing.mov"),
        (["verify", "A001.mkv", "cut.otio"], "cut.otio"),
        (["relink", "cut.otio", "nowhere", "-o", "x.otio"], "nowhere"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(words: list[str], says: str, tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    (tmp_path / "taken.otio").write_text("mine")
    (tmp_path / "empty.otio").touch()
    (tmp_path / "half.otio").write_text(cut.read_text()[:1500])
    bare = json.loads(cut.read_text())
    bare["tracks"]["children"] = []
    (tmp_path / "none.otio").write_text(json.dumps(bare))
    before = cut.read_bytes()
    done = uprez(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert cut.read_bytes() == before
    assert (tmp_path / "taken.otio").read_text() == "mine"


def test_a_corrupt_media_file_is_left_out_by_name_and_the_other_is_done(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    broken = json.loads(cut.read_text())
    broken["tracks"]["children"][0]["children"].append(clip("three", "broken.mkv", 86_400, 10))
    cut.write_text(json.dumps(broken))
    (tmp_path / "broken.mkv").write_bytes((tmp_path / "A001.mkv").read_bytes()[:300])
    done = uprez("run", cut, "-o", "out.otio", "-m", "lanczos", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert [left["name"] for left in outcome["left_out"]] == ["three"]
    assert "broken.mkv" in outcome["left_out"][0]["reason"]
    assert len(outcome["relinked"]) == 2


def test_pipes_stay_quiet(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    done = uprez("run", cut, "-o", "out.otio", "-m", "lanczos", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr.splitlines() == ["done: one, two"]


def test_progress_as_json_is_a_line_each(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    done = uprez("run", cut, "-o", "out.otio", "-m", "lanczos", "--progress", "json", cwd=tmp_path)
    stages = [json.loads(line)["stage"] for line in done.stderr.splitlines()]
    assert stages[-1] == "done"
    assert {"export", "verify"} <= set(stages)


def test_a_broken_plugin_is_a_line_in_the_list(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("1 / 0")
    (tmp_path / "uprez.toml").write_text('plugins = ["mine.py"]')
    done = uprez("plugins", cwd=tmp_path)
    assert done.returncode == 0
    assert "ZeroDivisionError" in done.stdout
    assert uprez("doctor", cwd=tmp_path).returncode == 1


def test_settings_that_can_not_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "uprez.toml").write_text("[recipe]\nhandles = -3\n")
    done = uprez("providers", cwd=tmp_path)
    assert (done.returncode, "recipe.handles" in done.stderr) == (2, True)


def test_settings_give_the_recipe_its_defaults(tmp_path: Path) -> None:
    cut = timeline(tmp_path)
    (tmp_path / "uprez.toml").write_text('[recipe]\nmodel = "bicubic"\nhandles = 2\nto = "360p"\n')
    recipe = json.loads(uprez("plan", cut, "--json", cwd=tmp_path).stdout)["recipe"]
    assert (recipe["model"], recipe["handles"], recipe["size"]["height"]) == ("bicubic", 2, 360)
