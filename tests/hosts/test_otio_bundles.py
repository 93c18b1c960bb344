"""Bundles hold their media: both files of one name, the originals too, and a revert that finds them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from uprez.errors import HostError, PlanError
from uprez.model import Conform, Manner, Relink, Selection
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.timelines import clip, external, span, timeline, track, write
from uprez_otio.host import OtioHost

Json = dict[str, Any]


def two_of_one_name(folder: Path, first: str = "A001", second: str = "B #ü 50%") -> Path:
    """Write a cut of two files that are both called clip.mkv, one of them where names are difficult."""
    for start, name in ((100, first), (200, second)):
        (folder / name).mkdir(parents=True)
        make_clip(folder / name / "clip.mkv", frames=20, first=start, size=(64, 36))
    clips = [clip(name, external(f"{name}/clip.mkv", span(0, 20)), span(5, 8)) for name in (first, second)]
    return write(folder / "cut.otio", timeline(track(*clips)))


def relinked(file: Path, output: Path, **manner: Any) -> Conform:
    host = OtioHost(str(file))
    relinks = []
    for shot in host.shots(Selection()).shots:
        first = read_numbers(shot.media.path)[0] + shot.source.start
        path = file.parent / "renders" / f"{shot.name[:1]}" / "clip.mkv"
        if not path.exists():
            make_clip(path, frames=shot.source.count, first=first, size=(128, 72))
        relinks.append(
            Relink(
                shot=shot.id, path=path, stands_for=shot.source, rate=shot.media.rate, width=128, height=72
            )
        )
    return host.relink(tuple(relinks), Manner(output=output, **manner))


def content_of(bundle: Path) -> Json:
    if bundle.is_dir():
        return dict(json.loads((bundle / "content.otio").read_text()))
    with zipfile.ZipFile(bundle) as file:
        return dict(json.loads(file.read("content.otio")))


def numbers_in(bundle: Path, folder: Path, key: str | None = None) -> list[list[int]]:
    """Return the first numbers that each clip shows, out of the bundle's own files, moved elsewhere."""
    if bundle.is_dir():
        moved = bundle.rename(folder / "moved.otiod")
    else:
        moved = folder / "moved"
        with zipfile.ZipFile(bundle) as file:
            assert file.testzip() is None
            file.extractall(moved)
    cut = otio.adapters.read_from_file(str(moved / "content.otio"))
    shown = []
    for one in cut.find_clips():
        reference = one.media_references()[key] if key else one.media_reference
        path = moved / otio.url_utils.filepath_from_url("file:///" + reference.target_url).lstrip("/")
        cut_off = one.source_range.start_time - reference.available_range.start_time
        start = int(cut_off.value)
        shown.append(read_numbers(path)[start : start + 3])
    return shown


@pytest.mark.parametrize("suffix", [".otioz", ".otiod"])
@pytest.mark.parametrize("key", [None, "DEFAULT_MEDIA"])
def test_a_bundle_holds_renders_and_originals_of_one_name_and_plays_elsewhere(
    suffix: str, key: str | None, tmp_path: Path
) -> None:
    file = two_of_one_name(tmp_path / "here")
    bundle = tmp_path / "here" / f"out{suffix}"
    relinked(file, bundle)
    (tmp_path / "there").mkdir()
    assert numbers_in(bundle, tmp_path / "there", key) == [[105, 106, 107], [205, 206, 207]]


@pytest.mark.parametrize("suffix", [".otioz", ".otiod"])
def test_a_bundle_is_read_by_otio_and_by_us_and_upscaled_again_from_its_originals(
    suffix: str, tmp_path: Path
) -> None:
    file = two_of_one_name(tmp_path / "here")
    bundle = tmp_path / "here" / f"out{suffix}"
    relinked(file, bundle)
    assert len(otio.adapters.read_from_file(str(bundle)).find_clips()) == 2
    shots = OtioHost(str(bundle)).shots(Selection()).shots
    assert [read_numbers(shot.media.path)[0] for shot in shots] == [100, 200]
    assert [shot.source for shot in shots] == [
        shot.source for shot in OtioHost(str(file)).shots(Selection()).shots
    ]


