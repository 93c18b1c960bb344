"""MLT projects, as Shotcut, Flowblade and melt write them: read, relinked in place, played by MLT itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.corpus_mlt import rate_in, uses, wrong
from hosts.mlt_engine import WHY_NOT, Engine, python
from hosts.mlt_scene import (
    FIRST,
    NTSC,
    Done,
    blank,
    entry,
    ground,
    layered,
    main,
    media,
    mix,
    playlist,
    producer,
    project,
    properties,
    relinked,
    renders,
    tractor,
    warped,
)

from uprez.errors import HostError
from uprez.model import Manner, Selection
from uprez_otio.host import OtioHost

THIRTY = {"meta_DOT_media_DOT_frame_rate_num": 30, "meta_DOT_media_DOT_frame_rate_den": 1}
FILM = {"meta_DOT_media_DOT_frame_rate_num": 24000, "meta_DOT_media_DOT_frame_rate_den": 1001}
FILE = ("p", "a.mkv")


def on_track(*parts: str, before: str = "") -> str:
    """Write a project with one track."""
    return project(ground(), before, playlist("v1", *parts), main("v1"))


def filtered(**told: object) -> str:
    return f"<filter>{properties(**told)}</filter>"


def shotcut_dissolve() -> str:
    """Two clips whose last and first frames lie in a tractor of their own, as Shotcut has dissolves."""
    parts = producer("p", "a.mkv", last=59, tag="chain"), producer("q", "b.mkv", last=59, tag="chain")
    inner = (
        '  <tractor id="t" in="0" out="7">\n    <track producer="p" in="20" out="27"/>\n'
        f'    <track producer="q" in="30" out="37"/>\n{mix(0, 7)}  </tractor>\n'
    )
    shown = entry("p", 10, 19), entry("t", 0, 7), entry("q", 38, 45)
    return project(ground(), *parts, inner, playlist("v1", *shown, shotcut__name="V1"), main("v1"))


def nested_twice() -> str:
    inner = tractor("nest", "low", "high", last=29, inside=layered(1))
    low = playlist("low", entry("p", 5, 24), blank(5), entry("p", 40, 44))
    high = playlist("high", blank(8), entry("q", 30, 35))
    files = producer("p", "a.mkv"), producer("q", "b.mkv")
    shown = playlist("v1", entry("nest", 2, 27), entry("nest", 7, 29))
    return project(ground(), *files, low, high, inner, shown, main("v1"))


PROJECTS: dict[str, str] = {
    "plain": on_track(blank(3), entry("p", 8, 19), entry("p", 30, 33), before=producer(*FILE)),
    "clock times": on_track(
        blank("00:00:00.125"),
        entry("p", "00:00:00.333", "00:00:00.792"),
        before=producer(*FILE, length="00:00:02.500", last="00:00:02.458", tag="chain"),
    ),
    "producer that begins later": on_track(
        entry("p", 3, 12), before=producer(*FILE, last=49).replace('in="0"', 'in="7"')
    ),
    "producer within the entry": on_track(f'    <entry in="8" out="17">{producer("x", "a.mkv")}</entry>\n'),
    "whole producer": on_track('    <entry producer="p"/>\n', before=producer(*FILE, last=39)),
    "beyond its producer": on_track(entry("p", 30, 90), entry("p", 2, 6), before=producer(*FILE, length=40)),
    "one file used twice": on_track(
        entry("p", 8, 19), entry("q", 20, 29), entry("w", 6, 11),
        before=producer(*FILE) + producer("q", "a.mkv") + warped("w", 2.0, "a.mkv", 30),
    ),
    "twice as fast": on_track(entry("w", 10, 19), before=warped("w", 2.0, "a.mkv", 30)),
    "half as fast": on_track(entry("w", 41, 52), before=warped("w", 0.5, "a.mkv", 120)),
    "1.7 times as fast": on_track(entry("w", 12, 25), before=warped("w", 1.7, "a.mkv", 35)),
    "backwards": on_track(entry("w", 12, 25), before=warped("w", -1.0, "a.mkv", 60)),
    "backwards twice as fast": on_track(entry("w", 3, 9), before=warped("w", -2.0, "a.mkv", 30)),
    "backwards at 0.7": on_track(entry("w", 20, 33), before=warped("w", -0.7, "a.mkv", 86)),
    "shotcut dissolve": shotcut_dissolve(),
    "nested twice": nested_twice(),
    "two tracks and sound": project(
        ground(), producer(*FILE), producer("q", "b.mkv"),
        playlist("v1", entry("p", 8, 27)), playlist("v2", blank(4), entry("q", 12, 17)),
        playlist("a1", entry("p", 8, 27)), main("v1 hide=\"audio\"", "v2", "a1 hide=\"video\""),
    ),
    "a still": on_track(
        entry("s", 0, 11), before=producer("s", "still.png", 15000, 14999, mlt_service="qimage")
    ),
    "timecode and sound": on_track(
        entry("p", 20, 29), before=producer("p", "t.mov", video_index=0, audio_index=1)
    ),
    "30 in 24": on_track(entry("p", 13, 24), before=producer("p", "thirty.mkv", **THIRTY)),
    "23.976 in 24": on_track(entry("p", 13, 24), before=producer("p", "ntsc.mkv", **FILM)),
    "23.976": project(
        ground(), producer("p", "ntsc.mkv"), playlist("v1", entry("p", 21, 30)), main("v1"), rate=NTSC
    ),
    "cropped": on_track(
        entry("p", 8, 12, filtered(mlt_service="crop", left=4, top=3)),
        before=producer(*FILE, inside=filtered(mlt_service="crop", right=6)),
    ),
    "an effect that moves with its clip": on_track(
        entry("p", 20, 29),
        before=producer(*FILE, inside='<filter in="20" out="29">'
                        f"{properties(mlt_service='brightness', level='0=1;9=0.9')}</filter>"),
    ),
    "effects with key frames": on_track(
        entry("p", 20, 29, filtered(mlt_service="brightness", level="20=1;29=0.9")),
        entry("p", 30, 39, filtered(mlt_service="brightness", level="00:00:00.000=0.95")),
        before=producer(*FILE),
    ),
    "a clip without a picture": on_track(
        entry("p", 8, 12), entry("m", 8, 12), entry("p", 20, 22),
        before=producer(*FILE) + producer("m", "a.mkv", set_DOT_test_image=1),
    ),
}  # fmt: skip


def beside(wrong: str, *more: str, first: int = 1, last: int = 4) -> str:
    """Write a project in which a clip stands beside one that can't be done; `wrong` is its producer."""
    return on_track(entry("q", first, last), entry("p", 1, 5), before=producer(*FILE) + wrong)


