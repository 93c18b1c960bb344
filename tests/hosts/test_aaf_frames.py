"""After a relink each frame of an AAF's timeline shows the very number it showed, now from a render."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import aaf2
import pytest
from hosts.aaf_scene import (
    Part,
    Scene,
    below,
    clip,
    curve,
    dissolve,
    effect,
    gap,
    media,
    motion,
    muted,
    nest,
    ratio,
    sequence,
    write,
)
from hosts.corpus_aaf import differences, frames, renders_of

from uprez.model import Conform, Manner, Relink, Selection, Shot
from uprez.pulls import plan_pulls
from uprez.testing.clips import make_clip, read_numbers
from uprez_otio.host import OtioHost

NTSC, PAL, VIDEO = Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)


@cache
def numbers_of(path: Path) -> list[int]:
    return read_numbers(path)


def numbers(file: Path) -> list[list[int]]:
    """Read, for each frame of a timeline, the numbers that its pictures carry."""
    found = []
    with aaf2.open(str(file)) as content:
        for _, seen in frames(content):
            paths = [(file.parent / url.removeprefix("file://"), int(at // 1)) for url, at in seen]
            found.append(sorted(numbers_of(path)[at] for path, at in paths if path.is_file()))
    return found


def relinks_for(shots: tuple[Shot, ...], folder: Path, handles: int = 3) -> Iterator[Relink]:
    """Make the renders of a plan: twice as large, with the numbers of what they stand for."""
    by_id = {shot.id: shot for shot in shots}
    for number, pull in enumerate(plan_pulls(shots, handles)):
        head = pull.frames.start - pull.media.available.start
        path = make_clip(
            folder / f"render {number}.mkv",
            frames=pull.frames.count,
            rate=pull.media.rate,
            size=(64, 36),
            first=numbers_of(pull.media.path)[head],
        )
        for shot in pull.shots:
            rate = by_id[shot].media.rate
            yield Relink(shot=shot, path=path, stands_for=pull.frames, rate=rate, width=64, height=36)


def relinked(cut: Path, handles: int = 3) -> tuple[Conform, list[str]]:
    """Relink all of a cut, and return what is wrong with it."""
    host = OtioHost(str(cut))
    shots = host.shots(Selection()).shots
    relinks = tuple(relinks_for(shots, cut.parent / "renders", handles))
    output = cut.with_name("out.aaf")
    conform = host.relink(relinks, Manner(output=output))
    return conform, list(differences(cut, output, renders_of(shots, relinks), len(conform.relinked)))


ALONG = [(Fraction(each, 2), Fraction(each * each, 20)) for each in range(21)]
CASES: dict[str, tuple[list[Part], int]] = {
    "plain and trimmed": ([clip("a", 0, 10), clip("b", 17, 9)], 2),
    "gap": ([gap(3), clip("a", 20, 5), gap(2), clip("b", 0, 60)], 2),
    "one source used three times": ([clip("a", 3, 5), clip("a", 40, 10), clip("a", 5, 6)], 3),
    "twice as fast": ([motion(Fraction(2), clip("a", 11, 20), 10)], 1),
    "half as fast": ([motion(Fraction(1, 2), clip("a", 11, 5), 10)], 1),
    "1.7 times as fast": ([motion(Fraction(17, 10), clip("a", 6, 34), 20)], 1),
    "a third as fast": ([motion(Fraction(1, 3), clip("a", 6, 7), 20)], 1),
    "backwards": ([motion(Fraction(-1), clip("a", 20, 10), 10, first=9)], 1),
    "backwards at double speed": ([motion(Fraction(-2), clip("a", 20, 20), 10, first=19)], 1),
    "backwards at half speed": ([motion(Fraction(-1, 2), clip("a", 20, 5), 9, first=4)], 1),
    "frozen": ([motion(Fraction(0), clip("a", 33, 1), 12)], 1),
    "along a curve": ([curve(ALONG, clip("a", 10, 6), 10)], 1),
    "dissolve": ([clip("a", 5, 20), dissolve(6, 2), clip("b", 9, 20)], 2),
    "dissolve into a retimed clip": (
        [clip("a", 5, 20), dissolve(6, 4), motion(Fraction(2), clip("b", 9, 40), 20)],
        2,
    ),
    "dissolve into a reversed clip": (
        [motion(Fraction(-1), clip("a", 5, 20), 20, first=19), dissolve(6, 4), clip("b", 9, 20)],
        2,
    ),
    "fade in and out": ([gap(8), dissolve(8, 0), clip("a", 5, 20), dissolve(6, 6), gap(6)], 1),
    "effect over a clip": ([effect("Resize", clip("a", 5, 9), length=9)], 1),
    "effect over two clips": ([effect("Blur", sequence(clip("a", 5, 9), clip("b", 1, 4)), length=13)], 2),
    "muted": ([clip("a", 5, 9), muted(clip("b", 1, 4))], 1),
    "nested": ([clip("a", 5, 9), nest(3, 6, clip("a", 20, 5), clip("b", 10, 8))], 3),
    "subclip": ([nest(3, 6, clip("a", 20, 15))], 1),
    "retimed in a nested sequence": ([nest(2, 5, motion(Fraction(2), clip("a", 20, 20), 10))], 1),
    "through a tape": ([clip("c", 5, 9, tape_at=1000)], 1),
    "no timecode": ([clip("d", 5, 9, first=None)], 1),
    "timecode on the file": ([clip("e", 5, 9, on_file=True)], 1),
}


@dataclass(frozen=True)
class Done:
    """Hold a cut of all cases, one after another: what each frame showed and shows, and what was relinked."""

    before: list[list[int]]
    after: list[list[int]]
    spans: dict[str, range]
    relinked: list[int]
    wrong: list[str]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("cases")
    media(folder, "a", "b", "c", "d", "e")
    parts: list[Part] = []
    spans, at = {}, 0
    with aaf2.open() as scratch:
        scene = Scene(scratch, folder, Fraction(24))
        for name, (own, _) in CASES.items():
            length = sequence(*own)(scene).length
            spans[name] = range(at, at + length)
            at += length + 3
            parts += [*own, gap(3)]
    cut = write(folder / "cut.aaf", parts)
    shots = OtioHost(str(cut)).shots(Selection()).shots
    conform, wrong = relinked(cut)
    places = {shot.id: shot.record.start - 86400 for shot in shots}
    starts = [places[shot] for shot in conform.relinked]
    return Done(numbers(cut), numbers(folder / "out.aaf"), spans, starts, wrong)


@pytest.mark.parametrize("name", CASES)
def test_each_frame_shows_the_number_it_showed(name: str, done: Done) -> None:
    span = done.spans[name]
    assert sum(at in span for at in done.relinked) == CASES[name][1]
    assert any(done.before[at] for at in span)
    assert [done.after[at] for at in span] == [done.before[at] for at in span]


def test_nothing_but_media_changed_and_every_frame_is_the_same(done: Done) -> None:
    assert done.wrong == []


def test_two_tracks_and_the_sound_below_keep_their_frames(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    tracks = [[clip("a", 4, 12)], [gap(4), clip("b", 9, 8)]]
    cut = write(tmp_path / "cut.aaf", *tracks, sound=[clip("a", 4, 12)])
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (2, [])
    assert numbers(cut.with_name("out.aaf")) == numbers(cut)


@pytest.mark.parametrize(
    ("rate", "drop"), [(NTSC, False), (PAL, False), (VIDEO, False), (VIDEO, True), (Fraction(60), False)]
)
def test_any_rate_and_timecode_keeps_its_frames_and_its_timecode(
    rate: Fraction, drop: bool, tmp_path: Path
) -> None:
    media(tmp_path, "a", rate=rate)
    first = 107_892 if drop else 3600 * round(rate)
    parts = [clip("a", 21, 9, first=first, drop=drop), motion(Fraction(2), clip("a", 7, 20), 10)]
    cut = write(tmp_path / "cut.aaf", parts, rate=rate)
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (2, [])
    assert numbers(cut.with_name("out.aaf")) == numbers(cut)
    again = OtioHost(conform.output).shots(Selection()).shots
    was = OtioHost(str(cut)).shots(Selection()).shots
    assert [shot.source.start for shot in again] == [shot.source.start for shot in was]


def test_a_layered_sequence_of_avid_is_read_layer_by_layer(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    tracks = [[clip("a", 4, 20)], [below(5), clip("b", 9, 8), below(7)]]
    cut = write(tmp_path / "cut.aaf", *tracks, nested=True)
    shots = OtioHost(str(cut)).shots(Selection()).shots
    assert [(shot.track, shot.record.start - 86400, shot.record.count) for shot in shots] == [
        ("V1", 0, 20),
        ("V2", 5, 8),
    ]
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (2, [])


def test_a_ratio_of_lengths_alone_tells_a_speed(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [ratio(Fraction(2), clip("a", 9, 5), 10)])
    (shot,) = OtioHost(str(cut)).shots(Selection()).shots
    assert shot.retime is not None
    assert shot.retime.speed == Fraction(1, 2)
    assert len(relinked(cut)[0].relinked) == 1


def test_the_retimes_positions_count_where_they_differ_from_the_lengths(tmp_path: Path) -> None:
    """Avid rounds the ratio to whole frames: 15 frames of input for 8 at double speed."""
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [motion(Fraction(2), clip("a", 0, 15), 8)])
    (shot,) = OtioHost(str(cut)).shots(Selection()).shots
    assert shot.retime is not None
    assert (shot.retime.speed, shot.source.count) == (2, 15)


@pytest.mark.parametrize("start", [8, 9, 30])
def test_media_at_another_rate_show_the_frames_they_showed(start: int, tmp_path: Path) -> None:
    media(tmp_path, "a", rate=Fraction(30), frames=90)
    cut = write(tmp_path / "cut.aaf", [clip("a", start, 8, rate=Fraction(30), first=0, frames=90)])
    (shot,) = OtioHost(str(cut)).shots(Selection()).shots
    assert shot.source.start <= start * 5 // 4 <= (start + 7) * 5 // 4 < shot.source.end
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (1, [])


def test_film_counted_as_video_is_counted_frame_by_frame(tmp_path: Path) -> None:
    media(tmp_path, "a", rate=Fraction(24))
    cut = write(tmp_path / "cut.aaf", [clip("a", 50, 8, rate=Fraction(24), first=0)], rate=NTSC)
    (shot,) = OtioHost(str(cut)).shots(Selection()).shots
    assert (shot.source.start, shot.source.count) == (50, 8)
    assert relinked(cut)[1] == []


def test_the_imported_file_serves_where_the_transcoded_one_is_elsewhere(tmp_path: Path) -> None:
    media(tmp_path, "a")
    imported = (tmp_path / "a.mkv").as_uri()
    cut = write(tmp_path / "cut.aaf", [clip("a", 12, 8, url="file://server/MXF/a.mxf", imported=imported)])
    host = OtioHost(str(cut))
    (shot,) = host.shots(Selection()).shots
    assert (shot.media.path, shot.source.start - shot.media.available.start) == (tmp_path / "a.mkv", 12)
    relinks = tuple(relinks_for((shot,), tmp_path / "renders"))
    conform = host.relink(relinks, Manner(output=tmp_path / "out.aaf"))
    assert len(conform.relinked) == 1
    (again,) = OtioHost(conform.output).shots(Selection()).shots
    assert again.media.path == relinks[0].path
    assert numbers_of(again.media.path)[again.source.start - again.media.available.start] == 12


def test_a_wrong_frame_would_be_found(tmp_path: Path) -> None:
    """The check itself: one clip of the output moved by a frame is told."""
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 5, 9), clip("a", 30, 9)])
    host = OtioHost(str(cut))
    shots = host.shots(Selection()).shots
    relinks = tuple(relinks_for(shots, tmp_path / "renders"))
    output = tmp_path / "out.aaf"
    host.relink(relinks, Manner(output=output))
    with aaf2.open(str(output), "rw", extensions=False) as file:
        (top,) = file.content.toplevel()
        moved = next(slot for slot in top.slots if slot.media_kind == "Picture").segment.components[0]
        moved.start += 1
    assert list(differences(cut, output, renders_of(shots, relinks), 2))
    assert numbers(output) != numbers(cut)
