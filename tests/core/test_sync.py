"""A cut that was edited again: what is rendered is mapped onto it, and only missing frames are bought."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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
        video.width, video.height, video.pix_fmt = 192, 108, "yuv420p"
        for number, planes in enumerate(frames):
            planes[:108] = planes[:108] + 2
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
OLD: tuple[Use, ...] = (("one", "A001.mkv", 40, 50), ("two", "B002.mkv", 100, 30))
QUIET = ("--yes", "--json", "--progress", "none")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a cut of two sources with 4 frames of handles, once: A001 36-93, B002 96-133."""
    folder = tmp_path_factory.mktemp("template")
    for name, first in (("A001", 0), ("B002", 5000)):
        make_clip(folder / f"{name}.mkv", frames=200, first=first, size=(96, 54), timecode="01:00:00:00")
    (folder / "bought.py").write_text(PROVIDERS)
    (folder / "uprez.toml").write_text('plugins = ["bought.py"]')
    cut(folder / "old.otio", *OLD)
    words = ["run", "old.otio", "-p", "paid", "--handles", "4", "--render", "ffv1", *QUIET]
    called = subprocess.run(
        [sys.executable, "-c", "from uprez.cli import main; main()", *words],
        env=os.environ | {"UPREZ_HOME": str(folder / "settings")} | addresses(folder),
        cwd=folder,
        capture_output=True,
        timeout=120,
    )
    assert called.returncode == 0, called.stderr
    return folder


def addresses(folder: Path) -> dict[str, str]:
    return {f"UPREZ_{name}_BASE_URL": str(folder / "service") for name in ("PAID", "BRIGHTER")}


