"""What a model takes only in pieces: bought in pieces, joined, proved whole, and found again for nothing."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import pytest

from uprez.ledger import Ledger
from uprez.media.cuts import cuts_in
from uprez.media.probe import probe
from uprez.model import Media, Pull, pull_of
from uprez.testing.clips import decoded, make_clip, read_numbers
from uprez.testing.fake_service import FakeService
from uprez.times import FrameRange

PROVIDERS = """
import av
import uprez
from uprez.errors import Rejected
from uprez.orders import Limits
from uprez.testing.clips import decoded, make_clip, read_numbers
from uprez.testing.fake_service import PaidProvider

LIMITS = Limits(max_bits=10, max_frames=16)
SHORT = tuple(model.model_copy(update={"limits": LIMITS}) for model in PaidProvider.models)

class Short(PaidProvider):
    name = "short"
    models = SHORT

class Brighter(Short):
    name = "brighter"
    async def fetch(self, done, to):
        await super().fetch(done, to)
        if read_numbers(to)[0] > 6:
            brighten(to)

class Mixed(Short):
    name = "mixed"
    async def fetch(self, done, to):
        await super().fetch(done, to)
        if read_numbers(to)[0] > 6:
            make_clip(to, frames=15, size=(320, 180), first=700, codec="mpeg4")

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

class Choosy(Short):
    name = "choosy"
    async def estimate(self, pull, recipe):
        if pull.piece is not None and pull.piece.keep.start > pull.piece.stretch.start:
            raise Rejected("choosy: it begins too late; choose another")
        return await super().estimate(pull, recipe)