TIME_MAP = f"<link>{properties(mlt_service='timeremap', time_map='0=0;2=3')}</link>"
OWN_SIZE = (
    f"<transition>{properties(mlt_service='composite', geometry='0/0:100%x100%', b_track=2)}</transition>"
)
LEFT_OUT: dict[str, tuple[str, str]] = {
    "a ramp": ("curve", beside(producer("q", "b.mkv", tag="chain", inside=TIME_MAP))),
    "a title": ("kdenlivetitle", beside(producer("q", "", mlt_service="kdenlivetitle"))),
    "offline": ("offline", beside(producer("q", "no.mkv"))),
    "an image sequence": ("image sequence", beside(producer("q", "no.%04d.png", mlt_service="qimage"))),
    "a forced rate": ("forced to another frame rate", beside(producer("q", "b.mkv", force_fps=25))),
    "a freeze filter": (
        "freezes its picture",
        beside(producer("q", "b.mkv", inside=filtered(mlt_service="freeze", frame=3))),
    ),
    "another project": ("nested project", beside(producer("q", "x.mlt", mlt_service="xml"))),
    "its own size in pixels": (
        "--match-size",
        project(
            ground(),
            producer(*FILE),
            producer("q", "b.mkv"),
            playlist("v1", entry("p", 8, 27)),
            playlist("v2", entry("q", 12, 17)),
            tractor("main", "black", "v1", "v2", inside=OWN_SIZE),
        ),
    ),
    "a moving effect that counts from the file's first frame": (
        "give handles that reach it",
        beside(
            producer("q", "b.mkv", inside=filtered(mlt_service="brightness", level="0=1;40=0")),
            first=30,
            last=34,
        ),
    ),
    "a mask that moves": (
        "give handles that reach it",
        beside(
            producer("q", "b.mkv", inside=filtered(mlt_service="rotoscoping", spline='{"0": [], "40": []}')),
            first=30,
            last=34,
        ),
    ),
    "reversed and of no told length": (
        "its length is not told",
        beside(warped("q", -1.0, "b.mkv", 60).replace(' in="0" out="59"', "")),
    ),
    "30 in 24 at a place between": (
        "between two frames",
        beside(producer("q", "thirty.mkv"), first=12, last=18),
    ),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine | None]:
    """Hold the engine where it is there: the plain reading of the files needs none."""
    engine = Engine(tmp_path_factory.mktemp("engine")) if python() else None
    yield engine
    if engine is not None:
        engine.close()


