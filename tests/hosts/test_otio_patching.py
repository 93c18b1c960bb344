"""A relink changes references and nothing else, and a receipt gives the input back."""

from __future__ import annotations

import difflib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from uprez.errors import HostError, PlanError, RelinkError
from uprez.model import Conform, Manner, MannerKind, Relink, Selection
from uprez.testing.clips import make_clip
from uprez.testing.timelines import clip, dissolve, external, gap, marker, span, stack, timeline, track, write
from uprez_otio.host import OtioHost
from uprez_otio.jsontext import places

Json = dict[str, Any]
KINDS: tuple[MannerKind, ...] = ("reference", "replace", "track")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_clip(tmp_path / "a.mkv", frames=60, size=(64, 36))
    return tmp_path


def media() -> Json:
    return external("a.mkv", span(0, 60))


def cut_in(folder: Path, *children: Json, **more: Any) -> Path:
    plain = (clip("one", media(), span(5, 10)), gap(4), clip("two", media(), span(30, 10)))
    return write(folder / "cut.otio", timeline(track(*(children or plain)), **more))


def relinked(
    file: Path,
    kind: MannerKind = "reference",
    output: Path | None = None,
    *,
    force: bool = False,
    handles: int = 2,
) -> Conform:
    host = OtioHost(str(file))
    relinks = tuple(
        Relink(
            shot=shot.id,
            path=file.parent / "renders" / f"{shot.name}.mkv",
            stands_for=shot.source.padded(handles, handles).clamped(shot.media.available),
            rate=shot.media.rate,
            width=128,
            height=72,
            made_by={"provider": "by hand"},
        )
        for shot in host.shots(Selection()).shots
    )
    output = output or file.with_name("out.otio")
    return host.relink(relinks, Manner(kind=kind, output=output, force=force))


def added_and_gone(before: Path, after: Path) -> tuple[list[str], list[str]]:
    lines = list(difflib.ndiff(before.read_text().splitlines(), after.read_text().splitlines()))
    return ([line[2:] for line in lines if line.startswith("+ ")],
            [line[2:].strip() for line in lines if line.startswith("- ")])  # fmt: skip


def without_uprez(content: Any) -> Any:
    """Take out of a timeline what a relink by reference may have put in."""
    if isinstance(content, list):
        return [without_uprez(each) for each in content]
    if not isinstance(content, dict):
        return content
    kept = {key: without_uprez(each) for key, each in content.items() if key != "uprez"}
    if kept.get("active_media_reference_key") == "uprez":
        kept["active_media_reference_key"] = "DEFAULT_MEDIA"
    return kept


def test_only_references_change_and_every_other_line_stays(folder: Path) -> None:
    file = cut_in(folder)
    relinked(file)
    added, gone = added_and_gone(file, folder / "out.otio")
    assert sorted(set(gone) - {"}", "},"}) == ['"active_media_reference_key": "DEFAULT_MEDIA"']
    assert without_uprez(json.loads((folder / "out.otio").read_text())) == json.loads(file.read_text())
    assert all(line.startswith(" " * 20) for line in added)


def test_numbers_keys_and_schemas_to_come_survive_to_the_letter(folder: Path) -> None:
    coming = {"OTIO_SCHEMA": "Studio.7", "z": "ü\\u00fc", "a": 1.50}
    color = {"OTIO_SCHEMA": "Color.1", "r": 1.0, "g": 0.0, "b": 0.0, "a": 1.0, "name": "RED"}
    newer = marker("look") | {"OTIO_SCHEMA": "Marker.3", "color": color}
    file = cut_in(folder, clip("one", media(), span(5, 10), markers=[newer], metadata={"studio": coming}))
    odd = file.read_text().replace("1.5", "1.500").replace('"value": 10.0', '"value": 10.000')
    file.write_text(odd)
    relinked(file)
    text = (folder / "out.otio").read_text()
    assert "1.500" in text
    assert '"value": 10.000' in text
    assert "Marker.3" in text
    assert "Studio.7" in text


@pytest.mark.parametrize("style", [None, 1, 2, "\t"])
def test_new_lines_are_written_as_the_file_is(folder: Path, style: int | str | None) -> None:
    file = cut_in(folder)
    file.write_text(json.dumps(json.loads(file.read_text()), indent=style))
    relinked(file)
    text = (folder / "out.otio").read_text()
    assert text == json.dumps(json.loads(text), indent=style)


def test_windows_line_ends_stay(folder: Path) -> None:
    file = cut_in(folder)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    relinked(file)
    text = (folder / "out.otio").read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n")


