"""AAFs are read as their writers meant them; what can't be followed is left out by name."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
import pytest
from hosts.aaf_scene import (
    Part,
    Scene,
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

from uprez.errors import HostError
from uprez.model import Selection
from uprez.testing.clips import make_clip
from uprez_otio.formats.aaf_rows import rows
from uprez_otio.host import OtioHost
from uprez_otio.limits import BadTimeline


def clips(path: Path) -> list[Any]:
    return [row for row in rows(path) if row[0] == "clip"]


def reasons(path: Path) -> list[str]:
    return [left.reason for left in OtioHost(str(path)).shots(Selection()).left_out]


def test_the_header_has_the_sequences_name_rate_and_start(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 0, 5)], rate=Fraction(30000, 1001), start=107_892)
    found = OtioHost(str(cut)).shots(Selection())
    assert (found.name, found.rate) == ("cut", Fraction(30000, 1001))
    header = next(rows(cut))
    assert header[3] == [107_892.0, 30000 / 1001]


def test_clips_count_in_the_timecode_of_their_tape(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 12, 5, first=1000, tape_at=500)])
    (row,) = clips(cut)
    assert row[3][:1] == [1512.0]
    (told,) = [each for each in rows(cut) if each[0] == "media"]
    assert told[3] == [1500.0, 24.0, 60.0, 24.0]


def test_a_transition_belongs_to_both_clips_up_to_its_cut_point(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 5, 20), dissolve(6, 2), clip("b", 9, 20)])
    one, other = clips(cut)
    assert (one[3][0], one[3][2], one[8]) == (86405.0, 16.0, [4.0, 24.0])
    assert (other[3][0], other[3][2], other[7]) == (86411.0, 18.0, [2.0, 24.0])


def test_a_transition_on_a_retimed_clip_moves_its_start_by_the_speed(tmp_path: Path) -> None:
    cut = write(
        tmp_path / "cut.aaf",
        [clip("a", 5, 20), dissolve(6, 4), motion(Fraction(2), clip("b", 9, 40), 20)],
    )
    _, other = clips(cut)
    assert (other[3][0], other[3][2], other[5]) == (86417.0, 16.0, 2.0)


def test_a_reversed_clip_begins_at_its_lowest_frame(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [motion(Fraction(-2), clip("a", 10, 20), 10, first=19)])
    (row,) = clips(cut)
    assert (row[3][0] - 86400, row[5]) == (10 + 19 - 18, -2.0)


def test_of_a_nested_sequence_only_what_its_uses_show_together_is_wanted(tmp_path: Path) -> None:
    uses: dict[str, Any] = {}
    inner = clip("a", 0, 30), dissolve(4, 2), clip("b", 0, 30), dissolve(4, 2), clip("a", 40, 20)
    cut = write(tmp_path / "cut.aaf", [nest(20, 6, *inner, uses=uses), nest(24, 10, *inner, uses=uses)])
    told = [(row[2], row[3][0] - 86400, row[3][2], row[7], row[8]) for row in clips(cut)]
    two = [2.0, 24.0]
    once = [("a", 20.0, 8.0, None, two), ("b", 2.0, 6.0, two, None), ("a", 42.0, 18.0, two, None)]
    assert told == once * 2
    lengths = [row[2][0] if row[0] == "gap" else row[3][2] for row in rows(cut) if row[0] in ("gap", "clip")]
    assert lengths == [20.0, 8.0, 6.0, 20.0, 18.0] * 2


def test_a_muted_clip_is_disabled_and_of_several_angles_the_selected_one_is_shown(tmp_path: Path) -> None:
    def angles(scene: Scene) -> Any:
        selector = scene.make("Selector", length=7)
        selector["Selected"].value = clip("b", 3, 7)(scene)
        selector["Alternates"].value = [clip("a", 3, 7)(scene)]
        return selector

    cut = write(tmp_path / "cut.aaf", [muted(clip("a", 0, 5)), angles])
    assert [(row[2], row[9]) for row in clips(cut)] == [("a", False), ("b", True)]


def test_a_muted_track_is_disabled(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 0, 5)])
    with aaf2.open(str(cut), "rw") as file:
        (top,) = file.content.toplevel()
        slot = next(each for each in top.slots if each.media_kind == "Picture")
        selector = file.create.Selector(media_kind="Picture", length=5)
        selector["Alternates"].value = [slot.segment.copy()]
        selector["Selected"].value = file.create.Filler(media_kind="Picture", length=5)
        slot.segment = selector
    assert [row[4] for row in rows(cut) if row[0] == "track"] == [False]
    assert len(clips(cut)) == 1


def test_markers_are_told_with_the_clip_they_lie_on(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 0, 10), clip("b", 0, 10)])
    with aaf2.open(str(cut), "rw") as file:
        (top,) = file.content.toplevel()
        marker = file.create.DescriptiveMarker()
        marker["Position"].value, marker["Comment"].value = 13, "fix this"
        marker["DescribedSlots"].value = {1}
        slot = file.create.EventMobSlot(1000)
        slot["EditRate"].value, slot["PhysicalTrackNumber"].value = 24, 1
        events = file.create.Sequence(media_kind="DescriptiveMetadata")
        events.components.append(marker)
        slot.segment = events
        top.slots.append(slot)
    assert [row[11] for row in clips(cut)] == [[], ["fix this"]]


def test_a_clip_may_name_a_files_mob_without_a_master(tmp_path: Path) -> None:
    media(tmp_path, "a")

    def straight(scene: Scene) -> Any:
        source = clip("a", 7, 9)(scene)
        source.mob_id, source.slot_id = source.slot.segment.mob_id, 1
        return source

    cut = write(tmp_path / "cut.aaf", [straight])
    (row,) = clips(cut)
    assert (row[2], row[3][0]) == ("a.PHYS", 86407.0)


def position(scene: Scene) -> Any:
    fed = clip("a", 0, 10)(scene)
    told: Any = {"PARAM_OFFSET_MAP_U": [(0, 0), (1, 9)]}
    return scene.effect("Motion Control", 10, [fed], warp=True, **told)


def two_speeds(scene: Scene) -> Any:
    told: Any = {"PARAM_SPEED_MAP_U": [(0, 3)], "PARAM_SPEED_OFFSET_MAP_U": [(0, 0), (10, 10)]}
    return scene.effect("Motion Control", 10, [clip("a", 0, 10)(scene)], warp=True, **told)


def untold(scene: Scene) -> Any:
    return scene.effect("Strobe", 10, [clip("a", 0, 10)(scene)], warp=True)


def unknown(scene: Scene) -> Any:
    group = scene.make("EssenceGroup", length=10)
    group["Choices"].value = []
    return group


def nothing(scene: Scene) -> Any:
    return scene.make("SourceClip", length=10)


def numbered(scene: Scene) -> Any:
    return clip("shot", 0, 10, url=(scene.folder / "shot.0001.png").as_uri())(scene)


def retimed_master(scene: Scene) -> Any:
    source = clip("retimed", 0, 10, url=None)(scene)
    slot = source.slot
    slot.segment = scene.effect("Adapter", 60, [slot.segment.copy()], warp=True)
    return source


def joined_master(scene: Scene) -> Any:
    source = clip("joined", 5, 10, url=None)(scene)
    slot = source.slot
    pieces = scene.make("Sequence", length=20)
    for start in (0, 30):
        piece = slot.segment.copy()
        piece.start, piece.length = start, 10
        pieces.components.append(piece)
    slot.segment = pieces
    return source


LEFT_OUT: dict[str, tuple[Part, str]] = {
    "keyed positions": (position, "its speed changes along a curve (Motion Control)"),
    "two speeds": (two_speeds, "its effect Motion Control tells two speeds"),
    "no speed told": (untold, "its effect Strobe changes time in a way that the file doesn't tell"),
    "ratio against lengths": (
        ratio(Fraction(3), clip("a", 0, 10), 10),
        "tells a speed that its lengths don't fit",
    ),
    "retimed twice": (
        motion(Fraction(2), motion(Fraction(2), clip("a", 0, 40), 20), 10),
        "it lies in a stack",
    ),
    "retimed sequence": (
        motion(Fraction(2), sequence(clip("a", 0, 9), clip("a", 9, 9)), 9),
        "it lies in a stack",
    ),
    "title": (effect("Title_2", length=10), "it is a generator (Title_2), which has no file"),
    "odd thing": (unknown, "it is a unknown (EssenceGroup), which has no file"),
    "no media": (nothing, "it has no media; relink it in your editor"),
    "offline": (
        clip("off", 0, 9, url="file://server/share/a.mxf"),
        "its media is offline (file://server/share/a.mxf)",
    ),
    "on Windows": (clip("win", 0, 9, url="file:///C%3A/media/a.mov"), "its media is offline"),
    "no address": (clip("none", 0, 9, url=None), "it has no media; relink it in your editor"),
    "beyond the media": (clip("a", 55, 9), "it shows frames 55 to 63 of a file that has frames 0 to 59"),
    "image sequence": (numbered, "it is an image sequence, which is not done in AAF yet"),
    "retimed master": (retimed_master, "its source clip is retimed (Adapter)"),
    "joined master": (joined_master, "its source clip is put together of several"),
}


@pytest.fixture(scope="module")
def left_out(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return why each of those clips, one after another in a timeline, is left out."""
    folder = tmp_path_factory.mktemp("left out")
    media(folder, "a")
    make_clip(folder / "shot.0001.png", frames=1, codec="png", pixel_format="rgb24", colour=None)
    return reasons(write(folder / "cut.aaf", [part for part, _ in LEFT_OUT.values()]))


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_cant_be_followed_is_left_out_by_name(name: str, left_out: list[str]) -> None:
    assert any(LEFT_OUT[name][1] in each for each in left_out)


