"""Gaps of a cut filled at Astria's service from the command line: between two clips, and from words."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import opentimelineio as otio
import pytest
from services.astria import Astria, astria

from uprez.cli import main
from uprez.media.judging import ALIKE
from uprez.media.resembling import resemblance
from uprez.testing import timelines as t
from uprez.testing.clips import decoded, make_clip, picture
from uprez_astria.provider import AstriaProvider

Command = Callable[..., int]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Astria]:
    with astria(tmp_path / "service") as service:
        yield service
        assert service.broken == []
        assert service.storage.leaks == []


@pytest.fixture
def uprez(service: Astria, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name, value in (
        ("UPREZ_HOME", str(tmp_path / "home")),
        ("UPREZ_ASTRIA_BASE_URL", service.url),
        ("ASTRIA_API_KEY", service.key),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(AstriaProvider, "poll_every", 0.05)

    def called(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["uprez", *words])
        with pytest.raises(SystemExit) as leave:
            main()
        return int(leave.value.code or 0)

    return called


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """Write two clips with a gap of 48 frames between them, and the H.264 film that they show."""
    make_clip(tmp_path / "film.mp4", frames=48, size=(128, 72), codec="libx264", options={"crf": "12"})
    film = t.external("film.mp4", t.span(0, 48))
    track = t.track(
        t.clip("dawn", film, t.span(0, 12)), t.gap(48), t.clip("dusk", film, t.span(30, 12))
    )  # fmt: skip
    return t.write(tmp_path / "cut.otio", t.timeline(track, start=86_400))


def test_a_bridge_is_sent_both_frames_and_ends_on_them(uprez, cut, service, tmp_path) -> None:
    words = ("-p", "astria", "-m", "kling25", "-O", "prompt=the sun sinks", "--render", "ffv1")
    code = uprez("bridge", "cut.otio", "--between", "dawn", "dusk", *words, "--allow-generative", "--yes")
    assert code == 0
    (prompt,) = service.prompts.values()
    assert set(prompt.digests) == {"video_first_frame", "video_last_frame"}
    assert prompt.fields["video_duration"] == "5"
    assert sum(service.bill.charges().values()) == 1
    (render,) = (tmp_path / "cut.uprez" / "renders").glob("*.mkv")
    frames = list(decoded(render))
    assert len(frames) == 48
    source = [picture(number, (128, 72)) for number in (11, 30)]
    for told, frame in zip(source, (frames[0], frames[-1]), strict=True):
        gray = [one.reformat(format="gray").to_ndarray().astype("float32") for one in (told, frame)]
        assert resemblance(gray[0], 1.0, gray[1], 1.0) > ALIKE
    above = otio.adapters.read_from_file("cut_uprez.otio").tracks[1]
    assert [item.range_in_parent().start_time.value for item in above.find_clips()] == [12]


def test_words_fill_a_gap_without_any_picture_sent(uprez, cut, service, tmp_path) -> None:
    words = ("-p", "astria", "-m", "seedance2_480p", "-O", "prompt=a storm", "-O", "aspect_ratio=16:9")
    code = uprez(
        "generate",
        "cut.otio",
        "--gap",
        "01:00:01:00",
        *words,
        "--allow-generative",
        "--yes",
        "--max-cost",
        "1",
    )
    assert code == 0
    (prompt,) = service.prompts.values()
    assert prompt.digests == {}
    assert (prompt.fields["text"], prompt.fields["aspect_ratio"]) == ("a storm", "16:9")
    assert prompt.fields["video_duration"] == "4"
    (render,) = (tmp_path / "cut.uprez" / "renders").glob("*.mov")
    assert len(list(decoded(render))) == 48


def test_the_price_is_told_before_and_nothing_is_bought(uprez, cut, service, capsys) -> None:
    words = ("-p", "astria", "-m", "kling25", "-O", "prompt=x", "--allow-generative", "--dry-run")
    assert uprez("bridge", "cut.otio", "--between", "dawn", "dusk", *words) == 0
    told = capsys.readouterr().out
    assert "0.39" in told
    assert "generative" in told
    assert "film.mp4, frame 11 to film.mp4, frame 30" in told
    assert service.prompts == {}
    assert Decimal(0) == sum(service.bill.charges().values())


def test_models_that_take_no_last_frame_or_no_words_alone_are_refused(uprez, cut, service, capsys) -> None:
    words = ("-p", "astria", "-O", "prompt=x", "--allow-generative", "--yes")
    assert uprez("bridge", "cut.otio", "--between", "dawn", "dusk", "-m", "wan25_720p", *words) == 2
    assert "wan25_720p takes no last frame" in capsys.readouterr().err
    assert uprez("generate", "cut.otio", "--gap", "01:00:01:00", "-m", "kling25", *words) == 2
    assert "kling25 does not make clips from words" in capsys.readouterr().err
    assert service.seen == []


def test_a_still_beside_the_gap_is_sent_as_it_is(uprez, service, tmp_path) -> None:
    still = make_clip(
        tmp_path / "photo.png", frames=1, first=3, size=(128, 72), codec="png", pixel_format="rgb24",
        colour=None,
    )  # fmt: skip
    make_clip(tmp_path / "film.mkv", frames=48, size=(128, 72))
    photo, film = t.external("photo.png", t.span(0, 1)), t.external("film.mkv", t.span(0, 48))
    track = t.track(t.clip("film", film, t.span(0, 12)), t.gap(48), t.clip("photo", photo, t.span(0, 12)))
    t.write(tmp_path / "cut.otio", t.timeline(track))
    words = ("-p", "astria", "-m", "kling25", "-O", "prompt=x", "--allow-generative", "--yes")
    assert uprez("bridge", "cut.otio", "--between", "film", "photo", *words) == 0
    (prompt,) = service.prompts.values()
    assert prompt.digests["video_last_frame"] == hashlib.sha256(still.read_bytes()).hexdigest()