@uprez.hookimpl
def uprez_providers(): return [Short, Brighter, Mixed, Choosy]
"""
RUN = ("--handles", "4", "-o", "out.otio", "--yes", "--json", "--progress", "none")
Command = Callable[..., Any]


@pytest.fixture
def service(cut: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (cut.parent / "pieces.py").write_text(PROVIDERS)
    (cut.parent / "uprez.toml").write_text('plugins = ["pieces.py"]')
    for name in ("SHORT", "BRIGHTER", "MIXED", "CHOOSY"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(cut.parent / "service"))
    return FakeService(cut.parent / "service")


def test_a_stretch_in_pieces_becomes_one_proved_file_with_every_frame_in_its_place(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    ended = uprez("run", cut, *RUN, "-p", "short")
    assert ended.code == 0, ended.err
    relinked = ended.json["relinked"]
    assert [(one["name"], one["verdict"]) for one in relinked] == [("one", "MATCH"), ("two", "MATCH")]
    (render,) = {Path(one["render"]) for one in relinked}
    assert read_numbers(render) == list(range(6, 30))
    told = probe(render)
    assert (told.width, told.height, told.timecode) == (320, 180, 86_406)
    assert len(service.charges()) == 2 and set(service.charges().values()) == {1}
    charged = sum(float(one["amount"]) for one in ended.json["charged"])
    assert charged == pytest.approx(0.30)  # 24 frames and 2 x 3 of context


def test_the_same_run_again_buys_nothing_and_finds_the_joined_file(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    first = uprez("run", cut, *RUN, "-p", "short").json["relinked"]
    made = Path(first[0]["render"]).stat().st_mtime_ns
    again = uprez("run", cut, *RUN, "-p", "short")
    assert [one["render"] for one in again.json["relinked"]] == [one["render"] for one in first]
    assert Path(first[0]["render"]).stat().st_mtime_ns == made
    assert again.json["charged"] == []
    assert len(service.charges()) == 2


def test_a_joined_file_that_is_gone_is_joined_again_for_nothing(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    first = uprez("run", cut, *RUN, "-p", "short").json["relinked"]
    Path(first[0]["render"]).unlink()
    again = uprez("run", cut, *RUN, "-p", "short")
    assert again.code == 0 and again.json["charged"] == []
    assert read_numbers(Path(again.json["relinked"][0]["render"])) == list(range(6, 30))
    assert set(service.charges().values()) == {1}


def test_another_codec_is_joined_anew_from_what_was_fetched(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    uprez("run", cut, *RUN, "-p", "short")
    again = uprez("run", cut, *RUN, "-p", "short", "--render", "ffv1")
    assert again.code == 0 and again.json["charged"] == [], again.err
    render = Path(again.json["relinked"][0]["render"])
    assert (probe(render).codec, read_numbers(render)) == ("ffv1", list(range(6, 30)))


def test_the_plan_says_what_is_bought_in_pieces(uprez: Command, cut: Path, service: FakeService) -> None:
    said = uprez("plan", cut, "--handles", "4", "-p", "short").out
    assert "A001.mkv 86406-86429: longer than the model takes at once" in said
    assert "2 pieces and joined (86406-86417, 86418-86429)" in said
    planned = uprez("plan", cut, "--handles", "4", "-p", "short", "--json").json
    (join,) = planned["joins"]
    assert join["frames"] == {"start": 86_406, "count": 24}
    assert [piece["keeps"]["count"] for piece in join["pieces"]] == [12, 12]
    assert {shot["pull"] for shot in planned["shots"]} == {join["pull"]}
    assert planned["totals"]["pull_frames"] == 30


def test_a_stretch_of_which_one_piece_is_refused_is_not_bought_at_all(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    quoted = uprez("quote", cut, "--handles", "4", "-p", "choosy", "--json").json
    assert [one["totals"] for one in quoted.get("quotes", [quoted])] == [{}]
    ended = uprez("run", cut, *RUN, "-p", "choosy")
    assert ended.code == 2
    assert "it begins too late" in ended.err
    assert service.charges() == {}


def test_a_brightness_step_between_pieces_is_held_back_until_somebody_looked(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    ended = uprez("run", cut, *RUN, "-p", "brighter")
    assert ended.code == 4, ended.out
    assert "brightness steps by" in ended.json["failed"][0]["error"]
    assert "at frame 12 (counted from 0), where two pieces meet" in ended.json["failed"][0]["error"]
    accepted = uprez("run", cut, *RUN, "-p", "brighter", "--accept-unsure")
    assert (accepted.code, accepted.json["charged"]) == (0, []), accepted.err


def test_a_wrong_piece_fails_the_stretch_by_name_and_both_files_are_kept(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    ended = uprez("run", cut, *RUN, "-p", "mixed")
    assert ended.code == 4, ended.out
    assert {one["name"] for one in ended.json["failed"]} == {"one", "two"}
    workspace = cut.with_suffix(".uprez")
    assert len([*(workspace / "rejected").iterdir()]) == len([*(workspace / "renders").glob("*.mov")]) == 1
    assert not (cut.parent / "out.otio").exists()


@pytest.mark.parametrize("point", ["joined", "join-placed", "placed:1", "placed:2"])
def test_a_kill_around_the_join_loses_nothing_and_pays_once(
    uprez: Command, cut: Path, service: FakeService, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [sys.executable, "-c", "from uprez.cli import main; main()", "run", str(cut), *RUN, "-p", "short"]
    killed = subprocess.run(
        words, env=os.environ | {"UPREZ_FAILPOINT": point}, cwd=cut.parent, capture_output=True, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ended = uprez("run", cut, *RUN, "-p", "short")
    assert ended.code == 0, ended.err
    assert read_numbers(Path(ended.json["relinked"][0]["render"])) == list(range(6, 30))
    assert set(service.charges().values()) == {1}
    left = [path.name for path in cut.with_suffix(".uprez").rglob("*") if ".part" in path.name]
    assert left == []


def test_the_report_has_a_row_for_each_shot_with_the_price_of_all_pieces(
    uprez: Command, cut: Path, service: FakeService
) -> None:
    uprez("run", cut, *RUN, "-p", "short")
    rows = json.loads((cut.with_suffix(".uprez") / "report.json").read_text())["rows"]
    assert [row["name"] for row in rows] == ["one", "two"]
    assert {row["cost"]["amount"] for row in rows} == {"0.30"}
    with contextlib.closing(Ledger(cut.with_suffix(".uprez") / "ledger.db")) as ledger:
        assert sum(standing.charged for standing in ledger.standings()) == Decimal("0.30")


def scenes(folder: Path, *lengths: int) -> Pull:
    """Make a source of several pictures, each of its own texture, one after the other."""
    clips = [
        make_clip(folder / f"{n}.mkv", frames=length, size=(160, 90), first=n * 9000, pixel_format=form)
        for n, (length, form) in enumerate(zip(lengths, ["yuv420p"] * len(lengths), strict=True))
    ]
    file = folder / "scenes.mkv"
    with av.open(str(file), "w") as out:
        video: Any = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        count = 0
        for number, clip in enumerate(clips):
            for frame in decoded(clip):
                planes = frame.to_ndarray(format="yuv420p")
                planes[:90] = planes[:90] // (number + 1)
                made = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                made.pts, count = count, count + 1
                out.mux(video.encode(made))
        out.mux(video.encode(None))
    info = probe(file)
    whole = FrameRange(start=500, count=info.frames)
    media = Media(url=file.name, path=file, fingerprint="x", rate=info.rate, available=whole, info=info)
    return pull_of(media, whole, ["s"])


def test_the_source_s_own_cuts_are_found_and_its_movement_is_none(tmp_path: Path) -> None:
    assert cuts_in(scenes(tmp_path, 20, 30, 25)) == (520, 550)
    moving = make_clip(tmp_path / "moving.mkv", frames=60, size=(160, 90))
    info = probe(moving)
    whole = FrameRange(start=0, count=60)
    media = Media(url="m", path=moving, fingerprint="m", rate=info.rate, available=whole, info=info)
    assert cuts_in(pull_of(media, whole, ["s"])) == ()
