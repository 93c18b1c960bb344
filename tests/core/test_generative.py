"""`uprez animate`: a still becomes a moving clip beside the cut, marked as made up, and paid once."""

import os
import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest

from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.testing.fake_maker import FakeStudio, MakingProvider

class Frozen(MakingProvider):
    name = "frozen"
    def __init__(self, context):
        super().__init__(context)
        self.studio.still = True

@uprez.hookimpl
def uprez_providers():
    return [MakingProvider, Frozen]
"""
BUY = ("-p", "maker", "-m", "push", "-O", "prompt=slow push in", "--allow-generative", "--yes")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (tmp_path / "maker.py").write_text(PLUGIN)
    (tmp_path / "uprez.toml").write_text('plugins = ["maker.py"]')
    for name in ("MAKER", "FROZEN"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(tmp_path / "service"))
    return FakeService(tmp_path / "service")


@pytest.fixture
def stills(tmp_path: Path, footage: Path) -> Path:
    """Write a cut of a moving clip, a still of 30 frames, and the moving clip again."""
    return _cut(tmp_path, footage, 30)


def _cut(folder: Path, footage: Path, length: int) -> Path:
    still = make_clip(
        folder / "photo.png", frames=1, size=(160, 90), codec="png", pixel_format="rgb24", colour=None
    )
    (folder / footage.name).write_bytes(footage.read_bytes())
    track = otio.schema.Track("V1")
    track.append(_clip("before", footage.name, 86_410, 12, 48))
    track.append(_clip("photo", still.name, 0, length, length))
    track.append(_clip("after", footage.name, 86_414, 12, 48))
    timeline = otio.schema.Timeline("cut")
    timeline.tracks.append(track)
    path = folder / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def _clip(name: str, url: str, start: int, count: int, whole: int) -> otio.schema.Clip:
    first = 86_400 if start else 0
    media = otio.schema.ExternalReference(url, _range(first, whole))
    return otio.schema.Clip(name, media, _range(start, count))


def _range(start: int, count: int) -> otio.opentime.TimeRange:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(start, 24), time(count, 24))


def _records(path: Path) -> list[tuple[str, object]]:
    timeline = otio.adapters.read_from_file(str(path))
    return [(clip.name, clip.range_in_parent()) for clip in timeline.tracks[0]]


def test_a_still_moves_for_its_own_length_and_rate_beside_the_cut(uprez, stills: Path, service) -> None:
    ended = uprez("animate", stills, "--clip", "photo", *BUY)
    assert ended.code == 0, ended.err
    output = stills.with_name("cut_uprez.otio")
    assert _records(output) == _records(stills)
    before, photo, after = otio.adapters.read_from_file(str(output)).tracks[0]
    assert (before.active_media_reference_key, after.active_media_reference_key) == ("DEFAULT_MEDIA",) * 2
    shown = photo.media_reference
    assert photo.active_media_reference_key == "uprez"
    assert photo.media_references()["DEFAULT_MEDIA"].target_url == "photo.png"
    assert shown.metadata["uprez"]["generative"] is True
    assert shown.available_range == _range(0, 30)
    render = next((stills.with_suffix(".uprez") / "renders").glob("*.m??"))
    assert read_numbers(render) == list(range(30))
    assert list(service.charges().values()) == [1]


def test_the_report_says_that_it_was_made_up_and_not_compared(uprez, stills: Path, service) -> None:
    assert uprez("animate", stills, "--clip", "photo", *BUY).code == 0
    told = "".join(
        file.read_text() for file in stills.with_suffix(".uprez").rglob("report*") if file.is_file()
    )
    assert "generative: not compared with the source" in told


def test_the_same_animation_twice_buys_once(uprez, stills: Path, service) -> None:
    for _ in range(2):
        assert uprez("animate", stills, "--clip", "photo", *BUY).code == 0
    assert list(service.charges().values()) == [1]


def test_after_a_kill_resume_goes_on_and_buys_once(uprez, stills: Path, service, tmp_path: Path) -> None:
    environment = {
        **os.environ, "UPREZ_FAILPOINT": "sent", "UPREZ_HOME": str(tmp_path / "settings")
    }  # fmt: skip
    command = "import sys; from uprez.cli import main; sys.argv[0] = 'uprez'; main()"
    words = [sys.executable, "-c", command, "animate", str(stills), "--clip", "photo", *BUY]
    killed = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, timeout=60)
    assert killed.returncode < 0
    assert list(service.charges().values()) == [1]
    ended = uprez("resume", stills, "--yes")
    assert ended.code == 0, ended.err
    assert list(service.charges().values()) == [1]
    assert otio.adapters.read_from_file(str(stills.with_name("cut_uprez.otio"))).tracks[0][1].media_reference


def test_without_leave_nothing_is_made_up(uprez, stills: Path, service) -> None:
    ended = uprez(
        "animate", stills, "--clip", "photo", *(word for word in BUY if word != "--allow-generative")
    )
    assert ended.code == 2
    assert "--allow-generative" in ended.err and len(ended.err.splitlines()) == 1
    assert not service.charges()


def test_a_run_refuses_a_maker_and_names_the_right_command(uprez, stills: Path, service) -> None:
    ended = uprez("run", stills, "-p", "maker", "-m", "push", "-O", "prompt=x", "--yes")
    assert ended.code == 2
    assert "never a conform; use `uprez animate`" in ended.err
    assert not service.charges()


def test_a_length_that_is_never_made_is_refused_with_the_nearest(uprez, tmp_path, footage, service) -> None:
    ended = uprez("animate", _cut(tmp_path, footage, 72), "--clip", "photo", *BUY)
    assert ended.code != 0
    assert "the nearest is 2 s" in ended.err
    assert not service.charges()


def test_a_clip_that_moves_already_is_left_out_by_name(uprez, stills: Path, service) -> None:
    ended = uprez("animate", stills, "--clip", "before", *BUY)
    assert ended.code == 2
    assert not service.charges()


def test_a_dry_run_and_the_cap_buy_nothing(uprez, stills: Path, service) -> None:
    assert uprez("animate", stills, "--clip", "photo", *BUY, "--dry-run").code == 0
    assert uprez("animate", stills, "--clip", "photo", *BUY, "--max-cost", "1").code == 3
    assert not service.charges()


def test_a_paid_clip_in_which_nothing_moves_fails_its_proof_and_is_kept(uprez, stills, service) -> None:
    ended = uprez("animate", stills, "--clip", "photo", "-p", "frozen", *BUY[2:])
    assert ended.code == 4
    assert len(list((stills.with_suffix(".uprez") / "rejected").iterdir())) == 1
    assert not stills.with_name("cut_uprez.otio").exists()


def test_a_clip_is_restyled_by_a_still_over_the_frames_it_shows(uprez, stills: Path, service) -> None:
    words = ("-p", "maker", "-m", "style", *BUY[4:], "--reference", stills.with_name("photo.png"))
    for _ in range(2):
        ended = uprez("restyle", stills, "--clip", "before", *words)
        assert ended.code == 0, ended.err
    output = stills.with_name("cut_uprez.otio")
    assert _records(output) == _records(stills)
    shown = otio.adapters.read_from_file(str(output)).tracks[0][0].media_reference
    assert shown.metadata["uprez"]["generative"] is True
    assert shown.available_range == _range(86_410, 12)
    render = next((stills.with_suffix(".uprez") / "renders").glob("*.m??"))
    assert read_numbers(render) == list(range(10, 22))
    assert list(service.charges().values()) == [1]


def test_another_reference_is_another_order(uprez, stills: Path, service) -> None:
    other = make_clip(stills.with_name("other.png"), frames=1, first=9, codec="png", pixel_format="rgb24")
    for still in (stills.with_name("photo.png"), other):
        words = ("-p", "maker", "-m", "style", *BUY[4:], "--reference", still)
        assert uprez("restyle", stills, "--clip", "before", *words).code == 0
    assert list(service.charges().values()) == [1, 1]


def test_a_new_look_may_lie_on_a_track_above(uprez, stills: Path, service) -> None:
    words = ("-p", "maker", "-m", "style", *BUY[4:], "--reference", stills.with_name("photo.png"))
    ended = uprez("restyle", stills, "--clip", "before", *words, "--as", "track")
    assert ended.code == 0, ended.err
    timeline = otio.adapters.read_from_file(str(stills.with_name("cut_uprez.otio")))
    below, above = timeline.tracks
    assert [clip.active_media_reference_key for clip in below] == ["DEFAULT_MEDIA"] * 3
    (made,) = above.find_clips()
    assert (made.range_in_parent(), made.source_range) == (_range(0, 12), _range(86_410, 12))
    assert made.media_reference.available_range == _range(86_410, 12)