@pytest.mark.parametrize("suffix", [".otioz", ".otiod"])
def test_a_bundle_is_changed_back_where_it_is_and_finds_its_originals(suffix: str, tmp_path: Path) -> None:
    file = two_of_one_name(tmp_path / "here")
    bundle = tmp_path / "here" / f"out{suffix}"
    conform = relinked(file, bundle)
    assert conform.receipt is not None
    OtioHost(str(file)).revert(conform.receipt)
    clips = content_of(bundle)["tracks"]["children"][0]["children"]
    assert all("uprez" not in one["media_references"] for one in clips)
    (tmp_path / "there").mkdir()
    assert numbers_in(bundle, tmp_path / "there") == [[105, 106, 107], [205, 206, 207]]
    with pytest.raises(HostError, match="leave -o off"):
        OtioHost(str(file)).revert(conform.receipt, tmp_path / "else.otio")


def test_a_zip_that_was_relinked_is_again_a_zip_beside_it(tmp_path: Path) -> None:
    file = two_of_one_name(tmp_path / "here")
    first = tmp_path / "here" / "out.otioz"
    relinked(file, first)
    (tmp_path / "there").mkdir()
    moved = first.rename(tmp_path / "there" / "cut.otioz")
    before = moved.read_bytes()
    host = OtioHost(str(moved))
    assert host.output(Manner()) == moved.with_name("cut_uprez.otioz")
    relinked(moved, moved.with_name("again.otioz"))
    assert moved.read_bytes() == before
    assert numbers_in(moved.with_name("again.otioz"), tmp_path) == [[105, 106, 107], [205, 206, 207]]


def test_an_otio_out_of_a_zip_names_the_media_where_they_were_laid_out(tmp_path: Path) -> None:
    file = two_of_one_name(tmp_path / "here")
    bundle = tmp_path / "here" / "out.otioz"
    relinked(file, bundle)
    plain = bundle.with_name("plain.otio")
    relinked(bundle, plain)
    for one in otio.adapters.read_from_file(str(plain)).find_clips():
        for reference in one.media_references().values():
            path = otio.url_utils.filepath_from_url("file:///" + reference.target_url).lstrip("/")
            assert (plain.parent / path).is_file()


def test_a_folder_bundle_that_is_there_is_not_touched_and_ours_is_added_to(tmp_path: Path) -> None:
    file = two_of_one_name(tmp_path / "here")
    bundle = tmp_path / "here" / "out.otiod"
    (bundle / "media").mkdir(parents=True)
    (bundle / "media" / "clip.mkv").write_bytes(b"somebody's own")
    with pytest.raises(PlanError, match="exists already"):
        relinked(file, bundle)
    relinked(file, bundle, force=True)
    assert (bundle / "media" / "clip.mkv").read_bytes() == b"somebody's own"
    names = sorted(path.name for path in (bundle / "media").iterdir())
    relinked(file, bundle, force=True)
    assert sorted(path.name for path in (bundle / "media").iterdir()) == names


@pytest.mark.parametrize("name", ["media/../../out.mkv", "media/a\\..\\b.mkv", "media/c:/x.mkv"])
def test_a_zip_whose_names_lead_out_of_it_is_refused(name: str, tmp_path: Path) -> None:
    content = timeline(track(clip("one", external("media/a.mkv", span(0, 60)), span(0, 5))))
    with zipfile.ZipFile(tmp_path / "cut.otioz", "w") as bundle:
        bundle.writestr("content.otio", json.dumps(content))
        bundle.writestr(name, b"x")
    with pytest.raises(HostError, match="leads out of it"):
        OtioHost(str(tmp_path / "cut.otioz")).shots(Selection())
    assert [path.name for path in tmp_path.iterdir()] == ["cut.otioz"]


def test_a_zip_that_is_cut_off_is_told_in_one_sentence(tmp_path: Path) -> None:
    file = two_of_one_name(tmp_path / "here")
    bundle = tmp_path / "here" / "out.otioz"
    relinked(file, bundle)
    bundle.write_bytes(bundle.read_bytes()[:-200])
    with pytest.raises(HostError, match=r"can't be unpacked|not a zip"):
        OtioHost(str(bundle)).shots(Selection())
