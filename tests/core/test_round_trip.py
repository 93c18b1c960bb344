"""The whole loop, at every rate: after the relink each timeline position shows the frame it showed before.

What a position shows is found by a walk over OTIO's own objects that shares nothing with uprez's planner.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import opentimelineio as otio
import pytest

from uprez.media.probe import probe
from uprez.model import Call, Manner, MannerKind, Selection, Size
from uprez.orders import Recipe
from uprez.outcome import Outcome
from uprez.plugins import load
from uprez.request import Request
from uprez.session import Session
from uprez.testing.clips import make_clip, read_numbers

RATES = {
    "23.976": (Fraction(24000, 1001), "01:00:00:00"),
    "24": (Fraction(24), "00:59:58:00"),
    "25": (Fraction(25), "10:00:00:00"),
    "29.97 drop": (Fraction(30000, 1001), "00:59:58;00"),
    "29.97 non-drop": (Fraction(30000, 1001), "01:00:00:00"),
    "50": (Fraction(50), "01:00:00:00"),
    "59.94": (Fraction(60000, 1001), "00:00:58;00"),
}
FRAMES = 120
RECIPE = Recipe(model="lanczos", handles=6)
Position = tuple[str, int, str]


def time(frames: float, rate: Fraction) -> Any:
    return otio.opentime.RationalTime(frames, float(rate))


def span(start: float, count: float, rate: Fraction) -> Any:
    return otio.opentime.TimeRange(time(start, rate), time(count, rate))


class Cut:
    """Build a timeline on one numbered source, with one of every oddity that this test is about."""

    def __init__(self, folder: Path, rate: Fraction, timecode: str) -> None:
        self.rate = rate
        self.media = folder / "A 001 #ü%41.mkv"
        make_clip(self.media, frames=FRAMES, size=(96, 54), rate=rate, timecode=timecode, reel="A001")
        self.first = probe(self.media).timecode or 0
        self.file = folder / "cut.otio"

    def clip(self, name: str, start: int | None, count: int = 12, speed: float | None = None) -> Any:
        escaped = "A%20001%20%23%C3%BC%2541.mkv"
        reference = otio.schema.ExternalReference(escaped, span(self.first, FRAMES, self.rate))
        source = None if start is None else span(self.first + start, count, self.rate)
        clip = otio.schema.Clip(name, reference, source)
        if speed == 0:
            clip.effects.append(otio.schema.FreezeFrame())
        elif speed is not None:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
        return clip

    def write(self) -> Path:
        lower, upper = otio.schema.Track("V1", kind="Video"), otio.schema.Track("V2", kind="Video")
        lower.extend(
            [
                self.clip("head", 0),
                self.clip("plain", 30),
                self.clip("fast", 41, 10, 2.0),
                self.clip("slow", 33, 11, 0.5),
                self.clip("odd speed", 17, 10, 1.7),
                otio.schema.Gap(source_range=span(0, 7, self.rate)),
                self.clip("backwards", 60, 12, -1.0),
                self.clip("fast backwards", 50, 8, -2.0),
                self.clip("freeze", 77, 9, 0),
                self.clip("out", 80, 12),
                otio.schema.Transition("dissolve", "SMPTE_Dissolve", time(3, self.rate), time(4, self.rate)),
                self.clip("in", 20, 14),
                self.clip("tail", FRAMES - 10, 10),
            ]
        )
        inner = otio.schema.Track("inner", kind="Video")
        inner.extend([self.clip("nested one", 5, 10), self.clip("nested two", 90, 10)])
        nested = otio.schema.Stack("compound", children=[inner], source_range=span(4, 12, self.rate))
        upper.extend([otio.schema.Gap(source_range=span(0, 5, self.rate)), nested, self.clip("whole", None)])
        timeline = otio.schema.Timeline("cut", global_start_time=time(86_400, self.rate))
        timeline.tracks.extend([lower, upper])
        otio.adapters.write_to_file(timeline, str(self.file))
        return self.file


def shown(file: Path) -> Iterator[tuple[Position, Path, int]]:
    """Walk the timeline: for each track and place the file it shows and the frame of that file."""
    timeline = otio.adapters.read_from_file(str(file))
    for number, track in enumerate(timeline.tracks):
        yield from walked(track, f"{number}", file.parent)


def walked(track: Any, path: str, folder: Path) -> Iterator[tuple[Position, Path, int]]:
    window = track.trimmed_range()
    for index, child in enumerate(track):
        if isinstance(child, otio.schema.Transition | otio.schema.Gap):
            continue
        at = track.range_of_child_at_index(index).start_time - window.start_time
        if isinstance(child, otio.schema.Stack):
            for layer, inner in enumerate(child):
                yield from walked(inner, f"{path}/{index}/{layer}", folder)
        else:
            yield from frames_of(child, track, index, at, path, folder)


def frames_of(
    clip: Any, track: Any, index: int, at: Any, path: str, folder: Path
) -> Iterator[tuple[Position, Path, int]]:
    reference = clip.media_reference
    file = (folder / unquote(urlparse(reference.target_url).path)).resolve()
    own, first = clip.trimmed_range(), reference.available_range.start_time
    before, after = 0, 0
    if index and isinstance(track[index - 1], otio.schema.Transition):
        before = round(track[index - 1].in_offset.value)
    if index + 1 < len(track) and isinstance(track[index + 1], otio.schema.Transition):
        after = round(track[index + 1].out_offset.value)
    speed = Fraction(1)
    for effect in clip.effects:
        speed *= Fraction(str(effect.time_scalar)) if isinstance(effect, otio.schema.LinearTimeWarp) else 1
    count = round(own.duration.value)
    for place in range(-before, count + after):
        step = place if speed >= 0 else count - 1 - place
        local = Fraction(round(own.start_time.value)) + step * abs(speed)
        yield (path, round(at.value) + place, clip.name), file, math.floor(local - round(first.value))


def run(cut: Path, output: Path, kind: MannerKind = "reference") -> tuple[Outcome, Session]:
    session = Session(str(cut), load())
    planned = session.plan(Selection(), RECIPE)
    request = Request(address=str(cut), recipe=planned.recipe, manner=Manner(kind=kind, output=output))
    return session.run(planned, session.quote(planned), request), session


@pytest.mark.parametrize("name", RATES)
def test_every_place_shows_the_upscale_of_the_frame_it_showed(name: str, tmp_path: Path) -> None:
    rate, timecode = RATES[name]
    made = Cut(tmp_path, rate, timecode)
    cut, output = made.write(), tmp_path / "out.otio"
    outcome, _ = run(cut, output)
    assert outcome.exit_code == 0, outcome
    assert outcome.left_out == ()
    assert {shot.verdict for shot in outcome.relinked} == {Call.MATCH}
    before = {place: (file, frame) for place, file, frame in shown(cut)}
    after = {place: (file, frame) for place, file, frame in shown(output)}
    assert before.keys() == after.keys()
    numbers = {file: read_numbers(file) for file in {file for file, _ in after.values()}}
    assert made.media.resolve() not in numbers
    wrong = {
        place: (frame, numbers[after[place][0]][after[place][1]])
        for place, (_, frame) in before.items()
        if numbers[after[place][0]][after[place][1]] != frame
    }
    assert wrong == {}
    for file in numbers:
        found = probe(file)
        source = probe(made.media)
        assert (found.width, found.height, found.rate) == (192, 108, rate)
        assert (found.drop, found.reel, found.colour) == (source.drop, "A001", source.colour)
        assert found.timecode == made.first + numbers[file][0]


@pytest.mark.parametrize("kind", ["reference", "replace", "track"])
def test_every_manner_reads_back_and_reverts_to_the_input(kind: MannerKind, tmp_path: Path) -> None:
    cut, output = Cut(tmp_path, *RATES["25"]).write(), tmp_path / "out.otio"
    before = cut.read_bytes()
    outcome, session = run(cut, output, kind)
    assert outcome.exit_code == 0, outcome
    assert outcome.receipt is not None
    assert cut.read_bytes() == before
    assert output.read_bytes() != before
    session.host.revert(outcome.receipt)
    assert output.read_bytes() == before


def test_the_same_cut_twice_does_no_work_the_second_time(tmp_path: Path) -> None:
    cut = Cut(tmp_path, *RATES["24"]).write()
    first, _ = run(cut, tmp_path / "one.otio")
    stages = []
    session = Session(str(cut), load(), watch=lambda progress: stages.append(progress.stage))
    planned = session.plan(Selection(), RECIPE)
    quote = session.quote(planned)
    assert quote.estimates == {}
    request = Request(address=str(cut), recipe=planned.recipe, manner=Manner(output=tmp_path / "two.otio"))
    second = session.run(planned, quote, request)
    assert [shot.render for shot in second.relinked] == [shot.render for shot in first.relinked]
    assert {"export", "submit", "wait", "fetch", "finish", "verify"} & set(stages) == set()


def test_a_trim_inside_the_handles_buys_nothing(tmp_path: Path) -> None:
    made = Cut(tmp_path, *RATES["24"])
    cut = made.write()
    run(cut, tmp_path / "one.otio")
    timeline = otio.adapters.read_from_file(str(cut))
    plain = next(clip for clip in timeline.find_clips() if clip.name == "plain")
    plain.source_range = span(made.first + 28, 15, made.rate)
    otio.adapters.write_to_file(timeline, str(cut))
    session = Session(str(cut), load())
    assert session.quote(session.plan(Selection(), RECIPE)).estimates == {}


def test_a_damaged_render_is_made_again(tmp_path: Path) -> None:
    cut = Cut(tmp_path, *RATES["24"]).write()
    first, _ = run(cut, tmp_path / "one.otio")
    render = first.relinked[0].render
    render.write_bytes(b"junk")
    second, _ = run(cut, tmp_path / "two.otio")
    assert second.exit_code == 0
    again = next(shot.render for shot in second.relinked if shot.shot == first.relinked[0].shot)
    assert len(read_numbers(again)) > 1


def test_a_timeline_counted_anew_gets_the_right_frames_of_the_old_render(tmp_path: Path) -> None:
    made = Cut(tmp_path, *RATES["24"])
    cut = made.write()
    run(cut, tmp_path / "one.otio")
    timeline = otio.adapters.read_from_file(str(cut))
    for clip in timeline.find_clips():
        reference, source = clip.media_reference, clip.source_range
        reference.available_range = span(0, FRAMES, made.rate)
        if source is not None:
            clip.source_range = span(source.start_time.value - made.first, source.duration.value, made.rate)
    otio.adapters.write_to_file(timeline, str(cut))
    outcome, _ = run(cut, tmp_path / "two.otio")
    assert outcome.exit_code == 0, outcome
    before = {place: frame for place, _, frame in shown(cut)}
    numbers = {render: read_numbers(render) for render in {shot.render for shot in outcome.relinked}}
    after = {place: numbers[file][frame] for place, file, frame in shown(tmp_path / "two.otio")}
    assert after == before


def test_a_raster_of_another_shape_is_left_out_and_not_stretched(tmp_path: Path) -> None:
    cut = Cut(tmp_path, *RATES["24"]).write()
    recipe = RECIPE.model_copy(update={"size": Size(width=320, height=320)})
    planned = Session(str(cut), load()).plan(Selection(), recipe)
    assert planned.shots == ()
    assert "stretch" in planned.left_out[0].reason


def test_an_output_in_another_folder_reverts_to_media_that_are_found(tmp_path: Path) -> None:
    cut = Cut(tmp_path, *RATES["24"]).write()
    (tmp_path / "elsewhere").mkdir()
    output = tmp_path / "elsewhere" / "out.otio"
    outcome, session = run(cut, output)
    assert outcome.receipt is not None
    session.host.revert(outcome.receipt)
    files = {file for _, file, _ in shown(output)}
    assert files == {(tmp_path / "A 001 #ü%41.mkv").resolve()}
