"""Media that a timeline does not name, or not where it is, are found; where two fit, neither is taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hosts.edl_scene import edl, event, footage, read, rendered
from hosts.fcp7_scene import PAL, clip_text, document_text, file_text, sequence_text

from uprez.cli.app import app
from uprez.model import Manner, MannerKind, Selection
from uprez.request import remembered
from uprez.settings import read_settings
from uprez.testing.timelines import clip, external, span, timeline, track, write
from uprez_otio import searching
from uprez_otio.host import OtioHost
from uprez_otio.searching import Folders, nearest

ONE = ("01:00:00:10", "01:00:01:10"), ("10:00:00:00", "10:00:01:00")


def test_a_file_is_found_by_its_name_its_stem_and_the_reel_in_it(tmp_path: Path) -> None:
    footage(tmp_path / "a", "A001.mkv", "01:00:00:00")
    footage(tmp_path / "b" / "deep", "take one.mkv", "02:00:00:00", first=1)
    footage(tmp_path / "c", "anything.mkv", "03:00:00:00", reel="R777", first=2)
    cut = read(
        edl(
            tmp_path,
            event(1, "A001", *ONE),
            event(2, "X", ("02:00:00:10", "02:00:01:10"), ("10:00:01:00", "10:00:02:00")),
            "* FROM CLIP NAME: take one.mkv",
            event(3, "R777", ("03:00:00:10", "03:00:01:10"), ("10:00:02:00", "10:00:03:00")),
        )
    )
    assert [one.media.path.name for one in cut.shots] == ["A001.mkv", "take one.mkv", "anything.mkv"]
    assert [one.note.partition(":")[0] for one in cut.shots] == [
        "its file was found by its name",
        "its file was found by its name",
        "its file was found by its reel",
    ]


def test_timecode_decides_between_files_of_one_name(tmp_path: Path) -> None:
    footage(tmp_path / "day 1", "A001.mkv", "05:00:00:00")
    footage(tmp_path / "day 2", "A001.mkv", "01:00:00:00")
    assert read(edl(tmp_path, event(1, "A001", *ONE))).shots[0].media.path.parent.name == "day 2"


def test_two_files_that_both_fit_are_left_out_by_name_and_one_file_twice_is_one(tmp_path: Path) -> None:
    file = edl(tmp_path, event(1, "A001", *ONE))
    footage(tmp_path / "day 1", "A001.mkv", "01:00:00:00")
    shutil.copytree(tmp_path / "day 1", tmp_path / "day 2")
    assert len(read(file).shots) == 1
    footage(tmp_path / "day 3", "A001.mkv", "01:00:00:00", first=7)
    left = read(file).left_out[0]
    assert (left.name, "give --media" in left.reason) == ("A001", True)
    assert str(tmp_path / "day 1" / "A001.mkv") in left.reason
    assert str(tmp_path / "day 3" / "A001.mkv") in left.reason
    assert read(file, tmp_path / "day 3").shots[0].media.path.parent.name == "day 3"


def test_a_file_that_does_not_reach_is_named_with_what_it_has(tmp_path: Path) -> None:
    footage(tmp_path, "A001.mkv", "05:00:00:00")
    left = read(edl(tmp_path, event(1, "A001", *ONE))).left_out[0]
    assert "A001.mkv does not fit: it has 05:00:00:00 to" in left.reason


def test_nothing_of_the_name_says_where_it_was_searched(tmp_path: Path) -> None:
    left = read(edl(tmp_path, event(1, "A001", *ONE))).left_out[0]
    assert "no file of its name (A001)" in left.reason
    assert str(tmp_path) in left.reason


@pytest.mark.parametrize(
    "url",
    ["file:///Volumes/Gone/B001/clip%20one.mkv", "C:\\footage\\B001\\clip one.mkv", "B001/clip one.mkv"],
)
def test_an_offline_address_is_found_by_its_name_and_its_parents_decide(tmp_path: Path, url: str) -> None:
    footage(tmp_path / "m" / "A001", "clip one.mkv", None, first=5)
    footage(tmp_path / "m" / "B001", "clip one.mkv", None)
    reference = external(url, span(0, 100))
    file = write(tmp_path / "cut.otio", timeline(track(clip("one", reference, span(20, 10)))))
    shot = OtioHost(str(file)).shots(Selection()).shots[0]
    assert shot.media.path == tmp_path / "m" / "B001" / "clip one.mkv"
    assert str(shot.media.path) in shot.note


def test_a_clip_without_media_is_found_by_what_it_is_called(tmp_path: Path) -> None:
    footage(tmp_path, "one.mkv", "01:00:00:00")
    children = clip("one", {"OTIO_SCHEMA": "MissingReference.1"}, span(86410, 10))
    file = write(tmp_path / "cut.otio", timeline(track(children)))
    assert OtioHost(str(file)).shots(Selection()).shots[0].media.path.name == "one.mkv"


@pytest.mark.parametrize("kind", ["reference", "replace", "track"])
def test_clips_whose_media_was_searched_are_relinked_and_taken_back(tmp_path: Path, kind: MannerKind) -> None:
    footage(tmp_path, "one.mkv", "01:00:00:00")
    footage(tmp_path / "deep", "two.mkv", None)
    lost = clip("one", {"OTIO_SCHEMA": "MissingReference.1"}, span(86410, 10))
    gone = clip("two", external("/gone/two.mkv", span(0, 100)), span(20, 10))
    file = write(tmp_path / "cut.otio", timeline(track(lost, gone)))
    host, output = OtioHost(str(file)), tmp_path / "out.otio"
    relinks = tuple(rendered(host.shots(Selection()).shots, tmp_path / "cut.uprez", 2))
    conform = host.relink(relinks, Manner(kind=kind, output=output))
    assert (len(conform.relinked), conform.left_out) == (2, ())
    assert output.read_text().count("cut.uprez/") >= 2
    assert conform.receipt is not None
    host.revert(conform.receipt, tmp_path / "back.otio")
    assert (tmp_path / "back.otio").read_bytes() == file.read_bytes()


def test_an_offline_address_of_final_cuts_is_found_and_relinked(tmp_path: Path) -> None:
    footage(tmp_path / "deep", "two.mkv", None, rate=PAL)
    one = clip_text("two", (0, 10), (20, 30), file_text("file://localhost/gone/two.mkv"))
    file = tmp_path / "cut.xml"
    file.write_text(document_text(sequence_text(one)))
    host = OtioHost(str(file))
    shots = host.shots(Selection()).shots
    assert [(each.name, each.source.start) for each in shots] == [("two", 20)]
    conform = host.relink(tuple(rendered(shots, tmp_path / "cut.uprez", 2)), Manner())
    assert len(conform.relinked) == 1
    assert f"file://localhost{tmp_path}/cut.uprez/two_0.mkv" in (tmp_path / "cut_uprez.xml").read_text()


def test_an_address_that_is_there_wins(tmp_path: Path) -> None:
    footage(tmp_path / "a", "clip.mkv", None)
    footage(tmp_path / "b", "clip.mkv", None, first=9)
    file = write(
        tmp_path / "cut.otio", timeline(track(clip("one", external("b/clip.mkv", span(0, 100)), span(1, 10))))
    )
    host = OtioHost(str(file))
    host.media = (tmp_path / "a",)
    shot = host.shots(Selection()).shots[0]
    assert (shot.media.path.parent.name, shot.note) == ("b", "")


def test_loops_hidden_folders_and_workspaces_are_no_places_for_media(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/x.mkv", ".hidden/x.mkv", "cut.uprez/x.mkv", "work/x.mkv", "work/ledger.db", "a/y.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    folders = Folders(own=tmp_path)
    assert list(folders.called("x")) == [[tmp_path / "a" / "x.mkv"]]
    assert not folders.full
    monkeypatch.setattr(searching, "MOST", 1)
    few = Folders(own=tmp_path)
    assert list(few.called("y")) == [[]]
    assert "only the first 1 files" in few.told()


def test_parents_count_from_the_file_up() -> None:
    paths = [Path("/m/A/x/c.mov"), Path("/m/B/x/c.mov")]
    assert nearest(paths, "D:\\old\\b\\x\\c.mov") == paths[1:]
    assert nearest(paths, "/other/c.mov") == paths


def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """Go to a folder with a list whose media is elsewhere; return where that is, the folder, and the list."""
    away, here = tmp_path / "away", tmp_path / "here"
    here.mkdir()
    footage(away, "A001.mkv", "01:00:00:00")
    file = edl(here, event(1, "A001", *ONE))
    monkeypatch.chdir(here)
    monkeypatch.setenv("UPREZ_HOME", str(tmp_path / "home"))
    return away, here, file


def test_folders_to_search_are_options_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away, here, file = apart(tmp_path, monkeypatch)
    assert app(["plan", str(file), "--media", str(away), "--json"], standalone_mode=False) in (0, None)
    assert str(away / "A001.mkv") in capsys.readouterr().out
    (here / "uprez.toml").write_text('media = ["../away"]\n')
    assert read_settings().media == (away,)
    assert app(["plan", str(file), "--json"], standalone_mode=False) in (0, None)
    assert str(away / "A001.mkv") in capsys.readouterr().out


def test_a_run_remembers_where_media_was_searched_and_resumes_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, here, file = apart(tmp_path, monkeypatch)
    with pytest.raises(SystemExit) as ended:
        app(["run", str(file), "--media", str(away), "--handles", "2", "--yes"])
    assert ended.value.code == 0
    assert remembered(here / "cut.uprez").media == (away,)
    with pytest.raises(SystemExit) as ended:
        app(["resume", str(file), "--yes"])
    assert ended.value.code == 0
    written = (here / "cut_uprez.edl").read_text()
    assert "* FROM FILE: " in written
    again = read(here / "cut_uprez.edl").shots[0]
    assert (again.source.start, again.media.height) == (86410, 72)
