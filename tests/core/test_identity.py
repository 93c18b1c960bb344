"""A render says what it stands for: by its stamp, by its sidecar, and without either by its picture."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from uprez.media.export import export
from uprez.media.finish import finish
from uprez.media.probe import fingerprint, probe
from uprez.media.sequences import probe_sequence, write_sequence
from uprez.media.stamps import stamp_of
from uprez.media.writing import suffix
from uprez.model import Media, Numbering, Plate, RenderPreset, Size, pull_of
from uprez.orders import Order, Recipe
from uprez.stamp import Stamp, read_stamp, sidecar_of
from uprez.stamping import pass_on, stamp_for
from uprez.testing.clips import decoded, make_clip, picture
from uprez.testing.timelines import clip, external, span, timeline, track, warp, write
from uprez.times import FrameRange

Command = Callable[..., Any]
FIRST = 86_400
SIZE, LARGE = (96, 54), (192, 108)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two sources, one that stands still, and a second encoding of the first."""
    folder = tmp_path_factory.mktemp("sources")
    for name, first in (("A001", 0), ("B002", 5000)):
        make_clip(folder / f"{name}.mkv", frames=90, first=first, size=SIZE, timecode="01:00:00:00")
    calm(folder / "S003.mkv", 90, SIZE)
    return folder


@pytest.fixture
def cut(tmp_path: Path, sources: Path) -> Path:
    shutil.copytree(sources, tmp_path, dirs_exist_ok=True)
    return written(tmp_path / "cut.otio", ("one", "A001.mkv", 20, 24), ("two", "B002.mkv", 40, 12))


def written(file: Path, *uses: tuple[str, str, int, int]) -> Path:
    clips = (
        clip(name, external(media, span(FIRST, 90)), span(FIRST + first, count))
        for name, media, first, count in uses
    )
    return write(file, timeline(track(*clips)))


def made(folder: Path, *, first: int = 16, count: int = 32, name: str = "x.mkv") -> Path:
    """Write what somebody's own upscaler gives: twice the size, no metadata, any name."""
    return make_clip(folder / name, frames=count, first=first, size=LARGE)


def calm(path: Path, frames: int, size: tuple[int, int]) -> Path:
    """Write one picture, over and over."""
    path.parent.mkdir(exist_ok=True)
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            frame = picture(900, size)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


def rewrapped(source: Path, to: Path, *, keep: bool = True) -> Path:
    """Copy a file's picture into another container as FFmpeg does, with its global metadata or without."""
    with av.open(str(source)) as before, av.open(str(to), "w") as after:
        video = before.streams.video[0]
        copied: Any = after.add_stream_from_template(video)
        after.metadata.update(before.metadata if keep else {})
        for packet in before.demux(video):
            if packet.dts is not None:
                packet.stream = copied
                after.mux(packet)
    return to


def encoded(source: Path, to: Path, size: tuple[int, int], crf: int) -> Path:
    """Encode a file anew, smaller and worse, and leave its metadata behind."""
    with av.open(str(to), "w") as out:
        video: Any = out.add_stream("libx264", rate=24, options={"crf": str(crf)})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number, frame in enumerate(decoded(source)):
            small = frame.reformat(width=size[0], height=size[1], format="yuv420p")
            small.pts, small.time_base = number, Fraction(1, 24)
            out.mux(video.encode(small))
        out.mux(video.encode(None))
    return to


def order(source: Path, folder: Path, render: RenderPreset) -> Order:
    info = probe(source)
    whole = FrameRange(start=FIRST, count=info.frames)
    media = Media(
        url="a", path=source, fingerprint=fingerprint(source), rate=info.rate, available=whole, info=info
    )
    pull = pull_of(media, FrameRange(start=FIRST + 16, count=6), ["s"])
    recipe = Recipe(
        provider="local", model="cnn", size=Size(scale=Fraction(2)), render=render,
        options={"strength": 0.5, "look": str(folder / "look.png"), "from": "https://x.example/?key=1"},
    )  # fmt: skip
    plate = Plate(pull=pull, preset="ffv1", path=folder / "plate.mkv")
    return Order(plate=export(plate), recipe=recipe, width=320, height=180)