def test_what_cant_be_followed_has_one_reason_each(
    left_out: list[str],
) -> None:
    assert len(left_out) == len(LEFT_OUT) + 1  # the retimed sequence has two clips
    assert all(any(reason in each for _, reason in LEFT_OUT.values()) for each in left_out)


def test_a_curve_that_is_not_whole_is_left_out(tmp_path: Path) -> None:
    media(tmp_path, "a")
    half = [(Fraction(0), Fraction(0)), (Fraction(2), Fraction(1)), (Fraction(4), Fraction(5))]
    (reason,) = reasons(write(tmp_path / "cut.aaf", [curve(half, clip("a", 0, 10), 10)]))
    assert "along a curve" in reason


def test_a_still_is_one_frame_and_shown_by_its_render(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.png", frames=1, size=(32, 18), codec="png", pixel_format="rgb24", colour=None)
    cut = write(tmp_path / "cut.aaf", [clip("a", 7, 20, url=(tmp_path / "a.png").as_uri())])
    (shot,) = OtioHost(str(cut)).shots(Selection()).shots
    assert (shot.source.count, shot.record.count) == (1, 20)


def test_what_otios_adapter_writes_is_read_with_the_ranges_it_was_given(tmp_path: Path) -> None:
    at, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    timeline = otio.schema.Timeline("t")
    timeline.global_start_time = at(86400, 24)
    track = otio.schema.Track(kind="Video")
    timeline.tracks.append(track)
    given = [("a", 86405, 10), ("b", 86420, 15), ("a", 86400, 60)]
    for name, start, count in given:
        file = otio.schema.ExternalReference(f"file:///m/{name}.mov", span(at(86400, 24), at(60, 24)))
        track.append(otio.schema.Clip(name, file, span(at(start, 24), at(count, 24))))
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.aaf"), use_empty_mob_ids=True)
    assert [(row[2], row[3][0], row[3][2]) for row in clips(tmp_path / "cut.aaf")] == given


def test_otios_adapter_reads_the_same_ranges(tmp_path: Path) -> None:
    parts = [
        clip("a", 5, 20),
        dissolve(6, 2),
        clip("b", 9, 20),
        motion(Fraction(2), clip("a", 0, 20), 10),
        motion(Fraction(-1), clip("b", 20, 8), 8, first=7),
        nest(2, 8, clip("a", 10, 5), clip("b", 30, 10)),
        muted(clip("a", 0, 5)),
    ]
    cut = write(tmp_path / "cut.aaf", parts)
    theirs = list(by_adapter(otio.adapters.read_from_file(str(cut)).tracks))
    ours = [(row[2], row[3][0], row[3][2], 1.0 if row[5] is None else row[5]) for row in clips(cut)]
    assert ours == theirs


def by_adapter(thing: Any, speed: float = 1.0) -> Iterator[tuple[str, float, float, float]]:
    for each in thing:
        scalars = [own.time_scalar for own in getattr(each, "effects", ()) if hasattr(own, "time_scalar")]
        own = speed * scalars[0] if scalars else speed
        if isinstance(each, otio.schema.Clip):
            span = each.trimmed_range()
            yield each.name, span.start_time.value, span.duration.value, own
        elif isinstance(each, otio.core.Composition):
            yield from by_adapter(each, own)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"not an AAF at all", "it is no whole AAF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, "it is no whole AAF"),
    ],
)
def test_what_is_no_aaf_is_refused_in_one_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "cut.aaf").write_bytes(content)
    with pytest.raises(HostError, match=words) as refused:
        OtioHost(str(tmp_path / "cut.aaf")).shots(Selection())
    assert "\n" not in str(refused.value)
    assert str(tmp_path / "cut.aaf") in str(refused.value)


