"""Every frame that a Final Cut XML shows is the same one after a relink, by a reading apart from uprez's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hosts.corpus_fcp7 import blank
from hosts.fcp7_scene import (
    PAL,
    SIZE,
    again,
    clip_text,
    cross,
    document_text,
    file_text,
    motion_text,
    relinked,
    remap_text,
    sequence_text,
)

from uprez.testing.clips import make_clip, read_numbers
from uprez_otio.host import OtioHost

FILM, NTSC, SIXTY = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)
Scene = Callable[[Path], str]
CASES: dict[str, tuple[Scene, int]] = {}
"""By name, what writes the timeline, and how many of its clips are relinked."""


def case(count: int) -> Callable[[Scene], Scene]:
    def known(scene: Scene) -> Scene:
        CASES[scene.__name__.replace("_", " ")] = scene, count
        return scene

    return known


def media(folder: Path, name: str = "a.mkv", *, frames: int = 100, rate: Fraction = PAL) -> Path:
    path = folder / name
    if not path.exists():
        blank(path, frames, rate, SIZE, sum(name.encode()))
    return path


@case(3)
def plain_trims_and_gaps(folder: Path) -> str:
    path = media(folder)
    return document_text(
        sequence_text(
            clip_text("a", (10, 30), (40, 60), file_text(path))
            + clip_text("b", (40, 50), (70, 80), again())
            + clip_text("whole", (60, 160), (-1, -1), again())
        )
    )


@case(2)
def one_file_far_apart(folder: Path) -> str:
    path = media(folder, "long.mkv", frames=400)
    return document_text(
        sequence_text(
            clip_text("a", (0, 10), (20, 30), file_text(path, frames=400))
            + clip_text("b", (10, 20), (300, 310), again())
        )
    )


@case(1)
def out_points_that_are_one_short(folder: Path) -> str:
    return document_text(sequence_text(clip_text("a", (0, 20), (40, 59), file_text(media(folder)))))


@case(4)
def even_speeds(folder: Path) -> str:
    path = media(folder)
    return document_text(
        sequence_text(
            clip_text("2x", (0, 10), (20, 30), file_text(path), remap_text("200"))
            + clip_text("half", (10, 30), (60, 80), again(), remap_text("50.0"))
            + clip_text("1.7x", (30, 40), (40, 50), again(), remap_text("170"))
            + clip_text("two thirds", (40, 55), (90, 105), again(), remap_text("66.6667"))
        )
    )


@case(1)
def a_speed_that_premiere_rounded(folder: Path) -> str:
    path = media(folder, "long.mkv", frames=1000)
    keys = [(0, 0, "start"), (20, 100, "in"), (177, 885, "out"), (199, 1000, "end")]
    remap = remap_text("500.012", keys=keys, most=1000)
    return document_text(
        sequence_text(clip_text("a", (0, 157), (20, 177), file_text(path, frames=1000), remap))
    )


@case(1)
def a_speed_that_no_phase_fits(folder: Path) -> str:
    return document_text(
        sequence_text(clip_text("a", (0, 20), (40, 60), file_text(media(folder)), remap_text("97.31")))
    )


@case(2)
def backwards(folder: Path) -> str:
    path = media(folder)
    return document_text(
        sequence_text(
            clip_text("a", (0, 20), (30, 50), file_text(path), remap_text("100", reverse=True))
            + clip_text("b", (20, 60), (60, 100), again(), remap_text("-50"))
        )
    )


@case(1)
def backwards_with_a_graph(folder: Path) -> str:
    keys = [(0, 101, "start"), (30, 71, "in"), (50, 51, "out"), (100, 1, "end")]
    remap = remap_text("100", reverse=True, keys=keys, most=100)
    return document_text(sequence_text(clip_text("a", (0, 20), (30, 50), file_text(media(folder)), remap)))


@case(2)
def freezes(folder: Path) -> str:
    path = media(folder)
    held = remap_text("0", keys=[(0, 50, "in"), (20, 50, "out")], most=99)
    still = "<stillframe>TRUE</stillframe><stillframeoffset>70</stillframeoffset>"
    return document_text(
        sequence_text(
            clip_text("held", (0, 20), (0, 20), file_text(path), held)
            + clip_text("still", (20, 40), (0, 20), again(), still)
        )
    )


@case(2)
def hieros_factor(folder: Path) -> str:
    path = media(folder)
    a = clip_text("a", (0, 10), (0.0, 10.0), file_text(path)).replace(
        "<rate>", "<duration>100.0</duration><rate>", 1
    )
    b = clip_text("b", (10, 30), (80.0, 100.0), again(), remap_text("0.5"))
    return document_text(
        sequence_text(a + b.replace("<rate>", "<duration>1055.0</duration><rate>", 1), attributes="")
    )


@case(4)
def dissolves_whose_clips_have_no_edges(folder: Path) -> str:
    path, other = media(folder), media(folder, "b.mkv")
    return document_text(
        sequence_text(
            clip_text("a", (0, -1), (20, 45), file_text(path))
            + cross(15, 25)
            + clip_text("b", (-1, -1), (30, 60), file_text(other, "file-2"))
            + cross(40, 45, "end")
            + clip_text("c", (-1, -1), (50, 70), again())
            + cross(50, 60, "start")
            + clip_text("d", (-1, 80), (10, 40), again("file-2"))
        )
    )


@case(2)
def retimed_in_a_dissolve(folder: Path) -> str:
    path = media(folder)
    return document_text(
        sequence_text(
            clip_text("a", (0, -1), (10, 30), file_text(path), remap_text("200"))
            + cross(10, 20)
            + clip_text("b", (-1, 40), (60, 90), again())
        )
    )


@case(2)
def fades_from_and_to_black(folder: Path) -> str:
    path = media(folder)
    return document_text(
        sequence_text(
            cross(0, 8, "start-black")
            + clip_text("a", (0, 20), (30, 50), file_text(path))
            + clip_text("b", (20, -1), (60, 80), again())
            + cross(32, 40, "end-black")
        )
    )


@case(2)
def switched_off(folder: Path) -> str:
    return document_text(
        sequence_text(
            clip_text("off", (0, 10), (20, 30), file_text(media(folder)), enabled=False)
            + clip_text("on", (10, 20), (50, 60), again())
        )
    )


@case(2)
def nested_in_the_clip(folder: Path) -> str:
    inner = sequence_text(
        clip_text("in the nest", (0, 30), (40, 70), file_text(media(folder))),
        name="nest",
        attributes=' id="n"',
    )
    return document_text(
        sequence_text(
            clip_text("nest", (10, 30), (5, 25), inner) + clip_text("outside", (30, 40), (80, 90), again())
        )
    )


@case(2)
def nested_twice_and_written_in_a_bin(folder: Path) -> str:
    nest = sequence_text(
        clip_text("a", (0, 30), (40, 70), file_text(media(folder))), name="nest", attributes=' id="n"'
    )
    named = '<sequence id="n"/>'
    top = sequence_text(
        clip_text("one", (0, 20), (5, 25), named) + clip_text("two", (20, 30), (0, 10), named), name="top"
    )
    return document_text(f"<project><name>p</name><children><bin>{nest}</bin>{top}</children></project>")


@case(3)
def nested_twice_with_other_trims(folder: Path) -> str:
    nest = sequence_text(
        clip_text("a", (0, 20), (40, 60), file_text(media(folder)))
        + clip_text("b", (20, 40), (10, 30), again()),
        name="nest",
        attributes=' id="n"',
    )
    named = '<sequence id="n"/>'
    return document_text(
        sequence_text(
            clip_text("first half", (0, 15), (5, 20), nest) + clip_text("both", (15, 35), (10, 30), named)
        )
    )


@case(1)
def a_still_with_a_far_in_point(folder: Path) -> str:
    path = make_clip(
        folder / "still.png", frames=1, size=SIZE, codec="png", pixel_format="rgb24", colour=None
    )
    return document_text(
        sequence_text(clip_text("still", (0, 119), (86313, 86432), file_text(path, frames=1)))
    )


@case(2)
def the_same_name_in_two_folders(folder: Path) -> str:
    one, other = media(folder, "one/a.mkv"), media(folder, "two/a.mkv", frames=90)
    return document_text(
        sequence_text(
            clip_text("a", (0, 10), (20, 30), file_text(one))
            + clip_text("a", (10, 20), (20, 30), file_text(other, "file-2", frames=90))
        )
    )


@case(1)
def sound_that_names_the_pictures_file(folder: Path) -> str:
    link = "<link><linkclipref>s</linkclipref></link>"
    heard = "<sourcetrack><mediatype>audio</mediatype><trackindex>1</trackindex></sourcetrack>"
    return document_text(
        sequence_text(
            clip_text("a", (0, 10), (20, 30), file_text(media(folder)), link),
            sound=[
                clip_text("s", (0, 10), (20, 30), again(), heard),
                clip_text("t", (0, 10), (20, 30), again(), heard),
            ],
        )
    )


@case(2)
def effects_with_keys_and_markers(folder: Path) -> str:
    marker = "<marker><name>m</name><comment>c</comment><in>45</in><out>-1</out></marker>"
    crop = (
        "<filter><enabled>TRUE</enabled><start>0</start><end>-1</end><effect><name>Crop</name>"
        "<effectid>crop</effectid><parameter><parameterid>left</parameterid><value>10</value>"
        "<keyframe><when>42</when><value>10</value></keyframe></parameter></effect></filter>"
    )
    ticks = f"<pproTicksIn>{40 * 254016000000 // 25}</pproTicksIn>"
    return document_text(
        sequence_text(
            clip_text(
                "a",
                (0, 20),
                (40, 60),
                file_text(media(folder)),
                motion_text("150", [(40, "150"), (59, "100")]) + crop + marker + ticks,
            )
            + clip_text("b", (20, 30), (60, 70), again())
        )
    )


@case(2)
def fifty_in_twenty_five(folder: Path) -> str:
    path = media(folder, "fifty.mkv", rate=Fraction(50), frames=200)
    full = file_text(path, rate=Fraction(50), frames=200)
    return document_text(
        sequence_text(
            clip_text("timed", (0, 10), (41, 51), full)
            + clip_text("in its own rate", (10, 20), (101, 121), again(), rate=Fraction(50))
        )
    )


@case(2)
def film_in_video(folder: Path) -> str:
    path = media(folder, "film.mkv", rate=FILM, frames=200)
    return document_text(
        sequence_text(
            clip_text("a", (0, 30), (101, 131), file_text(path, rate=FILM, frames=200), rate=NTSC)
            + clip_text("fast", (30, 40), (51, 61), again(), remap_text("200"), rate=NTSC),
            rate=NTSC,
        )
    )


@case(1)
def twenty_five_in_video(folder: Path) -> str:
    path = media(folder)
    return document_text(
        sequence_text(clip_text("a", (0, 30), (61, 91), file_text(path), rate=NTSC), rate=NTSC)
    )


@case(2)
def thirty_in_video_where_frames_may_be_timed(folder: Path) -> str:
    path = media(folder, "thirty.mkv", rate=Fraction(30), frames=3000)
    return document_text(
        sequence_text(
            clip_text("a", (0, -1), (2100, 2130), file_text(path, rate=Fraction(30), frames=3000), rate=NTSC)
            + cross(20, 30)
            + clip_text("b", (-1, 50), (40, 70), again(), rate=NTSC),
            rate=NTSC,
        )
    )


@case(1)
def drop_frame_timecode(folder: Path) -> str:
    path = media(folder, "df.mkv", rate=NTSC)
    full = file_text(path, rate=NTSC, timecode=("00;00;59;20", 1790, "DF"))
    return document_text(sequence_text(clip_text("a", (0, 30), (50, 80), full, rate=NTSC), rate=NTSC))


@case(1)
def sixty(folder: Path) -> str:
    full = file_text(media(folder, "sixty.mkv", rate=SIXTY), rate=SIXTY)
    return document_text(sequence_text(clip_text("a", (0, 30), (50, 80), full, rate=SIXTY), rate=SIXTY))


@case(1)
def a_rate_that_premiere_cut_off(folder: Path) -> str:
    path = media(folder, "cut.mkv", rate=NTSC)
    full = file_text(path, rate=Fraction(29))
    return document_text(sequence_text(clip_text("a", (0, 30), (50, 80), full, rate=NTSC), rate=NTSC))


@case(1)
def in_points_that_count_media(folder: Path) -> str:
    return document_text(
        sequence_text(
            clip_text("a", (0, 20), (40, 80), file_text(media(folder)), remap_text("200")), attributes=""
        )
    )


@case(2)
def clips_that_lie_over_each_other(folder: Path) -> str:
    return document_text(
        sequence_text(
            clip_text("a", (0, 20), (40, 60), file_text(media(folder)))
            + clip_text("b", (10, 20), (70, 80), again())
        )
    )


@pytest.mark.parametrize("name", CASES)
def test_each_frame_is_the_same_and_only_media_changes(name: str, tmp_path: Path) -> None:
    scene, count = CASES[name]
    done = relinked(tmp_path, scene(tmp_path), handles=0)
    assert done.wrong == []
    assert len(done.conform.relinked) == count, done.reasons
    assert done.conform.receipt is not None
    OtioHost(str(done.before)).revert(done.conform.receipt)
    assert done.after.read_bytes() == done.before.read_bytes()


@pytest.mark.parametrize("name", ["even speeds", "backwards", "dissolves whose clips have no edges"])
def test_handles_change_no_frame_and_the_same_run_twice_gives_the_same(name: str, tmp_path: Path) -> None:
    scene, count = CASES[name]
    done = relinked(tmp_path, scene(tmp_path), handles=5)
    assert (done.wrong, len(done.conform.relinked)) == ([], count)
    first = done.after.read_bytes()
    done.after.unlink()
    assert relinked(tmp_path, done.before.read_text(), handles=5).after.read_bytes() == first


def test_the_pictures_carry_the_frames_that_the_numbers_promise(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=100, rate=PAL, size=(160, 90))
    text = document_text(
        sequence_text(clip_text("a", (0, 10), (20, 30), file_text(path), remap_text("200"))).replace(
            "32<", "160<"
        )
    )
    done = relinked(tmp_path, text, numbers=True)
    assert done.wrong == []
    (relink_path,) = (tmp_path / "renders").iterdir()
    numbers = read_numbers(relink_path)
    first = int(done.text.partition("<in>")[2].partition("<")[0])
    assert [numbers[(first + at) * 2] for at in range(10)] == [40 + 2 * at for at in range(10)]
