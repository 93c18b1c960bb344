"""`plan`, `quote`, `providers`, `plugins`, `hosts`, `doctor` and `verify`: their shapes and their words."""

from pathlib import Path

import pytest

from uprez.testing.clips import make_clip

PAID = """
import uprez
from uprez.errors import Unauthorized
from uprez.testing.fake_service import PaidProvider

class Closed(PaidProvider):
    name = "closed"
    key_env = "CLOSED_API_KEY"
    async def estimate(self, pull, recipe): raise Unauthorized("closed: the key is missing; set it")

@uprez.hookimpl
def uprez_providers():
    return [PaidProvider, Closed]
"""


@pytest.fixture
def paid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paid.py").write_text(PAID)
    (tmp_path / "uprez.toml").write_text('plugins = ["paid.py"]')
    for name in ("PAID", "CLOSED"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(tmp_path / "service"))


def test_plan_prints_the_contracts_shape(uprez, cut: Path) -> None:
    ended = uprez("plan", cut, "--handles", "4", "--json")
    assert (ended.code, ended.err) == (0, "")
    plan = ended.json
    assert [
        (shot["name"], shot["track"], shot["rate"], shot["source"], shot["record"]) for shot in plan["shots"]
    ] == [
        ("one", "V1", "24", {"start": 86_410, "count": 12}, {"start": 0, "count": 12}),
        ("two", "V1", "24", {"start": 86_414, "count": 12}, {"start": 12, "count": 12}),
    ]
    assert [pull["frames"] for pull in plan["pulls"]] == [{"start": 86_406, "count": 24}]
    assert plan["pulls"][0]["shots"] == [shot["id"] for shot in plan["shots"]]
    assert {"id", "media", "rate", "frames", "shots"} <= plan["pulls"][0].keys()
    assert plan["left_out"] == []
    assert plan["totals"] == {"used_frames": 16, "pull_frames": 24, "naive_frames": 40, "media_frames": 48}
    assert sorted(file.name for file in cut.parent.iterdir()) == ["A001.mkv", "cut.otio"]


def test_plan_for_people_lists_what_is_left_out(uprez, cut: Path, written) -> None:
    written(cut, [("one", "A001.mkv", 86_410), ("gone", "gone.mkv", 86_400)])
    ended = uprez("plan", cut, "--handles", "12")
    assert ended.code == 0
    assert "one" in ended.out and "10+12" in ended.out and "160x90 to 320x180" in ended.out
    assert "left out: gone (V1): " in ended.out
    assert "1 shot in 1 pull: 34 frames to export, 12 of them used" in ended.out


def test_a_timeline_without_clips_says_so(uprez, cut: Path, written) -> None:
    ended = uprez("plan", written(cut.parent / "none.otio", []))
    assert (ended.code, ended.out) == (0, "cut: no clip to upscale\n")


@pytest.mark.parametrize(
    ("words", "width", "height"),
    [
        ([], 320, 180),
        (["-s", "1.5"], 240, 136),
        (["-s", "3/2"], 240, 136),
        (["--to", "360p"], 640, 360),
        (["--to", "640x360"], 640, 360),
    ],
)
def test_sizes_can_be_written_in_several_ways(words, width, height, uprez, cut: Path) -> None:
    plan = uprez("plan", cut, "--json", *words).json
    assert [shot["size"] for shot in plan["shots"]] == [[width, height]] * 2


def test_options_are_read_as_the_model_wants_them(uprez, cut: Path) -> None:
    recipe = uprez("plan", cut, "--json", "-m", "sharp", "-O", "strength=1", "--render", "h264").json[
        "recipe"
    ]
    assert recipe["options"] == {"strength": 1.0, "render": "h264"}


def test_settings_give_the_recipe_its_defaults_and_options_win(uprez, cut: Path) -> None:
    (cut.parent / "uprez.toml").write_text(
        '[recipe]\nmodel = "sharp"\nhandles = 2\nto = "360p"\noptions = {strength = 0.2}\n'
    )
    recipe = uprez("plan", cut, "--json").json["recipe"]
    assert (recipe["model"], recipe["handles"], recipe["size"]["height"]) == ("sharp", 2, 360)
    assert recipe["options"]["strength"] == 0.2
    recipe = uprez("plan", cut, "--json", "-m", "cnn", "-s", "2", "--handles", "0").json["recipe"]
    assert (recipe["model"], recipe["handles"], recipe["size"]["scale"]) == ("cnn", 0, "2")
    assert "strength" not in recipe["options"]