def test_several_sequences_are_refused(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 0, 5)])
    with aaf2.open(str(cut), "rw") as file:
        other = file.create.CompositionMob("other")
        other.usage = "Usage_TopLevel"
        file.content.mobs.append(other)
    with pytest.raises(BadTimeline, match="holds 2 sequences; export the one you mean"):
        list(rows(cut))


def test_a_sequence_that_no_other_uses_is_the_timeline_where_none_says_so(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [nest(0, 5, clip("a", 0, 9))], usage=None)
    assert next(rows(cut))[1] == "cut"


def test_a_sequence_in_itself_is_refused(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [nest(0, 5, clip("a", 0, 9), gap(3))])
    with aaf2.open(str(cut), "rw") as file:
        inner = next(mob for mob in file.content.compositionmobs() if mob.name == "nest")
        source = inner.slots[0].segment.components[0]
        source.mob_id, source.slot_id = inner.mob_id, 2
    with pytest.raises(BadTimeline, match="nested more than 40 deep"):
        list(rows(cut))


def test_a_transition_longer_than_its_clip_is_refused(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 5, 4), dissolve(9, 2), clip("b", 9, 20)])
    with pytest.raises(BadTimeline, match="longer than what it joins"):
        list(rows(cut))


def test_broken_bytes_give_a_sentence_and_no_wait(tmp_path: Path) -> None:
    parts = [
        clip("a", 5, 10),
        dissolve(4, 1),
        motion(Fraction(2), clip("b", 0, 20), 10),
        muted(clip("a", 0, 5)),
    ]
    whole = write(tmp_path / "cut.aaf", parts).read_bytes()
    chance = random.Random(5)
    for _ in range(60):
        content = bytearray(whole)
        if chance.random() < 0.2:
            del content[chance.randrange(len(content)) :]
        for _ in range(chance.choice((1, 3, 20))):
            if content:
                content[chance.randrange(min(len(content), chance.choice((9000, 1 << 20))))] = (
                    chance.randrange(256)
                )
        (tmp_path / "broken.aaf").write_bytes(content)
        begun = time.process_time()
        try:
            list(rows(tmp_path / "broken.aaf"))
        except BadTimeline as refused:
            assert "; " in str(refused)
            assert "\n" not in str(refused)
        assert time.process_time() - begun < 5