@pytest.mark.parametrize("kind", KINDS)
def test_an_untouched_output_goes_back_to_the_byte(folder: Path, kind: MannerKind) -> None:
    file = cut_in(folder)
    original = file.read_bytes()
    conform = relinked(file, kind)
    assert conform.receipt is not None
    assert file.read_bytes() == original
    assert (folder / "out.otio").read_bytes() != original
    host = OtioHost(str(file))
    elsewhere = host.revert(conform.receipt, folder / "back.otio")
    assert (elsewhere.output, elsewhere.left_out) == (str(folder / "back.otio"), ())
    assert (folder / "back.otio").read_bytes() == original
    host.revert(conform.receipt)
    assert (folder / "out.otio").read_bytes() == original
    host.revert(conform.receipt)
    assert (folder / "out.otio").read_bytes() == original
    with pytest.raises(HostError, match="exists already"):
        host.revert(conform.receipt, folder / "back.otio")


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_that_was_edited_since_goes_back_clip_for_clip(folder: Path, kind: MannerKind) -> None:
    file = cut_in(folder)
    conform = relinked(file, kind)
    output = folder / "out.otio"
    content = json.loads(output.read_text())
    tracks = content["tracks"]["children"]
    tracks[0]["children"].insert(0, gap(7))
    tracks[0]["children"][1]["name"] = "renamed"
    tracks.insert(0, track(gap(1), name="V0"))
    output.write_text(json.dumps(content, indent=2))
    assert conform.receipt is not None
    back = OtioHost(str(file)).revert(conform.receipt)
    assert len(back.relinked) == 2
    expected = json.loads(file.read_text())
    expected["tracks"]["children"][0]["children"].insert(0, gap(7))
    expected["tracks"]["children"][0]["children"][1]["name"] = "renamed"
    expected["tracks"]["children"].insert(0, track(gap(1), name="V0"))
    assert json.loads(output.read_text()) == expected


def test_a_clip_that_was_deleted_since_is_named_when_reverting(folder: Path) -> None:
    file = cut_in(folder)
    conform = relinked(file)
    output = folder / "out.otio"
    content = json.loads(output.read_text())
    del content["tracks"]["children"][0]["children"][0]
    output.write_text(json.dumps(content))
    assert conform.receipt is not None
    back = OtioHost(str(file)).revert(conform.receipt)
    assert [left.name for left in back.left_out] == ["one"]
    assert len(back.relinked) == 1
    content["tracks"]["children"] = []
    output.write_text(json.dumps(content))
    with pytest.raises(HostError, match="holds nothing of this relink"):
        OtioHost(str(file)).revert(conform.receipt)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_run_reads_the_originals_and_changes_nothing_else(folder: Path, kind: MannerKind) -> None:
    file = cut_in(folder)
    first = folder / "first.otio"
    relinked(file, kind, first)
    assert OtioHost(str(first)).shots(Selection()).shots == OtioHost(str(file)).shots(Selection()).shots
    relinked(first, kind, folder / "second.otio")
    once, twice = (json.loads((folder / name).read_text()) for name in ("first.otio", "second.otio"))
    run = [json.dumps(content).count('"run"') for content in (once, twice)]
    assert run[0] == run[1]
    assert without_uprez(once) == without_uprez(twice)


def test_an_output_in_another_folder_finds_all_its_media(folder: Path) -> None:
    make_clip(folder / "b c.mkv", frames=10, size=(64, 36))
    other = clip("other", external("b%20c.mkv", span(0, 10)), span(0, 5), enabled=False)
    file = cut_in(folder, clip("one", media(), span(5, 10)), other)
    there = folder / "deep" / "er"
    there.mkdir(parents=True)
    conform = relinked(file, output=there / "out.otio")
    content = json.loads((there / "out.otio").read_text())
    clips = content["tracks"]["children"][0]["children"]
    references = clips[0]["media_references"]
    assert references["DEFAULT_MEDIA"]["target_url"] == "../../a.mkv"
    assert references["uprez"]["target_url"] == "../../renders/one.mkv"
    assert clips[1]["media_references"]["DEFAULT_MEDIA"]["target_url"] == "../../b%20c.mkv"
    assert conform.receipt is not None
    OtioHost(str(file)).revert(conform.receipt, folder / "back.otio")
    assert (folder / "back.otio").read_bytes() == file.read_bytes()


def test_a_clip_without_range_gets_one_only_where_its_render_is_shorter(folder: Path) -> None:
    file = cut_in(folder, clip("all", media()), clip("part", external("a.mkv", span(0, 30))))
    relinked(file, handles=0)
    clips = json.loads((folder / "out.otio").read_text())["tracks"]["children"][0]["children"]
    assert [each["source_range"] for each in clips] == [None, None]
    relinked(file, handles=2, force=True)
    clips = json.loads((folder / "out.otio").read_text())["tracks"]["children"][0]["children"]
    assert [each["source_range"] for each in clips] == [None, span(0, 30)]


