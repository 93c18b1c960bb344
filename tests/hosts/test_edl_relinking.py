"""A relinked EDL shows the same numbers out of its renders, and differs only where it names media."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest
from hosts.edl_scene import edl, event, footage, lines_of, numbers_shown, read, relinked

from uprez.errors import PlanError
from uprez.model import Manner, Selection
from uprez_otio.host import OtioHost

ONE = ("01:00:00:10", "01:00:01:10"), ("10:00:00:00", "10:00:01:00")
TWO = ("02:00:00:06", "02:00:01:06"), ("10:00:01:00", "10:00:02:00")
HOUR = 3600 * 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    footage(tmp_path / "media", "A001.mkv", "01:00:00:00")
    footage(tmp_path / "media", "B001.mkv", "02:00:00:00")
    footage(tmp_path / "media", "plain.mov", None)
    return tmp_path


def changes(before: Path, after: Path) -> list[str]:
    one, other = before.read_text().splitlines(), after.read_text().splitlines()
    return [line for line in difflib.ndiff(one, other) if line[0] in "+-"]


def test_every_kind_of_event_shows_the_numbers_that_it_showed(folder: Path) -> None:
    file = edl(
        folder,
        event(1, "A001", *ONE),
        "* FROM CLIP NAME: some take",
        event(2, "A001", ("01:00:01:10", "01:00:01:10"), ("10:00:01:00", "10:00:01:00")),
        event(2, "B001", *TWO, kind="D    008"),
        "* FROM CLIP NAME: some take",
        "* TO CLIP NAME: other take",
        event(3, "B001", ("02:00:00:10", "02:00:01:09"), ("10:00:02:00", "10:00:02:12")),
        "M2   B001       048.0                02:00:00:10",
        event(4, "AX", ("00:00:00:20", "00:00:01:08"), ("10:00:03:12", "10:00:04:00")),
        "* FROM CLIP NAME: plain.mov",
    )
    output = folder / "out.edl"
    _, conform = relinked(file, output)
    assert len(conform.relinked) == 4
    assert not conform.left_out
    firsts = {"A001.mkv": HOUR, "B001.mkv": 2 * HOUR, "plain.mov": 0}
    sources = ["A001.mkv", "A001.mkv", "B001.mkv", "B001.mkv", "plain.mov"]
    rendered: dict[str, Path] = {}
    for old, new, name in zip(lines_of(file), lines_of(output), sources, strict=True):
        rendered[new.reel] = Path(new.file()) if new.file() else rendered[new.reel]
        before = numbers_shown(old, folder / "media" / name, firsts[name])
        info = OtioHost("x.otio")._probe(rendered[new.reel])[0]
        assert numbers_shown(new, rendered[new.reel], info.timecode or 0) == before
        assert old.times[2:] == new.times[2:]
        assert name == "plain.mov" or old.times == new.times


def test_only_what_names_media_changes_and_columns_stay_under_each_other(folder: Path) -> None:
    file = edl(folder, event(1, "A001", *ONE), "* FROM CLIP NAME: take", "* SOURCE FILE: A001", "* ASC_SAT 1")
    output = folder / "out.edl"
    relinked(file, output)
    render = folder / "cut.uprez" / "renders" / "A001_0.mkv"
    assert changes(file, output) == [
        f"- {event(1, 'A001', *ONE)}",
        f"+ {event(1, 'A001_0', *ONE)}",
        "- * SOURCE FILE: A001",
        "+ * SOURCE FILE: A001_0",
        f"+ * FROM FILE: {render}",
    ]


def test_a_reel_of_eight_letters_stays_one_and_each_render_has_its_own(folder: Path) -> None:
    footage(folder / "media", "A001C002_180808_R0DZ.mkv", "05:00:00:00")
    file = edl(
        folder,
        event(1, "A001C002", ("05:00:00:10", "05:00:00:20"), ("10:00:00:00", "10:00:00:10")),
        event(2, "A001C002", ("05:00:03:00", "05:00:03:10"), ("10:00:00:10", "10:00:00:20")),
    )
    cut, conform = relinked(file, folder / "out.edl", handles=0)
    assert "first letters and its timecode" in cut.shots[0].note
    assert [line.reel for line in lines_of(folder / "out.edl")] == ["A001C0U1", "A001C0U2"]
    assert conform.receipt is not None
    told = json.loads(conform.receipt.read_text())["shots"].values()
    assert {one["references"]["new_reel"] for one in told} == {"A001C0U1", "A001C0U2"}


def test_picture_and_sound_in_one_event_are_told_apart_and_sound_stays(folder: Path) -> None:
    file = edl(folder, event(1, "A001", *ONE, channel="AA/V"), "* FROM CLIP NAME: take", "* LOC: x RED y",
               event(2, "B001", *TWO))  # fmt: skip
    relinked(file, folder / "out.edl")
    text = (folder / "out.edl").read_text()
    assert event(1, "A001_0", *ONE) in text
    assert (
        f"{event(3, 'A001', *ONE, channel='AA')}\n* FROM CLIP NAME: take\n{event(2, 'B001_1', *TWO)}" in text
    )


def test_an_address_that_is_there_is_written_as_the_editor_wrote_it(folder: Path) -> None:
    file = edl(folder, event(1, "X", *ONE), "* FROM FILE: media/A001.mkv")
    cut, _ = relinked(file, folder / "out.edl")
    assert not cut.shots[0].note
    assert "* FROM FILE: cut.uprez/renders/A001_0.mkv" in (folder / "out.edl").read_text()


def test_a_relink_is_taken_back_to_the_byte_and_clip_for_clip_after_an_edit(folder: Path) -> None:
    file = edl(folder, event(1, "AX", ("00:00:00:20", "00:00:01:08"), ("10:00:00:00", "10:00:00:12")),
               "* FROM CLIP NAME: plain.mov", event(2, "B001", *TWO), "* SOURCE FILE: B001")  # fmt: skip
    output = folder / "out.edl"
    _, conform = relinked(file, output)
    assert conform.receipt is not None
    written = output.read_text()
    host = OtioHost(str(file))
    host.revert(conform.receipt, folder / "back.edl")
    assert (folder / "back.edl").read_bytes() == file.read_bytes()
    output.write_text(written + "* a note\n")
    host.revert(conform.receipt, folder / "edited.edl")
    assert (folder / "edited.edl").read_text() == file.read_text() + "* a note\n"
    kept = [line for line in written.splitlines() if "B001" not in line and "FROM FILE" not in line]
    output.write_text("\n".join(kept) + "\n* a note\n" + event(2, "B001", *TWO) + "\n")
    with pytest.raises(Exception, match="holds nothing of this relink"):
        host.revert(conform.receipt, folder / "none.edl")


def test_the_same_relink_twice_gives_the_same_bytes(folder: Path) -> None:
    file = edl(folder, event(1, "A001", *ONE), event(2, "B001", *TWO))
    relinked(file, folder / "one.edl")
    relinked(file, folder / "two.edl")
    assert (folder / "one.edl").read_bytes() == (folder / "two.edl").read_bytes()


def test_an_output_elsewhere_and_renders_elsewhere_are_found_again(folder: Path) -> None:
    away = folder / "deliver" / "here"
    away.mkdir(parents=True)
    file = edl(folder, event(1, "A001", *ONE), event(2, "LOST", *TWO))
    cut, conform = relinked(file, away / "out.edl", renders=folder / "elsewhere ü")
    assert (len(conform.relinked), len(cut.left_out)) == (1, 1)
    again = read(away / "out.edl")
    assert again.shots[0].media.path == folder / "elsewhere ü" / "A001_0.mkv"


def test_lines_that_end_the_old_way_stay_so(folder: Path) -> None:
    file = folder / "cut.edl"
    file.write_bytes(
        f"TITLE: x\r\nFCM: NON-DROP FRAME\r\n{event(1, 'A001', *ONE)} \r\n".encode() + b"\x1a\x1a"
    )
    relinked(file, folder / "out.edl")
    written = (folder / "out.edl").read_bytes()
    assert written.count(b"\r\n") == written.count(b"\n") == 5
    assert written.endswith(b" \r\n\x1a\x1a")


def test_only_a_list_is_written(folder: Path) -> None:
    file = edl(folder, event(1, "A001", *ONE))
    with pytest.raises(PlanError, match=r"only \.edl is written"):
        OtioHost(str(file)).refuse(Manner(output=folder / "out.otio"))
    assert OtioHost(str(file)).output(Manner()) == folder / "cut_uprez.edl"
    assert OtioHost(str(file)).shots(Selection()).shots
