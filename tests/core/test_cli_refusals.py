"""Bad input is one sentence on stderr, the right exit code, and nothing touched."""

import io
import sys
from pathlib import Path

import pytest

REFUSED = [
    (["plan", "nothing.otio"], "nothing.otio"),
    (["plan", "cut.nothing-reads-this"], "uprez hosts"),
    (["plan", "."], "."),
    (["plan", "empty.otio"], "empty.otio"),
    (["plan", "half.otio"], "half.otio"),
    (["plan", "A001.mkv"], "A001.mkv"),
    (["run", "none.otio", "-o", "x.otio"], "no clip"),
    (["run", "cut.otio", "-o", "cut.otio"], "cut.otio"),
    (["run", "cut.otio", "-o", "cut.otio", "--force"], "cut.otio"),
    (["run", "cut.otio", "-o", "taken.otio"], "--force"),
    (["run", "cut.otio", "-o", "nowhere/x.otio"], "nowhere"),
    (["run", "cut.otio", "-o", "x.otio", "--as", "take"], "reference"),
    (["run", "cut.otio", "-o", "x.otio", "--as", "nonsense"], "reference"),
    (["plan", "cut.otio", "--track", "V9"], "V9"),
    (["plan", "cut.otio", "--clip", "nobody*"], "nobody"),
    (["plan", "cut.otio", "--to", "huge"], "--to huge"),
    (["plan", "cut.otio", "--to", "0p"], "0p"),
    (["plan", "cut.otio", "--to", "321x181"], "even"),
    (["plan", "cut.otio", "--to", "99999999999999p"], "--to"),
    (["plan", "cut.otio", "--scale", "0"], "--scale 0"),
    (["plan", "cut.otio", "--scale", "two"], "3/2"),
    (["plan", "cut.otio", "--scale", "1/0"], "--scale 1/0"),
    (["plan", "cut.otio", "--scale", "2", "--to", "2160p"], "one of them"),
    (["plan", "cut.otio", "--handles", "-1"], "--handles"),
    (["plan", "cut.otio", "--handles", "many"], "--handles"),
    (["plan", "cut.otio", "--below", "x"], "--below x"),
    (["plan", "cut.otio", "--between", "1", "2"], "timecode"),
    (["plan", "cut.otio", "--between", "00:00:01:00"], "--between"),
    (["plan", "cut.otio", "-p", "nobody"], "nobody"),
    (["plan", "cut.otio", "-m", "nothing"], "nothing"),
    (["plan", "cut.otio", "-O", "wrong=1"], "wrong"),
    (["plan", "cut.otio", "-m", "sharp", "-O", "sharpness=1"], "strength"),
    (["plan", "cut.otio", "-m", "sharp", "-O", "strength"], "name=value"),
    (["plan", "cut.otio", "-m", "sharp", "-O", "strength=7"], "strength"),
    (["plan", "cut.otio", "-m", "sharp", "-O", "strength=nan"], "strength"),
    (["plan", "cut.otio", "-O", "render=h264"], "--render h264"),
    (["plan", "cut.otio", "--render", "betamax"], "betamax"),
    (["plan", "cut.otio", "--nonsense"], "--nonsense"),
    (["plan"], "TIMELINE"),
    (["nonsense"], "nonsense"),
    (["quote", "cut.otio", "-p", "all", "-m", "nothing"], "nothing"),
    (["run", "cut.otio", "-o", "x.otio", "--max-cost", "lots"], "lots"),
    (["run", "cut.otio", "-o", "x.otio", "--max-cost", "nan"], "nan"),
    (["run", "cut.otio", "-o", "x.otio", "--progress", "loud"], "loud"),
    (["resume", "cut.otio"], "no run"),
    (["resume", "."], "no run"),
    (["orders", "cut.otio"], "no orders"),
    (["orders", "."], "no orders"),
    (["cancel", "cut.otio"], "no orders"),
    (["revert", "cut.otio"], "not a receipt"),
    (["revert", "."], "can't be read"),
    (["revert", "stranger.json"], "nobody"),
    (["report", "cut.otio"], "no report"),
    (["verify", "A001.mkv", "nothing.mov"], "nothing.mov"),
    (["verify", "A001.mkv", "cut.otio"], "cut.otio"),
    (["verify", "A001.mkv", "."], "."),
    (["relink", "cut.otio", "nowhere", "-o", "x.otio"], "nowhere"),
    (["providers", "nobody"], "nobody"),
    (["demo", "A001.mkv"], "A001.mkv"),
    (["orders", "nowhere"], "no such workspace or timeline"),
    (["orders"], "no workspace is here"),
    (["orders", "settle"], "orders settle: that is no answer"),
    (["orders", "settle", "abc", "maybe", "x"], "abc maybe x: that is no answer"),
    (["orders", "settle", "abc", "absent"], "no workspace"),
    (["orders", "cut.otio", "--evidence", "abc"], "no orders"),
    (["orders", "cut.otio", "nonsense"], "nonsense"),
    (["keys", "nonsense"], "uprez keys set PROVIDER"),
    (["keys", "set", "nobody"], "nobody"),
    (["keys", "check", "local"], "needs no key"),
    (["animate", "cut.otio"], "--allow-generative"),
    (["animate", "cut.otio", "--allow-generative"], "image-to-video"),
    (["restyle", "cut.otio", "--allow-generative"], "--reference"),
    (["restyle", "cut.otio", "--allow-generative", "--reference", "gone.png"], "gone.png"),
    (["quote", "cut.otio", "-p", "runware", "-O", "quality=500"], "quality"),
    (["quote", "cut.otio", "-p", "astria", "-m", "kling25"], "never a conform"),
    (["plugins", "new"], "uprez plugins new NAME"),
]


