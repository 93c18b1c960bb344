"""After a relink every place of the cut shows the picture that it showed before; see `otio_oracle`."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hosts.otio_oracle import on_cut, prove, shown

from uprez.model import MannerKind

_spec = importlib.util.spec_from_file_location(
    "oddities", Path(__file__).parents[1] / "corpus" / "oddities.py"
)
assert _spec is not None
assert _spec.loader is not None
oddities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oddities)

RATES = {
    "23.976": (Fraction(24_000, 1001), 86_400),
    "24": (Fraction(24), 86_400),
    "25": (Fraction(25), 90_000),
    "29.97 drop": (Fraction(30_000, 1001), 107_892),
    "29.97 counted from 0": (Fraction(30_000, 1001), 0),
    "50": (Fraction(50), 180_000),
    "59.94": (Fraction(60_000, 1001), 215_784),
}
READABLE = [name for name in oddities.ODDITIES if name != "schemas to come"]  # OTIO refuses to read that one


TRACKED = ["plain", "no source range", "no source range and a part of the media",
           "media begins at an hour", "dissolve", "dissolve of retimed clips",
           "backwards and slower", "freeze frame", "nested and trimmed", "two tracks and gaps",
           "a trimmed track", "mixed rates", "a clip of the first schema", "two references"]  # fmt: skip


@pytest.mark.parametrize("name", TRACKED)
def test_a_new_track_shows_the_same_frames_at_the_same_places(name: str, tmp_path: Path) -> None:
    file = oddities.written(name, tmp_path)
    output = prove(file, "track", {})
    before = on_cut(file, ours=False)
    assert on_cut(output, ours=False) == before
    assert on_cut(output, ours=True) == before
    cut = otio.adapters.read_from_file(str(output))
    names = [track.name for track in cut.tracks]
    if name == "two tracks and gaps":
        assert names == ["V1", "V1 uprez", "V2", "V2 uprez"]


BASES = {
    "no available range, counted by timecode": {"one": 86_400.0},
    "parts of one file": {"part": 86_400.0},
    "alike rates": {},
}


@pytest.mark.parametrize("name", READABLE)
def test_each_oddity_shows_the_same_frames_after_the_relink(name: str, tmp_path: Path) -> None:
    file = oddities.written(name, tmp_path)
    output = prove(file, "reference", BASES.get(name, {}))
    cut = otio.adapters.read_from_file(str(output))
    assert {clip.active_media_reference_key for clip in cut.find_clips()} == {"uprez"}


@pytest.mark.parametrize("name", READABLE)
def test_each_oddity_shows_the_same_frames_when_the_reference_is_replaced(name: str, tmp_path: Path) -> None:
    file = oddities.written(name, tmp_path)
    prove(file, "replace", BASES.get(name, {}))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", ["reference", "replace"])
def test_each_rate_shows_the_same_frames_after_the_relink(
    rate: str, kind: MannerKind, tmp_path: Path
) -> None:
    exact, start = RATES[rate]
    file = oddities.at_rate(exact, tmp_path, start)
    output = prove(file, kind, {})
    starts = {clip.name: clip.media_reference.available_range.start_time for clip in
              otio.adapters.read_from_file(str(output)).find_clips()}  # fmt: skip
    assert starts["plain"].rate == float(exact)
    assert starts["plain"].value >= start


def test_the_oracle_sees_a_render_that_is_one_frame_off(tmp_path: Path) -> None:
    file = oddities.written("plain", tmp_path)
    output = prove(file, "reference", {})
    text = output.read_text()
    cut = otio.adapters.read_from_file(str(output))
    good = cut.find_clips()[0].media_reference.available_range.start_time.value
    assert f'"value": {good}' in text
    clip = cut.find_clips()[0]
    span = clip.media_reference.available_range
    one = otio.opentime.RationalTime(1, span.start_time.rate)
    clip.media_reference.available_range = otio.opentime.TimeRange(span.start_time + one, span.duration)
    otio.adapters.write_to_file(cut, str(output))
    assert list(shown(output, {})) != list(shown(file, {}))