@pytest.mark.parametrize("render", ["prores", "dnxhr", "h264", "h265", "ffv1"])
def test_every_finished_render_says_what_it_stands_for_and_keeps_it_from_container_to_container(
    sources: Path, tmp_path: Path, render: RenderPreset
) -> None:
    asked = order(sources / "A001.mkv", tmp_path, render)
    stamp = stamp_for(asked, Decimal("1.25"), "USD")
    fetched = make_clip(tmp_path / "fetched.mkv", frames=6, first=16, size=(320, 180))  # DNxHR takes no less
    to = tmp_path / f"finished{suffix(render)}"
    assert finish(fetched, asked, to, stamp=stamp).stamp == stamp
    assert (stamp.name, stamp.first, stamp.count, stamp.timecode) == ("A001.mkv", 16, 6, "01:00:00:16")
    assert (stamp.provider, stamp.model, stamp.amount, stamp.order) == (
        "local", "cnn", Decimal("1.25"), asked.id,
    )  # fmt: skip
    assert stamp.options == {"strength": 0.5}
    assert str(tmp_path) not in stamp.text and "key=" not in stamp.text
    for ending in {"prores": ("mov", "mkv"), "dnxhr": ("mov",), "ffv1": ("mkv", "mp4")}.get(
        render, ("mov", "mkv", "mp4")
    ):
        assert stamp_of(rewrapped(to, tmp_path / f"again.{ending}")) == stamp
    assert (
        stamp_of(rewrapped(to, tmp_path / "bare.mkv", keep=False) if render != "dnxhr" else fetched) is None
    )


def test_a_comment_that_is_no_stamp_is_none() -> None:
    for comment in (
        "",
        "uprez",
        "uprez {}",
        "uprez {broken",
        'uprez {"count": -1}',
        "graded by Ann",
        "uprez []",
    ):
        assert read_stamp(comment) is None
    good = Stamp(
        uprez="9", source="f", name="é.mov", first=0, count=1, rate=Fraction(24000, 1001), provider="p",
        model="m", order="o",
    )  # fmt: skip
    assert read_stamp(good.text) == good
    assert read_stamp(good.text[:-1] + ',"later": [1]}') == good
    assert read_stamp(good.text + " " * 20_000) is None


def test_a_run_writes_the_stamp_inside_and_beside_without_a_path_of_this_machine(
    uprez: Command, cut: Path
) -> None:
    ran = uprez("run", cut, "-m", "bicubic", "--handles", "4", "--yes", "--json", "--progress", "none").json
    render = Path(ran["relinked"][0]["render"])
    beside = json.loads(sidecar_of(render).read_text())
    inside = stamp_of(render)
    assert inside is not None and inside.verdict is None
    assert (beside["verdict"], beside["file"], beside["order"]) == ("MATCH", render.name, inside.order)
    assert (inside.first, inside.count, inside.amount) == (16, 32, 0)
    assert str(cut.parent) not in inside.text + sidecar_of(render).read_text()
    assert [path for path in render.parent.iterdir() if "part" in path.name] == []


@pytest.fixture
def render(uprez: Command, cut: Path) -> Path:
    """Give the render of frames 16-47 of A001, by a run."""
    words = ("-m", "bicubic", "--handles", "4", "--yes", "--json", "--progress", "none")
    return Path(uprez("run", cut, *words).json["relinked"][0]["render"])


def test_a_render_is_known_by_its_stamp_its_sidecar_and_its_picture(
    uprez: Command, cut: Path, render: Path
) -> None:
    away = cut.parent / "away"
    away.mkdir()
    renamed = shutil.copy(render, away / "holiday.mov")
    bare = rewrapped(render, away / "bare.mov", keep=False)
    shutil.copy(sidecar_of(render), sidecar_of(bare))
    nameless = rewrapped(render, away / "nothing.mov", keep=False)
    worse = encoded(render, away / "worse.mp4", (96, 54), 34)
    for file, by in ((renamed, "stamp"), (bare, "sidecar"), (nameless, "content"), (worse, "content")):
        ended = uprez("identify", file, cut, "--json")
        assert ended.code == 0, (file, ended.out, ended.err)
        told = ended.json
        assert (told["by"], told["sure"]) == (by, True), told
        assert told["source"]["frames"] == {"start": 16, "count": 32}
        assert (told["source"]["name"], told["source"]["timecode"]) == ("A001.mkv", "01:00:00:16")
        (shot,) = told["shots"]
        assert (shot["name"], shot["whole"], shot["frames"]["count"]) == ("one", True, 24)
    said = uprez("identify", renamed, cut).out
    assert "holiday.mov: frames 16-47 of A001.mkv" in said and "made by local bicubic" in said


def test_the_files_of_an_image_sequence_have_one_sidecar_beside_their_folder(cut: Path, render: Path) -> None:
    folder = cut.parent / "frames" / "up"
    numbering = Numbering(prefix="up.", suffix=".png", first=1016, padding=4)
    first = write_sequence(render, folder, probe(render), numbering)
    assert stamp_of(first) is None
    pass_on(render, folder)
    found = stamp_of(first)
    assert found is not None and (found.first, found.count, found.verdict) == (16, 32, "MATCH")
    assert probe_sequence(folder, numbering, 32, Fraction(24))[0].stamp == found
    assert probe_sequence(folder, numbering, 20, Fraction(24))[0].stamp is None