@pytest.fixture
def ran(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of what was run."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    for name, value in addresses(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path / "old.otio"


@pytest.fixture
def service(ran: Path) -> FakeService:
    found = FakeService(ran.parent / "service")
    assert found.spent() == Decimal("0.96")
    return found


def cut(file: Path, *uses: Use, first: int = FIRST) -> Path:
    """Write a cut whose source frames count from the file's own first frame, which is called `first`."""
    clips = []
    for name, media, start, count, *speed in uses:
        effects = [warp(speed[0])] if speed else []
        source = span(first + start, count)
        clips.append(clip(name, external(media, span(first, 200)), source, effects=effects))
    return write(file, timeline(track(*clips)))


def shown(ended: Any) -> dict[str, list[int]]:
    """Return by clip the source numbers of its render's frames, and hold each file against its claim."""
    found = {}
    for one in ended.json["relinked"]:
        numbers = read_numbers(Path(one["render"]))
        claim = one["stands_for"]
        base = numbers[0] - (claim["start"] - FIRST)
        start = base + claim["start"] - FIRST
        assert numbers == list(range(start, start + claim["count"]))
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
        "nothing changed", "reordered", "trimmed and renamed", "slipped inside the handles",
        "longer at the tail", "longer at the head", "longer at both ends", "slipped beyond the handles",
        "cut in two", "another place", "a place beside the handles", "another source",
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


def test_the_plan_says_what_is_there_and_what_is_bought_and_buys_nothing(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = cut(ran.with_name("new.otio"), ("tail", "A001.mkv", 40, 66), OLD[1])
    said = uprez("sync", ran, new, "--dry-run").out
    assert "A001.mkv 86440-86505: 54 frames are there, 12 are bought with 8 of context, and joined" in said
    assert "20 frames to buy instead of 112: 92 saved, worth 0.92 USD" in said
    told = uprez("sync", ran, new, "--dry-run", "--json").json
    assert told["saved"] == {
        "frames": 92, "bought": 20, "anew": 112, "ordered": 0, "amount": "0.92", "unit": "USD",
    }  # fmt: skip
    (join,) = told["joins"]
    assert [(piece["keeps"]["count"], piece["owned"]) for piece in join["pieces"]] == [
        (54, True),
        (12, False),
    ]
    assert told["quote"]["totals"] == {"USD": "0.20"}
    assert service.spent() == Decimal("0.96")


def test_frames_are_the_same_in_a_timeline_that_counts_them_from_elsewhere(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    ended = synced(uprez, ran, ("zero", "A001.mkv", 40, 66), first=0)
    (one,) = ended.json["relinked"]
    assert one["stands_for"] == {"start": 40, "count": 66}
    assert read_numbers(Path(one["render"])) == list(range(40, 106))
    assert ended.json["saved"]["bought"] == 20


@pytest.mark.parametrize(
    ("start", "count", "speed", "bought", "claim"),
    [
        (50, 10, 2.0, 0, (36, 58)),
        (51, 10, 3.0, 0, (36, 58)),
        (50, 8, 5.0, 0, (50, 36)),
        (50, 20, -2.0, 0, (36, 58)),
        (40, 30, 2.0, 13, (40, 59)),
    ],
    ids=["in phase", "another phase in reach", "put together in phase", "backwards", "faster and longer"],
)
def test_a_retimed_clip_keeps_its_phase(
    uprez: Command, ran: Path, service: FakeService, start: int, count: int, speed: float, bought: int,
    claim: tuple[int, int],
) -> None:  # fmt: skip
    ended = synced(uprez, ran, ("fast", "A001.mkv", start, count, speed))
    (one,) = ended.json["relinked"]
    shown(ended)
    assert (one["stands_for"]["start"] - FIRST) % abs(int(speed)) == 0
    assert (one["stands_for"]["start"] - FIRST, one["stands_for"]["count"]) == claim
    assert ended.json["saved"]["bought"] == bought


def test_where_the_join_shows_the_whole_clip_is_bought_and_it_says_so(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    assert uprez("run", ran, "-p", "brighter", "--handles", "4", "--force", *QUIET).code == 0
    before = service.spent()
    ended = synced(uprez, ran, ("tail", "A001.mkv", 40, 66), words=("-p", "brighter"))
    (why,) = ended.json["whole"]
    assert why.startswith("A001.mkv 86440-86505: its join shows (its brightness steps")
    assert why in ended.err
    (one,) = ended.json["relinked"]
    assert one["stands_for"] == {"start": FIRST + 36, "count": 74}
    assert ended.json["saved"]["bought"] == 20 + 74
    assert [charge["amount"] for charge in ended.json["charged"]] == ["0.94"]
    assert service.spent() - before == Decimal("0.94")
    again = uprez("sync", ran, ran.with_name("new.otio"), *QUIET)
    assert (again.json["charged"], again.json["relinked"]) == ([], ended.json["relinked"])


def test_a_cap_holds_over_both_purchases_and_what_was_bought_is_told(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    assert uprez("run", ran, "-p", "brighter", "--handles", "4", "--force", *QUIET).code == 0
    new = cut(ran.with_name("new.otio"), ("tail", "A001.mkv", 40, 66))
    ended = uprez("sync", ran, new, "--max-cost", "0.50", *QUIET)
    assert ended.code == 4, ended.err
    assert "the cap is 0.30" in ended.err
    assert [Decimal(charge["amount"]) for charge in ended.json["charged"]] == [Decimal("0.20")]
    assert "where two pieces meet" in ended.json["failed"][0]["error"]
    accepted = uprez("sync", ran, new, "--accept-unsure", *QUIET)
    assert (accepted.code, accepted.json["charged"]) == (0, []), accepted.err


def test_what_was_run_with_is_what_is_bought_unless_an_option_says_otherwise(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = cut(ran.with_name("new.otio"), *OLD)
    recipe = uprez("sync", ran, new, "--dry-run", "--json").json["recipe"]
    assert (recipe["provider"], recipe["model"], recipe["handles"]) == ("paid", "double", 4)
    larger = uprez("sync", ran, new, "--dry-run", "--json", "-s", "3").json
    assert (larger["saved"]["frames"], larger["saved"]["bought"]) == (0, 96)


def test_a_cut_that_was_never_run_has_nothing_to_give(uprez: Command, ran: Path) -> None:
    new = cut(ran.with_name("new.otio"), *OLD)
    ended = uprez("sync", new, ran)
    assert ended.code == 2
    assert "new.otio: was not run in" in ended.err and ended.err.count("\n") == 1


def kill_once_bought(ran: Path, new: Path) -> None:
    """Sync in a process that is killed as soon as a purchase was acknowledged."""
    words = [sys.executable, "-c", "from uprez.cli import main; main()", "sync", str(ran), str(new), *QUIET]
    killed = subprocess.run(
        words, env=os.environ | {"UPREZ_FAILPOINT": "acked"}, cwd=ran.parent, capture_output=True, timeout=60
    )
    assert killed.returncode < 0, killed.stderr


def test_a_killed_sync_goes_on_in_the_workspace_and_pays_once(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = cut(ran.with_name("new.otio"), ("both", "A001.mkv", 24, 82))
    kill_once_bought(ran, new)
    ended = uprez("resume", ran, "--yes", "--json", "--progress", "none")
    assert ended.code == 0, ended.err
    (one,) = ended.json["relinked"]
    assert read_numbers(Path(one["render"])) == list(range(24, 106))
    assert set(service.charges().values()) == {1} and service.spent() == Decimal("1.36")


def test_a_joined_render_is_one_file_at_the_source_s_timecode(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    ended = synced(uprez, ran, ("both", "A001.mkv", 24, 82))
    info = probe(Path(ended.json["relinked"][0]["render"]))
    assert (info.frames, info.timecode, info.width) == (82, FIRST + 24, 192)
    assert info.stamp is not None and (info.stamp.first, info.stamp.count) == (24, 82)
    assert info.stamp.amount == Decimal("0.98") and len(info.stamp.pieces) == 3


def conformed(ran: Path, *, graded: bool = False) -> Path:
    """Write the conformed cut as an editor exports it: its clips show renders, and nothing else is told."""
    folder = ran.with_suffix(".uprez") / "renders"
    clips = []
    for name, media, first, count, base in (("one", "A001", 40, 50, 36), ("two", "B002", 100, 30, 96)):
        (file,) = folder.glob(f"{media}_*.mkv")
        if graded and name == "one":
            file = Path(shutil.copy(file, ran.with_name("graded.mkv")))
        whole = span(FIRST + base, probe(file).frames)
        clips.append(clip(name, external(str(file), whole), span(FIRST + first, count)))
    return write(ran.with_name("conformed.otio"), timeline(track(*clips)))


def test_a_conformed_cut_that_is_edited_on_shows_its_sources_and_buys_no_picture_of_a_picture(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = conformed(ran)
    told = uprez("sync", ran, new, "--dry-run", "--json").json
    assert [shot["render_of"] for shot in told["shots"]] == [None, None]
    assert told["quote"]["totals"] == {} and told["saved"]["frames"] == 96
    before = service.spent()
    ended = uprez("sync", ran, new, *QUIET)
    assert ended.code == 0, ended.err
    assert ended.json["charged"] == []
    assert shown(ended) == {"one": list(range(36, 94)), "two": list(range(5096, 5134))}
    larger = uprez("sync", ran, new, "-s", "3", "--handles", "24", "--as", "replace", *QUIET)
    assert larger.code == 0, larger.err
    assert shown(larger) == {"one": list(range(16, 114)), "two": list(range(5076, 5154))}
    assert service.spent() - before == Decimal("1.76")
    played = json.loads(Path(larger.json["output"]).read_text())["tracks"]["children"][0]["children"]
    for item, first in zip(played, (40, 5100), strict=True):
        (media,) = item["media_references"].values()
        at = item["source_range"]["start_time"]["value"] - media["available_range"]["start_time"]["value"]
        assert read_numbers(ran.parent / media["target_url"])[int(at)] == first


def test_a_cut_whose_references_were_replaced_gets_a_second_one(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = ran.with_name("replaced.otio")
    words = ("-p", "paid", "--handles", "4", "--render", "ffv1", "--as", "replace", "-o", new, *QUIET)
    assert uprez("run", ran, *words).code == 0
    ended = uprez("sync", ran, new, "--as", "reference", *QUIET)
    assert (ended.code, ended.json["charged"]) == (0, []), ended.err


def test_a_graded_copy_of_a_render_is_not_taken_for_it(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    ended = uprez("sync", ran, conformed(ran, graded=True), *QUIET)
    (left,) = ended.json["left_out"]
    assert left["name"] == "one" and "shows a render of A001.mkv that lies in" in left["reason"]
    assert [one["name"] for one in ended.json["relinked"]] == ["two"]
    assert service.spent() == Decimal("0.96")


def test_a_chain_of_cuts_goes_on_in_the_first_one_s_workspace_whichever_is_named(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    second = cut(ran.with_name("v2.otio"), ("tail", "A001.mkv", 40, 66), OLD[1])
    ended = uprez("sync", ran, second, *QUIET)
    assert ended.code == 0, ended.err
    third = cut(ran.with_name("v3.otio"), ("tail", "A001.mkv", 40, 78), OLD[1])
    for old in (second, Path(ended.json["output"])):
        told = uprez("sync", old, third, "--dry-run", "--json")
        assert told.code == 0, told.err
        assert told.json["saved"]["bought"] == 20
    assert uprez("sync", second, third, *QUIET).code == 0
    fourth = cut(ran.with_name("v4.otio"), ("tail", "A001.mkv", 40, 90), OLD[1])
    assert uprez("sync", second, fourth, "--dry-run", "--json").json["saved"]["bought"] == 20
    assert uprez("resume", third, *QUIET).json["charged"] == []
    said = uprez("orders", ran).out
    assert "@" not in said and "two" in said


def test_what_is_under_way_is_told_and_not_bought_again(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = cut(ran.with_name("new.otio"), ("both", "A001.mkv", 24, 82))
    kill_once_bought(ran, new)
    told = uprez("sync", ran, new, "--dry-run", "--json").json
    assert (told["saved"]["bought"], told["saved"]["ordered"]) == (0, 40)
    assert told["quote"]["totals"] == {"USD": "0.40"}
    assert "0 frames to buy besides 40 that were on order" in uprez("sync", ran, new, "--dry-run").out


def test_a_run_of_some_clips_is_said_before_all_of_a_cut_is_bought(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    assert uprez("run", ran, "-p", "paid", "--clip", "one", "--force", *QUIET).code == 0
    warned = "OLD was run for some of its clips, NEW is done whole"
    assert warned in uprez("sync", ran, ran, "--dry-run").err
    assert warned not in uprez("sync", ran, ran, "--clip", "one", "--dry-run").err


def test_what_was_not_bought_after_all_is_not_told_as_bought(
    uprez: Command, ran: Path, service: FakeService
) -> None:
    new = cut(ran.with_name("new.otio"), ("tail", "A001.mkv", 40, 66), OLD[1])
    kill_once_bought(ran, new)
    for order in (ran.parent / "service").glob("*.json"):
        facts = json.loads(order.read_text())
        order.write_text(json.dumps({**facts, "cancelled": facts["polls"] == 0, "price": "0"}))
    ended = uprez("sync", ran, new, "--yes", "--progress", "none")
    assert ended.code == 1, ended.err
    assert "0 frames bought so far" in ended.out and "saved" not in ended.out
