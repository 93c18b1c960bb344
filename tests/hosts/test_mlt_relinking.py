"""MLT projects, as Shotcut, Flowblade and melt write them: read, relinked in place, played by MLT itself."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.corpus_mlt import rate_in, uses, wrong
from hosts.mlt_engine import WHY_NOT, Engine, python
from hosts.mlt_scene import (
    FIRST,
    FRAMES,
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
from uprez.times import FrameRange
from uprez_otio.host import OtioHost

THIRTY = {"meta_DOT_media_DOT_frame_rate_num": 30, "meta_DOT_media_DOT_frame_rate_den": 1}
FILM = {"meta_DOT_media_DOT_frame_rate_num": 24000, "meta_DOT_media_DOT_frame_rate_den": 1001}
FILE = ("p", "a.mkv")
SEQUENCE = {"mlt_service": "qimage", "ttl": 1}
SHOT = "seq/shot.%04d.png?begin=1001"


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


def curved(
    keys: str, first: object, last: object, file: str = "a.mkv", attributes: str = "", **more: object
) -> str:
    """Write a project whose clip plays along a curve; `map` is what MLT before 7.14 reads."""
    told = {"mlt_service": "timeremap", "map": keys, "pitch": 0} | more
    link = f"<link{attributes}>{properties(**told)}</link>"
    rates = THIRTY if file.startswith("thirty") else {}
    return on_track(
        entry("p", first, last), before=producer("p", file, 90, 89, tag="chain", inside=link, **rates)
    )


OWN_SIZE = (
    f"<transition>{properties(mlt_service='composite', geometry='0/0:100%x100%', b_track=2)}</transition>"
)


def two_tracks(composited: str, above: str = "") -> str:
    return project(
        ground(),
        producer(*FILE),
        producer("q", "b.mkv"),
        playlist("v1", entry("p", 8, 27)),
        playlist("v2", entry("q", 12, 17), above),
        tractor("main", "black", "v1", "v2", inside=composited),
    )


PROJECTS: dict[str, str] = {
    "a ramp": curved("0=0.4;10=1.2;30=1.65", 3, 27),
    "a ramp backwards": curved("0=1.9;20=0.7", 0, 20),
    "a ramp that waits": curved("0|=0.9;8|=1.4;20=1.3", 0, 15),
    "a smooth ramp": curved("0~=0.5;10~=0.71;20~=1.6;30~=1.8", 0, 33),
    "a ramp in clock times": curved("00:00:00.000=0.5;00:00:02.500=2.1", "00:00:00.500", "00:00:02.000"),
    "a ramp that begins later": curved("0=0.3;20=1.3", 8, 27, attributes=' in="5" out="60"'),
    "a ramp on whole frames": curved("0=0.5;24=1.5", 0, 24),
    "a ramp of 30 in 24": curved("0=0.8;20=1.7", 0, 20, "thirty.mkv"),
    "a blended ramp": curved("0=0.4;20=1.9", 0, 20, image_mode="blend"),
    "a ramp told to old and new": curved("0=0.4;10=1.2", 0, 10, time_map="0=0.4;10=1.2"),
    "plain": on_track(blank(3), entry("p", 8, 19), entry("p", 30, 33), before=producer(*FILE)),
    "clock times": on_track(
        blank("00:00:00.125"),
        entry("p", "00:00:00.333", "00:00:00.792"),
        before=producer(*FILE, length="00:00:02.500", last="00:00:02.458", tag="chain"),
    ),
    "its own size in a place that is smaller": two_tracks(
        OWN_SIZE.replace("0/0:100%x100%", "10%/10%:25%x25%")
    ),
    "points in parts of frames": on_track(entry("p", "10.5", "14.9"), before=producer(*FILE)),
    "a point below nought": on_track(entry("p", -5, 9), before=producer(*FILE)),
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
    "an image sequence": on_track(
        entry("s", 8, 14), blank(2), entry("p", 1, 3), entry("s", 20, 27),
        before=producer(*FILE) + producer("s", SHOT, 30, begin=1001, shotcut_sequence=1, **SEQUENCE),
    ),
    "an image sequence with its number behind a colon": on_track(
        entry("s", "00:00:00.333", "00:00:00.458"),
        before=producer("s", SHOT.replace("=", ":"), "00:00:01.250", "00:00:01.208", loop=0, ttl=1,
                        mlt_service="pixbuf"),
    ),
    "an image sequence from nought on twos": on_track(
        entry("s", 11, 24), entry("s", 3, 4),
        before=producer("s", "cel/x%d.png", 60, mlt_service="qimage", ttl=2),
    ),
    "an image sequence that begins later": on_track(
        entry("s", 4, 9), before=producer("s", SHOT, 30, 24, **SEQUENCE).replace('in="0"', 'in="6"')
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


SPEED_MAP = f"<link>{properties(mlt_service='timeremap', speed_map='0=1;2=3')}</link>"
TWO_MAPS = f"<link>{properties(mlt_service='timeremap', time_map='0=0;2=1', map='0=0;2=2')}</link>"
UNFILLED_TRACK = f"<transition>{properties(mlt_service='affine', fill=0, b_track=2)}</transition>"
UNFILLED = filtered(mlt_service="affine", transition_DOT_rect="0 0 128 72 1", transition_DOT_fill=0)


LEFT_OUT: dict[str, tuple[str, str]] = {
    "a curve of speeds": ("curve", beside(producer("q", "b.mkv", tag="chain", inside=SPEED_MAP))),
    "two curves": ("curve", beside(producer("q", "b.mkv", tag="chain", inside=TWO_MAPS))),
    "a title": ("kdenlivetitle", beside(producer("q", "", mlt_service="kdenlivetitle"))),
    "offline": ("offline", beside(producer("q", "no.mkv"))),
    "an image sequence that is not there": (
        "is missing in its image sequence",
        beside(producer("q", "no.%04d.png", mlt_service="qimage")),
    ),
    "a slideshow": ("stays 25 frames", beside(producer("q", SHOT, 750, **SEQUENCE | {"ttl": 25}))),
    "a folder of other pictures": (
        "whose files nobody lists",
        beside(producer("q", "renders/.all.png", 30, **SEQUENCE)),
    ),
    "a folder of pictures that stay for as long as MLT lets them": (
        "stays 25 frames",
        beside(producer("q", "seq/.all.png", 750, mlt_service="qimage")),
    ),
    "an image sequence whose player is untold": (
        "nothing tells by what",
        beside(producer("q", "cel/x%d.png", 30, mlt_service="")),
    ),
    "an image sequence whose address has a scheme": (
        "whose files nobody lists",
        beside(producer("q", "file:seq/shot.%04d.png?begin=1001", 30, **SEQUENCE)),
    ),
    "an image sequence with a hole": (
        "has a hole, which MLT jumps over (shot.1004.png)",
        beside(producer("q", SHOT.replace("seq", "hole"), 28, **SEQUENCE)),
    ),
    "an image sequence that begins again": (
        "which then begins again",
        beside(producer("q", SHOT, 15000, **SEQUENCE), first=25, last=30),
    ),
    "an image sequence that MLT does not find": (
        "they begin at 1001",
        beside(producer("q", "seq/shot.%04d.png", 30, begin=1001, **SEQUENCE)),
    ),
    "an image sequence told in the old way": (
        "whose files nobody lists",
        beside(producer("q", "seq/shot.%1001d.png", 30, **SEQUENCE)),
    ),
    "an image sequence in a chain": (
        "of which MLT shows one picture",
        beside(producer("q", SHOT, 30, tag="chain", **SEQUENCE)),
    ),
    "an image sequence behind a proxy": (
        "switch that off",
        beside(producer("q", "a.mkv", 30, kdenlive__proxy="a.mkv", kdenlive__originalurl=SHOT)),
    ),
    "an effect that begins anew every few frames": (
        "goes by the frames of its file",
        beside(
            producer("q", SHOT, 30, inside=filtered(mlt_service="luma", cycle=3, duration=1), **SEQUENCE),
            first=20,
            last=24,
        ),
    ),
    "a forced rate": ("forced to another frame rate", beside(producer("q", "b.mkv", force_fps=25))),
    "a freeze filter": (
        "freezes its picture",
        beside(producer("q", "b.mkv", inside=filtered(mlt_service="freeze", frame=3))),
    ),
    "another project": ("nested project", beside(producer("q", "x.mlt", mlt_service="xml"))),
    "a freeze filter of the clip": (
        "freezes its picture",
        on_track(
            entry("q", 20, 29, filtered(mlt_service="freeze", frame=25, freeze_after=1)),
            entry("p", 1, 5),
            before=producer(*FILE) + producer("q", "b.mkv"),
        ),
    ),
    "a freeze filter in attributes": (
        "freezes its picture",
        beside(producer("q", "b.mkv", inside='<filter mlt_service="freeze" frame="3"/>')),
    ),
    "a length that is none": ("has a length that is none", beside(producer("q", "b.mkv", length="many"))),
    "the second picture of a file": ("another picture", beside(producer("q", "b.mkv", vstream=1))),
    "a picture behind another": (
        "another picture",
        beside(producer("q", "b.mkv", video_index=2, meta_DOT_media_DOT_0_DOT_stream_DOT_type="video")),
    ),
    "a file in attributes": (
        "as an attribute",
        beside('<producer id="q" resource="b.mkv" mlt_service="avformat" length="60"/>'),
    ),
    "an effect that leaves it at its own size": (
        "--match-size",
        beside(producer("q", "b.mkv", inside=UNFILLED)),
    ),
    "a track that leaves it at its own size": ("--match-size", two_tracks(UNFILLED_TRACK)),
    "a crop of its track": ("its track is cropped", two_tracks("", filtered(mlt_service="crop", left=4))),
    "its own size in pixels": (
        "--match-size",
        two_tracks(OWN_SIZE),
    ),
    "a moving effect that counts from the file's first frame": (
        "give handles that reach it",
        beside(
            producer("q", "b.mkv", inside=filtered(mlt_service="brightness", level="0=1;40=0")),
            first=30,
            last=34,
        ),
    ),
    "a stabilizer": (
        "goes by the frames of its file",
        beside(
            producer("q", "b.mkv", inside=filtered(mlt_service="vidstab", filename="b.trf")),
            first=30,
            last=34,
        ),
    ),
    "a running timecode": (
        "goes by the frames of its file",
        beside(
            producer("q", "b.mkv", inside=filtered(mlt_service="dynamictext", argument="#timecode#")),
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
        blocks = [
            max(abs(a - b) for a, b in zip(before[at].blocks, after[at].blocks, strict=True)) for at in before
        ]
        assert max(blocks) < 40, blocks  # one digit of another frame would lie 255 apart, blended 85
        apart = [abs(float(before[at].light.mean()) - float(after[at].light.mean())) for at in before]
        assert max(apart) < 8


def test_a_curve_told_in_seconds_counts_from_the_first_frame_of_its_render(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, curved("0=0.61;20=1.673", 5, 20).replace('"map"', '"time_map"'))
    assert wrong(done.before, done.after, tmp_path, list(renders(done.cut, tmp_path, 3, 2))) == []
    head = next(iter(renders(done.cut, tmp_path, 3, 2))).stands_for.start
    assert head > 10
    times = re.findall(r'name="time_map">0=(-?[\d.]+);20=(-?[\d.]+)<', done.after)
    assert [float(each) * 24 + head for each in times[-1]] == pytest.approx([0.61 * 24, 1.673 * 24], abs=1e-4)


def test_what_a_person_said_of_a_files_fields_is_not_said_of_its_render(tmp_path: Path) -> None:
    media(tmp_path)
    fields = producer("p", "a.mkv", force_progressive=0, force_tff=1)
    done = relinked(tmp_path, on_track(entry("p", 10, 19), before=fields))
    render = re.search(r'<producer id="(?!p"|black).*?</producer>', done.after)
    assert render is not None
    assert "force_" not in render[0]
    assert done.after.count("force_tff") == done.before.count("force_tff") == 1


def test_a_curve_on_whole_frames_stays_as_it_is_written(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, PROJECTS["a ramp on whole frames"])
    assert [relink.stands_for.start for relink in renders(done.cut, tmp_path, 3, 2)] == [0]
    assert done.after.count("0=0.5;24=1.5") == 2


def test_a_curve_that_nobody_knows_is_kept_where_all_of_its_media_is_bought(tmp_path: Path) -> None:
    media(tmp_path)
    done = relinked(tmp_path, LEFT_OUT["a curve of speeds"][1], whole=True)
    assert done.conform.left_out == ()
    assert len(done.conform.relinked) == 2
    clones = re.findall(r'<chain id="q_uprez1".*', done.after)
    assert len(clones) == 1
    assert '"length">60<' in clones[0]
    assert '"speed_map">0=1;2=3<' in clones[0]


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
    "name",
    [
        "a ramp",
        "cropped",
        "effects with key frames",
        "producer that begins later",
        "nested twice",
        "backwards",
    ],
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


def test_an_address_with_a_scheme_is_written_as_the_engine_reads_it(
    engine: Engine | None, tmp_path: Path
) -> None:
    media(tmp_path)
    url = f"file://{tmp_path}/a.mkv"
    done = relinked(tmp_path, on_track(entry("p", 8, 12), before=producer("p", url)))
    assert f'"resource">file://{tmp_path}/renders/a ' in done.after
    if engine is not None:
        before, after = (engine.play(file, [*range(5), *range(5)]) for file in (done.file, done.output))
        assert [after[at].number for at in range(5)] == [before[at].number for at in range(5)]


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
    "a point that is no time": (on_track(entry("p", "x", 9), before=producer(*FILE)), "no time"),
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


def test_a_render_that_begins_before_the_file_is_refused_for_that(tmp_path: Path) -> None:
    media(tmp_path)
    file = tmp_path / "cut.mlt"
    file.write_text(on_track(entry("p", 10, 19), before=producer(*FILE)))
    host = OtioHost(str(file))
    (relink,) = renders(host.shots(Selection()), tmp_path, 3, 2)
    earlier = relink.model_copy(update={"stands_for": FrameRange(start=-2, count=FRAMES)})
    (why,) = host.rehearse((earlier,), Manner()).values()
    assert "begins before the file" in why