def proved(done: Done, engine: Engine | None) -> None:
    """Check by a plain reading, and by the engine where it is there, that a project shows what it showed."""
    folder = done.file.parent
    relinks = list(renders(done.cut, folder, 3, 2))
    assert wrong(done.before, done.after, folder, relinks) == []
    if engine is not None:
        length = max(shot.record.end for shot in done.cut.shots) + 1
        places = [
            *range(length),
            *range(length),
        ]  # a file's very first frame comes from its start, whatever is asked
        before, after = (engine.play(file, places) for file in (done.file, done.output))
        assert {at: seen.number for at, seen in before.items()} == {
            at: seen.number for at, seen in after.items()
        }
        apart = [abs(float(before[at].light.mean()) - float(after[at].light.mean())) for at in before]
        assert max(apart) < 8


def shown(text: str, folder: Path) -> list[str]:
    """Return the files of all clips with a picture."""
    named = re.findall(r'resource">(?:-?[\d.]+:)?([^<]*\.m\w+)<', text)
    return [url for _, url, _ in uses(text, {url: rate_in(folder / url) for url in named})]


def same_but_media(done: Done) -> None:
    """Check that nothing is gone and nothing new but copies of producers, and where the cuts read them."""
    gone = [line for line in done.before.splitlines() if line not in done.after.splitlines()]
    assert all(re.match(r"\s*<(entry|track|filter) ", line) for line in gone), gone
    back = re.sub(r"\n  <(producer|chain) id=\"\w+_uprez\d+\".*?</\1>", "", done.after)
    back = re.sub(r"_uprez\d+", "", back)
    place = r' (in|out)="[^"]*"'
    assert re.sub(place, "", back) == re.sub(place, "", done.before)


@pytest.mark.parametrize("name", PROJECTS)
def test_each_clip_shows_the_same_frames_out_of_its_render(
    name: str, engine: Engine | None, tmp_path: Path
) -> None:
    media(tmp_path, NTSC if name == "23.976" else Fraction(24))
    done = relinked(tmp_path, PROJECTS[name])
    assert [left for left in done.cut.left_out if "stays as it is" not in left.reason] == []
    assert done.conform.left_out == ()
    assert len(done.conform.relinked) == len(done.cut.shots) > 0
    assert {url.partition("/")[0] for url in shown(done.after, tmp_path)} == {"renders"}
    proved(done, engine)
    if "within" not in name and name not in ("cropped", "effects with key frames"):
        same_but_media(done)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_can_not_be_done_right_is_left_out_by_name(name: str, tmp_path: Path) -> None:
    media(tmp_path)
    reason, text = LEFT_OUT[name]
    done = relinked(tmp_path, text)
    left = [*done.cut.left_out, *done.conform.left_out]
    assert len(left) == 1
    assert reason in left[0].reason
    assert left[0].name
    assert ";" in left[0].reason
    assert len(done.conform.relinked) == 1


def test_a_crop_is_as_much_larger_as_the_picture(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, PROJECTS["cropped"])
    clone = re.search(r'<producer id="p_uprez1".*', done.after)
    assert clone is not None
    assert '<property name="right">12</property>' in clone[0]
    assert '<property name="left">8</property><property name="top">6</property>' in done.after


def test_an_effect_in_a_producer_comes_earlier_with_its_frames(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, PROJECTS["an effect that moves with its clip"])
    head = done.cut.shots[0].source.start - 3
    assert f'<filter in="{20 - head}" out="{29 - head}">' in done.after
    assert '<filter in="20" out="29">' in done.after


