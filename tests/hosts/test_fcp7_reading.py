"""What is read of a Final Cut XML, and in which words the rest is left out."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.corpus_fcp7 import blank
from hosts.fcp7_scene import (
    SIZE,
    again,
    clip_text,
    document_text,
    file_text,
    remap_text,
    sequence_text,
    written,
)

from uprez.errors import HostError
from uprez.model import Cut, Selection
from uprez_otio.formats.fcp7_rows import rows
from uprez_otio.host import OtioHost
from uprez_otio.limits import BadTimeline

NTSC = Fraction(30000, 1001)


def media(folder: Path, name: str = "a.mkv") -> Path:
    if not (folder / name).exists():
        blank(folder / name, 100, Fraction(25), SIZE, 1)
    return folder / name


def read(folder: Path, text: str, **selection: object) -> Cut:
    return OtioHost(str(written(folder, text))).shots(Selection.model_validate(selection))


def reason(folder: Path, clip: str, **more: str) -> str:
    cut = read(folder, document_text(sequence_text(clip, **more)))  # type: ignore[arg-type]
    assert cut.shots == ()
    return next(left.reason for left in cut.left_out)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "<fcpxml version='1.9'/>",
            "its XML is <fcpxml> and not Final Cut Pro 7's <xmeml>; export it as that",
        ),
        ("<xmeml version='5'><bin/></xmeml>", "it holds no sequence"),
        ("<xmeml><sequence>", "it is no whole XML"),
        ("", "it is empty"),
        ("no xml", "it is no whole XML"),
        (
            document_text(sequence_text(name="one"), sequence_text(name="two", attributes=' id="s2"')),
            "it holds 2 sequences (one, two); export the one you mean by itself",
        ),
        (document_text("<sequence><media/></sequence>"), "its sequence has no frame rate"),
    ],
)
def test_what_is_no_timeline_is_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(HostError) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_sequence_that_another_one_nests_is_not_the_one_that_is_meant(tmp_path: Path) -> None:
    nest = sequence_text(
        clip_text("a", (0, 30), (40, 70), file_text(media(tmp_path))), name="nest", attributes=' id="n"'
    )
    top = sequence_text(clip_text("n", (5, 25), (10, 30), '<sequence id="n"/>'), name="top")
    cut = read(tmp_path, document_text(f"<project><children>{nest}{top}</children></project>"))
    (shot,) = cut.shots
    assert (cut.name, shot.record.start, shot.record.count) == ("top", 5, 20)
    assert (shot.source.start, shot.source.count) == (40, 30)


def test_a_sequence_in_itself_is_refused(tmp_path: Path) -> None:
    clip = clip_text("n", (0, 25), (0, 25), '<sequence id="sequence-1"/>')
    with pytest.raises(HostError, match="nested more than"):
        read(tmp_path, document_text(sequence_text(clip)))


def test_nests_that_double_at_each_level_end(tmp_path: Path) -> None:
    nests = []
    for level in range(30):
        inner = f'<sequence id="n{level + 1}"/>'
        nests.append(
            sequence_text(
                clip_text("a", (0, 5), (0, 5), inner),
                clip_text("b", (0, 5), (0, 5), inner),
                attributes=f' id="n{level}"',
            )
        )
    last = sequence_text(clip_text("a", (0, 5), (0, 5), file_text("a.mkv")), attributes=' id="n30"')
    path = written(tmp_path, document_text(*nests, last))
    with pytest.raises(BadTimeline, match="it shows more than"):
        list(rows(path))


def test_the_timeline_begins_at_its_timecode_in_words_or_frames(tmp_path: Path) -> None:
    code = (
        "<timecode><rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate><string>01;00;00;00</string>"
        "<displayformat>DF</displayformat></timecode><media>"
    )
    clip = clip_text("a", (0, 10), (20, 30), file_text(media(tmp_path)))
    text = document_text(
        sequence_text(clip, rate=NTSC).replace("<media><video><track>", code + "<video><track>")
    )
    (shot,) = read(tmp_path, text).shots
    assert shot.record.start == 107892


def test_names_labels_markers_tracks_and_what_is_off_are_read(tmp_path: Path) -> None:
    more = (
        "<labels><label2>Iris</label2></labels>"
        "<marker><name>fix</name><comment>grain</comment><in>41</in><out>-1</out></marker>"
    )
    text = document_text(
        sequence_text(
            clip_text("a", (0, 10), (20, 30), file_text(media(tmp_path)), more),
            clip_text("b", (0, 10), (20, 30), again(), enabled=False),
            sound=[clip_text("s", (0, 10), (20, 30), again())],
        )
    )
    cut = read(tmp_path, text)
    (shot,) = cut.shots
    assert (shot.name, shot.color, shot.markers, shot.track) == ("a", "Iris", ("fix grain",), "V1")
    reasons = {left.name: left.reason for left in cut.left_out}
    assert "disabled" in reasons["b"]
    assert "it stays as it is" in reasons["A1"]


def test_a_track_that_is_off_switches_its_clips_off(tmp_path: Path) -> None:
    text = document_text(sequence_text(clip_text("a", (0, 10), (20, 30), file_text(media(tmp_path)))))
    cut = read(tmp_path, text.replace("<enabled>TRUE</enabled></track>", "<enabled>FALSE</enabled></track>"))
    assert cut.shots or cut.left_out
    off = text[: text.rindex("<enabled>TRUE")] + text[text.rindex("<enabled>TRUE") :].replace(
        "TRUE", "FALSE", 1
    )
    assert read(tmp_path, off).shots == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (remap_text("100", variable=True), "its speed changes along a curve (Time Remap)"),
        (remap_text("0"), "its freeze frame does not tell which frame it holds"),
        (
            remap_text("0", keys=[(0, 0, "in"), (20, 0, "out")]),
            "its freeze frame does not tell which frame it holds",
        ),
        (remap_text("fast"), "its Time Remap does not tell its speed"),
        (remap_text("0.25"), "its Time Remap has a speed below 1"),
        (
            remap_text("200", keys=[(0, 0, "in"), (100, 100, "out")]),
            "its Time Remap tells one speed and draws another",
        ),
        (
            remap_text("200").replace("<filter>", "<filter><enabled>FALSE</enabled>"),
            "its Time Remap is switched off",
        ),
        (
            remap_text("100").replace(
                "<value>100<", "<value>100</value><keyframe><when>1</when></keyframe><value>100<"
            ),
            "its speed changes along a curve",
        ),
        ("<subclipinfo><startoffset>12</startoffset></subclipinfo>", "it is a subclip"),
        ("<stillframe>TRUE</stillframe>", "its freeze frame does not tell which frame it holds"),
    ],
)
def test_a_speed_that_nobody_can_follow_is_left_out_by_name(more: str, said: str, tmp_path: Path) -> None:
    assert reason(tmp_path, clip_text("a", (0, 10), (20, 30), file_text(media(tmp_path)), more)).startswith(
        said
    )


@pytest.mark.parametrize(
    ("rate", "phase"),
    [
        (Fraction(25), 1),
        (Fraction(50), 2),
        (Fraction(24), 24),
        (Fraction(25, 2), 1),
        (Fraction(24000, 1001), 960),
    ],
)
def test_a_file_of_another_rate_is_cut_where_both_rates_meet(
    rate: Fraction, phase: int, tmp_path: Path
) -> None:
    blank(tmp_path / "b.mkv", 200, rate, SIZE, 1)
    full = file_text(tmp_path / "b.mkv", frames=200, rate=rate)
    if rate.denominator == 2:
        full = full.replace("<timebase>12<", "<timebase>12.5<")
    (shot,) = read(tmp_path, document_text(sequence_text(clip_text("a", (0, 10), (20, 30), full)))).shots
    assert (shot.retime.phase if shot.retime else 1) == phase


def test_points_that_fit_no_speed_are_left_out(tmp_path: Path) -> None:
    clip = clip_text("a", (0, 10), (20, 75), file_text(media(tmp_path)), remap_text("200"))
    assert reason(tmp_path, clip).startswith("its in and out points fit neither")


def test_a_curve_is_done_where_all_of_its_media_is_wanted(tmp_path: Path) -> None:
    clip = clip_text("a", (0, 10), (20, 30), file_text(media(tmp_path)), remap_text("100", variable=True))
    (shot,) = read(tmp_path, document_text(sequence_text(clip)), retime="whole").shots
    assert shot.source.count == 100


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "it has no media"),
        ('<file id="gone"/>', "it has no media"),
        ('<file id="f"><name>Slug</name><mediaSource>Slug</mediaSource></file>', "it is a generator"),
        ("<multiclip><angle/></multiclip>", "it is a multiclip"),
        (file_text("file://localhost/C%3a/x/a.mov"), "its media is offline"),
        (file_text("file://server/share/a.mov"), "its media is offline"),
        (file_text("C:\\x\\a.mov"), "its media is offline"),
        (file_text("/nowhere/a.mov"), "its media is offline"),
        (file_text("http://host/a.mov"), "its media is not a file"),
        (file_text(""), "it has no media"),
    ],
)
def test_what_has_no_file_here_is_left_out_by_name(file: str, said: str, tmp_path: Path) -> None:
    assert reason(tmp_path, clip_text("a", (0, 10), (20, 30), file)).startswith(said)


def test_a_picture_that_may_be_the_first_of_many_is_left_out(tmp_path: Path) -> None:
    for name in ("shot.0001.png", "shot.%5B0001-0100%5D.png"):
        clip = clip_text("a", (0, 10), (20, 30), file_text(f"file://localhost{tmp_path}/{name}"))
        assert reason(tmp_path, clip).startswith("its media may be a still or an image sequence")


def test_a_generator_holds_its_place(tmp_path: Path) -> None:
    title = (
        '<generatoritem id="g"><name>Title</name><start>10</start><end>20</end><in>0</in><out>10</out>'
        "<effect><name>Text</name></effect></generatoritem>"
    )
    after = clip_text("a", (20, 30), (20, 30), file_text(media(tmp_path)))
    cut = read(tmp_path, document_text(sequence_text(title + after)))
    assert cut.shots[0].record.start == 20
    assert next(left.reason for left in cut.left_out).startswith("it is a generator (Text)")


def test_a_clip_beyond_its_media_is_left_out(tmp_path: Path) -> None:
    clip = clip_text("a", (0, 20), (90, 110), file_text(media(tmp_path)))
    assert "of a file that has frames 0 to 99" in reason(tmp_path, clip)


def test_broken_files_are_one_sentence_and_never_hang(tmp_path: Path) -> None:
    keys = [(0, 0, "start"), (20, 40, "in"), (30, 60, "out"), (50, 100, "end")]
    remap = remap_text("200", keys=keys, most=100)
    whole = document_text(
        sequence_text(clip_text("a", (0, 10), (20, 30), file_text("a.mkv"), remap))
    ).encode()
    rng = random.Random(3)
    path = tmp_path / "broken.xml"
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 1, 2, 8])):
            at = rng.randrange(len(data))
            kind = rng.randrange(4)
            if kind == 0:
                data[at] = rng.randrange(256)
            elif kind == 1:
                del data[at : at + rng.randrange(60)]
            elif kind == 2:
                data[at:at] = bytes(rng.choice([b"-", b"9" * 17, b"<file/>", b"</track>", b"1e99", b"\0"]))
            else:
                data[at:at] = data[rng.randrange(len(data)) :][:80]
        path.write_bytes(data or b"<")
        try:
            list(rows(path))
        except BadTimeline as bad:
            assert "\n" not in str(bad)
