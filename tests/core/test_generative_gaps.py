"""`uprez bridge` and `uprez generate`: the gaps of a cut get new clips on a track above, and stay gaps."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from uprez.media.probe import probe
from uprez.testing import timelines as t
from uprez.testing.clips import make_clip, read_numbers
from uprez.testing.fake_service import FakeService

PLUGIN = """
import uprez
from uprez.testing.fake_maker import MakingProvider

class Askew(MakingProvider):
    name = "askew"
    def __init__(self, context):
        super().__init__(context)
        self.studio.off = 4

class Strange(MakingProvider):
    name = "strange"
    def __init__(self, context):
        super().__init__(context)
        self.studio.off = 13

@uprez.hookimpl
def uprez_providers():
    return [MakingProvider, Askew, Strange]
"""
SPAN = ("-p", "maker", "-m", "span", "-O", "prompt=walk over", "--allow-generative", "--yes")
TALE = ("-p", "maker", "-m", "tale", "-O", "prompt=a storm", "--allow-generative", "--yes")
HOUR = 86_400  # 01:00:00:00 at 24


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    (tmp_path / "maker.py").write_text(PLUGIN)
    (tmp_path / "uprez.toml").write_text('plugins = ["maker.py"]')
    for name in ("MAKER", "ASKEW", "STRANGE"):
        monkeypatch.setenv(f"UPREZ_{name}_BASE_URL", str(tmp_path / "service"))
    return FakeService(tmp_path / "service")


def clip(name: str, start: int, count: int = 12, url: str = "A001.mkv", **more: object) -> t.Json:
    media = t.external(url, t.span(0, 48))
    return t.clip(name, media, t.span(start, count), **more)


def slug(count: int) -> t.Json:
    black = {
        "OTIO_SCHEMA": "GeneratorReference.1", "metadata": {}, "name": "", "available_range": None,
        "generator_kind": "black", "parameters": {},
    }  # fmt: skip
    return t.clip("slug", black, t.span(0, count))


def cut_of(folder: Path, *tracks: t.Json, rate: Fraction = Fraction(24)) -> Path:
    make_clip(folder / "A001.mkv", frames=48, size=(160, 90), rate=rate)
    return t.write(folder / "cut.otio", t.timeline(*tracks, start=HOUR))


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """Write one, a gap of 30 frames in two pieces, two, a slug of 24, three, a gap of 6, and four."""
    return cut_of(
        tmp_path,
        t.track(
            clip("one", 10), t.gap(20), t.gap(10), clip("two", 30), slug(24), clip("three", 4), t.gap(6),
            clip("four", 0),
        ),
    )  # fmt: skip


def tracks(path: Path) -> list[otio.schema.Track]:
    return list(otio.adapters.read_from_file(str(path)).tracks)


def places(track: otio.schema.Track) -> list[tuple[str, float, float]]:
    """Return name, place and length of what lies on a track, in frames."""
    return [
        (item.name, span.start_time.value, span.duration.value)
        for item in track
        if isinstance(item, otio.schema.Clip) and (span := item.range_in_parent())
    ]


def renders(cut: Path) -> list[Path]:
    return sorted((cut.with_suffix(".uprez") / "renders").glob("*.m??"))


def test_a_bridge_leads_from_the_last_frame_of_one_clip_to_the_first_of_the_other(uprez, cut, service):
    ended = uprez("bridge", cut, "--between", "one", "two", *SPAN)
    assert ended.code == 0, ended.err
    below, above = tracks(cut.with_name("cut_uprez.otio"))
    assert places(below) == places(tracks(cut)[0])
    assert places(above) == [(above[-1].name, 12.0, 30.0)]
    (render,) = renders(cut)
    numbers = read_numbers(render)
    assert (len(numbers), numbers[0], numbers[-1]) == (30, 21, 30)
    assert numbers == sorted(numbers)
    reference = above[-1].media_reference
    assert (reference.available_range.duration.value, reference.available_range.duration.rate) == (30, 24)
    assert (cut.parent / reference.target_url) == render
    assert reference.metadata["uprez"]["generative"] is True
    assert list(service.charges().values()) == [1]


def test_a_bridge_is_bought_once_and_taken_back_to_the_byte(uprez, cut, service):
    for _ in range(2):
        assert uprez("bridge", cut, "--between", "one", "two", *SPAN).code == 0
    assert list(service.charges().values()) == [1]
    ended = uprez("revert", cut.with_name("cut_uprez.uprez-receipt.json"))
    assert ended.code == 0, ended.err
    assert cut.with_name("cut_uprez.otio").read_bytes() == cut.read_bytes()


def test_a_reader_sees_the_cut_unchanged_below_a_bridge(uprez, cut, service):
    before = uprez("plan", cut, "--json").json
    assert uprez("bridge", cut, "--between", "one", "two", *SPAN).code == 0
    after = uprez("plan", cut.with_name("cut_uprez.otio"), "--json").json
    shots = [
        [(shot["name"], shot["source"], shot["record"]) for shot in one["shots"]] for one in (before, after)
    ]
    assert shots[0] == shots[1]


def test_words_fill_a_gap_for_its_whole_length(uprez, cut, service):
    ended = uprez("generate", cut, "--gap", "01:00:00:20", *TALE, "--json")
    assert ended.code == 0, ended.err
    assert [shot["name"] for shot in ended.json["relinked"]] == ["gap at 01:00:00:12"]
    below, above = tracks(cut.with_name("cut_uprez.otio"))
    assert places(below) == places(tracks(cut)[0])
    assert [place[1:] for place in places(above)] == [(12.0, 30.0)]
    (render,) = renders(cut)
    assert read_numbers(render) == list(range(30))


def test_words_fill_a_slug_and_an_earlier_clip_above_stays(uprez, cut, service):
    assert uprez("generate", cut, "--gap", "01:00:00:20", *TALE).code == 0
    first = cut.with_name("cut_uprez.otio")
    ended = uprez("generate", first, "--gap", "01:00:02:06", *TALE, "-o", cut.with_name("both.otio"))
    assert ended.code == 0, ended.err
    below, new, old = tracks(cut.with_name("both.otio"))
    assert places(below) == places(tracks(cut)[0])
    assert [place[1:] for place in places(new)] == [(54.0, 24.0)]
    assert [place[1:] for place in places(old)] == [(12.0, 30.0)]
    assert sum(service.charges().values()) == 2


def test_all_that_is_told_says_generative(uprez, cut, service):
    told = uprez("generate", cut, "--gap", "01:00:00:20", *TALE, "--dry-run")
    assert told.code == 0, told.err
    assert told.out.count("generative") == 2  # the plan and the quote
    asked = uprez("generate", cut, "--gap", "01:00:00:20", *TALE, "--dry-run", "--json").json
    assert (asked["generative"], asked["making"]["kind"]) == (True, "generate")
    assert asked["quote"]["generative"] is True
    assert not service.charges() and not cut.with_suffix(".uprez").exists()
    assert uprez("generate", cut, "--gap", "01:00:00:20", *TALE).code == 0
    report = json.loads((cut.with_suffix(".uprez") / "report.json").read_text())
    assert [row["generative"] for row in report["rows"]] == [True]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one", "three"), "no gap lies between them on one track"),
        (("two", "one"), "one comes before two; swap them"),
        (("one", "five"), "--between five: no clip has it; there is one, two, three, four"),
    ],
)
def test_a_bridge_to_nowhere_is_one_sentence(uprez, cut, service, words, said):
    ended = uprez("bridge", cut, "--between", *words, *SPAN)
    assert ended.code == 2
    assert said in ended.err and len(ended.err.splitlines()) == 1
    assert not service.charges()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gap", "01:00:00:02"), "one lies there on V1; there are gaps at 01:00:00:12, 01:00:02:06"),
        (("--gap", "02:00:00:00"), "nothing of the cut lies there"),
        (("--gap", "soon"), "is not HH:MM:SS:FF"),
    ],
)
def test_a_timecode_without_a_gap_is_one_sentence(uprez, cut, service, words, said):
    ended = uprez("generate", cut, *words, *TALE)
    assert ended.code == 2
    assert said in ended.err and len(ended.err.splitlines()) == 1
    assert not service.charges()


def test_a_model_that_takes_no_last_frame_is_refused_by_name(uprez, cut, service):
    words = ("-p", "maker", "-m", "push", *SPAN[4:])
    assert "push takes no last frame" in uprez("bridge", cut, "--between", "one", "two", *words).err
    words = ("-p", "maker", "-m", "push", *TALE[4:])
    assert "does not make clips from words" in uprez("generate", cut, "--gap", "01:00:00:20", *words).err


def test_without_leave_no_gap_is_filled(uprez, cut, service):
    for command in (
        ("bridge", cut, "--between", "one", "two", *SPAN),
        ("generate", cut, "--gap", "1", *TALE),
    ):
        ended = uprez(*(word for word in command if word != "--allow-generative"))
        assert ended.code == 2
        assert f"{command[0]} is generative" in ended.err and "--allow-generative" in ended.err
    assert not service.charges()


def test_a_run_names_the_command_that_is_meant(uprez, cut, service):
    for model, command in (("tale", "generate"), ("span", "animate"), ("style", "restyle")):
        ended = uprez("run", cut, "-p", "maker", "-m", model, "-O", "prompt=x", "--yes")
        assert f"never a conform; use `uprez {command}`" in ended.err
        assert uprez(command, "--help").code == 0


def test_a_gap_above_a_clip_needs_its_track_named(uprez, tmp_path, service):
    titles = t.track(t.gap(4), clip("title", 40, 4), t.gap(20), clip("end", 44, 4), name="V2")
    cut = cut_of(tmp_path, t.track(clip("one", 0, 30), t.gap(10), clip("two", 30)), titles)
    ended = uprez("generate", cut, "--gap", "01:00:00:10", *TALE)
    assert ended.code == 2
    assert "one on V1 is seen there; give --track V2" in ended.err
    assert uprez("generate", cut, "--gap", "01:00:00:10", *TALE, "--track", "V2").code == 0
    _, above, new = tracks(cut.with_name("cut_uprez.otio"))
    assert (above.name, [place[1:] for place in places(new)]) == ("V2", [(8.0, 20.0)])


def test_a_gap_that_a_transition_reaches_into_is_refused(uprez, tmp_path, service):
    cut = cut_of(tmp_path, t.track(clip("one", 0), t.dissolve(4, 0), t.gap(24), clip("two", 30)))
    ended = uprez("bridge", cut, "--between", "one", "two", *SPAN)
    assert ended.code == 2
    assert "gap at 01:00:00:12 on V1: a transition reaches into it" in ended.err
    assert not service.charges()


def test_clips_played_fast_and_backwards_are_met_where_they_end(uprez, tmp_path, service):
    fast, back = clip("fast", 0, effects=[t.warp(2)]), clip("back", 10, effects=[t.warp(-1)])
    cut = cut_of(tmp_path, t.track(fast, t.gap(25), back))
    ended = uprez("bridge", cut, "--between", "fast", "back", *SPAN, "--accept-unsure")
    assert ended.code == 0, ended.err
    numbers = read_numbers(renders(cut)[0])
    assert (numbers[0], numbers[-1]) == (22, 21)  # the 12th of every second frame; the last of 10 to 21


def test_several_gaps_between_clips_of_one_name_ask_for_a_timecode(uprez, tmp_path, service):
    cut = cut_of(
        tmp_path, t.track(clip("one", 0), t.gap(24), clip("two", 20), t.gap(6), clip("one", 2), t.gap(9),
                          clip("two", 22)),
    )  # fmt: skip
    ended = uprez("bridge", cut, "--between", "one", "two", *SPAN)
    assert ended.code == 2
    assert "2 gaps lie between clips of these names (gap at 01:00:00:12, gap at 01:00:02:18)" in ended.err
    assert uprez("bridge", cut, "--between", "one", "two", "--gap", "01:00:02:19", *SPAN).code == 0
    assert [place[1:] for place in places(tracks(cut.with_name("cut_uprez.otio"))[1])] == [(66.0, 9.0)]


def test_a_bridge_that_begins_elsewhere_fails_in_words_that_fit_a_new_picture(uprez, cut, service):
    ended = uprez("bridge", cut, "--between", "one", "two", "-p", "strange", *SPAN[2:])
    assert ended.code == 4
    assert "the new picture is not what was asked for (its first frame does not show" in ended.err + ended.out
    assert "plate's picture" not in ended.err + ended.out
    assert len(list((cut.with_suffix(".uprez") / "rejected").iterdir())) == 1
    assert list(service.charges().values()) == [1]


@pytest.mark.parametrize(
    "words", [("bridge", "--between", "one", "two", *SPAN), ("generate", "--gap", "01:00:00:20", *TALE)]
)
def test_after_a_kill_resume_fills_the_gap_and_buys_once(uprez, cut, service, tmp_path, words) -> None:
    environment = {**os.environ, "UPREZ_FAILPOINT": "sent", "UPREZ_HOME": str(tmp_path / "settings")}
    program = "import sys; from uprez.cli import main; sys.argv[0] = 'uprez'; main()"
    command = [sys.executable, "-c", program, words[0], str(cut), *words[1:]]
    killed = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, timeout=60)
    assert killed.returncode < 0
    ended = uprez("resume", cut, "--yes")
    assert ended.code == 0, ended.err
    assert list(service.charges().values()) == [1]
    assert [place[1:] for place in places(tracks(cut.with_name("cut_uprez.otio"))[1])] == [(12.0, 30.0)]


def test_another_codec_is_finished_again_and_not_bought(uprez, cut, service) -> None:
    for preset in ("prores", "ffv1"):
        assert uprez("bridge", cut, "--between", "one", "two", *SPAN, "--render", preset).code == 0
    assert list(service.charges().values()) == [1]
    above = tracks(cut.with_name("cut_uprez.otio"))[1]
    assert above[-1].media_reference.target_url.endswith(".mkv")


def test_the_evidence_of_a_bridge_names_its_last_frame(uprez, cut, service) -> None:
    assert uprez("bridge", cut, "--between", "one", "two", *SPAN).code == 0
    (order,) = service.charges()
    told = uprez("orders", cut, "--evidence", order, "--json")
    assert told.code == 0, told.err
    assert "last" in told.out


def test_a_bridge_that_may_begin_elsewhere_waits_for_a_person(uprez, cut, service) -> None:
    words = ("bridge", cut, "--between", "one", "two", "-p", "askew", *SPAN[2:])
    ended = uprez(*words)
    assert ended.code != 0
    assert "not sure that its new picture fits (its first frame does not show" in ended.out + ended.err
    assert "same picture" not in ended.out + ended.err
    assert uprez(*words, "--accept-unsure").code == 0
    assert list(service.charges().values()) == [1]


def test_a_gap_of_an_ntsc_timeline_is_filled_frame_for_frame(uprez, tmp_path, service) -> None:
    rate = 23.976023976023978
    make_clip(tmp_path / "A001.mkv", frames=48, size=(160, 90), rate=Fraction(24000, 1001))
    media = t.external("A001.mkv", t.span(0, 48, rate))
    track = t.track(
        t.clip("one", media, t.span(0, 12, rate)), t.gap(23, rate), t.clip("two", media, t.span(20, 9, rate))
    )  # fmt: skip
    cut = t.write(tmp_path / "cut.otio", t.timeline(track, start=HOUR, rate=rate))
    assert uprez("bridge", cut, "--between", "one", "two", *SPAN).code == 0
    (render,) = renders(cut)
    numbers = read_numbers(render)
    assert (len(numbers), numbers[0], numbers[-1]) == (23, 11, 20)
    assert probe(render).rate == Fraction(24000, 1001)
    made = tracks(cut.with_name("cut_uprez.otio"))[1][-1]
    assert (made.source_range.duration.value, made.source_range.duration.rate) == (23, rate)


def test_the_report_shows_what_a_bridge_was_made_from(uprez, cut, service) -> None:
    assert uprez("bridge", cut, "--between", "one", "two", *SPAN).code == 0
    page = (cut.with_suffix(".uprez") / "report.html").read_text()
    assert "No picture" not in page and "data:image/jpeg" in page
    assert "leads from the one picture to the other that it was made from" in page
    assert uprez("generate", cut, "--gap", "01:00:00:20", *TALE).code == 0
    assert "it was made from words alone" in (cut.with_suffix(".uprez") / "report.html").read_text()


def test_a_bridge_too_long_for_the_model_is_refused_with_the_nearest(uprez, tmp_path, service):
    cut = cut_of(tmp_path, t.track(clip("one", 0), t.gap(72), clip("two", 30)))
    ended = uprez("bridge", cut, "--between", "one", "two", *SPAN)
    assert ended.code != 0
    assert "the nearest is 2 s" in ended.err
    assert not service.charges()