def test_key_frames_come_earlier_with_the_frames_they_were_set_on(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, PROJECTS["effects with key frames"])
    head = done.cut.shots[0].source.start - 3
    assert f">{20 - head}=1;{29 - head}=0.9<" in done.after
    assert ">00:00:00.000=0.95<" in done.after


def test_a_revert_gives_the_bytes_back_and_a_second_run_the_same_file(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, PROJECTS["one file used twice"])
    again = relinked(tmp_path, PROJECTS["one file used twice"])
    assert again.after == done.after
    assert again.conform.receipt is not None
    OtioHost(str(again.file)).revert(again.conform.receipt)
    assert again.output.read_text(encoding="utf-8") == done.before


@pytest.mark.parametrize(
    "name", ["cropped", "effects with key frames", "producer that begins later", "nested twice", "backwards"]
)
def test_a_relink_is_taken_back_from_a_project_that_was_edited_since(name: str, tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, PROJECTS[name])
    assert done.conform.receipt is not None
    done.output.write_text(done.after.replace("<mlt ", '<mlt title="new" '), encoding="utf-8")
    OtioHost(str(done.file)).revert(done.conform.receipt)
    assert done.output.read_text(encoding="utf-8") == done.before.replace("<mlt ", '<mlt title="new" ')


ADDRESSES = ("a b.mkv", "50% ü #1.mkv", "%2541.mkv", "a&b.mkv")


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("style", ["relative", "absolute", "root"])
def test_addresses_are_written_as_they_were(name: str, style: str, tmp_path: Path) -> None:
    media(tmp_path)
    folder = tmp_path / "media" if style == "root" else tmp_path
    folder.mkdir(exist_ok=True)
    (tmp_path / "a.mkv").rename(folder / name)
    FIRST[name] = FIRST["a.mkv"]
    url = str(tmp_path / name) if style == "absolute" else name
    parts = ground(), producer("p", url), playlist("v1", entry("p", 8, 19)), main("v1")
    done = relinked(tmp_path, project(*parts, attributes=f' root="{folder}"' if style == "root" else ""))
    assert len(done.conform.relinked) == 1
    written = re.findall(r'name="resource">([^<]*)</property><property name="mlt_service">avf', done.after)
    assert len(written) == 2
    begins = {"relative": "renders/", "absolute": str(tmp_path), "root": "../renders/"}
    assert written[1].startswith(begins[style])


def test_relative_addresses_follow_the_output_to_another_folder(tmp_path: Path) -> None:
    media(tmp_path)
    (tmp_path / "there").mkdir()
    file = tmp_path / "cut.mlt"
    file.write_text(PROJECTS["two tracks and sound"])
    host = OtioHost(str(file))
    cut = host.shots(Selection())
    host.relink(tuple(renders(cut, tmp_path, 3, 2)), Manner(output=tmp_path / "there" / "out.mlt"))
    text = (tmp_path / "there" / "out.mlt").read_text()
    named = set(re.findall(r'name="resource">([^<0]*)<', text))
    assert {each for each in named if "renders" not in each} == {"../a.mkv", "../b.mkv"}
    assert all(each.startswith("../renders/") for each in named if "renders" in each)


BROKEN = {
    "no mlt": ("<xmeml/>", "no MLT project"),
    "no profile": ("<mlt><playlist id='x'/></mlt>", "frame rate"),
    "no timeline": (project(playlist("main_bin")), "no timeline"),
    "cut off": (PROJECTS["plain"][:400], "no whole XML"),
    "a gap without a length": (on_track(blank("x")), "gap"),
    "a missing producer": (on_track(entry("nobody", 1, 2)), "is not there"),
    "a loop": (project(tractor("main", "v1").replace("v1", "main")), ""),
    "an endless clip": (on_track(entry("p", 0, 1 << 40), before=producer("p", "a.mkv", length=1 << 50)), ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_projects_are_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    text, reason = BROKEN[name]
    file = tmp_path / "cut.mlt"
    file.write_text(text)
    try:
        cut = OtioHost(str(file)).shots(Selection())
    except HostError as refused:
        assert reason in str(refused)
        assert "\n" not in str(refused)
    else:
        assert reason == ""
        assert cut.shots == ()


def test_the_engine_is_there_or_the_reason_is_told() -> None:
    if python() is None:
        pytest.skip(WHY_NOT)