def test_a_file_of_an_image_sequence_is_known_by_the_sidecar_of_its_folder_and_its_own_picture(
    uprez: Command, cut: Path, render: Path
) -> None:
    folder = cut.parent / "frames" / "up"
    numbering = Numbering(prefix="up.", suffix=".png", first=1016, padding=4)
    write_sequence(render, folder, probe(render), numbering)
    pass_on(render, folder)
    for number in (1016, 1040):
        told = uprez("identify", folder / f"up.{number}.png", cut, "--json").json
        assert (told["by"], told["source"]["frames"]) == ("sidecar", {"start": 16, "count": 32}), told
        assert [shot["name"] for shot in told["shots"]] == ["one"]
    shutil.copy(folder / "up.1047.png", folder / "up.1016.png")
    told = uprez("identify", folder / "up.1016.png", cut, "--json").json
    assert told["by"] != "sidecar" and "its picture is another" in told["why"]
    (folder / "up.1047.png").unlink()
    told = uprez("identify", folder / "up.1020.png", cut, "--json").json
    assert told["by"] != "sidecar" and "its stamp is of 32 frames" in told["why"]


@pytest.mark.parametrize(
    ("speed", "first", "count", "fits"),
    [
        (None, 20, 12, (0, 12)),
        (None, 30, 20, (10, 14)),
        (2.0, 23, 10, (2, 5)),
        (0.5, 20, 5, (0, 10)),
        (-1.0, 20, 12, (12, 12)),
    ],
    ids=["its head", "its tail", "twice as fast", "half as fast", "backwards"],
)
def test_it_says_which_frames_of_the_timeline_a_part_fits(
    uprez: Command, cut: Path, speed: float | None, first: int, count: int, fits: tuple[int, int]
) -> None:
    effects = [] if speed is None else [warp(speed)]
    one = clip("one", external("A001.mkv", span(FIRST, 90)), span(FIRST + 20, 24), effects=effects)
    write(cut, timeline(track(one), start=1000))
    part = made(cut.parent, first=first, count=count)
    (shot,) = uprez("identify", part, cut, "--json").json["shots"]
    assert shot["fits"] == {"start": 1000 + fits[0], "count": fits[1]}
    assert f"{1000 + fits[0]}-{1000 + sum(fits) - 1}" in uprez("identify", part, cut).out


def test_without_a_timeline_only_what_a_file_says_counts(uprez: Command, cut: Path, render: Path) -> None:
    assert uprez("identify", render, "--json").json["source"]["frames"] == {"start": 16, "count": 32}
    bare = rewrapped(render, cut.parent / "bare.mov", keep=False)
    ended = uprez("identify", bare)
    assert ended.code == 2 and ended.err.count("\n") == 1
    assert "no stamp and no sidecar; name a timeline or a --workspace" in ended.err
    told = uprez("identify", bare, "--workspace", cut.with_suffix(".uprez"), "--json").json
    assert (told["by"], [shot["name"] for shot in told["shots"]]) == ("content", ["one"])


def test_another_clip_is_not_known_and_a_source_is_itself(uprez: Command, cut: Path) -> None:
    stranger = made(cut.parent, first=9000, name="A001_up.mkv")
    ended = uprez("identify", stranger, cut, "--json")
    assert (ended.code, ended.json["by"], ended.json["sure"]) == (4, None, False)
    assert "not known" in uprez("identify", stranger, cut).out
    own = uprez("identify", cut.parent / "A001.mkv", cut, "--json").json
    assert (own["by"], own["source"]["frames"]) == ("source", {"start": 0, "count": 90})


def test_a_picture_that_stands_still_and_a_tie_are_unsure_and_never_guessed(
    uprez: Command, cut: Path
) -> None:
    folder = cut.parent
    still = written(folder / "still.otio", ("still", "S003.mkv", 10, 20))
    ended = uprez("identify", calm(folder / "calm.mkv", 20, LARGE), still, "--json")
    assert (ended.code, ended.json["sure"], ended.json["shots"]) == (4, False, [])
    twice = rewrapped(folder / "A001.mkv", folder / "copy.mkv")
    assert fingerprint(twice) != fingerprint(folder / "A001.mkv")
    both = written(folder / "both.otio", ("one", "A001.mkv", 20, 24), ("two", "copy.mkv", 20, 24))
    tied = uprez("identify", made(folder), both, "--json")
    assert (tied.code, tied.json["sure"], tied.json["shots"]) == (4, False, [])
    assert tied.json["why"] == "2 places fit equally well"
    assert {Path(place["media"]).name for place in tied.json["places"]} == {"A001.mkv", "copy.mkv"}
    assert "unsure, 2 places fit equally well" in uprez("identify", made(folder), both).out


