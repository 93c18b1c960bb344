"""A relinked AAF differs from its input in its media alone, and can be taken back."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
import pytest
from hosts.aaf_scene import (
    SIZE,
    clip,
    dissolve,
    effect,
    gap,
    media,
    motion,
    muted,
    nest,
    sequence,
    write,
)
from hosts.corpus_aaf import told_by_adapter
from hosts.test_aaf_frames import numbers, relinked, relinks_for
from hosts.test_aaf_reading import position

from uprez.errors import PlanError, RelinkError
from uprez.model import Conform, Manner, Relink, Selection
from uprez.testing.clips import make_clip
from uprez_otio.host import OtioHost


def to_renders(cut: Path, output: Path | None = None, handles: int = 3) -> Conform:
    host = OtioHost(str(cut))
    relinks = tuple(relinks_for(host.shots(Selection()).shots, cut.parent / "renders", handles))
    return host.relink(relinks, Manner(output=output or cut.with_name("out.aaf"), force=True))


def picture(file: Any) -> Any:
    (top,) = file.content.toplevel()
    return next(slot.segment for slot in top.slots if slot.media_kind == "Picture")


def mobs_of(path: Path) -> list[tuple[str, str]]:
    with aaf2.open(str(path)) as file:
        return sorted((type(mob).__name__, str(mob.mob_id)) for mob in file.content.mobs)


def full_cut(folder: Path) -> Path:
    media(folder, "a", "b", audio=True)
    parts = [
        clip("a", 12, 20),
        dissolve(6, 2),
        motion(Fraction(2), clip("b", 4, 40), 20),
        gap(5),
        muted(clip("b", 30, 6)),
        effect("Blur", sequence(clip("a", 30, 9), clip("b", 1, 4)), length=13),
    ]
    return write(folder / "cut.aaf", parts, sound=[clip("a", 12, 20), clip("b", 0, 9)])


def test_the_input_stays_and_an_untouched_output_gives_it_back_to_the_byte(tmp_path: Path) -> None:
    cut = full_cut(tmp_path)
    before = cut.read_bytes()
    conform = to_renders(cut)
    assert cut.read_bytes() == before
    assert (tmp_path / "out.aaf").read_bytes() != before
    assert conform.receipt is not None
    OtioHost(str(cut)).revert(conform.receipt, tmp_path / "back.aaf")
    assert (tmp_path / "back.aaf").read_bytes() == before


def test_the_same_relink_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    cut = full_cut(tmp_path)
    to_renders(cut)
    first = (tmp_path / "out.aaf").read_bytes()
    to_renders(cut)
    assert (tmp_path / "out.aaf").read_bytes() == first


def test_sound_stays_on_the_original_media(tmp_path: Path) -> None:
    cut = full_cut(tmp_path)
    to_renders(cut)
    heard = []
    for path in (cut, tmp_path / "out.aaf"):
        with aaf2.open(str(path)) as file:
            (top,) = file.content.toplevel()
            (track,) = [slot.segment for slot in top.slots if slot.media_kind == "Sound"]
            heard.append(
                [(str(each.mob_id), each.slot_id, each.start, each.length) for each in track.components]
            )
    assert heard[0] == heard[1]
    with aaf2.open(str(tmp_path / "out.aaf")) as file:
        new = [mob for mob in file.content.mobs if str(mob.mob_id) not in {name for _, name in mobs_of(cut)}]
        assert new
        assert all(slot.media_kind != "Sound" for mob in new for slot in mob.slots)


def test_a_render_has_mobs_of_its_own_that_tell_its_size_length_and_timecode(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 8)])
    to_renders(cut, handles=2)
    with aaf2.open(str(tmp_path / "out.aaf")) as file:
        (source,) = picture(file).components
        assert (source.start, source.length, source.mob.name) == (2, 8, "a")
        render = source.slot.segment.mob
        told = render.descriptor
        assert [told[name].value for name in ("StoredWidth", "StoredHeight", "SampledWidth")] == [64, 36, 64]
        assert (told["Length"].value, told["SampleRate"].value) == (12, 24)
        assert "FrameSampleSize" not in told
        assert [each["URLString"].value for each in told.locator] == [
            (tmp_path / "renders" / "render 0.mkv").as_uri()
        ]
        tape = render.slots[0].segment
        assert (tape.start, tape.length, tape.mob.name) == (18, 12, "a tape")


def test_a_render_of_fields_has_whole_pictures(tmp_path: Path) -> None:
    media(tmp_path, "a")
    fields = {"FrameLayout": "SeparateFields", "VideoLineMap": [20, 283], "StoredHeight": SIZE[1] // 2,
              "SampledHeight": SIZE[1] // 2, "FieldDominance": 1}  # fmt: skip
    to_renders(write(tmp_path / "cut.aaf", [clip("a", 20, 8, described=fields)]), handles=2)
    with aaf2.open(str(tmp_path / "out.aaf")) as file:
        told = picture(file).components[0].slot.segment.mob.descriptor
        assert [told[name].value for name in ("FrameLayout", "VideoLineMap", "StoredHeight")] == [
            "FullFrame", [20, 0], 36
        ]  # fmt: skip
        assert told["SampledHeight"].value == 36
        assert "FieldDominance" not in told


def test_timecode_told_by_the_file_itself_goes_on_with_its_frames(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 8, on_file=True, first=5000)])
    conform = to_renders(cut, handles=2)
    with aaf2.open(conform.output) as file:
        (source,) = picture(file).components
        (told,) = [each.segment for each in source.slot.segment.mob.slots if each.media_kind == "Timecode"]
        assert (told.start, told.length) == (5018, 12)
    (was,) = OtioHost(str(cut)).shots(Selection()).shots
    (now,) = OtioHost(conform.output).shots(Selection()).shots
    assert was.source == now.source


def test_clips_of_one_render_share_its_mobs(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 3, 5), gap(3), clip("a", 10, 9), clip("a", 4, 9)])
    conform = to_renders(cut)
    assert len(conform.relinked) == 3
    assert len(mobs_of(tmp_path / "out.aaf")) == len(mobs_of(cut)) + 2


def test_two_files_of_one_name_get_their_own_renders(tmp_path: Path) -> None:
    for number, folder in enumerate(("A001", "A002")):
        (tmp_path / folder).mkdir()
        media(tmp_path / folder, "a", "clip") if number else media(tmp_path / folder, "clip")
    parts = [
        clip(folder, 5, 10, url=(tmp_path / folder / "clip.mkv").as_uri()) for folder in ("A001", "A002")
    ]
    cut = write(tmp_path / "cut.aaf", parts)
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (2, [])
    assert numbers(tmp_path / "out.aaf") == numbers(cut)


@pytest.mark.parametrize("name", ["with space", "50% off", "a#1", "ünï çødé 映像", "why? + &"])
def test_addresses_are_written_as_the_editor_wrote_his(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    media(folder, name)
    cut = write(folder / "cut.aaf", [clip(name, 5, 9)])
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (1, [])


def test_relative_addresses_still_lead_to_their_files_from_another_folder(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    parts = [clip("a", 5, 9, url="a.mkv"), motion(Fraction(2), gone("b.mkv"), 5)]
    cut = write(tmp_path / "cut.aaf", parts)
    (tmp_path / "there").mkdir()
    host = OtioHost(str(cut))
    shots = [shot for shot in host.shots(Selection()).shots if shot.name == "a"]
    relinks = tuple(relinks_for(tuple(shots), tmp_path / "renders"))
    conform = host.relink(relinks, Manner(output=tmp_path / "there" / "out.aaf"))
    assert len(conform.relinked) == 1
    assert numbers(tmp_path / "there" / "out.aaf") == numbers(cut)
    with aaf2.open(conform.output) as file:
        urls = {
            each["URLString"].value for mob in file.content.sourcemobs() for each in mob.descriptor.locator
        }
    assert urls == {"../a.mkv", "../b.mkv", "../renders/render 0.mkv"}
    assert conform.receipt is not None
    host.revert(conform.receipt, tmp_path / "there" / "back.aaf")
    assert numbers(tmp_path / "there" / "back.aaf") == numbers(cut)


def gone(url: str) -> Any:
    return clip("b", 0, 10, url=url)


def test_markers_of_a_source_clip_stay_on_their_frames(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 8)])
    with aaf2.open(str(cut), "rw") as file:
        (master,) = file.content.mastermobs()
        events = file.create.Sequence(media_kind="DescriptiveMetadata")
        for position, text in ((3, "before"), (25, "on it")):
            marker = file.create.DescriptiveMarker()
            marker["Position"].value, marker["Comment"].value = position, text
            marker["DescribedSlots"].value = {2}
            events.components.append(marker)
        slot = file.create.EventMobSlot(1000, segment=events)
        slot["EditRate"].value = 24
        master.slots.append(slot)
    to_renders(cut, handles=2)
    with aaf2.open(str(tmp_path / "out.aaf")) as file:
        (source,) = picture(file).components
        (track,) = [slot for slot in source.mob.slots if type(slot).__name__ == "EventMobSlot"]
        marks = [(each["Position"].value, each["Comment"].value) for each in track.segment.components]
        assert (source.start, marks) == (2, [(7, "on it")])


def test_a_still_keeps_its_lengths(tmp_path: Path) -> None:
    for name, size in (("a.png", (32, 18)), ("big.png", (64, 36))):
        make_clip(tmp_path / name, frames=1, size=size, codec="png", pixel_format="rgb24", colour=None)
    cut = write(tmp_path / "cut.aaf", [clip("a", 7, 20, url=(tmp_path / "a.png").as_uri())])
    host = OtioHost(str(cut))
    (shot,) = host.shots(Selection()).shots
    path, rate = tmp_path / "big.png", shot.media.rate
    relink = Relink(shot=shot.id, path=path, stands_for=shot.source, rate=rate, width=64, height=36)
    host.relink((relink,), Manner(output=tmp_path / "out.aaf"))
    with aaf2.open(str(tmp_path / "out.aaf")) as file:
        (source,) = picture(file).components
        assert (source.start, source.length, source.slot.segment.length) == (7, 20, 60)
        (locator,) = source.slot.segment.mob.descriptor.locator
        assert locator["URLString"].value == path.as_uri()


def test_a_curve_that_nobody_knows_is_relinked_with_all_of_its_media(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [gap(2), position])
    host = OtioHost(str(cut))
    (shot,) = host.shots(Selection(retime="whole")).shots
    relinks = tuple(relinks_for((shot,), tmp_path / "renders"))
    assert relinks[0].stands_for == shot.media.available
    conform = host.relink(relinks, Manner(output=tmp_path / "out.aaf", retime="whole"))
    assert len(conform.relinked) == 1
    assert numbers(tmp_path / "out.aaf") == numbers(cut)


def test_what_was_computed_of_the_old_media_goes_with_it(tmp_path: Path) -> None:
    media(tmp_path, "a")

    def computed(scene: Any) -> Any:
        group = scene.effect("Blur", 9, [clip("a", 5, 9)(scene)])
        group["Rendering"].value = clip("a", 0, 9)(scene)
        return group

    cut = write(tmp_path / "cut.aaf", [computed])
    to_renders(cut)
    with aaf2.open(str(tmp_path / "out.aaf")) as file:
        (group,) = picture(file).components
        assert "Rendering" not in group
        assert group.length == 9


def test_a_nested_sequence_used_twice_is_relinked_once_for_both(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    uses: dict[str, Any] = {}
    inner = clip("a", 20, 10), clip("b", 8, 6)
    cut = write(tmp_path / "cut.aaf", [nest(2, 9, *inner, uses=uses), gap(3), nest(5, 8, *inner, uses=uses)])
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (4, [])
    assert numbers(tmp_path / "out.aaf") == numbers(cut)


def test_one_use_alone_of_a_nested_sequence_is_left_out_by_name(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    uses: dict[str, Any] = {}
    inner = clip("a", 20, 10), clip("b", 8, 6)
    cut = write(
        tmp_path / "cut.aaf", [nest(2, 9, *inner, uses=uses), clip("a", 0, 5), nest(5, 8, *inner, uses=uses)]
    )
    host = OtioHost(str(cut))
    some = host.shots(Selection()).shots[:3]
    relinks = tuple(relinks_for(some, tmp_path / "renders"))
    refused = host.rehearse(relinks, Manner())
    assert set(refused) == {shot.id for shot in some[:2]}
    assert all("used 2 times" in why for why in refused.values())


def test_an_output_edited_since_is_taken_back_clip_by_clip(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 10), clip("b", 30, 8)])
    conform = to_renders(cut)
    with aaf2.open(conform.output, "rw", extensions=False) as file:
        (top,) = file.content.toplevel()
        top.name = "cut, edited"
        picture(file).components[0].length -= 2
        picture(file).components[0].start += 2
    assert conform.receipt is not None
    back = OtioHost(str(cut)).revert(conform.receipt, tmp_path / "back.aaf")
    assert len(back.relinked) == 2
    assert mobs_of(tmp_path / "back.aaf") == mobs_of(cut)
    with aaf2.open(str(tmp_path / "back.aaf")) as file:
        (top,) = file.content.toplevel()
        assert top.name == "cut, edited"
        assert [(each.mob.name, each.start) for each in picture(file).components] == [("a", 22), ("b", 30)]


def test_a_subclip_and_its_source_are_each_taken_back_to_what_they_named(tmp_path: Path) -> None:
    media(tmp_path, "a")
    parts = [clip("a", 20, 10), nest(6, 8, clip("a", 14, 20), name="sub"), clip("a", 24, 6)]
    cut = write(tmp_path / "cut.aaf", parts)
    conform, wrong = relinked(cut)
    assert (len(conform.relinked), wrong) == (3, [])
    with aaf2.open(conform.output, "rw", extensions=False) as file:
        (top,) = file.content.toplevel()
        top.name = "edited"
    assert conform.receipt is not None
    OtioHost(str(cut)).revert(conform.receipt, tmp_path / "back.aaf")
    with aaf2.open(str(tmp_path / "back.aaf")) as file:
        told = [(each.mob.name, each.start) for each in picture(file).components]
    assert told == [("a", 20), ("sub", 6), ("a", 24)]
    assert numbers(tmp_path / "back.aaf") == numbers(cut)


def test_a_clip_that_is_gone_from_an_edited_output_is_named(tmp_path: Path) -> None:
    media(tmp_path, "a", "b")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 10), clip("b", 30, 8)])
    conform = to_renders(cut)
    with aaf2.open(conform.output, "rw", extensions=False) as file:
        picture(file).components.pop(1)
    assert conform.receipt is not None
    back = OtioHost(str(cut)).revert(conform.receipt, tmp_path / "back.aaf")
    assert [each.name for each in back.left_out] == ["b"]


def test_a_relinked_cut_can_be_relinked_again(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 10)])
    to_renders(cut)
    again = OtioHost(str(tmp_path / "out.aaf"))
    (shot,) = again.shots(Selection()).shots
    relinks = tuple(relinks_for((shot,), tmp_path / "second", 1))
    again.relink(relinks, Manner(output=tmp_path / "third.aaf"))
    assert numbers(tmp_path / "third.aaf") == numbers(cut)


def test_a_render_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 10)])
    host = OtioHost(str(cut))
    (shot,) = host.shots(Selection()).shots
    relink = Relink(
        shot=shot.id,
        path=tmp_path / "no.mkv",
        stands_for=shot.source,
        rate=shot.media.rate,
        width=64,
        height=36,
    )
    before = sorted(tmp_path.iterdir())
    assert host.rehearse((relink,), Manner()) == {}
    with pytest.raises(RelinkError, match=r"out\.aaf"):
        host.relink((relink,), Manner(output=tmp_path / "out.aaf"))
    assert sorted(tmp_path.iterdir()) == before


def test_only_aaf_is_written_and_only_as_a_copy(tmp_path: Path) -> None:
    media(tmp_path, "a")
    cut = write(tmp_path / "cut.aaf", [clip("a", 20, 10)])
    host = OtioHost(str(cut))
    assert host.output(Manner()).name == "cut_uprez.aaf"
    with pytest.raises(PlanError, match=r"only \.aaf is written"):
        host.refuse(Manner(output=tmp_path / "out.otio"))
    with pytest.raises(PlanError, match="know reference"):
        host.refuse(Manner(kind="track", output=tmp_path / "out.aaf"))


def test_the_adapter_of_otio_finds_all_but_the_media_as_it_was(tmp_path: Path) -> None:
    cut = full_cut(tmp_path)
    conform = to_renders(cut)
    assert told_by_adapter(cut) == told_by_adapter(tmp_path / "out.aaf")
    urls = [url for path in ("cut.aaf", "out.aaf") for url in urls_by_adapter(tmp_path / path)]
    assert sum("render" in url for url in urls) == len(conform.relinked)


def urls_by_adapter(path: Path) -> list[str]:
    found = otio.adapters.read_from_file(str(path)).find_clips()
    return [
        each.media_references()[each.active_media_reference_key].target_url
        for each in found
        if isinstance(each.media_reference, otio.schema.ExternalReference)
    ]


def test_without_pyaaf2_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    cut = write(tmp_path / "cut.aaf", [clip("a", 0, 5)])
    code = "import sys; sys.modules['aaf2'] = None; from uprez_otio.child import main; main(sys.argv[1:])"
    told = subprocess.run([sys.executable, "-c", code, "rows", str(cut)], capture_output=True, check=True)
    assert b"not installed; install uprez[aaf]" in told.stdout
