"""What a relink writes into a Final Cut XML, and how it is taken back from one that was edited since."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from hosts.corpus_fcp7 import blank
from hosts.fcp7_scene import (
    PAL,
    SIZE,
    again,
    clip_text,
    document_text,
    file_text,
    motion_text,
    relinked,
    relinks_for,
    remap_text,
    sequence_text,
    written,
)

from uprez.errors import HostError
from uprez.model import Manner, Selection
from uprez_otio.host import OtioHost

NTSC = Fraction(30000, 1001)
HEARD = "<sourcetrack><mediatype>audio</mediatype><trackindex>1</trackindex></sourcetrack>"


def media(folder: Path, name: str = "a.mkv", frames: int = 100, rate: Fraction = PAL) -> Path:
    blank(folder / name, frames, rate, SIZE, sum(name.encode()))
    return folder / name


def test_a_file_is_written_out_once_and_the_original_moves_on_to_the_sound(tmp_path: Path) -> None:
    path = media(tmp_path)
    text = document_text(
        sequence_text(
            clip_text("a", (0, 10), (20, 30), file_text(path)) + clip_text("b", (10, 20), (25, 35), again()),
            sound=[
                clip_text("s", (0, 10), (20, 30), again(), HEARD),
                clip_text("t", (10, 20), (20, 30), again(), HEARD),
            ],
        )
    )
    done = relinked(tmp_path, text)
    assert done.wrong == []
    root = ElementTree.fromstring(done.text)
    full = [each.get("id") for each in root.iter("file") if len(each)]
    assert full == ["uprez-file-1", "file-1"]
    pictures = [each.find("file").get("id") for each in root.findall(".//video/track/clipitem")]  # type: ignore[union-attr]
    sounds = [each.find("file") for each in root.findall(".//audio/track/clipitem")]
    assert pictures == ["uprez-file-1", "uprez-file-1"]
    assert [each.get("id") for each in sounds if each is not None] == ["file-1", "file-1"]
    assert sounds[0] is not None
    assert sounds[0].findtext("pathurl") == f"file://localhost{path}"


def test_a_render_has_its_own_timecode_length_raster_and_master_clip_and_no_sound(tmp_path: Path) -> None:
    path = media(tmp_path, rate=NTSC)
    full = file_text(path, rate=NTSC, timecode=("00;00;59;20", 1790, "DF"))
    full = full.replace("<fielddominance>none<", "<fielddominance>upper<")
    text = document_text(sequence_text(clip_text("a", (0, 10), (20, 30), full, rate=NTSC), rate=NTSC))
    done = relinked(tmp_path, text, handles=0)
    file = ElementTree.fromstring(done.text).find(".//file")
    assert file is not None
    said = [file.findtext(tag) for tag in ("duration", "timecode/frame", "timecode/string", "media/audio")]
    assert said == ["10", "1810", "00;01;00;12", None]
    shape = file.find("media/video/samplecharacteristics")
    assert shape is not None
    assert [shape.findtext(tag) for tag in ("width", "height", "anamorphic", "fielddominance")] == [
        "64",
        "36",
        "FALSE",
        "none",
    ]
    assert "<masterclipid>uprez-file-1-masterclip</masterclipid>" in done.text


def test_otios_own_adapter_reads_the_same_cut_with_other_media(tmp_path: Path) -> None:
    path = media(tmp_path)
    text = document_text(
        sequence_text(
            clip_text("a", (10, 30), (40, 60), file_text(path))
            + clip_text("off", (30, 40), (70, 80), again(), enabled=False)
            + clip_text("b", (50, 60), (20, 30), again()),
            sound=[clip_text("s", (10, 30), (40, 60), again(), HEARD)],
        )
    )
    done = relinked(tmp_path, text)
    seen = []
    for file in (done.before, done.after):
        timeline = otio.adapters.read_from_file(str(file), adapter_name="fcp_xml")
        clips = timeline.find_clips()
        seen.append([(clip.name, clip.range_in_parent(), clip.parent().kind) for clip in clips])
        urls = [clip.media_reference.target_url for clip in clips if clip.parent().kind == "Video"]
        assert all(("renders" in url) == (file == done.after) for url in urls)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 4


def test_what_counts_a_clips_frames_moves_by_the_same_amount(tmp_path: Path) -> None:
    marker = "<marker><name>m</name><in>45</in><out>-1</out></marker>"
    tick = 254016000000 // 25
    more = f"<pproTicksIn>{40 * tick}</pproTicksIn>{marker}{motion_text('100', [(41, '100'), (50, '50')])}"
    text = document_text(sequence_text(clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)), more)))
    done = relinked(tmp_path, text, handles=2)
    clip = ElementTree.fromstring(done.text).find(".//clipitem")
    assert clip is not None
    assert [clip.findtext(tag) for tag in ("in", "out", "marker/in", "marker/out")] == ["2", "22", "7", "-1"]
    assert clip.findtext("pproTicksIn") == str(2 * tick)
    assert [each.text for each in clip.iter("when")] == ["3", "12"]


def test_a_speed_graph_is_drawn_over_the_renders_own_frames(tmp_path: Path) -> None:
    keys = [(0, 0, "start"), (20, 100, "in"), (30, 150, "out"), (60, 300, "end")]
    full = file_text(media(tmp_path, frames=300), frames=300)
    clip = clip_text("a", (0, 10), (20, 30), full, remap_text("500", keys=keys, most=300))
    done = relinked(tmp_path, document_text(sequence_text(clip)), handles=0)
    root = ElementTree.fromstring(done.text)
    told = [(each.findtext("when"), each.findtext("value")) for each in root.iter("keyframe")]
    assert told == [("0", "0"), ("0", "0"), ("10", "50"), ("10", "50")]
    graph = root.find(".//parameter[parameterid='graphdict']")
    assert graph is not None
    assert graph.findtext("valuemax") == root.findtext(".//file/duration")


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("a b#1%.mkv", "file://localhost{quoted}"),
        ("ü 片.mkv", "file://{quoted}"),
        ("plain.mkv", "{path}"),
        ("rel ative.mkv", "media/rel ative.mkv"),
        ("rel.mkv", "media/rel.mkv"),
    ],
)
def test_addresses_are_found_and_written_in_their_own_style(name: str, style: str, tmp_path: Path) -> None:
    from urllib.parse import quote

    path = media(tmp_path / "media", name)
    url = style.format(quoted=quote(str(path)), path=path)
    done = relinked(tmp_path, document_text(sequence_text(clip_text("a", (0, 9), (20, 29), file_text(url)))))
    assert len(done.conform.relinked) == 1, done.reasons
    new = ElementTree.fromstring(done.text).findtext(".//pathurl")
    assert new is not None
    kind = re.compile("^(file://localhost/|file:///|/|)")
    assert kind.match(new)[0] == kind.match(url)[0]  # type: ignore[index]


def test_an_output_elsewhere_finds_its_media_by_relative_addresses(tmp_path: Path) -> None:
    media(tmp_path / "media")
    clips = clip_text("a", (0, 9), (20, 29), file_text("media/a.mkv")) + clip_text(
        "b", (9, 18), (50, 59), again()
    )
    host = OtioHost(str(written(tmp_path, document_text(sequence_text(clips)))))
    (first, _) = host.shots(Selection()).shots
    (tmp_path / "out").mkdir()
    relinks = relinks_for(host.shots(Selection(shots=(first.id,))), tmp_path)
    output = tmp_path / "out" / "cut.xml"
    host.relink(relinks, Manner(output=output))
    assert [len(OtioHost(str(output)).shots(Selection()).shots)] == [2]
    assert "<pathurl>../media/a.mkv</pathurl>" in output.read_text()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
def test_bytes_that_are_no_media_stay_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    clip = clip_text("Müller", (0, 9), (20, 29), file_text(media(tmp_path)))
    text = document_text(sequence_text(clip, name="Schnitt für Köln")).replace("UTF-8", encoding, 1)
    before = written(tmp_path, "")
    before.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    host = OtioHost(str(before))
    cut = host.shots(Selection())
    assert [shot.name for shot in cut.shots] == ["Müller"]
    conform = host.relink(relinks_for(cut, tmp_path), Manner())
    after = (tmp_path / "cut_uprez.xml").read_bytes()
    assert after.count("ü".encode(encoding)) == before.read_bytes().count("ü".encode(encoding))
    assert conform.receipt is not None
    host.revert(conform.receipt)
    assert (tmp_path / "cut_uprez.xml").read_bytes() == before.read_bytes()


def test_a_relinked_clip_can_be_relinked_again_from_its_render(tmp_path: Path) -> None:
    text = document_text(sequence_text(clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)))))
    once = relinked(tmp_path, text)
    (tmp_path / "second").mkdir()
    twice = relinked(tmp_path / "second", once.text, handles=0)
    assert (twice.wrong, len(twice.conform.relinked)) == ([], 1)
    assert 'id="uprez-file-2"' in twice.text


def test_a_clip_of_a_nest_used_twice_is_left_out_where_only_one_use_is_chosen(tmp_path: Path) -> None:
    nest = sequence_text(
        clip_text("a", (0, 30), (40, 70), file_text(media(tmp_path))), name="n", attributes=' id="n"'
    )
    named = '<sequence id="n"/>'
    text = document_text(
        sequence_text(clip_text("one", (0, 30), (0, 30), nest) + clip_text("two", (30, 60), (0, 30), named))
    )
    host = OtioHost(str(written(tmp_path, text)))
    cut = host.shots(Selection())
    assert len(cut.shots) == 2
    relinks = relinks_for(cut, tmp_path)[:1]
    (reason,) = host.rehearse(relinks, Manner()).values()
    assert reason.startswith("its sequence is nested 2 times")


def test_a_ramp_gets_all_of_its_media_and_keeps_its_curve(tmp_path: Path) -> None:
    keys = [(0, 0, "start"), (20, 40, "in"), (30, 50, "out"), (80, 100, "end")]
    ramp = remap_text("120", variable=True, keys=keys, most=100)
    text = document_text(sequence_text(clip_text("a", (0, 10), (20, 30), file_text(media(tmp_path)), ramp)))
    host = OtioHost(str(written(tmp_path, text)))
    cut = host.shots(Selection(retime="whole"))
    conform = host.relink(relinks_for(cut, tmp_path), Manner(retime="whole"))
    assert len(conform.relinked) == 1
    before, after = ElementTree.fromstring(text), ElementTree.parse(tmp_path / "cut_uprez.xml").getroot()
    for path in (
        ".//clipitem/in",
        ".//clipitem/out",
        ".//parameter[parameterid='graphdict']/valuemax",
        ".//file/duration",
    ):
        assert after.findtext(path) == before.findtext(path)
    told = [[each.text for each in root.iter("when")] for root in (before, after)]
    assert told[0] == told[1]


def test_a_file_that_runs_at_another_rate_than_its_timeline_says_is_left_out(tmp_path: Path) -> None:
    path = media(tmp_path, rate=Fraction(50))
    text = document_text(sequence_text(clip_text("a", (0, 9), (20, 29), file_text(path, rate=PAL))))
    done = relinked(tmp_path, text)
    assert done.conform.relinked == ()
    assert done.reasons["a"].startswith("its file has 50 frames per second and its timeline says 25")


def test_a_relink_is_taken_back_clip_for_clip_where_the_output_was_edited(tmp_path: Path) -> None:
    path = media(tmp_path, frames=200)
    text = document_text(
        sequence_text(
            clip_text("a", (0, 10), (20, 30), file_text(path, frames=200))
            + clip_text("b", (10, 20), (60, 70), again(), remap_text("200") + motion_text("80"))
            + clip_text("c", (20, 30), (25, 35), again()),
            sound=[clip_text("s", (0, 10), (20, 30), again(), HEARD)],
        )
    )
    done = relinked(tmp_path, text, handles=3)
    assert (done.wrong, len(done.conform.relinked)) == ([], 3)
    trimmed = re.sub(
        r"<start>0</start>(\s*)<end>10</end>(\s*)<in>3</in>",
        r"<start>2</start>\1<end>10</end>\2<in>5</in>",
        done.text,
    )
    assert trimmed != done.text
    gone = re.sub(r'<clipitem id="clip-c">.*?</clipitem>', "", trimmed, flags=re.DOTALL)
    done.after.write_text(gone)
    assert done.conform.receipt is not None
    back = OtioHost(str(done.before)).revert(done.conform.receipt)
    root = ElementTree.fromstring(done.after.read_text())
    clips = root.findall(".//video/track/clipitem")
    assert [clip.findtext("in") for clip in clips] == ["22", "60"]
    assert [clip.find("filter/effect[effectid='basic']/parameter/value") is not None for clip in clips] == [
        False,
        True,
    ]
    assert clips[1].findtext("filter/effect[effectid='basic']/parameter/value") == "80"
    assert {each.findtext("pathurl") for each in root.iter("file")} - {None} == {f"file://localhost{path}"}
    assert {each.text for each in root.iter("masterclipid")} == {"masterclip-1"}
    ids = [each.get("id") for each in root.iter("file") if len(each)]
    assert len(ids) == len(set(ids))
    assert len(back.relinked) >= 2


def test_what_holds_nothing_of_a_relink_any_more_is_said(tmp_path: Path) -> None:
    text = document_text(sequence_text(clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)))))
    done = relinked(tmp_path, text)
    done.after.write_text(text.replace("<name>a</name>", "<name>z</name>"))
    assert done.conform.receipt is not None
    with pytest.raises(HostError, match="holds nothing of this relink any more"):
        OtioHost(str(done.before)).revert(done.conform.receipt)


def test_an_output_that_was_broken_since_is_one_sentence(tmp_path: Path) -> None:
    text = document_text(sequence_text(clip_text("a", (0, 20), (40, 60), file_text(media(tmp_path)))))
    done = relinked(tmp_path, text)
    done.after.write_text(done.text[:-30])
    assert done.conform.receipt is not None
    with pytest.raises(HostError, match=r"cut_uprez\.xml: it is no whole XML"):
        OtioHost(str(done.before)).revert(done.conform.receipt)
