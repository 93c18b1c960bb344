"""Image sequences in MLT projects: how editors spell them, what MLT plays of them, and their renders."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as tree  # noqa: N813

import pytest
from hosts.corpus_mlt import told
from hosts.mlt_engine import Engine
from hosts.mlt_scene import (
    FIRST,
    entry,
    ground,
    main,
    playlist,
    producer,
    project,
    relinked,
    renders,
)

from uprez.model import Manner, Numbering, Selection
from uprez.testing.clips import make_clip, make_sequence, read_numbers
from uprez.times import FrameRange
from uprez_otio.formats.mlt_clip import shown_by
from uprez_otio.formats.mlt_patch import document_of, spots_in
from uprez_otio.host import OtioHost

SHOT = Numbering(prefix="shot.", suffix=".png", first=1001, padding=4)
COUNT, FRAME = 20, 300
LENGTH = 15000
SPELLINGS = {
    "?begin=": ("shot.%04d.png?begin=1001", SHOT),
    "?begin:": ("shot.%04d.png?begin:1001", SHOT),
    "begin some numbers early": ("shot.%04d.png?begin=902", SHOT),
    "begin within it": ("shot.%04d.png?begin=1003", SHOT),
    "no begin, from nought": ("shot.%04d.png", SHOT.model_copy(update={"first": 0})),
    "no begin, from 99": ("shot.%04d.png", SHOT.model_copy(update={"first": 99})),
    "no padding": ("shot.%d.png?begin=95", SHOT.model_copy(update={"first": 95, "padding": 0})),
    "another letter": ("shot.%04u.png?begin=1001", SHOT),
    "a doubled sign": ("50%%.%04d.png?begin=1001", SHOT.model_copy(update={"prefix": "50%."})),
    "all of a folder": (".all.png", SHOT),
}


def cut(resource: str, *shown: tuple[int, int], service: str = "qimage", ttl: int = 1) -> str:
    """Write a project that shows parts of a sequence."""
    entries = (entry("s", first, last) for first, last in shown)
    source = producer("s", resource, LENGTH, mlt_service=service, ttl=ttl)
    return project(ground(), source, playlist("v1", *entries), main("v1"))


def numbers(text: str, folder: Path) -> list[int]:
    """Return the numbers in the pictures that a project shows, by what MLT's manual says of patterns."""
    root = tree.fromstring(text)
    sources = {each.get("id"): each for each in root.iter("producer")}
    found = []
    for cut in (each for each in root.iter("entry") if each.get("producer") != "black"):
        source = sources[cut.get("producer")]
        files = list(listed(told(source, "resource"), folder))
        for index in range(int(cut.get("in", "")), int(cut.get("out", "")) + 1):
            found += read_numbers(folder / files[index // int(told(source, "ttl")) % len(files)])
    return found


def listed(resource: str, folder: Path) -> Iterator[str]:
    if "/.all." in resource:
        yield from sorted(map(str, (folder / resource).parent.glob(f"*{Path(resource).suffix}")))
        return
    pattern, _, begin = re.sub(r"\?begin[=:]", "?", resource).partition("?")
    number, missing = int(begin or 0), 0
    while missing < 100:
        name = pattern % number
        missing = 0 if (folder / name).exists() else missing + 1
        number += 1
        if missing == 0:
            yield name


def shown(engine: Engine | None, file: Path) -> list[int]:
    """Return the numbers that a project shows: by the engine, and where it is not there by its files."""
    found = numbers(file.read_text(), file.parent)
    if engine is not None:
        places = [*range(len(found)), *range(len(found))]
        assert [seen.number for seen in engine.play(file, places).values()] == found
    return found


def sequence(
    folder: Path, numbering: Numbering = SHOT, name: str = "seq", count: int = COUNT, first: int = FRAME
) -> Path:
    return make_sequence(folder / name, numbering, frames=count, first=first)


@pytest.mark.parametrize("service", ["qimage", "pixbuf"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_each_spelling_shows_the_same_pictures_out_of_a_sequence_of_the_same_numbers(
    name: str, service: str, engine: Engine | None, tmp_path: Path
) -> None:
    spelled, numbering = SPELLINGS[name]
    sequence(tmp_path, numbering)
    done = relinked(tmp_path, cut(f"seq/{spelled}", (6, 9), (12, 16), service=service))
    assert done.cut.left_out == done.conform.left_out == ()
    assert len(done.conform.relinked) == 2
    before = shown(engine, done.file)
    assert shown(engine, done.output) == before
    late = 2 if name == "begin within it" else 0
    assert before == [FRAME + late + at for at in (6, 7, 8, 9, 12, 13, 14, 15, 16)]
    (resource,) = set(re.findall(r'"resource">(renders/[^<]*)<', done.after))
    begins = numbering.first + late + 3
    assert resource.endswith(f"?begin:{begins}" if "begin:" in spelled else f"?begin={begins}")


def test_two_uses_of_one_sequence_that_lie_far_apart_get_renders_of_their_own(
    engine: Engine | None, tmp_path: Path
) -> None:
    sequence(tmp_path, count=60)
    done = relinked(tmp_path, cut("seq/shot.%04d.png?begin=1001", (3, 6), (50, 53)), handles=0)
    assert shown(engine, done.output) == shown(engine, done.file) == [303, 304, 305, 306, 350, 351, 352, 353]
    files = sorted(path.name for path in (tmp_path / "renders").rglob("*.png"))
    assert files == [f"shot.{number}.png" for number in (1004, 1005, 1006, 1007, 1051, 1052, 1053, 1054)]


@pytest.mark.parametrize("stays", [1, 2, 3, 4])
def test_a_picture_that_stays_is_counted_until_the_next_one_comes(
    stays: int, engine: Engine | None, tmp_path: Path
) -> None:
    sequence(tmp_path)
    done = relinked(tmp_path, cut("seq/shot.%04d.png?begin=1001", (11, 19), ttl=stays))
    document = document_of(done.before)
    (spot,) = spots_in(document)
    counted = shown_by(document, spot.service).frames(spot, Fraction(1, stays))
    assert shown(engine, done.file) == shown(engine, done.output) == [FRAME + each for each in counted]


def test_a_file_with_other_digits_is_none_of_a_sequence(engine: Engine | None, tmp_path: Path) -> None:
    sequence(tmp_path)
    sequence(tmp_path, SHOT.model_copy(update={"first": 1021, "padding": 5}), first=500)
    file = tmp_path / "cut.mlt"
    file.write_text(cut("seq/shot.%04d.png?begin=1001", (17, 20)))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "image sequence of 20 files" in left.reason
    assert shown(engine, file) == [317, 318, 319, 300]


def test_a_render_has_the_length_of_its_files_and_its_uses_begin_earlier(tmp_path: Path) -> None:
    sequence(tmp_path)
    text = cut("seq/shot.%04d.png?begin=1001", (6, 9))
    first = '<property name="shotcut_resource">/x/shot.1001.png</property>'
    done = relinked(tmp_path, text.replace('<producer id="s">', f'<producer id="s">{first}'))
    clone = tree.fromstring(re.findall(r"<producer id=\"s_uprez1\".*</producer>", done.after)[0])
    assert (told(clone, "length"), told(clone, "shotcut_resource")) == ("10", "")
    assert '<entry producer="s_uprez1" in="3" out="6">' in done.after
    gone = [line for line in done.before.splitlines() if line not in done.after.splitlines()]
    assert [line.strip() for line in gone] == ['<entry producer="s" in="6" out="9"></entry>']


def test_a_project_that_is_relinked_is_relinked_once_more(engine: Engine | None, tmp_path: Path) -> None:
    sequence(tmp_path, count=60)
    text = cut("seq/shot.%04d.png?begin=1001", (20, 24), (28, 33))
    first = relinked(tmp_path, text)
    before = shown(engine, first.file)
    again = relinked(tmp_path, first.after, "again.mlt", handles=1)
    assert len(again.conform.relinked) == 2
    assert {shot.media.width for shot in again.cut.shots} == {128}
    assert shown(engine, again.output) == before == [*range(320, 325), *range(328, 334)]
    assert again.after.count("?begin=1020") == 1


def test_a_revert_gives_the_bytes_back_and_an_edited_project_clip_for_clip(tmp_path: Path) -> None:
    sequence(tmp_path)
    done = relinked(tmp_path, cut("seq/shot.%04d.png?begin=1001", (6, 9), (12, 16)))
    assert done.conform.receipt is not None
    OtioHost(str(done.file)).revert(done.conform.receipt)
    assert done.output.read_text() == done.before
    done = relinked(tmp_path, done.before)
    assert done.conform.receipt is not None
    done.output.write_text(done.after.replace("<mlt ", '<mlt title="new" '))
    OtioHost(str(done.file)).revert(done.conform.receipt)
    assert done.output.read_text() == done.before.replace("<mlt ", '<mlt title="new" ')


@pytest.mark.parametrize("missing", [1, 99, 100, 101])
def test_a_hole_ends_a_sequence_where_it_does_for_the_engine(
    missing: int, engine: Engine | None, tmp_path: Path
) -> None:
    sequence(tmp_path, count=10)
    sequence(tmp_path, SHOT.further(10 + missing), count=10, first=500)
    file = tmp_path / "cut.mlt"
    file.write_text(cut("seq/shot.%04d.png?begin=1001", (0, 9)))
    found = OtioHost(str(file)).shots(Selection())
    assert len(found.left_out) == (missing < 100)
    assert all("hole" in left.reason for left in found.left_out)
    file.write_text(cut("seq/shot.%04d.png?begin=1001", (0, 12)))
    assert shown(engine, file)[10] == (500 if missing < 100 else FRAME)


@pytest.mark.parametrize(("first", "found"), [(1100, True), (1101, False)])
def test_a_sequence_begins_within_a_hundred_numbers_as_it_does_for_the_engine(
    first: int, found: bool, engine: Engine | None, tmp_path: Path
) -> None:
    sequence(tmp_path, SHOT.model_copy(update={"first": first}))
    file = tmp_path / "cut.mlt"
    file.write_text(cut("seq/shot.%04d.png?begin=1001", (2, 5)))
    read = OtioHost(str(file)).shots(Selection())
    assert (len(read.shots), len(read.left_out)) == (int(found), int(not found))
    assert found or "from number 1001 on, and they begin at 1101" in read.left_out[0].reason
    if engine is not None:
        number = engine.play(file, [0, 0])[0].number
        assert number == (FRAME + 2 if found else 0)


@pytest.mark.parametrize("name", ["off %d.png", "a%04d.png", "shot.0007.png"])
def test_a_still_stays_a_still(name: str, engine: Engine | None, tmp_path: Path) -> None:
    FIRST[name] = 5000
    for number, each in enumerate((name, "shot.0008.png")):  # its writer would fill in a number
        path = make_clip(tmp_path / f"made{number}.png", frames=1, first=5000 + number, size=(64, 36),
                         codec="png", pixel_format="rgb24", colour=None)  # fmt: skip
        path.rename(tmp_path / each)
    done = relinked(tmp_path, cut(name, (2, 5), ttl=25))
    (shot,) = done.cut.shots
    assert shot.media.info.still
    assert len(done.conform.relinked) == 1
    assert '<entry producer="s_uprez1" in="2" out="5">' in done.after
    if engine is not None:
        for file in (done.file, done.output):
            assert {seen.number for seen in engine.play(file, range(4)).values()} == {5000}


@pytest.mark.parametrize("name", ["folder of others", "two sequences", "a hole", "digits that change"])
def test_all_files_of_a_folder_are_a_sequence_only_where_their_names_are_one(
    name: str, tmp_path: Path
) -> None:
    sequence(tmp_path)
    if name == "folder of others":
        (tmp_path / "seq" / "shot.1020.png").rename(tmp_path / "seq" / "moon.png")
    elif name == "two sequences":
        sequence(tmp_path, SHOT.model_copy(update={"prefix": "b."}))
    elif name == "a hole":
        (tmp_path / "seq" / "shot.1004.png").unlink()
    else:
        sequence(tmp_path, SHOT.model_copy(update={"first": 10001, "padding": 5}))
    file = tmp_path / "cut.mlt"
    file.write_text(cut("seq/.all.png", (2, 5)))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "export it as a movie" in left.reason


def test_an_output_in_another_folder_still_finds_the_sequences_that_stay(
    engine: Engine | None, tmp_path: Path
) -> None:
    sequence(tmp_path / "here")
    sequence(tmp_path / "here", name="")
    text = cut("seq/shot.%04d.png?begin=1001", (2, 5), (9, 9))
    other = producer("t", "shot.%04d.png?begin=1001", LENGTH, mlt_service="qimage", ttl=30)
    text = text.replace('  <playlist id="v1">', f'{other}  <playlist id="v1">').replace(
        "  </playlist>", f"{entry('t', 0, 3)}  </playlist>"
    )
    file = tmp_path / "here" / "cut.mlt"
    file.write_text(text)
    (tmp_path / "there").mkdir()
    host = OtioHost(str(file))
    found = host.shots(Selection())
    assert [left.reason.split(";")[0] for left in found.left_out] == ["each of its pictures stays 30 frames"]
    output = tmp_path / "there" / "out.mlt"
    host.relink(tuple(renders(found, tmp_path, 3, 2)), Manner(output=output))
    assert shown(engine, output) == shown(engine, file)
    written = re.findall(r'"resource">([^<]*%[^<]*)<', output.read_text())
    assert written == [
        "../here/seq/shot.%04d.png?begin=1001",
        "../renders/shot.1001 0/shot.%04d.png?begin=1001",
        "../here/shot.%04d.png?begin=1001",
    ]


def test_a_film_is_no_render_of_a_sequence(tmp_path: Path) -> None:
    sequence(tmp_path)
    file = tmp_path / "cut.mlt"
    file.write_text(cut("seq/shot.%04d.png?begin=1001", (6, 9)))
    host = OtioHost(str(file))
    (relink,) = renders(host.shots(Selection()), tmp_path, 3, 2)
    (why,) = host.rehearse((relink.model_copy(update={"sequence": None}),), Manner()).values()
    assert "no image sequence" in why
    short = relink.model_copy(update={"stands_for": FrameRange(start=7, count=2)})
    (why,) = host.rehearse((short,), Manner()).values()
    assert "give more handles" in why


def test_a_folder_whose_name_mlt_takes_for_a_number_is_left_out_or_written_as_it_is_meant(
    engine: Engine | None, tmp_path: Path
) -> None:
    sequence(tmp_path, name="50% off")
    file = tmp_path / "cut.mlt"
    file.write_text(cut("50% off/shot.%04d.png?begin=1001", (2, 5)))
    (left,) = OtioHost(str(file)).shots(Selection()).left_out
    assert "rename the folder" in left.reason
    if engine is not None:
        assert engine.play(file, [0, 0])[0].number == 0
    file.write_text(cut("50%% off/shot.%04d.png?begin=1001", (2, 5)))
    host = OtioHost(str(file))
    (relink,) = renders(host.shots(Selection()), tmp_path / "99% done", 3, 2)
    host.relink((relink,), Manner(output=tmp_path / "out.mlt"))
    assert '"resource">99%% done/renders/' in (tmp_path / "out.mlt").read_text()
    assert shown(engine, tmp_path / "out.mlt") == shown(engine, file) == [302, 303, 304, 305]
    (tmp_path / "99% done" / "out").mkdir()
    far = Manner(output=tmp_path / "99% done" / "out" / "out.mlt")
    (why,) = host.rehearse((relink,), far).values()
    assert "rename the folder" in why


@pytest.mark.parametrize("folder", ["plain", "a b & c ü"])
def test_a_whole_run_plays_the_same_pictures_larger(
    folder: str, engine: Engine | None, tmp_path: Path
) -> None:
    (tmp_path / folder).mkdir()
    sequence(tmp_path / folder)
    file = tmp_path / folder / "cut.mlt"
    file.write_text(cut("seq/shot.%04d.png?begin=1001", (6, 9), (12, 16)))
    command = [Path(sys.executable).with_name("uprez"), "run", file, "-m", "lanczos", "--json"]
    for _ in range(2):
        ended = subprocess.run([*command, "--handles", "2"], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr + ended.stdout
    output = Path(json.loads(ended.stdout)["output"])
    assert shown(engine, output) == shown(engine, file) == [306, 307, 308, 309, 312, 313, 314, 315, 316]
    assert output.read_text().count("?begin=1005<") == 1
    OtioHost(str(file)).revert(Path(json.loads(ended.stdout)["receipt"]))
    assert output.read_bytes() == file.read_bytes()