def test_selections_narrow_the_plan(uprez, cut: Path) -> None:
    def names(*words: str) -> list[str]:
        return [shot["name"] for shot in uprez("plan", cut, "--json", *words).json["shots"]]

    assert names("--clip", "t*") == ["two"]
    assert names("--track", "V1") == ["one", "two"]
    assert names("--between", "00:00:00:00", "00:00:00:12") == ["one"]
    assert names("--below", "1080p") == ["one", "two"]
    assert names("--below", "90p") == []


@pytest.mark.usefixtures("paid")
def test_quote_asks_every_provider_and_one_that_refuses_is_a_line(uprez, cut: Path) -> None:
    ended = uprez("quote", cut, "-p", "all", "--handles", "4")
    assert (ended.code, ended.err) == (0, "")
    rows = {line.split()[0]: line for line in ended.out.splitlines()}
    assert rows["paid"].split()[2:5] == ["0.24", "USD", "quoted"]
    assert "free" in rows["local"]
    assert "no quote" in rows["closed"] and "CLOSED_API_KEY is not set" in rows["closed"]
    found = uprez("quote", cut, "-p", "all", "--handles", "4", "--json").json
    assert {one["provider"]: one["totals"] for one in found["quotes"]}["paid"] == {"USD": "0.24"}
    assert "closed" in [one["provider"] for one in found["refused"]]
    assert {file.name for file in cut.parent.iterdir() if file.is_dir()} <= {"service", "__pycache__"}


@pytest.mark.usefixtures("paid")
def test_a_provider_that_refuses_alone_ends_in_its_sentence(uprez, cut: Path) -> None:
    ended = uprez("quote", cut, "-p", "closed")
    assert (ended.code, ended.out) == (2, "")
    assert "the key is missing" in ended.err


@pytest.mark.usefixtures("paid")
def test_providers_shows_models_keys_limits_and_options(uprez, monkeypatch) -> None:
    rows = uprez("providers").out.splitlines()
    assert any(line.startswith("local") and "cnn" in line and "none needed" in line for line in rows)
    assert any("CLOSED_API_KEY is not set" in line for line in rows)
    text = uprez("providers", "local").out
    assert "-O strength=NUMBER 0 to 1  how much to sharpen [default 0.5]" in text
    assert "--render prores|dnxhr|h264|h265|ffv1" in text
    monkeypatch.setenv("CLOSED_API_KEY", "a-secret")
    shape = {one["name"]: one for one in uprez("providers", "--json").json["providers"]}
    assert (shape["closed"]["key"], shape["closed"]["key_set"]) == ("CLOSED_API_KEY", True)
    assert "a-secret" not in uprez("providers").out + uprez("providers", "--json").out
    sharp = next(model for model in shape["local"]["models"] if model["name"] == "sharp")
    assert sharp["options"]["properties"]["strength"]["maximum"] == 1


def test_hosts_and_plugins_are_listed(uprez) -> None:
    assert {"name": "otio", "manners": ["reference", "replace", "track"]} in uprez("hosts", "--json").json[
        "hosts"
    ]
    assert "reference, replace, track" in uprez("hosts").out
    lines = uprez("plugins", "--json").json["plugins"]
    assert {"local", "otio"} <= {line["name"] for line in lines if line["error"] is None}


def test_a_broken_plugin_is_a_line_in_the_list_and_in_the_doctors(uprez, tmp_path: Path) -> None:
    assert uprez("doctor").code == 0
    (tmp_path / "mine.py").write_text("1 / 0")
    (tmp_path / "uprez.toml").write_text('plugins = ["mine.py"]')
    ended = uprez("plugins")
    assert ended.code == 0
    assert "ZeroDivisionError" in ended.out
    ended = uprez("doctor", "--json")
    wrong = [finding["what"] for finding in ended.json["findings"] if not finding["good"]]
    assert (ended.code, wrong) == (1, ["plugin mine"])


def test_the_doctor_looks_at_broken_settings_instead_of_falling_over_them(uprez, tmp_path: Path) -> None:
    (tmp_path / "uprez.toml").write_text("not toml at all")
    ended = uprez("doctor")
    assert ended.code == 1
    assert "uprez.toml" in ended.out
    for what in ("python", "FFmpeg", "opentimelineio", "onnxruntime", "OTIO adapters", "disk"):
        assert what in ended.out


def test_verify_says_what_it_found(uprez, footage: Path, tmp_path: Path) -> None:
    late = make_clip(tmp_path / "late.mkv", frames=48, size=(160, 90), first=1)
    ended = uprez("verify", footage, footage)
    assert (ended.code, ended.out.split()[0]) == (0, "MATCH")
    ended = uprez("verify", footage, late, "--json")
    assert ended.code == 4
    assert ended.json["call"] in ("OFFSET", "WRONG") and ended.json["findings"]