@pytest.mark.parametrize(("words", "says"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_bad_input_is_one_sentence_and_exit_code_2(words, says, uprez, cut: Path, written) -> None:
    folder = cut.parent
    (folder / "taken.otio").write_text("mine")
    (folder / "empty.otio").touch()
    (folder / "half.otio").write_text(cut.read_text()[:1500])
    (folder / "stranger.json").write_text('{"host": "nobody", "input": "x"}')
    written(folder / "none.otio", [])
    before = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    ended = uprez(*words)
    assert ended.code == 2, ended
    assert says in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert ended.err.startswith("uprez: ")
    assert ended.out == ""
    assert {file: file.read_bytes() for file in folder.iterdir() if file.is_file()} == before


def test_settings_that_can_not_be_read_are_named(uprez, tmp_path: Path) -> None:
    (tmp_path / "uprez.toml").write_text("[recipe]\nhandles = -3\n")
    ended = uprez("providers")
    assert (ended.code, "recipe.handles" in ended.err) == (2, True)


def test_a_setting_that_there_is_not_is_named(uprez, tmp_path: Path) -> None:
    (tmp_path / "uprez.toml").write_text("[caps]\nUSD = 4\n")
    ended = uprez("providers")
    assert (ended.code, "there is no setting caps.USD" in ended.err) == (2, True)


def test_a_corrupt_media_file_is_left_out_by_name_and_the_other_is_done(uprez, cut: Path, written) -> None:
    (cut.parent / "broken.mkv").write_bytes((cut.parent / "A001.mkv").read_bytes()[:300])
    written(cut, [("one", "A001.mkv", 86_410), ("three", "broken.mkv", 86_400)])
    ended = uprez("run", cut, "-o", "out.otio", "-m", "lanczos", "--json")
    assert ended.code == 0
    assert [left["name"] for left in ended.json["left_out"]] == ["three"]
    assert "broken.mkv" in ended.json["left_out"][0]["reason"]
    assert [shot["name"] for shot in ended.json["relinked"]] == ["one"]


FAULTY = """
import uprez
from uprez.orders import Model
from uprez.provider import Provider

class Faulty(Provider):
    name = "faulty"
    models = (Model(name="one", does=("upscale-video",), summary="none"),)
    async def estimate(self, pull, recipe): raise RuntimeError("a bolt is loose")
    async def submit(self, order, staged): raise NotImplementedError
    async def poll(self, ticket): raise NotImplementedError
    async def fetch(self, done, to): raise NotImplementedError

@uprez.hookimpl
def uprez_providers():
    return [Faulty]
"""


def test_a_fault_is_a_sentence_that_asks_to_be_reported(uprez, cut: Path, monkeypatch) -> None:
    (cut.parent / "faulty.py").write_text(FAULTY)
    (cut.parent / "uprez.toml").write_text('plugins = ["faulty.py"]')
    ended = uprez("quote", cut, "-p", "faulty")
    assert (ended.code, len(ended.err.splitlines())) == (1, 1)
    assert "a bolt is loose" in ended.err and "report" in ended.err
    monkeypatch.setenv("UPREZ_DEBUG", "1")
    assert "Traceback" in uprez("quote", cut, "-p", "faulty").err


def test_names_from_a_timeline_can_not_steer_the_terminal(uprez, cut: Path, written) -> None:
    written(cut, [("evil\x1b]0;owned\x07\nuprez: all good", "gone.mkv", 86_400)])
    ended = uprez("plan", cut)
    assert "\x1b" not in ended.out
    assert "evil\\x1b]0;owned\\x07\\nuprez" in ended.out


def test_a_name_that_the_terminal_can_not_write_is_spelled_out(
    uprez, cut: Path, written, monkeypatch
) -> None:
    written(cut, [("Straße 東京", "gone.mkv", 86_400)])
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert uprez("plan", cut).code == 0
    assert "left out: Straße \\u6771\\u4eac (V1)" in narrow.buffer.getvalue().decode("latin-1")