def test_a_stamp_on_another_picture_or_another_length_is_not_believed(
    uprez: Command, cut: Path, render: Path
) -> None:
    stamp = stamp_of(render)
    assert stamp is not None
    liar = cut.parent / "liar.mkv"
    with av.open(str(made(cut.parent, first=5010)), "r") as source, av.open(str(liar), "w") as out:
        out.metadata["comment"] = stamp.text
        video: Any = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
    assert (
        uprez("identify", liar, "--json").json["source"]["name"] == "A001.mkv"
    )  # nothing to hold it against
    told = uprez("identify", liar, cut, "--json").json
    assert (told["by"], told["source"]["name"]) == ("content", "B002.mkv")
    assert told["source"]["frames"] == {"start": 10, "count": 32}
    assert "its picture is another" in told["why"]
    shutil.copy(sidecar_of(render), sidecar_of(made(cut.parent, count=20, name="short.mkv")))
    told = uprez("identify", cut.parent / "short.mkv", cut, "--json").json
    assert (told["by"], told["source"]["frames"]) == ("content", {"start": 16, "count": 20})


def test_a_timeline_that_shows_renders_is_recognised(uprez: Command, cut: Path, render: Path) -> None:
    shutil.copy(render, cut.parent / "shown.mov")
    shown = write(
        cut.parent / "shown.otio",
        timeline(track(clip("up", external("shown.mov", span(FIRST + 16, 32)), span(FIRST + 20, 24)))),
    )
    planned = uprez("plan", shown, "-m", "bicubic", "--json").json
    assert [shot["render_of"] for shot in planned["shots"]] == ["A001.mkv"]
    said = uprez("plan", shown, "-m", "bicubic").out
    assert "up: its media is a render of A001.mkv already, by local bicubic" in said
    (found,) = uprez("identify", render, shown, "--json").json["shots"]
    assert (found["name"], found["whole"]) == ("up", True)


def relinked(uprez: Command, cut: Path, *words: object) -> Any:
    return uprez("relink", cut, cut.parent / "theirs", "-o", cut.parent / "theirs.otio", "--json", *words)


def test_renders_from_elsewhere_are_taken_in_whatever_they_are_called(
    uprez: Command, cut: Path, render: Path
) -> None:
    theirs = cut.parent / "theirs"
    theirs.mkdir()
    shutil.copy(render, theirs / "zzz.mov")
    made(theirs, first=5036, count=20, name="A001_final.mkv")  # B002's, under a name that misleads
    ended = relinked(uprez, cut)
    assert ended.code == 0, ended.out + ended.err
    found = {one["name"]: (Path(one["render"]).name, one["stands_for"]) for one in ended.json["relinked"]}
    assert found == {
        "one": ("zzz.mov", {"start": FIRST + 16, "count": 32}),
        "two": ("A001_final.mkv", {"start": FIRST + 36, "count": 20}),
    }


def test_a_render_that_nobody_can_place_is_left_out_by_name(uprez: Command, cut: Path) -> None:
    still = written(cut.parent / "still.otio", ("one", "A001.mkv", 20, 24), ("calm", "S003.mkv", 10, 20))
    made(cut.parent / "theirs", name="x.mkv")
    calm(cut.parent / "theirs" / "y.mkv", 24, LARGE)
    ended = relinked(uprez, still)
    assert [one["name"] for one in ended.json["relinked"]] == ["one"]
    (left,) = ended.json["left_out"]
    assert left["name"] == "calm" and "y.mkv may hold its frames, but that is not sure" in left["reason"]


def test_a_render_that_is_not_its_picture_is_told_and_not_relinked(uprez: Command, cut: Path) -> None:
    made(cut.parent / "theirs", first=9000, name="A001_86416-86447_up.mkv")
    ended = relinked(uprez, cut)
    assert ended.code == 4
    assert ended.json["relinked"] == [] and ended.json["failed"][0]["verdict"] == "WRONG"


def test_a_render_under_a_false_stamp_gives_way_to_the_one_whose_picture_it_is(
    uprez: Command, cut: Path, render: Path
) -> None:
    theirs = cut.parent / "theirs"
    liar = made(theirs, first=5030, name="a.mkv")  # B002's, with the stamp of a render of A001
    shutil.copy(sidecar_of(render), sidecar_of(liar))
    made(theirs, name="b.mkv")
    ended = relinked(uprez, cut)
    assert ended.code == 0, ended.out + ended.err
    found = {one["name"]: Path(one["render"]).name for one in ended.json["relinked"]}
    assert found == {"one": "b.mkv", "two": "a.mkv"}


def test_what_was_made_elsewhere_is_no_run_to_resume(uprez: Command, cut: Path, render: Path) -> None:
    made(cut.parent / "theirs", first=9000, name="A001_86416-86447_up.mkv")
    said = uprez("relink", cut, cut.parent / "theirs", "-o", cut.parent / "theirs.otio").out
    assert "WRONG" in said and "resume" not in said and "report" not in said