def test_the_new_reference_keeps_the_bounds_and_says_who_made_it(folder: Path) -> None:
    bounds = {
        "OTIO_SCHEMA": "Box2d.1",
        "min": {"OTIO_SCHEMA": "V2d.1", "x": 0.0, "y": 0.0},
        "max": {"OTIO_SCHEMA": "V2d.1", "x": 16.0, "y": 9.0},
    }
    reference = external("a.mkv", span(0, 60), available_image_bounds=bounds)
    file = cut_in(folder, clip("one", reference, span(5, 10)))
    relinked(file)
    one = json.loads((folder / "out.otio").read_text())["tracks"]["children"][0]["children"][0]
    render = one["media_references"]["uprez"]
    assert render["available_image_bounds"] == bounds
    assert render["available_range"] == span(3, 14)
    assert render["metadata"]["uprez"]["made_by"] == {"provider": "by hand"}


def test_a_new_track_leaves_out_a_clip_that_dissolves_into_one_without_render(folder: Path) -> None:
    gone = clip("gone", external("gone.mov", span(0, 60)), span(5, 10))
    file = cut_in(
        folder, clip("one", media(), span(5, 10)), dissolve(2, 2), gone, clip("two", media(), span(5, 9))
    )
    conform = relinked(file, "track")
    assert [left.name for left in conform.left_out] == ["one"]
    assert "--as reference" in conform.left_out[0].reason
    assert len(conform.relinked) == 1


def test_a_bundle_is_written_as_otio_where_that_is_asked_for(folder: Path) -> None:
    bundle = folder / "cut.otiod"
    bundle.mkdir()
    shutil.move(folder / "a.mkv", bundle / "a.mkv")
    write(bundle / "content.otio", timeline(track(clip("one", media(), span(5, 10)))))
    relinked(bundle, output=folder / "out.otio")
    one = json.loads((folder / "out.otio").read_text())["tracks"]["children"][0]["children"][0]
    assert one["media_references"]["DEFAULT_MEDIA"]["target_url"] == "cut.otiod/a.mkv"


@pytest.mark.parametrize(
    ("name", "why"),
    [("cut.otio", "is the timeline itself"), ("there.otio", "exists already"), ("out.edl", r"only \.otio"),
     ("none/out.otio", "does not exist"), ("folder.otio", "is a folder")],
)  # fmt: skip
def test_an_output_that_would_harm_is_refused_before_anything_is_done(
    folder: Path, name: str, why: str
) -> None:
    file = cut_in(folder)
    (folder / "there.otio").write_text("mine")
    (folder / "folder.otio").mkdir()
    with pytest.raises(PlanError, match=why):
        OtioHost(str(file)).refuse(Manner(output=folder / name))
    with pytest.raises(PlanError, match=why):
        relinked(file, output=folder / name)
    assert (folder / "there.otio").read_text() == "mine"
    with pytest.raises(PlanError, match="is the timeline itself"):
        OtioHost(str(file)).refuse(Manner(output=file, force=True))


def test_a_timeline_that_changed_since_it_was_planned_is_not_relinked(folder: Path) -> None:
    file = cut_in(folder)
    host = OtioHost(str(file))
    shot = host.shots(Selection()).shots[0]
    relink = Relink(
        shot=shot.id, path=folder / "r.mkv", stands_for=shot.source, rate=shot.media.rate, width=2, height=2
    )
    cut_in(folder, clip("other", media(), span(5, 10)))
    with pytest.raises(RelinkError, match="changed"):
        host.relink((relink,), Manner(output=folder / "out.otio"))
    assert not (folder / "out.otio").exists()


def test_nothing_is_left_behind_but_the_output_and_its_receipt(folder: Path) -> None:
    file = cut_in(folder)
    before = set(folder.iterdir())
    conform = relinked(file)
    assert set(folder.iterdir()) - before == {folder / "out.otio", conform.receipt}


def test_a_receipt_that_is_none_is_one_sentence(folder: Path) -> None:
    bad = folder / "bad.json"
    bad.write_text("{}")
    for path in (bad, folder / "none.json"):
        with pytest.raises(HostError, match=path.name):
            OtioHost(str(folder / "cut.otio")).revert(path)


def test_places_are_found_in_nested_json_as_they_are_written() -> None:
    text = ' { "a" : [1, {"b":"]}"} ,[ ]] , "c":{} }'
    found = places(text, [("a", 1, "b"), ("a", 2), ("c",), ("d",), ("a", 9)])
    assert {key: text[start:end] for key, (start, end) in found.items()} == {
        ("a", 1, "b"): '"]}"',
        ("a", 2): "[ ]",
        ("c",): "{}",
    }


def test_a_nested_clip_gets_its_track_within_its_own_stack(folder: Path) -> None:
    inner = stack(track(clip("in", media(), span(5, 10)), name="inner"))
    file = cut_in(folder, gap(3), inner)
    relinked(file, "track")
    content = json.loads((folder / "out.otio").read_text())
    nested = content["tracks"]["children"][0]["children"][1]
    assert [each["name"] for each in nested["children"]] == ["inner", "V1 uprez"]
