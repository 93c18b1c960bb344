"""EDLs are read line by line: rates, modes, transitions, speeds, tracks, and all that names a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hosts.edl_scene import edl, event, footage, read

from uprez.errors import HostError
from uprez.model import Shot

ONE = ("01:00:00:10", "01:00:01:10"), ("10:00:00:00", "10:00:01:00")
TWO = ("02:00:00:00", "02:00:01:00"), ("10:00:01:00", "10:00:02:00")
HOUR = 3600 * 24


def spans(shots: tuple[Shot, ...]) -> list[tuple[str, int, int, int, int]]:
    return [
        (one.name, one.source.start, one.source.count, one.record.start, one.record.count) for one in shots
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    footage(tmp_path / "media", "A001.mkv", "01:00:00:00")
    footage(tmp_path / "media", "B001.mkv", "02:00:00:00")
    return tmp_path


def test_events_lie_where_their_record_says_with_gaps_between(folder: Path) -> None:
    later = ("02:00:00:00", "02:00:00:12"), ("10:00:02:00", "10:00:02:12")
    cut = read(edl(folder, event(1, "A001", *ONE), "* FROM CLIP NAME: one", event(2, "B001", *later)))
    assert (cut.name, cut.rate) == ("Scene", 24)
    assert spans(cut.shots) == [
        ("one", HOUR + 10, 24, 10 * HOUR, 24),
        ("B001", 2 * HOUR, 12, 10 * HOUR + 48, 12),
    ]
    assert "found by its name" in cut.shots[0].note


def test_events_out_of_order_and_on_several_tracks_are_put_in_theirs(folder: Path) -> None:
    cut = read(
        edl(
            folder,
            event(1, "B001", *TWO),
            event(2, "A001", *ONE),
            event(3, "B001", ("02:00:01:00", "02:00:01:12"), ("10:00:00:06", "10:00:00:18"), channel="V2"),
            event(4, "A001", ("01:00:02:00", "01:00:02:12"), ("10:00:00:02", "10:00:00:14")),
        )
    )
    assert [(one.track, one.record.start - 10 * HOUR) for one in cut.shots] == [
        ("V", 0), ("V", 24), ("V (V2)", 2), ("V2", 6),
    ]  # fmt: skip


def test_a_dissolve_shows_more_of_the_clip_that_is_left(folder: Path) -> None:
    cut = read(
        edl(
            folder,
            event(1, "A001", *ONE),
            event(2, "A001", ("01:00:01:10", "01:00:01:10"), ("10:00:01:00", "10:00:01:00")),
            event(2, "B001", *TWO, kind="D    010"),
            "* FROM CLIP NAME: left",
            "* TO CLIP NAME: comes",
        )
    )
    assert spans(cut.shots) == [
        ("A001", HOUR + 10, 34, 10 * HOUR, 24),
        ("comes", 2 * HOUR, 24, 10 * HOUR + 24, 24),
    ]


def test_a_wipe_in_one_event_and_fades_from_and_to_black_are_followed(folder: Path) -> None:
    cut = read(
        edl(
            folder,
            event(1, "BL", ("00:00:00:00", "00:00:00:00"), ("10:00:00:00", "10:00:00:00")),
            event(1, "A001", *ONE, kind="D    008"),
            event(2, "A001", ("01:00:01:10", "01:00:01:22"), ("10:00:01:00", "10:00:01:12")),
            event(2, "B001", ("02:00:00:00", "02:00:00:12"), ("10:00:01:12", "10:00:02:00"), kind="W001 006"),
            event(3, "B001", ("02:00:00:12", "02:00:00:12"), ("10:00:02:00", "10:00:02:00")),
            event(3, "BL", ("00:00:00:00", "00:00:00:12"), ("10:00:02:00", "10:00:02:12"), kind="D    012"),
        )
    )
    assert not cut.left_out
    assert [one.source.count for one in cut.shots] == [24, 18, 24]


def test_a_dissolve_out_of_a_clip_that_is_seen_nowhere_else_is_left_out_by_name(folder: Path) -> None:
    cut = read(
        edl(
            folder,
            event(1, "A001", *ONE),
            event(2, "B001", ("02:00:02:00", "02:00:02:00"), ("10:00:01:00", "10:00:01:00")),
            event(2, "A001", ("01:00:02:00", "01:00:03:00"), ("10:00:01:00", "10:00:02:00"), kind="D    010"),
        )
    )
    assert [one.source.count for one in cut.shots] == [24, 24]
    assert [left.name for left in cut.left_out] == ["B001"]
    assert "in a transition only" in cut.left_out[0].reason


@pytest.mark.parametrize(
    ("source", "speed", "wanted"),
    [
        (("01:00:00:10", "01:00:02:09"), "048.0", (10, 47, Fraction(2))),
        (("01:00:00:10", "01:00:00:22"), "012.0", (10, 14, Fraction(1, 2))),
        (("01:00:00:10", "01:00:00:11"), "000.0", (10, 1, Fraction(0))),
        (("01:00:00:10", "01:00:01:10"), "-024.0", (10, 24, Fraction(-1))),
        (("01:00:01:10", "01:00:01:11"), "-024.0", (11, 47, Fraction(-1))),
    ],
)
def test_an_m2_line_says_how_its_event_is_played(
    folder: Path, source: tuple[str, str], speed: str, wanted: tuple[int, int, Fraction]
) -> None:
    plain = event(2, "B001", ("02:00:00:20", "02:00:01:04"), ("10:00:02:10", "10:00:02:18"))
    motion = f"M2   A001       {speed}        {source[0]}"
    cut = read(edl(folder, event(1, "A001", source, ONE[1]), motion, plain))
    one = cut.shots[0]
    assert one.retime is not None
    assert (one.source.start - HOUR, one.source.count, one.retime.speed) == wanted


def test_a_speed_that_no_m2_line_tells_and_one_that_the_columns_deny_are_left_out(folder: Path) -> None:
    cut = read(
        edl(
            folder,
            event(1, "A001", ("01:00:00:10", "01:00:01:00"), ONE[1]),
            event(2, "A001", ("01:00:00:10", "01:00:01:00"), TWO[1]),
            "M2   A001       096.0        01:00:00:10",
            "* FRAME RATE: 24",
        )
    )
    assert not cut.shots
    assert ["no M2 line" in left.reason for left in cut.left_out] == [True, False]
    assert "does not explain" in cut.left_out[1].reason


def test_a_key_a_split_and_an_m2_line_that_nobody_can_read_are_left_out_by_name(folder: Path) -> None:
    cut = read(
        edl(
            folder,
            event(1, "A001", *ONE, kind="K B"),
            event(1, "B001", ("02:00:00:00", "02:00:01:00"), ONE[1], kind="K    012"),
            "SPLIT:    VIDEO DELAY=  00:00:00:05",
            event(2, "A001", ONE[0], TWO[1], channel="B"),
            event(3, "A001", ONE[0], ("10:00:03:00", "10:00:04:00")),
            "M2   A001       fast",
            "* FRAME RATE: 24",
        )
    )
    assert not cut.shots
    told = [left.reason for left in cut.left_out]
    words = ("key", "SPLIT", "M2 line can't", "Audio")
    assert sorted(word for each in told for word in words if word in each) == sorted((*words, "key"))


def test_the_columns_give_the_rate_away(folder: Path) -> None:
    footage(folder / "media", "C001.mkv", "03:00:00:00", rate=Fraction(25))
    borrowed = ("03:00:00:20", "03:00:01:05"), ("10:00:00:00", "10:00:00:10")
    cut = read(edl(folder, event(1, "C001", *borrowed)))
    assert cut.rate == 25
    assert spans(cut.shots) == [("C001", 3 * 3600 * 25 + 20, 10, 36000 * 25, 10)]


def test_a_rate_that_the_columns_leave_open_is_that_of_the_media(folder: Path) -> None:
    footage(folder / "media", "C001.mkv", "03:00:00:00", rate=Fraction(30))
    cut = read(edl(folder, event(1, "C001", ("03:00:01:00", "03:00:02:00"), ("10:00:00:00", "10:00:01:00"))))
    assert (cut.rate, cut.shots[0].source.count, cut.shots[0].source.start) == (30, 30, (3 * 3600 + 1) * 30)


def test_media_of_several_rates_settle_nothing_and_a_line_in_the_list_does(folder: Path) -> None:
    footage(folder / "media", "C001.mkv", "03:00:00:00", rate=Fraction(25))
    lines = (
        event(1, "A001", ("01:00:01:00", "01:00:02:00"), ("10:00:00:00", "10:00:01:00")),
        event(2, "C001", ("03:00:01:00", "03:00:02:00"), ("10:00:01:00", "10:00:02:00")),
    )
    with pytest.raises(HostError, match=r"several \(24, 25\); add a line '\* FRAME RATE: 25'"):
        read(edl(folder, *lines))
    cut = read(edl(folder, "* FRAME RATE: 25", *lines))
    assert [one.name for one in cut.shots] == ["C001"]
    assert "24 frames per second and its EDL counts 25" in cut.left_out[0].reason


@pytest.mark.parametrize(("mode", "code"), [("DROP FRAME", "01:00:59;20"), ("NON-DROP FRAME", "01:00:59:20")])
def test_drop_frame_stays_drop_frame_and_non_drop_stays_that(tmp_path: Path, mode: str, code: str) -> None:
    rate, start = (
        Fraction(30000, 1001),
        code.replace("59", "00", 1).replace(":20", ":00").replace(";20", ";00"),
    )
    footage(tmp_path, "D001.mkv", start.replace("01:00:00", "01:00:50"), rate=rate, frames=400)
    mark = ";" if ";" in code else ":"
    out = "01:01:00;04" if mark == ";" else "01:01:00:02"
    lines = event(1, "D001", (code, out), ("10:00:00:00", "10:00:00:12"))
    cut = read(edl(tmp_path, lines, mode=mode))
    one = cut.shots[0]
    assert (one.source.start - one.media.available.start, one.source.count) == (290, 12)
    assert cut.rate == (rate if mark == ";" else 30)


def test_a_list_whose_mode_is_not_the_files_counts_labels_as_the_file_does(tmp_path: Path) -> None:
    footage(tmp_path, "D001.mkv", "01:02:00;02", rate=Fraction(30000, 1001), frames=200)
    line = event(1, "D001", ("01:02:02:00", "01:02:03:00"), ("10:00:00:00", "10:00:01:00"))
    one = read(edl(tmp_path, line)).shots[0]
    assert (one.source.start - one.media.available.start, one.source.count) == (58, 30)


def test_a_later_fcm_line_is_about_sources_and_moves_no_record(tmp_path: Path) -> None:
    footage(tmp_path, "N001.mkv", "01:02:00:00", rate=Fraction(30000, 1001), frames=200)
    footage(tmp_path, "D001.mkv", "01:02:00;02", rate=Fraction(30000, 1001), frames=200)
    cut = read(
        edl(
            tmp_path,
            event(1, "N001", ("01:02:01:00", "01:02:02:00"), ("10:01:00:00", "10:01:01:00")),
            "FCM: DROP FRAME",
            event(2, "D001", ("01:02:01:00", "01:02:02:00"), ("10:01:01:00", "10:01:02:00")),
        )
    )
    assert [one.record.start - 36000 * 30 for one in cut.shots] == [1800, 1830]
    assert [one.source.start - one.media.available.start for one in cut.shots] == [30, 28]


def test_long_reels_frame_numbers_old_line_ends_and_padding_are_read(folder: Path) -> None:
    footage(folder / "media", "044G_002_A0028.mkv", None)
    text = "TITLE: x\rFCM: NON-DROP FRAME \r000001  044G_002_A0028                   V     C        9 64 "
    file = folder / "cut.edl"
    file.write_bytes((text + "00:00:00:00 00:00:02:07 \r*ASC_SOP (1.0854 1.0\r\x1a\x1a\x00").encode())
    cut = read(file)
    assert spans(cut.shots) == [("044G_002_A0028", 9, 55, 0, 55)]


def test_markers_are_comments_of_their_event(folder: Path) -> None:
    cut = read(edl(folder, event(1, "A001", *ONE), "* LOC: 10:00:00:12 RED   fix this", "* ASC_SAT 1"))
    assert "fix this" in cut.shots[0].markers[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("TITLE: nothing\n", "holds no event"),
        ("001  A V C 01:00:00:00 01:00:01:00 01:00:00:00\n", "no event that is known"),
        (
            "001  A V C 01:00:00:00 01:00:01:00 01:00:02:00 01:00:01:00\n* FRAME RATE: 24\n",
            "before it begins",
        ),
        ("001  A V C 01:00:00:30 01:00:01:00 01:00:00:00 01:00:01:00\n* FRAME RATE: 24\n", "does not exist"),
        ("001  A V C 01:99:00:30 01:00:01:00 01:00:00:00 01:00:01:00\n", "does not exist"),
        ("001  A V C 01:00:00:00 01:00:01:00 01:00:00:00 01:00:01:00\n* FRAME RATE: x\n", "frame rate is x"),
    ],
)
def test_a_broken_list_is_refused_in_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "cut.edl"
    file.write_text(text)
    with pytest.raises(HostError, match=why) as told:
        read(file)
    assert "\n" not in str(told.value)
    assert str(told.value).startswith(str(file))


def test_utf_16_is_refused_and_random_bytes_are_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "cut.edl"
    file.write_bytes("TITLE: x\r\n".encode("utf-16"))
    with pytest.raises(HostError, match="UTF-16"):
        read(file)
    file.write_bytes(bytes(range(256)) * 40 + b"\n" + b"1 " * 50_000)
    with pytest.raises(HostError, match="holds no event"):
        read(file)
